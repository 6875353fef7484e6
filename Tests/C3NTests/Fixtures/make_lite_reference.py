#!/usr/bin/env python3
"""Writes the fixture `lite_reference.safetensors` for the Swift EfficientNet-Lite0.

usage: make_lite_reference.py EFFICIENTNET_LITE0.safetensors IMAGE.png OUT.safetensors

An independent PyTorch model (TensorFlow SAME padding, BatchNorm eps 1e-3, ReLU6) is run on one
224x224 RGB image with the fp16 weights that ship, widened to fp32.  The fixture holds
    image            [1,3,224,224]  preprocessed, (x-127)/128
    logits           [1,1000]
    stage1...stage4  [<=512]  samples of the taps (24@56, 40@28, 112@14, 320@7; the last block of
                     each resolution, after the skip): channels-first row-major flattening,
                     every max(1, count / 512)-th value, the first 512 of them
    omega1...omega4  [1,C]  mean over space of d logits[k] / d tap, k = argmax
    target_category  int64 [1]  k
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.numpy import load_file, save_file

# repeats, kernel, stride, expansion, output channels
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]
TAPS = {24: 0, 40: 1, 112: 2, 320: 3}


class Lite0:
    """EfficientNet-Lite0 as a function of its state dict."""

    def __init__(self, path: Path) -> None:
        self.w = {k: torch.from_numpy(v.astype(np.float32)) for k, v in load_file(path).items()}

    def conv(self, x: torch.Tensor, key: str, stride: int = 1, groups: int = 1) -> torch.Tensor:
        weight = self.w[key + ".weight"]
        pads: list[int] = []
        for n, k in ((x.shape[3], weight.shape[3]), (x.shape[2], weight.shape[2])):
            total = max((-(-n // stride) - 1) * stride + k - n, 0)
            pads += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, pads), weight, stride=stride, groups=groups)

    def norm(self, x: torch.Tensor, key: str) -> torch.Tensor:
        w = self.w
        return F.batch_norm(x, w[key + ".running_mean"], w[key + ".running_var"], w[key + ".weight"], w[key + ".bias"], False, 0, 1e-3)

    def __call__(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        x = F.relu6(self.norm(self.conv(x, "_conv_stem", 2), "_bn0"))
        taps: dict[int, torch.Tensor] = {}
        block = 0
        for repeats, _kernel, first_stride, expand, out in STAGES:
            for r in range(repeats):
                p = f"_blocks.{block}"
                stride = first_stride if r == 0 else 1
                y = x
                if expand != 1:
                    y = F.relu6(self.norm(self.conv(y, p + "._expand_conv"), p + "._bn0"))
                y = F.relu6(self.norm(self.conv(y, p + "._depthwise_conv", stride, y.shape[1]), p + "._bn1"))
                y = self.norm(self.conv(y, p + "._project_conv"), p + "._bn2")
                x = x + y if stride == 1 and x.shape[1] == out else y
                block += 1
            if out in TAPS:
                x.retain_grad() if x.requires_grad else None
                taps[TAPS[out]] = x
        x = F.relu6(self.norm(self.conv(x, "_conv_head"), "_bn1"))
        logits = F.linear(x.mean((2, 3)), self.w["_fc.weight"], self.w["_fc.bias"])
        return logits, [taps[i] for i in range(4)]


def preprocessed(path: Path) -> torch.Tensor:
    pixels = np.asarray(Image.open(path).convert("RGB"), np.float32)
    assert pixels.shape == (224, 224, 3), pixels.shape
    return torch.from_numpy((pixels - 127) / 128).permute(2, 0, 1)[None].contiguous()


def main(weights: str, image: str, out: str) -> None:
    torch.set_num_threads(1)
    x = preprocessed(Path(image)).requires_grad_(True)
    logits, taps = Lite0(Path(weights))(x)
    target = int(logits.argmax())
    logits[0, target].backward()
    tensors = {
        "image": x.detach().numpy(),
        "logits": logits.detach().numpy(),
        "target_category": np.array([target], np.int64),
    }
    for i, tap in enumerate(taps, start=1):
        flat = tap.detach().numpy().ravel()
        tensors[f"stage{i}"] = np.ascontiguousarray(flat[:: max(1, flat.size // 512)][:512])
        tensors[f"omega{i}"] = tap.grad.mean((2, 3)).numpy()
    save_file(tensors, out, {"image": Path(image).name, "generator": "make_lite_reference.py", "preprocess": "(x-127)/128"})
    for name, value in tensors.items():
        print(name, value.dtype, value.shape, f"{value.min():.5f} {value.max():.5f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
