"""Makes the HDF5 fixtures and expected-hdf5.json, with h5py (3.16, HDF5 2.0): python3 make_hdf5.py

expected-hdf5.json is as expected.json; see make_checkpoints.py. The files named in REFUSED are not in it.
"""

import hashlib
import json
import os

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {"float16": "F16", "float32": "F32", "float64": "F64", "int8": "I8", "uint8": "U8", "int16": "I16",
         "int32": "I32", "int64": "I64"}
EXPECTED = {}
NAME = "similarity_matrix"


def matrix(rows=6, columns=5, dtype="<f4"):
    return np.sin(np.arange(rows * columns) * 0.37).reshape(rows, columns).astype(dtype)


def made(file, write, arrays, **options):
    path = os.path.join(HERE, file)
    with h5py.File(path, "w", **options) as out:
        write(out)
    if arrays is None:
        return
    with open(path, "rb") as content:
        digest = hashlib.sha256(content.read()).hexdigest()
    EXPECTED[file] = {
        "format": "HDF5", "names": list(arrays), "sha256": digest,
        "tensors": {name: {"type": TYPES[array.dtype.newbyteorder("=").name], "shape": list(array.shape),
                           "values": [float(np.float32(value)) for value in array.reshape(-1)]}
                    for name, array in arrays.items()}}


def dataset(file, array, libver=None, **options):
    made(file, lambda out: out.create_dataset(NAME, data=array, **options), {NAME: array},
         **({"libver": libver} if libver else {}))


def low_level(file, array, prepare, libver=None, write=True):
    """A dataset with creation properties that h5py's own functions do not have."""
    def create(out):
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        prepare(properties)
        space = h5py.h5s.create_simple(array.shape)
        made = h5py.h5d.create(out.id, NAME.encode(), h5py.h5t.py_create(array.dtype), space, properties)
        if write:
            made.write(h5py.h5s.ALL, h5py.h5s.ALL, array)

    made(file, create, {NAME: array}, **({"libver": libver} if libver else {}))


dataset("plain.h5", matrix())
for name, dtype in [("half", "<f2"), ("double", "<f8"), ("big-half", ">f2"), ("big-float", ">f4"),
                    ("big-double", ">f8")]:
    dataset(f"{name}.h5", matrix(4, 3, dtype))
dataset("latest.h5", matrix(), "latest")
dataset("v108.h5", matrix(), ("v108", "v108"))
dataset("v200.h5", matrix(), ("v200", "v200"))
dataset("v200-chunked.h5", matrix(), ("v200", "v200"), chunks=(4, 2), compression="gzip")

dataset("chunked.h5", matrix(), chunks=(4, 2))
dataset("gzip.h5", matrix(9, 7), chunks=(4, 4), compression="gzip")
dataset("gzip-shuffle.h5", matrix(9, 7, "<f8"), chunks=(4, 4), compression="gzip", shuffle=True)
dataset("lzf.h5", np.round(matrix(20, 16)), chunks=(20, 9), compression="lzf", shuffle=True)
dataset("fletcher.h5", matrix(), chunks=(3, 5), fletcher32=True, compression="gzip")
dataset("big-gzip.h5", matrix(9, 7, ">f4"), chunks=(4, 4), compression="gzip", shuffle=True)
dataset("tall.h5", matrix(200, 2), chunks=(1, 2))
dataset("growing.h5", matrix(5, 4), chunks=(2, 3), maxshape=(None, None))

dataset("latest-single.h5", matrix(), "latest", chunks=(6, 5))
dataset("latest-single-gzip.h5", matrix(), "latest", chunks=(6, 5), compression="gzip")
dataset("latest-array.h5", matrix(9, 7), "latest", chunks=(4, 2))
dataset("latest-array-gzip.h5", matrix(9, 7), "latest", chunks=(4, 2), compression="gzip", shuffle=True)
dataset("latest-limit.h5", matrix(5, 4), "latest", chunks=(2, 3), maxshape=(9, 20))
dataset("latest-pages.h5", matrix(60, 20), "latest", chunks=(1, 1))


def early(properties):
    properties.set_chunk((4, 2))
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)


low_level("latest-implicit.h5", matrix(9, 7), early, "latest")
low_level("compact.h5", matrix(), lambda properties: properties.set_layout(h5py.h5d.COMPACT))
low_level("latest-compact.h5", matrix(), lambda properties: properties.set_layout(h5py.h5d.COMPACT), "latest")


def partly(out):
    made = out.create_dataset(NAME, shape=(7, 5), dtype="<f4", chunks=(4, 2), fillvalue=1.5)
    made[4:6, 1:3] = 2


filled = np.full((7, 5), 1.5, "<f4")
filled[4:6, 1:3] = 2
made("filled.h5", partly, {NAME: filled})
made("latest-filled.h5", partly, {NAME: filled}, libver="latest")
made("unwritten.h5", lambda out: out.create_dataset(NAME, shape=(3, 2), dtype="<f8"), {NAME: np.zeros((3, 2))})


def several(out):
    out.attrs["made by"] = "hand"
    group = out.create_group("group")
    group.create_dataset("matrix", data=matrix(2, 3))
    group["again"] = h5py.SoftLink("/group/matrix")
    group.create_group("inner")["counts"] = np.arange(4, dtype="<i2")
    out["labels"] = np.array([b"a", b"bc"])
    out["words"] = ["one", "two"]
    for i in range(12):
        out[f"n{i:02}"] = np.int64(i)
    out["unsigned"] = np.arange(3, dtype="<u4")
    out["nothing"] = h5py.Empty("f4")
    group["root"] = out["/"]


members = {"group/inner/counts": np.arange(4, dtype="<i2"), "group/matrix": matrix(2, 3)}
members |= {f"n{i:02}": np.array(i) for i in range(12)}
made("several.h5", several, members)


def few(out):
    out.attrs["made by"] = "hand"
    out.create_group("group", track_order=True).create_dataset("matrix", data=matrix(2, 3))
    out["bytes"] = np.arange(4, dtype="u1")


made("latest-groups.h5", few, {"bytes": np.arange(4, dtype="u1"), "group/matrix": matrix(2, 3)}, libver="latest")

# REFUSED
made("latest-growing.h5", lambda out: out.create_dataset(NAME, data=matrix(), chunks=(2, 2), maxshape=(None, 5)),
     None, libver="latest")
made("latest-dense.h5", lambda out: [out.create_dataset(f"d{i}", data=i) for i in range(20)], None, libver="latest")
made("scaled.h5", lambda out: out.create_dataset(NAME, data=matrix(), chunks=(2, 5), scaleoffset=2), None)

with open(os.path.join(HERE, "expected-hdf5.json"), "w") as out:
    json.dump(EXPECTED, out, separators=(",", ":"))
