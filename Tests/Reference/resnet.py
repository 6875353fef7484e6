"""ResNet-50, TPAVI's other backbone, with its batch norms folded into the convolutions."""

import torch.nn.functional as F

from layers import Conv, tokens

LAYERS = (("layer1", 64, 3), ("layer2", 128, 4), ("layer3_1", 256, 6), ("layer4_1", 512, 3))


class ResNet50:
    """images [F, 3, 224, 224] -> V_1 ... V_4, the outputs of the four layers. It has no classes."""

    channels = (256, 512, 1024, 2048)
    sides = (56, 28, 14, 7)

    def __init__(self, weights, has_classes=False):
        def conv(convolution, norm, outputs, inputs, size, **geometry):
            factor, summand = weights.batch_norm("resnet." + norm, outputs)
            weight = weights(f"resnet.{convolution}.weight", outputs, inputs, size, size)
            return Conv(weight * factor[:, None, None, None], summand, padding=size // 2, **geometry)

        self.stem, self.blocks, inputs = conv("conv1", "bn1", 64, 3, 7, stride=2), [], 64
        for i, (name, width, count) in enumerate(LAYERS):
            for j in range(count):
                path, stride = f"{name}.{j}.", 2 if i and not j else 1
                shortcut = None
                if j == 0:
                    shortcut = conv(path + "downsample.0", path + "downsample.1", 4 * width, inputs, 1, stride=stride)
                self.blocks.append((
                    conv(path + "conv1", path + "bn1", width, inputs, 1),
                    conv(path + "conv2", path + "bn2", width, width, 3, stride=stride),
                    conv(path + "conv3", path + "bn3", 4 * width, width, 1), shortcut, j == count - 1))
                inputs = 4 * width

    def forward(self, images, keep=False):
        """-> V_i [F, N, C], no logits, no tape."""
        x, stages = F.max_pool2d(self.stem(images, "relu"), 3, 2, 1), []
        for conv1, conv2, conv3, shortcut, is_last in self.blocks:
            x = conv3(conv2(conv1(x, "relu"), "relu"), "relu", add=shortcut(x) if shortcut else x)
            if is_last:
                stages.append(tokens(x))
        return stages, None, None
