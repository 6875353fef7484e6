"""PVTv2-B5: overlapping patch embeddings and attention to spatially reduced keys and values."""

import torch

from layers import Conv, LayerNorm, Linear, aten, attend, attend_backward, to_map, tokens
from transformers import Backbone, Block

CHANNELS = (64, 128, 320, 512)
DEPTHS = (3, 6, 40, 3)
HEADS = (1, 2, 5, 8)
REDUCTIONS = (8, 4, 2, 1)
ROOT = "encoder_backbone."


class PVTv2Block(Block):
    """A block of `channels` on a map of side x side, with its depthwise 3x3 convolution inside the MLP."""

    def __init__(self, weights, path, channels, heads, reduction, side, backward):
        c = channels
        self.heads, self.reduction, self.side, self.reduced_side = heads, reduction, side, side // reduction
        self.norm1, self.norm2 = (LayerNorm(weights.norm(f"{path}.norm{i}", c), 1e-6) for i in (1, 2))
        linear = lambda name, outputs, inputs: Linear(*weights.linear(f"{path}.{name}", outputs, inputs), backward)
        self.q, self.kv, self.proj = linear("attn.q", c, c), linear("attn.kv", 2 * c, c), linear("attn.proj", c, c)
        self.fc1, self.fc2 = linear("mlp.fc1", 4 * c, c), linear("mlp.fc2", c, 4 * c)
        if reduction > 1:  # kernel = stride: a linear map of patches
            weight, bias = weights.linear(f"{path}.attn.sr", c, c, reduction, reduction)
            self.reduce = Linear(weight.permute(0, 2, 3, 1).flatten(1), bias, backward)
            self.reduce_norm = LayerNorm(weights.norm(f"{path}.attn.norm", c), 1e-5)
        weight, bias = weights.linear(f"{path}.mlp.dwconv.dwconv", 4 * c, 1, 3, 3)
        self.depthwise = Conv(weight, bias, padding=1, groups=4 * c)
        self.depthwise_backward = Conv(weight.flip(2, 3), padding=1, groups=4 * c)

    def attention(self, h, x):
        """h: the normed x [F, N, C] -> x + attention, and what the backward pass needs."""
        f, n, c = x.shape
        r, side, source, saved_reduction = self.reduction, self.reduced_side, h, ()
        q = self.q(h).view(f, n, self.heads, -1).transpose(1, 2)
        if r > 1:
            patches = h.view(f, side, r, side, r, c).transpose(2, 3).reshape(f, side * side, -1)
            reduced = self.reduce(patches)
            source, mean, rstd = self.reduce_norm(reduced)
            saved_reduction = reduced, mean, rstd
        k, v = self.kv(source).view(f, -1, 2, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        out, logsumexp = attend(q, k, v)
        x = self.proj(out.transpose(1, 2).reshape(f, n, c), add=x)
        return x, (q, k, v, out, logsumexp, saved_reduction)

    def attention_backward(self, gradient, q, k, v, out, logsumexp, saved_reduction):
        f, n, c = gradient.shape
        g = self.proj.backward(gradient).view(f, n, self.heads, -1).transpose(1, 2)
        gq, gk, gv = attend_backward(g, q, k, v, out, logsumexp, 0.0, False)
        g = self.kv.backward(torch.stack((gk.transpose(1, 2), gv.transpose(1, 2)), 2).view(f, -1, 2 * c))
        if saved_reduction:
            r, side = self.reduction, self.reduced_side
            g = self.reduce.backward(self.reduce_norm.backward(g, *saved_reduction))
            g = g.view(f, side, side, r, r, c).transpose(2, 3).reshape(f, n, c)
        return self.q.backward(gq.transpose(1, 2).reshape(f, n, c), add=g)


class PVTv2(Backbone):
    """The backbone; without `has_classes` (TPAVI) it has no head."""

    channels = CHANNELS

    def __init__(self, weights, has_classes):
        inputs, kernels = (3, *CHANNELS[:3]), (7, 3, 3, 3)
        self.embedding_weights = [
            weights.linear(f"{ROOT}patch_embed{i + 1}.proj", CHANNELS[i], inputs[i], kernels[i], kernels[i])
            for i in range(4)]
        self.embeddings = [
            Conv(*wb, stride=2 if i else 4, padding=1 if i else 3) for i, wb in enumerate(self.embedding_weights)]
        self.embedding_norms = [
            LayerNorm(weights.norm(f"{ROOT}patch_embed{i + 1}.norm", CHANNELS[i]), 1e-5) for i in range(4)]
        self.blocks = [
            [PVTv2Block(weights, f"{ROOT}block{i + 1}.{j}", CHANNELS[i], HEADS[i], REDUCTIONS[i], self.sides[i], i > 0)
             for j in range(DEPTHS[i])] for i in range(4)]
        self.norm = [LayerNorm(weights.norm(f"{ROOT}norm{i + 1}", CHANNELS[i]), 1e-6) for i in range(4)]
        self.head = weights.linear(ROOT + "head", 1000, 512) if has_classes else None

    def enter(self, i, x, v):
        source = to_map(v, self.sides[i - 1]) if i else v
        embedded = tokens(self.embeddings[i](source))
        x, mean, rstd = self.embedding_norms[i](embedded)
        return x, (source, embedded, mean, rstd)

    def leave(self, i, gradient, source, embedded, mean, rstd):
        g = to_map(self.embedding_norms[i].backward(gradient, embedded, mean, rstd), self.sides[i])
        g = aten.convolution_backward.default(
            g, source, self.embedding_weights[i][0], None, [2, 2], [1, 1], [1, 1], False, [0, 0], 1,
            [True, False, False])[0]
        return tokens(g.contiguous(memory_format=torch.channels_last))
