"""The demonstration clips in AVSBench's two layouts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

import pictures
import sounds
from packages import Sources
from photos import Photos

_DATA = Path(__file__).parent / "data"
SPLIT = "test"


def make(sources: Sources, folder: Path) -> None:
    """Writes `Single-source/` and `Multi-sources/`."""
    photos, recordings = Photos(sources), sounds.Recordings(sources.sounds)
    single_source(photos, recordings, folder / "Single-source")
    multi_sources(photos, recordings, folder / "Multi-sources")


def single_source(photos: Photos, recordings: sounds.Recordings, folder: Path) -> None:
    """S4: one animal that sounds all the time."""
    scenes = json.loads((_DATA / "single_source.json").read_text())
    rows = []
    for name, scene in sorted(scenes.items()):
        category = scene["category"]
        place = Path(SPLIT) / category
        samples = sounds.track(recordings[scene["sound"]], scene["pieces"])
        _check(name, sounds.sounding_seconds(samples), [1, 2, 3, 4, 5])
        sounds.write(folder / "s4_data/audio_wav" / place / f"{name}.wav", samples)
        cutout = photos.animal(scene["photo"])
        for frame in range(pictures.FRAMES):
            square = pictures.box(scene["camera"], frame)
            file = Path(name) / f"{name}_{frame + 1}.png"
            view = pictures.view(cutout.pixels, square)
            pictures.write_png(folder / "s4_data/visual_frames" / place / file, view)
            pictures.write_png(folder / "s4_data/gt_masks" / place / file, pictures.mask_view(cutout.mask, square))
        rows.append((name, 0, category, SPLIT))
    _write_csv(folder / "s4_meta_data.csv", ("name", "start", "category", "split"), rows)


def multi_sources(photos: Photos, recordings: sounds.Recordings, folder: Path) -> None:
    """MS3: several animals; the mask of a second is what sounds in it."""
    scenes = json.loads((_DATA / "multi_sources.json").read_text())
    root = folder / "ms3_data"
    for name, scene in sorted(scenes.items()):
        mixture = np.zeros(sounds.RATE * sounds.SECONDS)
        for animal in scene["animals"]:
            if animal["sound"]:
                samples = sounds.track(recordings[animal["sound"]], animal["pieces"])
                _check(f"{name}: {animal['photo']}", sounds.sounding_seconds(samples), animal["seconds"])
                mixture += samples
        sounds.write(root / "audio_wav" / SPLIT / f"{name}.wav", sounds.normalised(mixture))
        background = photos.picture("explore_monuments", f"{scene['background']}.webp")
        figures = []
        for animal in scene["animals"]:
            cutout = photos.animal(animal["photo"])
            height = pictures.figure_height(animal["height"])
            figures.append(pictures.Figure(cutout.pixels, cutout.mask).scaled(height))
        for frame in range(pictures.FRAMES):
            placed = [
                (figure, *pictures.between(animal["from"], animal["to"], frame))
                for figure, animal in zip(figures, scene["animals"])
            ]
            seen = pictures.fine_view(background, pictures.box(scene["camera"], frame))
            picture, parts = pictures.compose(seen, placed)
            mask = np.zeros((pictures.SIZE, pictures.SIZE), np.uint8)
            for part, animal in zip(parts, scene["animals"]):
                if frame + 1 in animal["seconds"]:
                    mask |= part
            pictures.write_png(root / "visual_frames" / name / f"{name}.mp4_{frame + 1}.png", picture)
            pictures.write_png(root / "gt_masks" / SPLIT / name / f"{name}_{frame + 1}.png", mask)
    _write_csv(folder / "ms3_meta_data.csv", ("video_id", "split"), [(name, SPLIT) for name in sorted(scenes)])


def _check(what: str, heard: list[int], wanted: list[int]) -> None:
    if heard != wanted:
        raise ValueError(f"{what} sounds in seconds {heard}, but should in {wanted}")


def _write_csv(path: Path, header: tuple[str, ...], rows: list[tuple]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
