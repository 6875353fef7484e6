"""Test clips from the photos and recordings that the package ships and that nothing is trained on.

`one_of_two` shows two animals of which one sounds all the time, `ms3` two that take turns, `s4` one. Each tree comes
three times, with the same pictures and masks: with the true sound, `_swapped` (in two-source clips each animal calls
when the other should; in single-source clips another animal calls) and `_muted` (digital silence). A model that listens
does well on the first only.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import cv2
import numpy as np

import sounds
import soundtracks
import training_pictures as scenery
from pictures import FRAMES
from sound_changes import MILD
from training_catalogue import categories
from training_clips import Clip, Deck, Media, Writer, clear, schedule, soft
from training_sounds import Library

ANIMALS = ("cat", "chicken", "cow", "dog", "duck", "horse", "owl", "pig", "sheep")
TWO_SOURCES, NATURAL, ALONE = 60, 20, 20
_LOOK = scenery.Look(0)


def make(media: Media, library: Library, folder: Path, seed: int) -> None:
    """Writes the nine trees."""
    shutil.rmtree(folder, ignore_errors=True)
    maker = _Maker(media, library, seed)
    clips = {
        "ms3": [maker.two_sources(f"h_m{number:08}", "alternate") for number in range(TWO_SOURCES)],
        "s4": [maker.natural(f"h_s{number:08}") for number in range(NATURAL)]
        + [maker.alone(f"h_s{number:08}") for number in range(NATURAL, NATURAL + ALONE)],
        "one_of_two": [maker.two_sources(f"h_o{number:08}", "one") for number in range(TWO_SOURCES)],
    }
    for name, made in clips.items():
        for suffix, which in (("", 0), ("_swapped", 1), ("_muted", 2)):
            writer = Writer(folder / f"{name}{suffix}", name != "s4")
            for clip, swapped in made:
                sound = (clip.sound, swapped, np.zeros_like(swapped))[which]
                writer.add(dataclasses.replace(clip, sound=sound), "test")
            writer.close()
            if suffix:
                _share_pictures(folder / name, folder / f"{name}{suffix}")


def _share_pictures(one: Path, other: Path) -> None:
    """Equal pictures take up space once."""
    for file in sorted(other.rglob("*.png")):
        file.unlink()
        os.link(one / file.relative_to(other), file)


class _Maker:
    def __init__(self, media: Media, library: Library, seed: int) -> None:
        self._media, self._library = media, library
        self._rng = np.random.default_rng([seed, 4])
        self._deck, self._second = Deck(ANIMALS, self._rng), Deck(ANIMALS, self._rng)
        self._scenes, self._cutouts = {}, {}
        for name in ANIMALS:
            photo = media.photos.animal(name)
            self._scenes[name] = scenery.Scene(name, name, photo.pixels, photo.mask)
            count, parts, stats, _ = cv2.connectedComponentsWithStats(photo.mask, connectivity=4)
            largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
            alpha = soft((parts == largest).astype(np.uint8))
            self._cutouts[name] = scenery.cutout(name, name, categories()[name].kin, photo.pixels, alpha)

    def two_sources(self, name: str, kind: str) -> tuple[Clip, np.ndarray]:
        """Two animals of which exactly one sounds in each second, and the swapped sound."""
        rng = self._rng
        seen = [self._deck.deal()]
        seen.append(self._second.deal([categories()[seen[0]].kin]))
        active = schedule(kind, rng)
        frames, parts = self._pictures(seen, (0.35, 0.7))
        masks = [parts[frame][0 if active[0, frame] else 1] for frame in range(FRAMES)]
        true = [self._voice(who, active[owner]) for owner, who in enumerate(seen)]
        swapped = [self._voice(who, active[1 - owner]) for owner, who in enumerate(seen)]
        when = " ".join("".join("x" if on else "." for on in row) for row in active[:2])
        sound = soundtracks.mixed(true, rng, MILD)
        clip = Clip(name, "", kind, frames, masks, sound, f"{'+'.join(seen)} {when}")
        return clip, soundtracks.mixed(swapped, rng, MILD)

    def natural(self, name: str) -> tuple[Clip, np.ndarray]:
        """An animal in its own photo, seen by another camera than that of the shipped clips."""
        who = self._deck.deal()
        scene = self._scenes[who]
        background = scenery.Background(scene.pixels, self._rng, _LOOK, scene.mask)
        lens = scenery.Lens(self._rng, _LOOK)
        frames = [lens.taken(background.view(frame)) for frame in range(FRAMES)]
        return self._single(name, who, "natural", frames, [background.seen(frame) for frame in range(FRAMES)])

    def alone(self, name: str) -> tuple[Clip, np.ndarray]:
        """An animal before another background."""
        who = self._deck.deal()
        frames, parts = self._pictures([who], (0.4, 0.9))
        return self._single(name, who, "composite", frames, [part[0] for part in parts])

    def _single(
        self, name: str, who: str, kind: str, frames: list[np.ndarray], masks: list[np.ndarray]
    ) -> tuple[Clip, np.ndarray]:
        always = np.ones(sounds.SECONDS, bool)
        other = self._second.deal([categories()[who].kin])
        true, wrong = self._voice(who, always), self._voice(other, always)
        sound = soundtracks.mixed([true], self._rng, MILD)
        clip = Clip(name, who, kind, frames, masks, sound, f"{who}|{other}")
        return clip, soundtracks.mixed([wrong], self._rng, MILD)

    def _voice(self, who: str, active: np.ndarray) -> np.ndarray:
        recordings = [s for s in self._library.of(who, "test") if s.name.startswith("bigsoundbank")]
        return soundtracks.voice(recordings, active, self._rng, MILD)

    def _pictures(
        self, seen: list[str], size: tuple[float, float]
    ) -> tuple[list[np.ndarray], list[list[np.ndarray]]]:
        """Frames, and in each frame what can be seen of each animal, in the order of `seen`."""
        rng = self._rng
        monuments = self._media.monuments(True)
        pixels = monuments[rng.integers(len(monuments))] if rng.random() < 0.8 else scenery.made_background(rng)
        background, lens = scenery.Background(pixels, rng, _LOOK), scenery.Lens(rng, _LOOK)
        slots = rng.permutation(len(seen))
        for _ in range(40):
            figures = []
            for place, who in zip(slots, seen):
                low, high = place / len(seen), (place + 1) / len(seen)
                pose = scenery.random_pose(rng, (low + 0.08, high - 0.08), size)
                figures.append(scenery.Figure(self._cutouts[who], pose, rng, _LOOK))
            if all(clear(figures, frame) for frame in (0, FRAMES - 1)):
                break
        drawn = [scenery.composed(background, figures, frame) for frame in range(FRAMES)]
        return [lens.taken(picture) for picture, _ in drawn], [parts for _, parts in drawn]
