#!/usr/bin/env python3
"""Writes training_step.safetensors: a training step of a small C3N in PyTorch, for the Swift trainer.

usage: make_training_step.py OUT.safetensors

A PVTv2 of 8/16/24/32 channels and depths 1, 2, 1, 1 with fusion and decoder of width 16, weights by formula (seed 4;
see FormulaWeights.swift), sees two clips of three frames of 64 x 64.  Two cases:
    a   audio features and consensus, the first frame of each clip annotated, branches left out by `depth`
    b   no audio and no consensus, all frames annotated, all branches kept
Inputs:  frames [6,3,64,64], truth [6,64,64], embedding [6,5], confidences [6,527], depth [blocks,2,6] (factors).
Outputs: {a,b}.loss [2] (cross entropy, Dice), {a,b}.labels, {a,b}.grad.KEY, {a,b}.stat.KEY (running statistics after
the step), {a,b}.adam.KEY (the parameter after one step of torch.optim.Adam with a learning rate of 0.01).
"""

import math
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

SEED = 4
CHANNELS, DEPTHS, HEADS, RATIOS = [8, 16, 24, 32], [1, 2, 1, 1], [1, 2, 3, 4], [8, 4, 2, 1]
WIDTH, AUDIO, FRAMES, CLIPS = 16, 5, 3, 2
GRADIENTS = [
    "encoder_backbone.patch_embed1.proj.weight", "encoder_backbone.block1.0.attn.sr.bias", "encoder_backbone.block2.1.attn.q.weight",
    "encoder_backbone.block2.1.mlp.dwconv.dwconv.weight", "encoder_backbone.block3.0.mlp.fc1.bias", "encoder_backbone.norm4.weight",
    "conv1.conv.weight", "conv2.atrous_block6.weight", "conv3.atrous_block1.bias", "conv4.conv_1x1_output.weight",
    "tpavi_1.theta.weight", "tpavi_1.phi.weight", "tpavi_2.g.weight", "tpavi_2.g.bias", "tpavi_3.W_z.0.weight", "tpavi_3.W_z.1.weight",
    "tpavi_3.W_z.1.bias", "tpavi_4.norm_layer.weight", "tpavi_4.theta.bias", "tpavi_4.phi.bias", "tpavi_1.align_channel.weight",
    "path4.resConfUnit2.conv1.weight", "path1.resConfUnit1.conv2.bias", "output_conv.0.bias", "output_conv.2.weight", "output_conv.4.weight",
]


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
    if key == "similarity_matrix":
        return 0.3, 0.3
    if key.endswith("running_mean"):
        return 0, 0.1
    if key.endswith("running_var"):
        return 1, 0.2
    if key == "output_conv.4.bias":
        return -1.5, 0.5
    if key.endswith("bias"):
        return 0, 0.05
    if len(shape) == 1:
        return 1, 0.1
    gain = 1.0
    if key.startswith("encoder_backbone.head."):
        gain = 4
    elif key.startswith("output_conv."):
        gain = 1.5
    elif key.endswith(".mlp.fc2.weight"):
        gain = 0.5
    elif key.endswith(".attn.proj.weight") or key.endswith(".attn.q.weight"):
        gain = 2
    return 0, gain * math.sqrt(3 / math.prod(shape[1:]))


