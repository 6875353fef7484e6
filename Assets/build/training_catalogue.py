"""What the demonstration model is trained on: classes, cut-outs and recordings (`data/training/*.csv`)."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Mapping

_DATA = Path(__file__).parent / "data" / "training"
_LABELS = Path(__file__).resolve().parent.parent / "Labels"


@dataclass(frozen=True)
class Category:
    """A class: its kin (classes that are too alike to tell apart in one clip) and its labels by index."""

    name: str
    kin: str
    audioset: tuple[int, ...]
    imagenet: tuple[int, ...]


@dataclass(frozen=True)
class CutoutFile:
    """A picture of a class, or of something that is never heard (`category` empty)."""

    category: str
    kin: str
    package: str
    path: str
    split: str


@dataclass(frozen=True)
class SoundFile:
    """A recording. Files of one `source` (one animal, one session) always share a split."""

    category: str
    package: str
    path: str
    source: str
    split: str
    audioset: tuple[int, ...]


@dataclass(frozen=True)
class FontInstrument:
    """Samples of the sound font by a pattern for their names; `notes` or `beats`."""

    category: str
    pattern: str
    kind: str
    audioset: tuple[int, ...]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table."""
    with (_DATA / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def outlines() -> dict[str, dict]:
    """Hand-drawn outlines of the natural photos that are trained on (photos reduced to half their size)."""
    return json.loads((_DATA / "masks.json").read_text())


@lru_cache(maxsize=None)
def categories() -> Mapping[str, Category]:
    """Every class by name."""
    sounds, objects = _names("audioset.csv", "display_name"), _names("imagenet.csv", "name")
    return {
        row["class"]: Category(
            row["class"], row["kin"], _indices(row["audioset"], sounds), _indices(row["imagenet"], objects)
        )
        for row in rows("classes.csv")
    }


def audioset_indices(text: str, category: str) -> tuple[int, ...]:
    """Labels by name joined with `|`; those of the class if there are none."""
    return _indices(text, _names("audioset.csv", "display_name")) if text else categories()[category].audioset


def cutouts() -> list[CutoutFile]:
    """Every cut-out; the kin of a class is the class's."""
    found = []
    for row in rows("cutouts.csv"):
        kin = categories()[row["class"]].kin if row["class"] else row["kin"]
        found.append(CutoutFile(row["class"], kin, row["package"], row["path"], row["split"]))
    return found


def recordings() -> list[SoundFile]:
    """Every recording."""
    return [
        SoundFile(row["class"], row["package"], row["path"], row["source"] or f"{row['package']}/{row['path']}",
                  row["split"], audioset_indices(row["audioset"], row["class"]))
        for row in rows("sounds.csv")
    ]


def font_instruments() -> list[FontInstrument]:
    """The instruments played from the sound font."""
    return [
        FontInstrument(row["class"], row["pattern"], row["kind"], audioset_indices(row["audioset"], row["class"]))
        for row in rows("soundfont.csv")
    ]


def write_classes(path: Path) -> None:
    """Writes the table of classes with the indices of their labels."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("class", "kin", "audioset", "imagenet"))
        for one in categories().values():
            joined = ["|".join(map(str, indices)) for indices in (one.audioset, one.imagenet)]
            writer.writerow((one.name, one.kin, *joined))


@lru_cache(maxsize=None)
def _names(file: str, column: str) -> Mapping[str, int]:
    """Index by name and, where that is unambiguous enough, by first synonym (ImageNet)."""
    found: dict[str, int] = {}
    with (_LABELS / file).open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            for name in (row[column], row[column].split(",")[0]):
                found.setdefault(name, int(row["index"]))
    return found


def _indices(text: str, names: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(names[name] for name in text.split("|")) if text else ()
