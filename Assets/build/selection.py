"""Clips by which one state of a training is chosen among others: of `val`'s pictures and recordings, so that the
held-out clips stay unseen until the choice is made.

`one_of_two` shows two things of which one sounds all the time, `one_of_two_swapped` the same with the sound of the
other, `single` one thing, as `s4` does.  `both` lists the clips of `ms3` and the training clips of `s4` as one data
set, for trainings that shall see both.
"""

from __future__ import annotations

import csv
import dataclasses
import os
import shutil
from pathlib import Path

import numpy as np

import soundtracks
from training_clips import Maker, Media, Writer, schedule
from training_sounds import Library

ONE_OF_TWO, SINGLE = 48, 40


def make(media: Media, library: Library, output: Path, seed: int) -> None:
    """Writes `selection/` and `both/` below the set's folder; `ms3/` and `s4/` are there."""
    folder = output / "selection"
    shutil.rmtree(folder, ignore_errors=True)
    maker = Maker(media, library, "val", "ms3", seed + 1000)
    trees = {name: Writer(folder / name, True) for name in ("one_of_two", "one_of_two_swapped")}
    for number in range(ONE_OF_TWO):
        clip, swapped = maker.one_of_two(f"c_o{number:08}")
        trees["one_of_two"].add(clip, "val")
        trees["one_of_two_swapped"].add(dataclasses.replace(clip, sound=swapped), "val")
    singles, maker = Writer(folder / "single", False), Maker(media, library, "val", "s4", seed + 1000)
    for number in range(SINGLE):
        singles.add(maker.single_source(f"c_s{number:08}"), "val")
    for writer in (*trees.values(), singles):
        writer.close()
    list_both(output)


def list_both(output: Path) -> None:
    """Links the `train` clips of `s4` into the layout of `ms3`, beside its own."""
    both = output / "both"
    shutil.rmtree(both, ignore_errors=True)
    rows = []
    with (output / "ms3/ms3_meta_data.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            name, split = row["video_id"], row["split"]
            rows.append((name, split))
            place = Path(split) / name
            _link(output / "ms3/ms3_data", both / "ms3_data", name, split, Path(name), place, f"{name}.mp4")
    with (output / "s4/s4_meta_data.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            name, split = row["name"], row["split"]
            if split == "train":
                place = Path(split) / row["category"] / name
                rows.append((name, split))
                _link(output / "s4/s4_data", both / "ms3_data", name, split, place, place, name)
    with (both / "ms3_meta_data.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([("video_id", "split"), *rows])


def _link(tree: Path, target: Path, name: str, split: str, frames: Path, rest: Path, stem: str) -> None:
    """Hard links to a clip's files under the names that MS3 gives them."""
    pairs = [(tree / "audio_wav" / f"{rest}.wav", target / "audio_wav" / split / f"{name}.wav")]
    for number in range(1, 6):
        pairs += [
            (tree / "visual_frames" / frames / f"{stem}_{number}.png",
             target / "visual_frames" / name / f"{name}.mp4_{number}.png"),
            (tree / "gt_masks" / rest / f"{name}_{number}.png",
             target / "gt_masks" / split / name / f"{name}_{number}.png"),
        ]  # fmt: skip
    for source, link in pairs:
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, link)