class Network:
    def __init__(self) -> None:
        self.w: dict[str, torch.Tensor] = {}

    def p(self, key: str, *shape: int) -> torch.Tensor:
        if key not in self.w:
            self.w[key] = torch.from_numpy(formula(key, list(shape)))
            if not key.endswith(("running_mean", "running_var")) and ".head." not in key:
                self.w[key].requires_grad_()
        return self.w[key]

    def linear(self, x, key, i, o):
        return F.linear(x, self.p(key + ".weight", o, i), self.p(key + ".bias", o))

    def conv(self, x, key, i, o, k, **options):
        return F.conv2d(x, self.p(key + ".weight", o, i // options.get("groups", 1), k, k), self.p(key + ".bias", o), **options)

    def norm(self, x, key, c, eps=1e-5):
        return F.layer_norm(x, [c], self.p(key + ".weight", c), self.p(key + ".bias", c), eps)

    def attention(self, x, key, c, heads, ratio, side):
        f, n, _ = x.shape
        q = self.linear(x, key + ".q", c, c).reshape(f, n, heads, c // heads).transpose(1, 2)
        reduced = x
        if ratio > 1:
            m = self.conv(x.transpose(1, 2).reshape(f, c, side, side), key + ".sr", c, c, ratio, stride=ratio)
            reduced = self.norm(m.flatten(2).transpose(1, 2), key + ".norm", c)
        kv = self.linear(reduced, key + ".kv", c, 2 * c).reshape(f, -1, 2, heads, c // heads).permute(2, 0, 3, 1, 4)
        p = (q @ kv[0].transpose(-2, -1) * (c // heads) ** -0.5).softmax(-1)
        return self.linear((p @ kv[1]).transpose(1, 2).reshape(f, n, c), key + ".proj", c, c)

    def mlp(self, x, key, c, side):
        f = x.shape[0]
        h = self.linear(x, key + ".fc1", c, 4 * c).transpose(1, 2).reshape(f, 4 * c, side, side)
        h = self.conv(h, key + ".dwconv.dwconv", 4 * c, 4 * c, 3, padding=1, groups=4 * c).flatten(2).transpose(1, 2)
        return self.linear(F.gelu(h), key + ".fc2", 4 * c, c)

    def backbone(self, x, depth):
        outputs, activations, passed = [], [], 0
        for i in range(4):
            e, c = "encoder_backbone.", CHANNELS[i]
            kernel, stride, source = (7, 4, 3) if i == 0 else (3, 2, CHANNELS[i - 1])
            x = self.conv(x, f"{e}patch_embed{i+1}.proj", source, c, kernel, stride=stride, padding=kernel // 2)
            side = x.shape[-1]
            t = self.norm(x.flatten(2).transpose(1, 2), f"{e}patch_embed{i+1}.norm", c)
            for b in range(DEPTHS[i]):
                k = f"{e}block{i+1}.{b}"
                scale = [torch.ones(len(t))] * 2 if depth is None else depth[passed]
                passed += 1
                t = t + scale[0].view(-1, 1, 1) * self.attention(self.norm(t, k + ".norm1", c, 1e-6), k + ".attn", c, HEADS[i], RATIOS[i], side)
                t = t + scale[1].view(-1, 1, 1) * self.mlp(self.norm(t, k + ".norm2", c, 1e-6), k + ".mlp", c, side)
            activations.append(t)
            t = self.norm(t, f"{e}norm{i+1}", c, 1e-6)
            x = t.transpose(1, 2).reshape(-1, c, side, side)
            outputs.append(x)
        return outputs, activations, self.linear(t.mean(1), "encoder_backbone.head", CHANNELS[3], 1000)

    def aspp(self, x, key, c):
        mean = self.conv(x.mean((2, 3), keepdim=True), key + ".conv", c, WIDTH, 1).expand(-1, -1, *x.shape[2:])
        parts = [mean, self.conv(x, key + ".atrous_block1", c, WIDTH, 1)]
        parts += [self.conv(x, f"{key}.atrous_block{d}", c, WIDTH, 3, padding=d, dilation=d) for d in (6, 12, 18)]
        return self.conv(torch.cat(parts, 1), key + ".conv_1x1_output", 5 * WIDTH, WIDTH, 1)

    def point(self, x, key, i, o):
        return F.conv3d(x, self.p(key + ".weight", o, i, 1, 1, 1), self.p(key + ".bias", o))

    def non_local(self, x, key, audio):
        f, c, h, w = x.shape
        x = x.reshape(CLIPS, FRAMES, c, h, w).transpose(1, 2)  # [B,C,T,H,W]
        source = x
        if audio is not None:
            a = self.linear(audio, key + ".align_channel", AUDIO, WIDTH).reshape(CLIPS, FRAMES, c).transpose(1, 2)
            source = a[:, :, :, None, None].expand(-1, -1, -1, h, w)
        theta = self.point(x, key + ".theta", c, c // 2).flatten(2).transpose(1, 2)
        phi = self.point(source, key + ".phi", c, c // 2).flatten(2)
        g = self.point(x, key + ".g", c, c // 2).flatten(2).transpose(1, 2)
        attention = theta @ phi / (FRAMES * h * w)
        y = (attention @ g).transpose(1, 2).reshape(CLIPS, c // 2, FRAMES, h, w)
        y = self.point(y, key + ".W_z.0", c // 2, c)
        n = key + ".W_z.1."
        y = F.batch_norm(y, self.p(n + "running_mean", c), self.p(n + "running_var", c), self.p(n + "weight", c), self.p(n + "bias", c), True, 0.1)
        z = self.norm((y + x).permute(0, 2, 3, 4, 1), key + ".norm_layer", c)
        return z.reshape(f, h, w, c).permute(0, 3, 1, 2)

    def unit(self, x, key):
        r = F.relu(x)
        return self.conv(F.relu(self.conv(r, key + ".conv1", WIDTH, WIDTH, 3, padding=1)), key + ".conv2", WIDTH, WIDTH, 3, padding=1) + r

    def decode(self, maps):
        x = None
        for i in (4, 3, 2, 1):
            u = maps[i - 1] if x is None else x + self.unit(maps[i - 1], f"path{i}.resConfUnit1")
            x = F.interpolate(self.unit(u, f"path{i}.resConfUnit2"), scale_factor=2, mode="bilinear", align_corners=True)
        x = F.interpolate(self.conv(x, "output_conv.0", WIDTH, WIDTH // 2, 3, padding=1), scale_factor=2, mode="bilinear", align_corners=False)
        x = F.relu(self.conv(x, "output_conv.2", WIDTH // 2, 32, 3, padding=1))
        return self.conv(x, "output_conv.4", 32, 1, 1)[:, 0]


def step(name: str, inputs: dict[str, torch.Tensor], out: dict[str, np.ndarray]) -> None:
    net = Network()
    with_audio = name == "a"
    stages, activations, logits = net.backbone(inputs["frames"], inputs["depth"] if with_audio else None)
    attended = stages
    if with_audio:
        similarity = torch.from_numpy(formula("similarity_matrix", [1000, 527]))
        visual = logits.softmax(1)
        labels = []
        for f in range(len(visual)):
            cells = inputs["confidences"][f][None] ** 0.1 * similarity * visual[f][:, None] ** 0.1
            labels.append(int(cells.argmax()) // 527)
        out["a.labels"] = np.array(labels, dtype=np.int64)
        score = sum(logits[f, k] for f, k in enumerate(labels))
        omegas = [g.mean(1) for g in torch.autograd.grad(score, activations, retain_graph=True)]
        attended = []
        for v, omega in zip(stages, omegas):
            vc = v * torch.sigmoid(F.normalize(omega, dim=1))[:, :, None, None]
            attended.append(vc * torch.sigmoid(vc.mean(1, keepdim=True)))
    maps = [net.aspp(v, f"conv{i+1}", CHANNELS[i]) for i, v in enumerate(attended)]
    maps = [net.non_local(m, f"tpavi_{i+1}", inputs["embedding"] if with_audio else None) for i, m in enumerate(maps)]
    masks = net.decode(maps)
    chosen = [0, FRAMES] if with_audio else list(range(CLIPS * FRAMES))
    p, y = torch.sigmoid(masks[chosen]), inputs["truth"][chosen]
    entropy = F.binary_cross_entropy(p, y)
    p, y = p.flatten(1), y.flatten(1)
    dice = 1 - (2 * ((p * y).sum(1) + 1) / (p.sum(1) + y.sum(1) + 1)).mean()
    trained = [w for w in net.w.values() if w.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=0.01)
    (entropy + dice).backward()
    out[f"{name}.loss"] = np.array([entropy.item(), dice.item()], dtype=np.float32)
    for key in GRADIENTS:
        if key in net.w:
            out[f"{name}.grad.{key}"] = net.w[key].grad.numpy().copy()
    optimizer.step()
    for key in ("tpavi_3.W_z.0.weight", "output_conv.0.bias"):
        out[f"{name}.adam.{key}"] = net.w[key].detach().numpy().copy()
    for key, value in net.w.items():
        if "running" in key:
            out[f"{name}.stat.{key}"] = value.numpy().copy()


def main() -> None:
    torch.manual_seed(0)
    frames = torch.randn(6, 3, 8, 8)
    frames = F.interpolate(frames, size=64, mode="bilinear") + 0.2 * torch.randn(6, 3, 64, 64)
    frames = frames.half().float()
    y, x = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    truth = torch.stack([((x - 20 - 3 * f) ** 2 + (y - 30) ** 2 < 150 + 20 * f).float() for f in range(6)])
    truth[4] = 0
    depth = torch.ones(5, 2, 6)
    depth[1, 0, 2], depth[3, 1, 0], depth[4] = 0, 0, 1.25
    depth[4, 0, 1], depth[4, 1, 5] = 0, 0
    inputs = {"frames": frames, "truth": truth, "embedding": torch.randn(6, AUDIO), "confidences": torch.randn(6, 527).softmax(1), "depth": depth}
    out: dict[str, np.ndarray] = {}
    for name in ("a", "b"):
        step(name, inputs, out)
    for key, value in inputs.items():
        out[key] = value.numpy().astype(np.float16 if key in ("frames", "truth") else np.float32)
    save_file(out, sys.argv[1])


main()
