#!/usr/bin/env python3
"""Writes backbone_gradients.safetensors: gradients of small backbones with batch norms in PyTorch.

usage: make_backbone_gradients.py OUT.safetensors

An EfficientNet-Lite (stem 8; groups as GROUPS; head 64; TensorFlow's SAME padding) and a ResNet of bottlenecks (width 8,
depths 2, 2, 1, 1), weights by formula (seed 6; see FormulaWeights.swift), see two frames of 62 x 50 pixels, whose maps
have odd sides.  The loss is the sum over the stages of <V_i, c_i>, and for EfficientNet-Lite of <logits, c> too.
Maps are channels-last:  frames [2,62,50,3], {lite,resnet}.cotangent.{1..4,logits}.
For each backbone and mode (training, evaluation):  NAME.MODE.stage.4, .logits, .gradient.i (the mean over space of that of
the loss by V_i), .grad.KEY, .stat.KEY (running statistics after one forward pass, training mode) and, of EfficientNet-Lite,
.omega.i: the mean over space of the gradient of the logits 3 and 700 of the two frames by V_i.
"""

import math
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

SEED = 6
# Repeats, kernel, stride of the first, expansion, output channels.
GROUPS = [(1, 3, 1, 1, 8), (2, 3, 2, 6, 8), (2, 5, 2, 6, 16), (1, 3, 2, 6, 16), (2, 5, 1, 6, 24), (2, 5, 2, 6, 24), (1, 3, 1, 6, 32)]
TAPS = [2, 4, 7, 10]
DEPTHS, WIDTH = [2, 2, 1, 1], 8
GRADIENTS = {
    "lite": [
        "_conv_stem.weight", "_bn0.weight", "_bn0.bias", "_blocks.0._depthwise_conv.weight", "_blocks.0._bn1.bias",
        "_blocks.1._expand_conv.weight", "_blocks.1._depthwise_conv.weight", "_blocks.2._bn2.weight",
        "_blocks.3._depthwise_conv.weight", "_blocks.4._depthwise_conv.weight", "_blocks.4._bn0.weight",
        "_blocks.5._project_conv.weight", "_blocks.6._bn1.weight", "_blocks.8._depthwise_conv.weight", "_blocks.10._bn2.bias",
        "_blocks.10._depthwise_conv.weight", "_conv_head.weight", "_bn1.weight", "_bn1.bias",
    ],
    "resnet": [
        "conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv2.weight", "layer1.0.downsample.0.weight", "layer1.1.bn3.weight",
        "layer2.0.conv2.weight", "layer2.0.downsample.0.weight", "layer2.0.downsample.1.bias", "layer2.1.conv1.weight",
        "layer3_1.0.bn2.bias", "layer3_1.0.conv1.weight", "layer4_1.0.bn2.weight", "layer4_1.0.bn3.bias",
    ],
}  # fmt: skip


