"""The two label lists: AudioSet's 527 sounds and ImageNet-1k's 1000 objects."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from packages import Sources
from wordnet import WordNet

MOST_LEMMAS = 3


def audioset(sources: Sources) -> list[tuple[str, str]]:
    """(mid, display name) in the order of AudioSet's class_labels_indices.csv."""
    with sources.audioset_labels.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if [int(row["index"]) for row in rows] != list(range(527)) or rows[0]["mid"] != "/m/09x0r":
        raise ValueError("not AudioSet's 527 labels in their order")
    return [(row["mid"], row["display_name"]) for row in rows]


def imagenet(sources: Sources, wordnet: WordNet) -> list[tuple[str, str]]:
    """(WordNet id, readable name) in the usual order (ids sorted)."""
    ids = sources.imagenet_order.read_text().split()
    if len(ids) != 1000 or ids != sorted(ids):
        raise ValueError("not ImageNet-1k's 1000 synsets in their order")
    names = [_readable(wordnet, int(i[1:])) for i in ids]
    twice = {name for name, count in Counter(names).items() if count > 1}
    for k, name in enumerate(names):
        if name in twice:  # the two cranes: say what kind of thing each is
            parent = wordnet.synset(int(ids[k][1:])).hypernyms[0]
            names[k] = f"{name} ({wordnet.synset(parent).lemmas[0]})"
    if len(set(names)) != 1000:
        raise ValueError("two ImageNet classes share a name")
    return list(zip(ids, names))


def _readable(wordnet: WordNet, offset: int) -> str:
    """The first lemmas of a synset without the Latin ones, joined with commas."""
    lemmas = wordnet.synset(offset).lemmas
    common = [lemma for lemma in lemmas if not (" " in lemma and wordnet.has_genus(lemma.split()[0]))]
    return ", ".join((common or list(lemmas))[:MOST_LEMMAS])


def write(folder: Path, sounds: list[tuple[str, str]], objects: list[tuple[str, str]]) -> None:
    """Writes `audioset.csv` and `imagenet.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "audioset.csv", ("index", "mid", "display_name"), sounds)
    _write(folder / "imagenet.csv", ("index", "wnid", "name"), objects)


def _write(path: Path, header: tuple[str, str, str], rows: list[tuple[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows((index, *row) for index, row in enumerate(rows))
