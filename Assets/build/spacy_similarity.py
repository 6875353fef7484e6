#!/usr/bin/env python3
"""Makes a label similarity matrix from spaCy's word vectors, where spaCy and a model are installed.

usage: spacy_similarity.py OUT.safetensors [--model en_core_web_lg]

    pip install spacy && python -m spacy download en_core_web_lg      (300-d vectors)
    python Assets/build/spacy_similarity.py similarity.safetensors
    c3n ... --similarity similarity.safetensors

Entry [visual, audio] is the cosine of the two labels' mean word vectors, as `Doc.similarity`
gives it; labels without a vector get 0.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

import safetensors_file

_LABELS = Path(__file__).resolve().parent.parent / "Labels"


def names(file: str, column: str) -> list[str]:
    """One column of a label list."""
    with (_LABELS / file).open(newline="", encoding="utf-8") as rows:
        return [row[column] for row in csv.DictReader(rows)]


def unit_vectors(nlp: object, phrases: list[str]) -> np.ndarray:
    """A row of length 1 (or 0, when no word is known) for each phrase."""
    rows = np.array([nlp(phrase).vector for phrase in phrases], np.float64)  # type: ignore[operator]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", default="en_core_web_lg")
    arguments = parser.parse_args()

    import spacy  # not needed by anything else here

    nlp = spacy.load(arguments.model)
    objects = unit_vectors(nlp, names("imagenet.csv", "name"))
    sounds = unit_vectors(nlp, names("audioset.csv", "display_name"))
    matrix = np.nan_to_num(objects @ sounds.T).astype(np.float32)
    note = {"kind": f"spaCy {arguments.model} cosine", "rows": "ImageNet-1k", "columns": "AudioSet"}
    safetensors_file.write(arguments.out, {"similarity_matrix": matrix}, note)


if __name__ == "__main__":
    main()
