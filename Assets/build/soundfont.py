"""Reads the samples of an SF3 sound font: SoundFont 2 whose samples are Ogg Vorbis streams."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

_HEADER = struct.Struct("<20s5IBbHH")  # name, start, end, two loop points, rate, key, correction, link, type
_ROM, _VORBIS = 0x8000, 0x10


@dataclass(frozen=True)
class Sample:
    """Where one sample lies in the font."""

    name: str
    start: int
    end: int
    rate: int
    compressed: bool


class SoundFont:
    """A font's samples by name."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        if self._bytes[:4] != b"RIFF" or self._bytes[8:12] != b"sfbk":
            raise ValueError(f"{path.name} is no sound font")
        # Lengths of lists are wrong in converted fonts: the chunks are looked up by name instead of walked to.
        self._data = self._chunk(self._bytes.find(b"smpl"))[0]
        start, length = self._chunk(self._bytes.rfind(b"shdr"))
        self.samples: list[Sample] = []
        for at in range(start, start + length - _HEADER.size, _HEADER.size):  # the last one ends the list
            name, first, last, _, _, rate, _, _, _, kind = _HEADER.unpack_from(self._bytes, at)
            if not kind & _ROM:
                text = name.partition(b"\0")[0].decode("latin-1")
                self.samples.append(Sample(text, first, last, rate, bool(kind & _VORBIS)))

    def read(self, sample: Sample) -> tuple[np.ndarray, int]:
        """A sample's values (mono) and rate."""
        if sample.compressed:
            stream = self._bytes[self._data + sample.start : self._data + sample.end]
            values, rate = soundfile.read(io.BytesIO(stream), dtype="float64", always_2d=True)
            return values.mean(axis=1), rate
        words = self._bytes[self._data + 2 * sample.start : self._data + 2 * sample.end]
        return np.frombuffer(words, "<i2") / 32768, sample.rate

    def _chunk(self, at: int) -> tuple[int, int]:
        """Start and length of the contents of the chunk there."""
        if at < 0:
            raise ValueError("the sound font lacks a chunk")
        return at + 8, struct.unpack_from("<I", self._bytes, at + 4)[0]
