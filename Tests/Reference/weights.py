"""Weights that follow from their names and a seed, so that two programs can make the same network without a file.

    h = FNV-1a-64(UTF-8 key)
    s = h + seed * 9E3779B97F4A7C15 + i        mod 2^64; i: row-major index in the PyTorch shape (OIHW)
    u = SplitMix64(s) >> 40, as a float32, * 2^-23 - 1        exact, in [-1, 1)
    value = float32(mean) + float32(scale) * u                two rounded float32 operations; if mean is 0 only the product

Mean and scale depend on the key, so that activations keep the size that they have in a trained network.
"""

import math
import os
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

MASK_64 = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
CHUNK = 1 << 15  # elements a step: the intermediate results stay in the second-level cache

# The first pattern that matches the beginning of the key decides: (pattern, mean, scale).
MEAN_AND_SCALE = [
    (r"similarity_matrix$", 0.3, 0.3),
    (r"audio_backbone\.bn0\.running_mean$", -25, 5),
    (r"audio_backbone\.bn0\.running_var$", 400, 100),
    (r".*running_mean$", 0, 0.1),
    (r".*running_var$", 1, 0.2),
    (r"output_conv\.4\.bias$", -1.5, 0.5),
    (r".*bias$", 0, 0.05),
    (r".*weight_g$", 2.4, 0.24),
    (r".*grep_a$", 1, 0.1),
    (r".*relative_position_bias_table$", 0, 0.5),
    (r"pproc\.pca_means$", 0, 0.05),
]

# Every other tensor of two or more dimensions: mean 0, scale = gain * sqrt(3 / fan_in).
GAIN = [
    (r"encoder_backbone\.head\.", 4),
    (r"output_conv\.", 1.5),
    (r"encoder_backbone\..*\.mlp\.fc2\.weight$", 0.5),
    (r"encoder_backbone\..*\.attn\.(proj|q)\.weight$", 2),
    (r".*\.conv2d_list\.", 0.08),
    (r"resnet\..*\.conv3\.weight$", 0.5),
    (r"resnet\.", math.sqrt(2)),
    (r"audio_backbone\.embeddings\.4\.weight$", 0.5),
    (r"pproc\.pca_eigen_vectors$", 0.6),
    (r"audio_backbone\.(fc_audioset|predictor)\.|classification_model\.fc_final\.", 2),
    (r"audio_backbone\.(features\.|embeddings\.|conv_block|fc1\.)|classification_model\.emb\.conv", math.sqrt(2)),
    (r"", 1),
]


def mean_and_scale(key, shape):
    """The mean and the half-range of a tensor's values."""
    for pattern, mean, scale in MEAN_AND_SCALE:
        if re.match(pattern, key):
            return mean, scale
    if len(shape) == 1:
        return 1, 0.1
    gain = next(gain for pattern, gain in GAIN if re.match(pattern, key))
    return 0, gain * math.sqrt(3 / math.prod(shape[1:]))


def fnv1a(key):
    """FNV-1a, 64 bits, of the key's UTF-8 bytes."""
    state = 0xCBF29CE484222325
    for byte in key.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK_64
    return state


def synthesize(key, shape, seed, pool=None):
    """The tensor of that key and shape as a float32 array; `pool` shares large ones out."""
    mean, scale = (np.float32(value) for value in mean_and_scale(key, shape))
    count = math.prod(shape)
    first = (fnv1a(key) + (seed + 1) * GOLDEN) & MASK_64  # SplitMix64 adds the constant before it mixes
    values = np.empty(count, np.float32)
    index = np.arange(min(count, CHUNK), dtype=np.uint64)

    def fill(begin):
        out = values[begin:begin + CHUNK]
        z = index[:len(out)] + np.uint64((first + begin) & MASK_64)
        z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        z = (z ^ z >> np.uint64(31)) >> np.uint64(40)
        out[:] = (z.astype(np.float32) * np.float32(2.0 ** -23) - np.float32(1)) * scale
        if mean:
            out += mean

    begins = range(0, count, CHUNK)
    list(pool.map(fill, begins) if pool and len(begins) > 8 else map(fill, begins))
    return values.reshape(shape)


class Weights:
    """A network's tensors, made as they are asked for: the layers know their shapes."""

    def __init__(self, seed):
        self.seed = seed
        self.shapes = {}
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def __call__(self, key, *shape):
        """The tensor of that name and PyTorch shape."""
        self.shapes[key] = list(shape)
        return torch.from_numpy(synthesize(key, shape, self.seed, self.pool))

    def linear(self, path, outputs, inputs, *kernel, bias=True):
        """Weight [outputs, inputs, *kernel] and bias [outputs] or None, of a linear layer or a convolution."""
        return self(path + ".weight", outputs, inputs, *kernel), self(path + ".bias", outputs) if bias else None

    def norm(self, path, channels):
        """Weight and bias of a layer norm."""
        return self(path + ".weight", channels), self(path + ".bias", channels)

    def batch_norm(self, path, channels, eps=1e-5):
        """A batch norm in inference as factor and summand of each channel."""
        weight, bias = self.norm(path, channels)
        mean, variance = (self(f"{path}.running_{name}", channels) for name in ("mean", "var"))
        factor = weight / torch.sqrt(variance + eps)
        return factor, bias - mean * factor
