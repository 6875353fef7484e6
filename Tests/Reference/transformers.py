"""What PVTv2 and Swin share: the pre-norm block, four stages, and the gradient of a class logit back to A_1.

The backward pass is written out for the inputs alone: no parameter's gradient is needed, and nothing before A_1 is kept.
"""

import torch.nn.functional as F

from layers import aten, to_map, tokens


class Block:
    """x += attention(norm1 x); x += mlp(norm2 x). Subclasses give the attention half, and a depthwise convolution or none."""

    depthwise = depthwise_backward = None

    def forward(self, x, keep):
        """-> the block's output and, where `keep`, what its backward pass needs."""
        h1, mean1, rstd1 = self.norm1(x)
        x1, saved_attention = self.attention(h1, x)
        h2, mean2, rstd2 = self.norm2(x1)
        activation = "none" if keep else "gelu"  # the backward pass needs what enters the GELU
        if self.depthwise:
            hidden = tokens(self.depthwise(to_map(self.fc1(h2), self.side), activation))
        else:
            hidden = self.fc1(h2, activation)
        if not keep:
            return self.fc2(hidden, add=x1), None
        return self.fc2(F.gelu(hidden), add=x1), (x, mean1, rstd1, saved_attention, x1, mean2, rstd2, hidden)

    def backward(self, gradient, saved):
        """The gradient of the block's input from that of its output."""
        x, mean1, rstd1, saved_attention, x1, mean2, rstd2, hidden = saved
        g = aten.gelu_backward.default(self.fc2.backward(gradient), hidden)
        if self.depthwise:
            g = tokens(self.depthwise_backward(to_map(g, self.side)))
        gradient = gradient + self.norm2.backward(self.fc1.backward(g), x1, mean2, rstd2)
        return gradient + self.norm1.backward(self.attention_backward(gradient, *saved_attention), x, mean1, rstd1)


class Backbone:
    """Four stages of blocks. Subclasses give `enter`, what stands before a stage's blocks, and `leave`, its gradient.

    Attributes of subclasses: `blocks` (a list a stage), `norm` (one a stage), `head` (weight, bias) or None.
    """

    sides = (56, 28, 14, 7)
    next_takes_normed = True  # whether a stage's norm stands between it and the next stage

    def forward(self, images, keep=True):
        """images [F, 3, 224, 224] -> V_i [F, N, C] for i = 1 ... 4, class logits [F, 1000] or None, tape."""
        x, v, stages, tape = images, images, [], []
        for i in range(4):
            x, entry = self.enter(i, x, v)
            saved = [None] * len(self.blocks[i])
            for j, block in enumerate(self.blocks[i]):
                x, saved[j] = block.forward(x, keep and i > 0)
            v, mean, rstd = self.norm[i](x)
            stages.append(v)
            tape.append((entry, saved, x, mean, rstd))
        logits = F.linear(v.mean(1), *self.head) if self.head else None
        return stages, logits, tape

    @staticmethod
    def activations(tape):
        """A_i [F, N, C]: the outputs of each stage's last block, before the norm."""
        return [x for _, _, x, _, _ in tape]

    def class_activated_weights(self, tape, labels):
        """omega_i [F, C_i]: the mean over space of d logits[f, labels[f]] / d A_i (eq. 8)."""
        positions, omegas = tape[3][2].shape[1], [None] * 4
        g = (self.head[0][labels] / positions)[:, None].expand(-1, positions, -1).contiguous()
        for i in (3, 2, 1, 0):
            entry, saved, x, mean, rstd = tape[i]
            if i == 3 or self.next_takes_normed:
                g = self.norm[i].backward(g, x, mean, rstd)
            omegas[i] = g.mean(1)
            if i == 0:
                return omegas
            for block, block_saved in zip(reversed(self.blocks[i]), reversed(saved)):
                g = block.backward(g, block_saved)
            g = self.leave(i, g, *entry)
