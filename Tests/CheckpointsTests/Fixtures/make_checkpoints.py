"""Makes the checkpoint fixtures and expected.json, with PyTorch and NumPy: python3 make_checkpoints.py

Files of the legacy format name their storages by addresses, so they differ in these from run to run.

expected.json: file -> {"format", "names", "tensors": name -> {"type", "shape", "values"}, "sha256"}; values are row-major,
as float32 would show them; infinities and NaN are texts.
"""

import argparse
import collections
import hashlib
import io
import json
import math
import os
import pickle
import struct
import sys
import types
import zipfile

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = {}

TYPES = {
    torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64", torch.int8: "I8",
    torch.uint8: "U8", torch.int16: "I16", torch.int32: "I32", torch.int64: "I64", torch.bool: "BOOL",
}


def path(name):
    return os.path.join(HERE, name)


def plain(value):
    value = float(np.float32(value))
    return value if math.isfinite(value) else str(value)


def expect(file, format, tensors):
    described = {}
    for name, tensor in tensors.items():
        tensor = torch.as_tensor(tensor).detach()
        described[name] = {
            "type": TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "values": [plain(value) for value in tensor.reshape(-1).tolist()],
        }
    EXPECTED[file] = {"format": format, "names": list(tensors), "tensors": described}


def formula(*shape):
    count = math.prod(shape)
    return (torch.arange(count, dtype=torch.float32) * 0.37).sin().reshape(shape)


def safetensors(file, tensors, metadata=None, order=None):
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    places = {}
    for name in order or tensors:
        tensor = tensors[name].detach().contiguous()
        raw = tensor.view(torch.uint8).numpy().tobytes() if tensor.dim() else tensor.reshape(1).view(
            torch.uint8).numpy().tobytes()
        places[name] = (len(data), len(data) + len(raw))
        data += raw
    for name, tensor in tensors.items():
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": places[name]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path(file), "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)


def save(file, value, **options):
    torch.save(value, path(file), **options)


def state():
    return collections.OrderedDict([
        ("conv.weight", formula(4, 3, 3, 3)), ("conv.bias", formula(4)), ("norm.running_mean", formula(4) - 1),
        ("norm.num_batches_tracked", torch.tensor(7)), ("head.weight", formula(2, 4)),
    ])


def zip64(file, source):
    """Writes the members of a zip as a file beyond 4 GB has them: all sizes and offsets in 64 bits."""
    out, directory = b"", b""
    with zipfile.ZipFile(path(source)) as archive:
        infos = archive.infolist()
        for info in infos:
            name, content = info.filename.encode(), archive.read(info)
            common = struct.pack("<HHHHHL", 45, 0, 0, 0, 0, info.CRC)
            wide = struct.pack("<HHQQQ", 1, 24, len(content), len(content), len(out))
            # Another field before it, as alignment needs one.
            extra = struct.pack("<HHH", 0x4246, 2, 0) + wide
            small = struct.pack("<LL", 0xFFFFFFFF, 0xFFFFFFFF)
            directory += (b"PK\x01\x02" + struct.pack("<H", 45) + common + small + struct.pack(
                "<HHHHHLL", len(name), len(extra), 0, 0, 0, 0, 0xFFFFFFFF) + name + extra)
            local = struct.pack("<HHQQ", 1, 16, len(content), len(content))
            out += b"PK\x03\x04" + common + small + struct.pack("<HH", len(name), len(local)) + name + local + content
    start, count = len(out), len(infos)
    out += directory
    record = len(out)
    out += b"PK\x06\x06" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, count, count, len(directory), start)
    out += b"PK\x06\x07" + struct.pack("<LQL", 0, record, 1)
    out += b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    with open(path(file), "wb") as target:
        target.write(out)
    with zipfile.ZipFile(path(file)) as archive:
        assert archive.testzip() is None and torch.load(path(file)).keys() == torch.load(path(source)).keys()


