#!/usr/bin/env python3
"""Makes what the demonstration model is trained and tested on: sounds, synthetic clips, held-out clips.

Nothing of it is shipped or redistributed: it is made anew from public packages wherever it is needed.
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

import held_out
import packages
import selection
import training_catalogue
import training_clips
import training_sounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("packages", type=Path, help="where packages are downloaded and unpacked")
    parser.add_argument("output", type=Path, help="folder of the set; what this script made there before is replaced")
    parser.add_argument("--clips", type=int, default=1200, metavar="N", help="two-source training clips")
    parser.add_argument("--single", type=int, metavar="N", help="single-source training clips, else a third of N")
    parser.add_argument("--validation", type=int, default=150, metavar="N", help="of these 3 in 4 two-source")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    output: Path = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    for part in ("audio", "ms3", "s4", "both", "selection", "held_out"):
        shutil.rmtree(output / part, ignore_errors=True)

    started = time.monotonic()

    def done(what: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {what}", flush=True)

    sources = packages.fetch(arguments.packages, packages.TRAINING_PYPI, packages.TRAINING_DEBIAN)
    done("packages")
    training_catalogue.write_classes(output / "classes.csv")
    library = training_sounds.Library(sources, arguments.seed)
    training_sounds.write_manifest(library, output / "audio", arguments.seed)
    done("sounds")
    media = training_clips.Media(sources)
    done("cut-outs")
    single = arguments.single if arguments.single is not None else arguments.clips // 3
    twos = arguments.validation * 3 // 4
    counts = {"train": (arguments.clips, single), "val": (twos, arguments.validation - twos)}
    heard = training_clips.make(media, library, output, counts, arguments.seed)
    done(f"clips: {counts}")
    held_out.make(media, library, output / "held_out", arguments.seed)
    done("held-out clips")
    selection.make(media, library, output, arguments.seed)
    done("clips to choose by")
    for name, count in sorted(heard.items()):
        print(f"          {name}: {count}")


if __name__ == "__main__":
    main()
