"""Swin-B: attention in windows of 7 x 7, shifted by 3 in every other block, with a learnt bias for each offset."""

import torch

from layers import Conv, LayerNorm, Linear, attend, attend_backward, tokens
from transformers import Backbone, Block

CHANNELS = (128, 256, 512, 1024)
DEPTHS = (2, 2, 18, 2)
HEADS = (4, 8, 16, 32)
WINDOW, SHIFT = 7, 3
ROOT = "encoder_backbone."


def windows(grid):
    """[side, side] -> [windows, 49], row-major within and among the windows."""
    count = len(grid) // WINDOW
    return grid.view(count, WINDOW, count, WINDOW).transpose(1, 2).reshape(-1, WINDOW * WINDOW)


def offset_index():
    """The row of the bias table for each query and key of a window [49, 49]: (qy - ky + 6) 13 + (qx - kx + 6)."""
    offset = torch.arange(WINDOW)[:, None] - torch.arange(WINDOW)[None, :] + WINDOW - 1
    rows = offset[:, None, :, None] * (2 * WINDOW - 1) + offset[None, :, None, :]
    return rows.reshape(WINDOW * WINDOW, WINDOW * WINDOW)


class SwinBlock(Block):
    """A block on a map of side x side."""

    def __init__(self, weights, path, channels, heads, side, shifted, backward):
        c, self.heads = channels, heads
        self.norm1, self.norm2 = (LayerNorm(weights.norm(f"{path}.norm{i}", c), 1e-5) for i in (1, 2))
        linear = lambda name, outputs, inputs: Linear(*weights.linear(f"{path}.{name}", outputs, inputs), backward)
        self.qkv, self.proj = linear("attn.qkv", 3 * c, c), linear("attn.proj", c, c)
        self.fc1, self.fc2 = linear("mlp.fc1", 4 * c, c), linear("mlp.fc2", c, 4 * c)
        table = weights(path + ".attn.relative_position_bias_table", 169, heads)
        bias = table[offset_index()].permute(2, 0, 1)[None]  # [1, heads, 49, 49]
        position = torch.arange(side * side).view(side, side)
        if shifted:  # the last stage too, although its map is one window
            position = position.roll((-SHIFT, -SHIFT), (0, 1))
            region = torch.zeros(side, dtype=torch.long)
            region[side - WINDOW:side - SHIFT], region[side - SHIFT:] = 1, 2
            region = windows(region[:, None] * 3 + region[None, :])
            mask = torch.where(region[:, :, None] == region[:, None, :], 0.0, -100.0)
            bias = bias + mask[:, None]  # [windows, heads, 49, 49]
        self.window_count = (side // WINDOW) ** 2
        self.to_windows = windows(position).flatten()
        self.from_windows, self.bias = self.to_windows.argsort(), bias.contiguous()

    def attention(self, h, x):
        """h: the normed x [F, N, C] -> x + attention, and what the backward pass needs."""
        f, n, c = x.shape
        bias = self.bias
        bias = bias.expand(f * self.window_count, -1, -1, -1) if len(bias) == 1 else bias.repeat(f, 1, 1, 1)
        qkv = self.qkv(h.index_select(1, self.to_windows)).view(f * self.window_count, 49, 3, self.heads, 32)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        out, logsumexp = attend(q, k, v, attn_mask=bias)
        x = self.proj(out.transpose(1, 2).reshape(f, n, c).index_select(1, self.from_windows), add=x)
        return x, (q, k, v, out, logsumexp, bias)

    def attention_backward(self, gradient, q, k, v, out, logsumexp, bias):
        f, n, c = gradient.shape
        g = self.proj.backward(gradient).index_select(1, self.to_windows)
        g = g.view(f * self.window_count, 49, self.heads, 32).transpose(1, 2)
        gradients = attend_backward(g, q, k, v, out, logsumexp, 0.0, False, attn_mask=bias)
        g = torch.stack([t.transpose(1, 2) for t in gradients], 2).view(f, n, 3 * c)
        return self.qkv.backward(g).index_select(1, self.from_windows)


class Swin(Backbone):
    """The backbone. The next stage receives merged tokens without the norm of V_i."""

    channels = CHANNELS
    next_takes_normed = False

    def __init__(self, weights, has_classes=True):
        self.embedding = Conv(*weights.linear(ROOT + "patch_embed.proj", 128, 3, 4, 4), stride=4)
        self.embedding_norm = LayerNorm(weights.norm(ROOT + "patch_embed.norm", 128), 1e-5)
        self.blocks = [
            [SwinBlock(weights, f"{ROOT}layers.{i}.blocks.{j}", CHANNELS[i], HEADS[i], self.sides[i], j % 2 == 1, i > 0)
             for j in range(DEPTHS[i])] for i in range(4)]
        merging = [(f"{ROOT}layers.{i}.downsample.", CHANNELS[i]) for i in range(3)]
        self.merging_norms = [LayerNorm(weights.norm(path + "norm", 4 * c), 1e-5) for path, c in merging]
        self.merging = [
            Linear(*weights.linear(path + "reduction", 2 * c, 4 * c, bias=False), backward=True) for path, c in merging]
        self.norm = [LayerNorm(weights.norm(f"{ROOT}norm{i}", CHANNELS[i]), 1e-5) for i in range(4)]
        self.head = weights.linear(ROOT + "head", 1000, 1024) if has_classes else None

    def enter(self, i, x, v):
        if i == 0:
            return self.embedding_norm(tokens(self.embedding(x)))[0], ()
        f, side = len(x), self.sides[i]  # 2 x 2 offsets (row, column) in the order (0,0), (1,0), (0,1), (1,1)
        merged = x.view(f, side, 2, side, 2, -1).permute(0, 1, 3, 4, 2, 5).reshape(f, side * side, -1)
        normed, mean, rstd = self.merging_norms[i - 1](merged)
        return self.merging[i - 1](normed), (merged, mean, rstd)

    def leave(self, i, gradient, merged, mean, rstd):
        f, side = len(gradient), self.sides[i]
        g = self.merging_norms[i - 1].backward(self.merging[i - 1].backward(gradient), merged, mean, rstd)
        return g.view(f, side, side, 2, 2, -1).permute(0, 1, 4, 2, 3, 5).reshape(f, 4 * side * side, -1)