def formula(key: str, shape: list[int]) -> np.ndarray:
    h = 0xCBF29CE484222325
    for b in key.encode():
        h = ((h ^ b) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64((h + SEED * 0x9E3779B97F4A7C15) % 2**64) + np.arange(math.prod(shape), dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    u = (z >> np.uint64(40)).astype(np.float32) * np.float32(2**-23) - np.float32(1)
    mean, scale = distribution(key, shape)
    return (np.float32(mean) + np.float32(scale) * u).reshape(shape).astype(np.float32)


def distribution(key: str, shape: list[int]) -> tuple[float, float]:
    if key.endswith("running_mean"):
        return 0, 0.1
    if key.endswith("running_var"):
        return 1, 0.2
    if key.endswith("bias"):
        return 0, 0.05
    if len(shape) == 1:
        return 1, 0.1
    gain = 1.0
    if key.startswith("resnet."):
        gain = 0.5 if key.endswith(".conv3.weight") else math.sqrt(2)
    return 0, gain * math.sqrt(3 / math.prod(shape[1:]))


class Network:
    def __init__(self, root: str, training: bool, epsilon: float, momentum: float) -> None:
        self.root, self.training, self.epsilon, self.momentum = root, training, epsilon, momentum
        self.w: dict[str, torch.Tensor] = {}

    def p(self, key: str, *shape: int) -> torch.Tensor:
        if key not in self.w:
            self.w[key] = torch.from_numpy(formula(f"{self.root}.{key}", list(shape)))
            if "running" not in key:
                self.w[key].requires_grad_()
        return self.w[key]

    def norm(self, x, key):
        c = x.shape[1]
        mean, variance = self.p(key + ".running_mean", c), self.p(key + ".running_var", c)
        return F.batch_norm(x, mean, variance, self.p(key + ".weight", c), self.p(key + ".bias", c), self.training, self.momentum, self.epsilon)


class Lite(Network):
    def __init__(self, training: bool) -> None:
        super().__init__("encoder_backbone", training, 1e-3, 0.01)

    def conv(self, x, key, o, k, stride=1, groups=1):
        pads = []
        for size in (x.shape[3], x.shape[2]):
            total = max((math.ceil(size / stride) - 1) * stride + k - size, 0)
            pads += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, pads), self.p(key + ".weight", o, x.shape[1] // groups, k, k), stride=stride, groups=groups)

    def block(self, x, key, kernel, stride, expansion, output):
        hidden, y = x.shape[1] * expansion, x
        if expansion > 1:
            y = F.relu6(self.norm(self.conv(y, key + "._expand_conv", hidden, 1), key + "._bn0"))
        y = F.relu6(self.norm(self.conv(y, key + "._depthwise_conv", hidden, kernel, stride, hidden), key + "._bn1"))
        y = self.norm(self.conv(y, key + "._project_conv", output, 1), key + "._bn2")
        return y + x if stride == 1 and x.shape[1] == output else y

    def forward(self, x):
        x = F.relu6(self.norm(self.conv(x, "_conv_stem", 8, 3, 2), "_bn0"))
        stages, number = [], 0
        for repeats, kernel, stride, expansion, output in GROUPS:
            for index in range(repeats):
                x = self.block(x, f"_blocks.{number}", kernel, stride if index == 0 else 1, expansion, output)
                if number in TAPS:
                    stages.append(x)
                number += 1
        x = F.relu6(self.norm(self.conv(x, "_conv_head", 64, 1), "_bn1"))
        return stages, F.linear(x.mean((2, 3)), self.p("_fc.weight", 1000, 64), self.p("_fc.bias", 1000))


class ResNet(Network):
    def __init__(self, training: bool) -> None:
        super().__init__("resnet", training, 1e-5, 0.1)

    def conv(self, x, key, o, k, stride=1, padding=0):
        return F.conv2d(x, self.p(key + ".weight", o, x.shape[1], k, k), stride=stride, padding=padding)

    def block(self, x, key, hidden, stride):
        y = F.relu(self.norm(self.conv(x, key + ".conv1", hidden, 1), key + ".bn1"))
        y = F.relu(self.norm(self.conv(y, key + ".conv2", hidden, 3, stride, 1), key + ".bn2"))
        y = self.norm(self.conv(y, key + ".conv3", 4 * hidden, 1), key + ".bn3")
        if stride > 1 or x.shape[1] != 4 * hidden:
            x = self.norm(self.conv(x, key + ".downsample.0", 4 * hidden, 1, stride), key + ".downsample.1")
        return F.relu(y + x)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x, "conv1", WIDTH, 7, 2, 3), "bn1")), 3, 2, 1)
        stages = []
        for layer, name in enumerate(["layer1", "layer2", "layer3_1", "layer4_1"]):
            for index in range(DEPTHS[layer]):
                x = self.block(x, f"{name}.{index}", WIDTH << layer, 2 if index == 0 and layer > 0 else 1)
            stages.append(x)
        return stages, None


def last(x: torch.Tensor) -> np.ndarray:
    """Channels last."""
    return np.ascontiguousarray(x.detach().permute(0, 2, 3, 1).numpy())


def main() -> None:
    torch.manual_seed(0)
    frames = F.interpolate(torch.randn(2, 3, 12, 10), size=(62, 50), mode="bilinear") + 0.3 * torch.randn(2, 3, 62, 50)
    frames = frames.half().float()
    out = {"frames": last(frames).astype(np.float16)}
    for name, kind in (("lite", Lite), ("resnet", ResNet)):
        cotangents = None
        for mode in ("training", "evaluation"):
            net = kind(mode == "training")
            stages, logits = net.forward(frames)
            if cotangents is None:
                cotangents = [torch.randn_like(v).half().float() for v in stages]
                out |= {f"{name}.cotangent.{i+1}": last(c).astype(np.float16) for i, c in enumerate(cotangents)}
            if mode == "training":
                out |= {f"{name}.training.stat.{k}": v.numpy().copy() for k, v in net.w.items() if "running" in k and not k.startswith(("_blocks.5", "layer3"))}
            loss = sum((v * c).sum() for v, c in zip(stages, cotangents))
            if logits is not None:
                score = logits[0, 3] + logits[1, 700]
                for i, g in enumerate(torch.autograd.grad(score, stages, retain_graph=True)):
                    out[f"{name}.{mode}.omega.{i+1}"] = g.mean((2, 3)).numpy()
                if "lite.cotangent.logits" not in out:
                    out["lite.cotangent.logits"] = torch.randn(2, 1000).numpy()
                loss = loss + (logits * torch.from_numpy(out["lite.cotangent.logits"])).sum()
                out[f"{name}.{mode}.logits"] = logits.detach().numpy()
            for v in stages:
                v.retain_grad()
            loss.backward()
            out[f"{name}.{mode}.stage.4"] = last(stages[3])
            for i, v in enumerate(stages):
                out[f"{name}.{mode}.gradient.{i+1}"] = v.grad.mean((2, 3)).numpy()
            for key in GRADIENTS[name]:
                out[f"{name}.{mode}.grad.{key}"] = net.w[key].grad.numpy()
    save_file(out, sys.argv[1])


main()
