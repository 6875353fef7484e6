"""Linear maps, convolutions and layer norms on oneDNN with packed weights, and the gradients of their inputs.

Maps are [F, C, H, W] in memory format channels_last, tokens [F, N, C] are the same bytes. The operators are those that
TorchInductor lowers to; calling their overloads directly saves resolving an overload, 0.3 ms a call.
"""

import ctypes
import sys

import torch

aten = torch.ops.aten
_LINEAR, _LINEAR_ADD = torch.ops.mkldnn._linear_pointwise.default, torch.ops.mkldnn._linear_pointwise.binary
_CONV, _CONV_ADD = torch.ops.mkldnn._convolution_pointwise.default, torch.ops.mkldnn._convolution_pointwise.binary
_PACK_LINEAR = torch.ops.mkldnn._reorder_linear_weight
_PACK_CONV = torch.ops.mkldnn._reorder_convolution_weight
attend = aten._scaled_dot_product_flash_attention_for_cpu.default
attend_backward = aten._scaled_dot_product_flash_attention_for_cpu_backward.default


def keep_freed_memory():
    """Tells glibc to keep what is freed instead of returning it to the system: page faults cost more than arithmetic."""
    if sys.platform == "linux":
        for option, value in ((-4, 0), (-1, 2 ** 31 - 1), (-2, 256 << 20)):  # mmap off, trim never, grow by 256 MiB
            ctypes.CDLL(None).mallopt(option, value)


def tokens(feature_map):
    """[F, C, H, W] in channels_last -> [F, H W, C]."""
    return feature_map.permute(0, 2, 3, 1).flatten(1, 2)


def to_map(x, height):
    """[F, N, C] -> [F, C, height, N / height] in channels_last."""
    return x.view(x.shape[0], height, -1, x.shape[2]).permute(0, 3, 1, 2)


def linear_add_bias(x, weight, bias):
    """x W^T + b on a weight that is used once and not packed."""
    return _LINEAR(x, weight, bias, "none", [], "")


class Linear:
    """y = x W^T + b for x [..., inputs].

    `rows` is the number of rows that the packed layout is chosen for; `backward` keeps W^T for the gradient too.
    """

    def __init__(self, weight, bias=None, backward=False, rows=980):
        self.weight = _PACK_LINEAR(weight.contiguous(), rows)
        self.transposed = _PACK_LINEAR(weight.t().contiguous(), rows) if backward else None
        self.bias = None if bias is None else bias.contiguous()

    def __call__(self, x, activation="none", add=None):
        if add is not None:
            return _LINEAR_ADD(x, add, self.weight, self.bias, "add")
        return _LINEAR(x, self.weight, self.bias, activation, [], "none" if activation == "gelu" else "")

    def backward(self, gradient, add=None):
        """dL/dx = dL/dy W (+ add)."""
        if add is not None:
            return _LINEAR_ADD(gradient, add, self.transposed, None, "add")
        return _LINEAR(gradient, self.transposed, None, "none", [], "")


class Conv:
    """A convolution of channels_last maps with activation and addition fused; packed for each input shape once."""

    def __init__(self, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        self.weight, self.bias, self.groups = weight, bias, groups
        self.stride, self.padding, self.dilation = [stride] * 2, [padding] * 2, [dilation] * 2
        self.packed = {}

    def __call__(self, x, activation="none", add=None):
        if x.shape not in self.packed:
            weight = self.weight.contiguous(memory_format=torch.channels_last)
            self.packed[x.shape] = _PACK_CONV(
                weight, self.padding, self.stride, self.dilation, self.groups, list(x.shape))
        weight = self.packed[x.shape]
        geometry = (weight, self.bias, self.padding, self.stride, self.dilation, self.groups)
        if add is None:
            return _CONV(x, *geometry, activation, [], "none" if activation == "gelu" else "")
        return _CONV_ADD(x, add, *geometry, "add", 1.0, None if activation == "none" else activation, [], None)


class LayerNorm:
    """A layer norm over the last dimension that returns its statistics too, and its input's gradient."""

    def __init__(self, weight_and_bias, eps):
        (self.weight, self.bias), self.eps = weight_and_bias, eps
        self.shape = [self.weight.numel()]

    def __call__(self, x):
        """-> normalised x, mean, reciprocal standard deviation."""
        return aten.native_layer_norm.default(x, self.shape, self.weight, self.bias, self.eps)

    def backward(self, gradient, x, mean, rstd):
        return aten.native_layer_norm_backward.default(
            gradient, x, self.shape, mean, rstd, self.weight, self.bias, [True, False, False])[0]
