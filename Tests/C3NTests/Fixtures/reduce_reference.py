"""Makes small fixtures of full ones: reference tensors without the inputs that another fixture has, logits sampled.

usage: reduce_reference.py INPUTS.safetensors OUTPUT_FOLDER FULL.safetensors...

INPUTS.safetensors is the fixture beside the results that has `images` and `waveform`.
"""
import os
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

inputs, folder, *paths = sys.argv[1:]
with safe_open(inputs, "np") as file:
    shared = {name: file.get_tensor(name) for name in file.keys()}
for path in paths:
    with safe_open(path, "np") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    for name in ["images", "waveform", "panns_logmel"]:
        if name in tensors:
            assert np.array_equal(tensors.pop(name), shared[name]), f"{path}: other {name}"
    flat = tensors.pop("logits").reshape(-1)
    tensors["logits_sample"] = flat[:: flat.size // 8192][:8192].copy()
    result = os.path.join(folder, os.path.basename(path))
    metadata = {"variant": metadata["variant"], "seed": metadata["seed"], "inputs": os.path.basename(inputs)}
    save_file(tensors, result + ".part", metadata)
    os.replace(result + ".part", result)
    print(result, os.path.getsize(result))
