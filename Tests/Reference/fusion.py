"""ASPP, or TPAVI's sum of dilated convolutions, and the cross-modal non-local block (III-C), as linear maps."""

import torch
import torch.nn.functional as F

from layers import Conv, LayerNorm, linear_add_bias, to_map, tokens


class Pooling:
    """A stage's pooling: no norm and no activation inside, so its branches and the 1x1 convolution after them are one map.

    V_i^r [F, N, C] -> V_i^a [F, N, 256].
    """

    def __init__(self, weights, stage, channels, side, is_sum):
        build = self.sum_of_dilated if is_sum else self.pyramid
        self.pooled, bias, branches = build(weights, f"conv{stage}.", channels)
        # Of a tap that reaches past the map everywhere only the centre is left.
        near = [(dilation, weight) for dilation, weight in branches if dilation < side]
        for dilation, weight in branches:
            if dilation >= side:
                near[0][1][:, :, 1, 1] += weight[:, :, 1, 1]
        self.side = side
        self.convs = [
            Conv(weight, None if i else bias, padding=dilation, dilation=dilation)
            for i, (dilation, weight) in enumerate(near)]

    @staticmethod
    def sum_of_dilated(weights, path, channels):
        """TPAVI: -> None, bias [256], and a weight for each dilation."""
        convs = [weights.linear(f"{path}conv2d_list.{i}", 256, channels, 3, 3) for i in range(4)]
        return None, sum(bias for _, bias in convs), [(d, weight) for d, (weight, _) in zip((3, 6, 12, 18), convs)]

    @staticmethod
    def pyramid(weights, path, channels):
        """ASPP: -> the map of the mean over space [C, 256], bias [256], and a weight for each dilation."""
        out, bias = weights.linear(path + "conv_1x1_output", 256, 5 * 256, 1, 1)
        pool_out, *outs = out.flatten(1).split(256, 1)
        weight, pool_bias = weights.linear(path + "conv", 256, channels, 1, 1)
        pooled, bias = (pool_out @ weight.flatten(1)).t().contiguous(), bias + pool_out @ pool_bias
        branches = []
        for dilation, branch_out in zip((1, 6, 12, 18), outs):
            size = 1 if dilation == 1 else 3
            weight, branch_bias = weights.linear(f"{path}atrous_block{dilation}", 256, channels, size, size)
            bias = bias + branch_out @ branch_bias
            branches.append((dilation, torch.einsum("om,mcyx->ocyx", branch_out, weight)))
        (_, centre), *branches = branches
        branches[0][1][:, :, 1:2, 1:2] += centre
        return pooled, bias, branches

    def __call__(self, v):
        feature_map, y = to_map(v, self.side), None
        for conv in self.convs:
            y = conv(feature_map, add=y)
        return tokens(y) if self.pooled is None else tokens(y).add_((v.mean(1) @ self.pooled)[:, None])


class NonLocal:
    """The non-local block of a stage over one clip. phi is constant over space and there is no softmax, so all of it before
    the layer norm is one linear map: z = LN(x (I + theta^T phi^T g W_z^T / N) + b).

    x [T, N, 256] and the audio embedding [T, d] -> M_i [T, N, 256].
    """

    def __init__(self, weights, path, audio_width):
        def projection(name):
            weight, bias = weights.linear(f"{path}.{name}", 128, 256, 1, 1, 1)
            return weight.flatten(1), bias

        self.align = weights.linear(path + ".align_channel", 256, audio_width)
        self.theta, self.phi, self.g = projection("theta"), projection("phi"), projection("g")
        weight, bias = weights.linear(path + ".W_z.0", 256, 128, 1, 1, 1)
        factor, summand = weights.batch_norm(path + ".W_z.1", 256)
        self.out, self.out_bias = weight.flatten(1) * factor[:, None], bias * factor + summand
        self.norm = LayerNorm(weights.norm(path + ".norm_layer", 256), 1e-5)

    def __call__(self, x, embedding):
        frames, positions = x.shape[:2]
        phi = F.linear(F.linear(embedding, *self.align), *self.phi)  # [T, 128]
        g = F.linear(x.sum(1), self.g[0], self.g[1] * positions)  # [T, 128], summed over space
        mixed = phi.t() @ g @ self.out.t() / (frames * positions)  # [128, 256]
        weight = self.theta[0].t() @ mixed + torch.eye(256)
        bias = self.theta[1] @ mixed + self.out_bias
        return self.norm(linear_add_bias(x, weight.t().contiguous(), bias))[0]
