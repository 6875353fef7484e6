"""The sounds that the demonstration model is trained on, as 16 kHz mono, and the audio manifest."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Iterable, Sequence

import numpy as np
import soundfile
from scipy.signal import fftconvolve, resample_poly

import sounds
import training_catalogue as catalogue
from packages import TRAINING_DEBIAN, Sources
from qtresource import QtResource
from sound_changes import Treatment, changed, noise, transposed
from soundfont import SoundFont

RATE = sounds.RATE
_SPOKEN = {"train": ["", "_be", "_bg", "_ca", "_el", "_es", "_fr", "_nl", "_ru"], "val": ["_da", "_ro"]}
_SPOKEN_EACH = 6
_PHRASES = {"train": 30, "val": 6}
_PIECE = 2.5  # longest piece of the manifest, in seconds
_ENOUGH = 60  # training pieces that every class has at least
_DUPLICATE = 0.7  # correlation from which two recordings count as the same


@dataclass(frozen=True)
class Sound:
    """A recording without silence at its ends, with peak 1."""

    name: str
    category: str
    source: str
    split: str
    audioset: tuple[int, ...]
    samples: np.ndarray


class Library:
    """Every sound, by class and split."""

    def __init__(self, sources: Sources, seed: int) -> None:
        self._sources = sources
        rng = np.random.default_rng([seed, 1])
        recorded = [sound for file in catalogue.recordings() if (sound := self._recorded(file))]
        refuse_duplicates(recorded)
        self.all = [*recorded, *self._spoken(), *self._played(rng), *_hiss(rng)]

    def of(self, category: str, split: str) -> list[Sound]:
        """The sounds of a class in a split; where nothing could be held out for `val`, those of `train`."""
        found = [sound for sound in self.all if sound.category == category and sound.split == split]
        return found or (self.of(category, "train") if split == "val" else [])

    def _recorded(self, file: catalogue.SoundFile) -> Sound | None:
        samples = tidy(*self._decode(file.package, file.path))
        name = f"{file.package}-{Path(file.path).stem}"
        return Sound(name, file.category, file.source, file.split, file.audioset, samples) if len(samples) else None

    def _decode(self, package: str, path: str) -> tuple[np.ndarray, int]:
        folders = {
            "tuxpaint": self._sources.stamps,
            "bigsoundbank": self._sources.sounds,
            "sonic-pi": self._sources.sonic_pi,
        }
        place: Path | io.BytesIO
        if package in folders:
            place = folders[package] / path
        elif package in TRAINING_DEBIAN:
            place = self._sources.deb(package) / path
        else:
            place = io.BytesIO(self._archive(package).read(path))
        return soundfile.read(place, dtype="float64", always_2d=True)

    @lru_cache(maxsize=None)
    def _archive(self, name: str) -> QtResource:
        return QtResource(self._sources.gcompris_archives / f"{name}.rcc")

    def _spoken(self) -> Iterable[Sound]:
        """Speech: Tux Paint's spoken descriptions; the languages of `val` are never trained on."""
        labels = catalogue.categories()["speech"].audioset
        for split, languages in _SPOKEN.items():
            for language in languages:
                files = sorted((self._sources.stamps / "animals").rglob(f"*_desc{language}.ogg"))
                for file in files[:: max(1, len(files) // _SPOKEN_EACH)][:_SPOKEN_EACH]:
                    samples = tidy(*soundfile.read(file, dtype="float64", always_2d=True))
                    if len(samples):
                        source = f"tuxpaint spoken{language}"
                        yield Sound(f"tuxpaint-{file.stem}", "speech", source, split, labels, samples)

    def _played(self, rng: np.random.Generator) -> Iterable[Sound]:
        """Phrases on the sound font's instruments; the samples of `val` are never trained on."""
        font = SoundFont(self._sources.soundfont)
        for instrument in catalogue.font_instruments():
            chosen = sorted((s for s in font.samples if re.search(instrument.pattern, s.name)), key=lambda s: s.name)
            notes = [tidy(*font.read(sample)) for sample in chosen]
            for split, count in _PHRASES.items():
                held_out = [i % 5 == 2 for i in range(len(notes))]
                usable = [note for note, held in zip(notes, held_out) if held == (split == "val") and len(note)]
                for number in range(count):
                    play = _phrase if instrument.kind == "notes" else _beat
                    samples = tidy(play(usable, rng)[:, None], RATE)
                    name = f"soundfont-{instrument.category.replace(' ', '_')}-{split}-{number:02}"
                    yield Sound(name, instrument.category, f"soundfont {split}", split, instrument.audioset, samples)


def tidy(samples: np.ndarray, rate: int) -> np.ndarray:
    """Mono at 16 kHz with peak 1, silence cut off at both ends; empty if there is nothing but silence."""
    mono = samples.mean(axis=1) if samples.ndim == 2 else samples
    divisor = int(np.gcd(rate, RATE))
    mono = resample_poly(mono, RATE // divisor, rate // divisor)
    peak = np.abs(mono).max(initial=0)
    if peak < 1e-3:
        return np.zeros(0)
    mono = mono / peak
    loud = np.flatnonzero(np.abs(mono) > 0.02)
    return mono[max(loud[0] - 160, 0) : loud[-1] + 800]


def refuse_duplicates(recorded: Sequence[Sound]) -> None:
    """Stops if two splits share a source or hold the same recording."""
    splits: dict[str, str] = {}
    for sound in recorded:
        if splits.setdefault(sound.source, sound.split) != sound.split:
            raise ValueError(f"{sound.source} is in {sound.split} and {splits[sound.source]}")
    for number, one in enumerate(recorded):
        for other in recorded[:number]:
            if one.category == other.category and one.split != other.split:
                if (alike := likeness(one.samples, other.samples)) > _DUPLICATE:
                    raise ValueError(f"{one.name} ({one.split}) and {other.name} ({other.split}): {alike:.2f} alike")


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The greatest correlation of the loudest 0.3 s of the shorter recording with any 0.3 s of the longer."""
    short, long = sorted((one, other), key=len)
    width = min(int(0.3 * RATE), len(short))
    energy = np.convolve(short**2, np.ones(width), "valid")
    start = int(np.argmax(energy))
    template = short[start : start + width]
    norms = np.sqrt(np.maximum(fftconvolve(long**2, np.ones(width), "valid"), 1e-6) * (template**2).sum())
    return float(np.abs(fftconvolve(long, template[::-1], "valid") / norms).max())


def pieces(sound: Sound) -> list[np.ndarray]:
    """The sound in equal pieces of at most 2.5 s, without those that are all but silent."""
    parts = np.array_split(sound.samples, max(1, int(np.ceil(len(sound.samples) / (_PIECE * RATE)))))
    whole = np.sqrt((sound.samples**2).mean())
    return [part for part in parts if np.sqrt((part**2).mean()) >= 0.15 * whole]


def write_manifest(library: Library, folder: Path, seed: int) -> None:
    """Writes `manifest.csv` and the wavs it lists.

    Classes with few training pieces get changed copies (`-x..`: speed, equaliser, room, noise), so that all weigh
    about the same even for a trainer that changes nothing itself.
    """
    rng = np.random.default_rng([seed, 3])
    lines = []

    def add(sound: Sound, samples: np.ndarray, suffix: str) -> None:
        path = f"{sound.split}/{sound.category.replace(' ', '_')}/{sound.name}-{suffix}.wav".lower()
        level = 1 if sound.category in ("silence", "noise") else sounds.PEAK / np.abs(samples).max()
        sounds.write(folder / path, samples * level)
        lines.append((path, "|".join(map(str, sound.audioset)), sound.split))

    cut = [(sound, number, piece) for sound in library.all for number, piece in enumerate(pieces(sound))]
    for sound, number, piece in cut:
        add(sound, piece, str(number))
    for category in dict.fromkeys(sound.category for sound in library.all):
        own = [entry for entry in cut if entry[0].category == category and entry[0].split == "train"]
        for extra in range(max(0, _ENOUGH - len(own))):
            sound, number, piece = own[extra % len(own)]
            add(sound, disturbed(piece, rng), f"{number}-x{extra:02}")
    if len({line[0] for line in lines}) != len(lines):
        raise ValueError("two sounds have the same name")
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("path", "labels", "split"))
        writer.writerows(sorted(lines))


def disturbed(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A changed copy of a piece: as in the clips, over noise."""
    how = Treatment()
    out = changed(samples, rng, how)
    below = rng.uniform(*how.noise)
    return out + noise(rng, len(out), rng.uniform(0, 2)) * np.sqrt((out**2).mean()) * 10 ** (-below / 20)


def _hiss(rng: np.random.Generator) -> Iterable[Sound]:
    """Silence (from digital zero to -50 dB of noise) and white and pink noise, at their own levels."""
    white, pink = catalogue.categories()["noise"].audioset
    silence = catalogue.categories()["silence"].audioset
    for split, count in (("train", 30), ("val", 6)):
        for number in range(count):
            samples = noise(rng, 2 * RATE, rng.uniform(0, 2)) * 10 ** (rng.uniform(-80, -50) / 20)
            if number % 5 == 0:
                samples = samples * 0
            yield Sound(f"made-silence-{number:02}", "silence", f"made {split}", split, silence, samples)
            samples = noise(rng, 2 * RATE, number % 2) * 10 ** (rng.uniform(-36, -16) / 20)
            label = (pink if number % 2 else white,)
            yield Sound(f"made-noise-{number:02}", "noise", f"made {split}", split, label, samples)


def _phrase(notes: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Three seconds of random notes: one after another, or overlapping as they ring on."""
    out = np.zeros(3 * RATE)
    ringing = rng.random() < 0.5
    at = 0
    while at < len(out) - RATE // 8:
        note = transposed(notes[rng.integers(len(notes))], 2 ** (rng.uniform(-3, 3) / 12))
        step = int(rng.choice([0.15, 0.25, 0.35, 0.5, 0.8, 1.2]) * RATE)
        note = note[: step * (3 if ringing else 1)].copy()
        fade = min(len(note), RATE // 20)
        note[len(note) - fade :] *= np.linspace(1, 0, fade)
        note = note[: len(out) - at]
        out[at : at + len(note)] += note * rng.uniform(0.5, 1)
        at += step
    return out


def _beat(drums: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Three seconds of a random pattern on a few drums."""
    out = np.zeros(3 * RATE)
    step = int(RATE * 60 / rng.uniform(80, 150) / 4)
    kit = [drums[i] for i in rng.permutation(len(drums))[:4]]
    chances = rng.uniform(0.1, 0.5, size=(len(kit), 8))
    for number, at in enumerate(range(0, len(out), step)):
        for drum, chance in zip(kit, chances):
            if rng.random() < chance[number % 8] or number == 0:
                hit = drum[: min(len(out) - at, RATE)]
                out[at : at + len(hit)] += hit * rng.uniform(0.4, 1)
    return out
