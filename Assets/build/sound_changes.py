"""Changes that make one recording sound like many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sounds import RATE


@dataclass(frozen=True)
class Treatment:
    """How strongly sounds are changed: speed ratios, equaliser in dB, level in dB, noise below the sound in dB."""

    speed: tuple[float, float] = (0.82, 1.22)
    equaliser: float = 8
    level: tuple[float, float] = (-5, 5)
    noise: tuple[float, float] = (5, 35)
    room: float = 0.3  # chance of a little reverberation


MILD = Treatment(speed=(0.94, 1.06), equaliser=2, level=(-2, 2), noise=(20, 35), room=0)


def changed(samples: np.ndarray, rng: np.random.Generator, how: Treatment) -> np.ndarray:
    """The sound at another speed and through a random equaliser, perhaps in a small room."""
    out = transposed(samples, float(np.exp(rng.uniform(*np.log(how.speed)))))
    spectrum = np.fft.rfft(out, len(out) + RATE // 4)
    octave = np.log2(np.maximum(np.fft.rfftfreq(len(out) + RATE // 4, 1 / RATE), 30))
    gains = rng.uniform(-how.equaliser, how.equaliser, 6)
    spectrum *= 10 ** (np.interp(octave, np.linspace(np.log2(60), np.log2(RATE / 2), 6), gains) / 20)
    if rng.random() < how.room:
        length = RATE // 5
        decay = np.exp(-np.arange(length) / (RATE * rng.uniform(0.015, 0.05)))
        tail = rng.normal(size=length) * decay * rng.uniform(0.02, 0.08)
        tail[0] = 1
        spectrum *= np.fft.rfft(tail, len(out) + RATE // 4)
    out = np.fft.irfft(spectrum, len(out) + RATE // 4)[: len(out) + RATE // 10]
    return out / max(float(np.abs(out).max()), 1e-9)


def noise(rng: np.random.Generator, count: int, slope: float) -> np.ndarray:
    """Noise whose power falls with frequency^slope (0 white, 1 pink, 2 brown), with root mean square 1."""
    spectrum = rng.normal(size=count // 2 + 1) + 1j * rng.normal(size=count // 2 + 1)
    spectrum *= np.maximum(np.arange(len(spectrum)), count * 20 / RATE) ** (-slope / 2)
    values = np.fft.irfft(spectrum, count)
    return values / np.sqrt((values**2).mean())


def transposed(samples: np.ndarray, ratio: float) -> np.ndarray:
    """The samples played faster (ratio > 1, higher) or slower (lower)."""
    return np.interp(np.arange(0, len(samples) - 1, ratio), np.arange(len(samples)), samples)