def main():
    small = state()
    for file, format, options in [
        ("flat-zip.pth", "PyTorch zip", {}),
        ("flat-legacy.pth", "PyTorch legacy", {"_use_new_zipfile_serialization": False}),
        ("flat-zip-protocol4.pth", "PyTorch zip", {"pickle_protocol": 4}),
    ]:
        save(file, small, **options)
        expect(file, format, small)
    order = sorted(small, reverse=True)
    order.remove("norm.num_batches_tracked")
    order.insert(0, "norm.num_batches_tracked")
    safetensors("flat.safetensors", small, {"format": "pt", "note": "a \"quoted\" \u00e9"}, order)
    expect("flat.safetensors", "safetensors", {name: small[name] for name in order})

    save("module-prefix.pth", {"module." + name: tensor for name, tensor in small.items()})
    expect("module-prefix.pth", "PyTorch zip", small)

    # A module has a state dict with _metadata, and its entries are Parameters when it is told to keep them.
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    with torch.no_grad():
        for tensor in net.state_dict().values():
            if tensor.dtype == torch.float32:
                tensor.copy_(formula(*tensor.shape))
    for file, options in [("module-zip.pth", {}), ("module-legacy.pth", {"_use_new_zipfile_serialization": False})]:
        save(file, net.state_dict(keep_vars=True), **options)
        expect(file, "PyTorch zip" if not options else "PyTorch legacy", net.state_dict())

    special = [0.0, -0.0, 1.5, -65504.0, 6e-8, -6.1e-5, float("inf"), float("-inf"), float("nan"), 1 / 3]
    all_types = {
        "half": torch.tensor(special, dtype=torch.float16), "bfloat16": torch.tensor(special, dtype=torch.bfloat16),
        "float": torch.tensor(special), "double": torch.tensor(special, dtype=torch.float64),
        "int8": torch.tensor([-128, 0, 127], dtype=torch.int8),
        "uint8": torch.tensor([0, 128, 255], dtype=torch.uint8),
        "int16": torch.tensor([[-32768], [32767]], dtype=torch.int16),
        "int32": torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32),
        "int64": torch.tensor([-(2**63), 2**63 - 1, 5]), "bool": torch.tensor([[True, False], [False, True]]),
        "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3),
    }
    save("types-zip.pth", all_types)
    expect("types-zip.pth", "PyTorch zip", all_types)
    save("types-legacy.pth", all_types, _use_new_zipfile_serialization=False)
    expect("types-legacy.pth", "PyTorch legacy", all_types)
    safetensors("types.safetensors", all_types)
    expect("types.safetensors", "safetensors", all_types)

    base = formula(4, 6)
    strided = {
        "base": base, "transposed": base.t(), "rows": base[1:3], "columns": base[:, 1:5:2], "same": base,
        "expanded": base[0, :2].reshape(2, 1, 1).expand(2, 3, 4), "permuted": formula(2, 3, 4).permute(2, 0, 1),
        "channels_last": formula(2, 3, 4, 5).to(memory_format=torch.channels_last), "corner": base[3:, 5:],
        "parameter": torch.nn.Parameter(base[:, 0]),
    }
    save("strides-zip.pth", strided)
    expect("strides-zip.pth", "PyTorch zip", strided)
    save("strides-legacy.pth", strided, _use_new_zipfile_serialization=False)
    expect("strides-legacy.pth", "PyTorch legacy", strided)

    # As PANNs' files: the sampler holds NumPy objects and a class that only its authors have.
    utils = types.ModuleType("utils")
    generator = types.ModuleType("utils.data_generator")
    sampler_class = type("Sampler", (), {"__module__": "utils.data_generator"})
    generator.Sampler = sampler_class
    sys.modules["utils"], sys.modules["utils.data_generator"] = utils, generator
    sampler = sampler_class()
    sampler.random_state = np.random.RandomState(1234)
    sampler.indexes = np.arange(5)
    sampler.names = np.array(["a", "b"], dtype=object)
    for file, options in [("panns-zip.pth", {}), ("panns-legacy.pth", {"_use_new_zipfile_serialization": False})]:
        save(file, {"iteration": 650000, "model": small, "sampler": sampler}, **options)
        expect(file, "PyTorch zip" if not options else "PyTorch legacy", small)
    numbers = {"indexes": np.arange(5), "pointer": np.int64(3), "rate": np.float32(0.25), "big": np.arange(2, dtype=">f4")}
    save("sampler-dict.pth", {"iteration": 3, "model": small, "sampler": numbers})
    expect("sampler-dict.pth", "PyTorch zip", small)

    # As BEATs' files.
    label_dict = {0: "/m/09x0r", 1: "/m/05zppz", 2: "/t/dd00003"}
    save("beats.pt", {"cfg": argparse.Namespace(encoder_layers=12, dropout=0.1, name="x"), "model": small,
                      "label_dict": label_dict})
    expect("beats.pt", "PyTorch zip", small)
    save("trainer.pth", {"iteration": 50000, "state_dict": small, "optimizer": {
        "state": {0: {"step": torch.tensor(3.0), "exp_avg": formula(2, 2)}}, "param_groups": [{"lr": 1e-4, "params": [0]}]}})
    expect("trainer.pth", "PyTorch zip", small)

    # As the PCA of VGGish: a dict of NumPy arrays, in one order and the other.
    rng = np.random.default_rng(5)
    pca = {"pca_eigen_vectors": rng.standard_normal((6, 6)), "pca_means": rng.standard_normal((6, 1)),
           "fortran": np.asfortranarray(rng.standard_normal((2, 3)).astype(np.float32))}
    for file, format, options in [("numpy-zip.pth", "PyTorch zip", {}),
                                  ("numpy-legacy.pth", "PyTorch legacy", {"_use_new_zipfile_serialization": False})]:
        save(file, pca, **options)
        expect(file, format, pca)
    for protocol in (2, 3, 4, 5):
        file = f"numpy-protocol{protocol}.pkl"
        with open(path(file), "wb") as out:
            pickle.dump(pca, out, protocol=protocol)
        expect(file, "pickle", pca)

    # As AVSBench's log-mels: a bare tensor.
    bare = formula(2, 1, 4, 3)
    save("bare-zip.pt", bare)
    expect("bare-zip.pt", "PyTorch zip", {"tensor": bare})
    for protocol in (2, 4):
        file = f"bare-protocol{protocol}.pkl"
        with open(path(file), "wb") as out:
            pickle.dump(bare.transpose(0, 3), out, protocol=protocol)
        expect(file, "pickle", {"tensor": bare.transpose(0, 3)})

    # Tensors that view one storage are views of it in a legacy file of old versions; made by hand, as PyTorch
    # no longer writes them.
    stream = io.BytesIO()
    stream.write(pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({}, 2))

    class Legacy(pickle.Pickler):
        def persistent_id(self, value):
            return value.id if isinstance(value, Storage) else None

    class Storage:
        def __init__(self, *id):
            self.id = id

    class Tensor:
        def __init__(self, *arguments):
            self.arguments = arguments

        def __reduce__(self):
            return torch._utils._rebuild_tensor, self.arguments

    whole = Storage("storage", torch.FloatStorage, "1", "cpu", 8, None)
    view = Storage("storage", torch.FloatStorage, "1", "cpu", 8, ("2", 3, 4))
    Legacy(stream, 2).dump({"whole": Tensor(whole, 0, (2, 4), (4, 1)), "view": Tensor(view, 1, (3,), (1,))})
    stream.write(pickle.dumps(["1"], 2) + struct.pack("<q8f", 8, *range(8)))
    with open(path("views-legacy.pth"), "wb") as out:
        out.write(stream.getvalue())
    expect("views-legacy.pth", "PyTorch legacy",
           {"whole": torch.arange(8.0).reshape(2, 4), "view": torch.arange(4.0, 7.0)})

    # A big-endian file: the same members with swapped elements and another byteorder.
    plain_file = io.BytesIO()
    torch.save({"a": formula(2, 3), "b": torch.tensor([1, -2])}, plain_file)
    swapped = io.BytesIO()
    sizes = {"0": 4, "1": 8}
    with zipfile.ZipFile(plain_file) as source, zipfile.ZipFile(path("big-endian.pth"), "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename.endswith("/byteorder"):
                content = b"big"
            elif "/data/" in info.filename:
                content = np.frombuffer(content, "u%d" % sizes[os.path.basename(info.filename)]).byteswap().tobytes()
            target.writestr(zipfile.ZipInfo(info.filename), content)
    expect("big-endian.pth", "PyTorch zip", {"a": formula(2, 3), "b": torch.tensor([1, -2])})

    with zipfile.ZipFile(path("compressed.pth"), "w", zipfile.ZIP_DEFLATED) as target:
        with zipfile.ZipFile(path("flat-zip.pth")) as source:
            for info in source.infolist():
                target.writestr(info.filename, source.read(info))

    with zipfile.ZipFile(path("script.pt"), "w") as target:
        for name in ("script/data.pkl", "script/constants.pkl"):
            target.writestr(zipfile.ZipInfo(name), pickle.dumps({}, 2))
    np.savez(path("arrays.npz"), a=np.zeros(1))

    # What is not read is opaque; attributes of tensors and of parameters are dropped.
    marked, parameter = formula(2), torch.nn.Parameter(formula(3))
    marked.note = parameter.note = "kept by PyTorch"
    save("exotic.pth", {
        "marked": marked, "parameter": parameter, "complex": torch.ones(2, dtype=torch.complex64),
        "uint16": torch.ones(2, dtype=torch.uint16), "sparse": torch.eye(2).to_sparse(),
        "size": torch.Size([2, 3]), "dtype": torch.float16, "device": torch.device("cpu"), "set": {1},
        "default": collections.defaultdict(list, {"k": 2}), "big": 1 << 70, "raw": b"\xff\x00",
    })
    expect("exotic.pth", "PyTorch zip", {"marked": formula(2), "parameter": formula(3)})

    zip64("zip64.pth", "flat-zip.pth")
    expect("zip64.pth", "PyTorch zip", small)

    arrays = {
        "c-float32.npy": np.arange(6, dtype="<f4").reshape(2, 3) / 4, "fortran.npy": np.asfortranarray(
            np.arange(6, dtype="<f8").reshape(2, 3) / 3), "half.npy": np.arange(4, dtype="<f2") / 8,
        "int64.npy": np.array([[1, -2]], dtype="<i8"), "big-endian.npy": np.arange(3, dtype=">f4") + 0.5,
        "scalar.npy": np.array(3.25), "bool.npy": np.array([True, False]),
    }
    for file, array in arrays.items():
        np.save(path(file), array)
        expect(file, "NPY", {"array": array.astype(array.dtype.newbyteorder("="))})
    for version in ((2, 0), (3, 0)):
        file = f"version{version[0]}.npy"
        with open(path(file), "wb") as out:
            np.lib.format.write_array(out, arrays["c-float32.npy"], version=version)
        expect(file, "NPY", {"array": arrays["c-float32.npy"]})

    for file, expected in EXPECTED.items():
        with open(path(file), "rb") as made:
            expected["sha256"] = hashlib.sha256(made.read()).hexdigest()
    with open(path("expected.json"), "w") as out:
        json.dump(EXPECTED, out, separators=(",", ":"))


main()
