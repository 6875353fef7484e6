"""Five-second soundtracks in which each source is heard in given seconds and in no others."""

from __future__ import annotations

from typing import Sequence

import numpy as np

from sounds import PEAK, RATE, SECONDS
from sound_changes import Treatment, changed, noise
from training_sounds import Sound

_LEVEL = 0.1  # root mean square of a source while it sounds
_EDGE = RATE // 40  # fade at both ends of a run of seconds


def dense(samples: np.ndarray) -> np.ndarray:
    """The sound without its pauses of more than 0.12 s."""
    block = RATE // 100
    count = max(1, len(samples) // block)
    levels = np.array([np.sqrt((part**2).mean()) for part in np.array_split(samples, count)])
    heard = levels > 0.06 * levels.max()
    heard = np.convolve(heard, np.ones(13), "same") > 0
    parts = [part for part, keep in zip(np.array_split(samples, count), heard) if keep]
    return np.concatenate(parts)


def levelled(samples: np.ndarray) -> np.ndarray:
    """The sound with the loudness of its loud and quiet parts brought nearer to each other."""
    width = min(RATE // 4, len(samples))
    power = np.convolve(samples**2, np.ones(width) / width, "same")
    return samples / np.sqrt(power + 0.02 * power.max()) ** 0.7


def runs(seconds: Sequence[bool]) -> list[tuple[int, int]]:
    """The first second and the one after the last of every unbroken run."""
    found: list[tuple[int, int]] = []
    for second, sounding in enumerate(seconds):
        if sounding and found and found[-1][1] == second:
            found[-1] = (found[-1][0], second + 1)
        elif sounding:
            found.append((second, second + 1))
    return found


def voice(
    choices: Sequence[Sound], seconds: Sequence[bool], rng: np.random.Generator, how: Treatment = Treatment()
) -> np.ndarray:
    """One source: a recording, changed, called again and again in its seconds and silent in all others.

    Tries again, with fewer pauses or another recording, until every one of its seconds is heard clearly.
    """
    out = np.zeros(RATE * SECONDS)
    for attempt in range(8):
        if attempt % 4 == 0:
            call = changed(levelled(dense(choices[rng.integers(len(choices))].samples)), rng, how)
        out[:] = 0
        pause = 0.3 / (1 + attempt)
        for first, last in runs(seconds):
            at, end = int((first + rng.uniform(0, 0.15) / (1 + attempt)) * RATE), last * RATE
            part = call[rng.integers(max(1, len(call) - RATE)) :] if attempt % 2 == 0 else call
            while end - at > RATE // 10:
                piece = faded(part[: end - at])
                out[at : at + len(piece)] += piece
                at += len(piece) + int(rng.uniform(0, pause) * RATE)
                part = call
        levels = second_levels(out)
        wanted = np.asarray(seconds, bool)
        if levels[wanted].min(initial=1) > 0.25 * levels.max():
            break
    else:
        raise ValueError(f"{choices[0].category} can't be heard in every second")
    level = np.sqrt((out**2).sum() / (RATE * max(1, sum(seconds))))
    return out * (_LEVEL / max(level, 1e-9) * 10 ** (rng.uniform(*how.level) / 20))


def faded(samples: np.ndarray) -> np.ndarray:
    """The samples with short fades at both ends."""
    ramp = min(_EDGE, len(samples) // 2)
    out = samples.copy()
    out[:ramp] *= np.linspace(0, 1, ramp)
    out[len(out) - ramp :] *= np.linspace(1, 0, ramp)
    return out


def second_levels(samples: np.ndarray) -> np.ndarray:
    """The root mean square of every second."""
    return np.sqrt((samples.reshape(SECONDS, RATE) ** 2).mean(axis=1))


def mixed(voices: Sequence[np.ndarray], rng: np.random.Generator, how: Treatment = Treatment()) -> np.ndarray:
    """The voices over a bed of noise, never louder than -3 dBFS."""
    below = rng.uniform(*how.noise)
    bed = noise(rng, RATE * SECONDS, rng.uniform(0, 2)) * _LEVEL * 10 ** (-below / 20)
    total = np.sum([*voices, bed], axis=0)
    peak = float(np.abs(total).max())
    return total * min(1.0, PEAK / max(peak, 1e-9))


def hush(rng: np.random.Generator) -> np.ndarray:
    """Nothing to be heard: digital silence or very quiet noise."""
    if rng.random() < 0.4:
        return np.zeros(RATE * SECONDS)
    return noise(rng, RATE * SECONDS, rng.uniform(0, 2)) * 10 ** (rng.uniform(-80, -50) / 20)
