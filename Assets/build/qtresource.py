"""Reads single files out of a Qt binary resource archive (`.rcc`)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Iterator

import zstandard

_COMPRESSED, _FOLDER, _ZSTANDARD = 1, 2, 4


class QtResource:
    """An archive: a tree of nodes, a table of names and a table of contents."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        if self._bytes[:4] != b"qres":
            raise ValueError(f"{path.name} is no Qt resource archive")
        version, self._tree, self._data, self._names = struct.unpack_from(">4I", self._bytes, 4)
        self._node_size = 22 if version >= 2 else 14
        self._files = dict(self._walk(0, ""))

    def read(self, suffix: str) -> bytes:
        """The contents of the only file whose path ends so."""
        found = [path for path in self._files if path.endswith("/" + suffix)]
        if len(found) != 1:
            raise KeyError(f"{suffix}: {len(found)} files in the archive")
        flags, offset = self._files[found[0]]
        start = self._data + offset
        (length,) = struct.unpack_from(">I", self._bytes, start)
        content = self._bytes[start + 4 : start + 4 + length]
        if flags & _ZSTANDARD:
            return zstandard.ZstdDecompressor().decompress(content, max_output_size=1 << 28)
        if flags & _COMPRESSED:
            return zlib.decompress(content[4:])
        return content

    def holds(self, suffix: str) -> bool:
        """Whether a path ends so."""
        return any(path.endswith("/" + suffix) for path in self._files)

    def _walk(self, index: int, parent: str) -> Iterator[tuple[str, tuple[int, int]]]:
        at = self._tree + index * self._node_size
        name_at, flags, first, second = struct.unpack_from(">IHII", self._bytes, at)
        path = f"{parent}/{self._name(name_at)}"
        if flags & _FOLDER:
            for child in range(second, second + first):
                yield from self._walk(child, path)
        else:
            yield path, (flags, second)

    def _name(self, offset: int) -> str:
        at = self._names + offset
        length, _hash = struct.unpack_from(">HI", self._bytes, at)
        return self._bytes[at + 6 : at + 6 + 2 * length].decode("utf-16-be")
