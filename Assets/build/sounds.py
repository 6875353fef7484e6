"""Five-second soundtracks cut from CC0 recordings."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Sequence

import numpy as np
import soundfile
from scipy.signal import resample_poly

RATE = 16_000
SECONDS = 5
PEAK = 10 ** (-3 / 20)  # -3 dBFS
_FADE = 0.02  # seconds
_AUDIBLE = 0.02  # least root mean square of a second that counts as sounding

Piece = Sequence[float]  # (from, to) in the recording and the time it starts in the clip, in seconds


class Recordings:
    """Recordings as mono 16 kHz samples with peak 1."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, np.ndarray] = {}

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._known:
            samples, rate = soundfile.read(self._folder / name, dtype="float64", always_2d=True)
            divisor = int(np.gcd(rate, RATE))
            mono = resample_poly(samples.mean(axis=1), RATE // divisor, rate // divisor)
            self._known[name] = mono / np.abs(mono).max()
        return self._known[name]


def track(recording: np.ndarray, pieces: Sequence[Piece]) -> np.ndarray:
    """Pieces of a recording laid into five seconds, each with short fades."""
    out = np.zeros(RATE * SECONDS)
    ramp = int(_FADE * RATE)
    for start, end, at in pieces:
        part = recording[round(start * RATE) : round(end * RATE)].copy()
        part[:ramp] *= np.linspace(0, 1, ramp)
        part[-ramp:] *= np.linspace(1, 0, ramp)
        first = round(at * RATE)
        part = part[: len(out) - first]
        out[first : first + len(part)] += part
    return normalised(out)


def normalised(samples: np.ndarray) -> np.ndarray:
    """The samples with their peak at -3 dBFS and no click at the ends."""
    ramp = int(_FADE * RATE)
    out = samples * (PEAK / np.abs(samples).max())
    out[:ramp] *= np.linspace(0, 1, ramp)
    out[-ramp:] *= np.linspace(1, 0, ramp)
    return out


def sounding_seconds(samples: np.ndarray) -> list[int]:
    """The seconds (1...5) in which something is heard."""
    levels = np.sqrt((samples.reshape(SECONDS, RATE) ** 2).mean(axis=1))
    return [second + 1 for second in range(SECONDS) if levels[second] >= _AUDIBLE]


def write(path: Path, samples: np.ndarray) -> None:
    """Writes a 16-bit mono wav."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
