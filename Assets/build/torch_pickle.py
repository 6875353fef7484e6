"""Reads a PyTorch state dict in the old (pre-zip) file format, without PyTorch.

The file is a row of pickles (magic number, protocol, system facts, the state dict, the storage
keys) and then every storage as a 64-bit count followed by its raw numbers.  Only the few
classes that a state dict needs are ever resolved, so no code from the file can run.
"""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGE = {"FloatStorage": "<f4", "LongStorage": "<i8", "HalfStorage": "<f2"}


@dataclass
class _Storage:
    dtype: str
    size: int
    data: np.ndarray = field(default_factory=lambda: np.zeros(0))


@dataclass
class _View:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self) -> np.ndarray:
        item = self.storage.data.itemsize
        tail = self.storage.data[self.offset :]
        strides = tuple(s * item for s in self.stride)
        return np.array(np.lib.stride_tricks.as_strided(tail, self.shape, strides))


class _Reader(pickle.Unpickler):
    def __init__(self, file: IO[bytes], storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, stride, *_: _View(storage, offset, shape, stride)
        if module == "torch" and name in _STORAGE:
            return _STORAGE[name]
        raise pickle.UnpicklingError(f"refused {module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _device, size, *_ = pid
        if kind != "storage":
            raise pickle.UnpicklingError(f"refused a persistent {kind}")
        return self._storages.setdefault(key, _Storage(dtype, size))


def load_state_dict(path: Path) -> dict[str, np.ndarray]:
    """All tensors of a state dict as numpy arrays."""
    storages: dict[str, _Storage] = {}
    with path.open("rb") as file:
        if _Reader(file, storages).load() != _MAGIC:
            raise ValueError("not a PyTorch file in the old format")
        _Reader(file, storages).load()  # protocol version
        _Reader(file, storages).load()  # facts about the machine that wrote it
        state = _Reader(file, storages).load()
        keys = _Reader(file, storages).load()
        for key in keys:
            storage = storages[key]
            (count,) = struct.unpack("<q", file.read(8))
            if count != storage.size:
                raise ValueError("a storage has another size than announced")
            dtype = np.dtype(storage.dtype)
            storage.data = np.frombuffer(file.read(count * dtype.itemsize), dtype)
    return {name: view.array() for name, view in state.items()}
