"""The decoder (III-D): four paths of residual units, and the output convolutions."""

import torch.nn.functional as F

from layers import Conv, to_map


def enlarge(x, align_corners):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=align_corners)


class Decoder:
    """M_1 ... M_4 [T, N, 256] -> mask logits [T, 1, 224, 224].

    A residual unit is conv2(relu(conv1(relu x))) + relu x: the published program's first ReLU works in place.
    """

    def __init__(self, weights, sides):
        def unit(path, number):
            names = [f"path{path}.resConfUnit{number}.conv{i}" for i in (1, 2)]
            return [Conv(*weights.linear(name, 256, 256, 3, 3), padding=1) for name in names]

        self.sides = sides
        self.entry = {path: unit(path, 1) for path in (1, 2, 3)}  # path 4's first unit is not used
        self.exit = {path: unit(path, 2) for path in (1, 2, 3, 4)}
        self.narrow = Conv(*weights.linear("output_conv.0", 128, 256, 3, 3), padding=1)
        self.refine = Conv(*weights.linear("output_conv.2", 32, 128, 3, 3), padding=1)
        self.classify = Conv(*weights.linear("output_conv.4", 1, 32, 1, 1))

    def __call__(self, maps, record=None):
        enlarged = None
        for path in (4, 3, 2, 1):
            x = F.relu(to_map(maps[path - 1], self.sides[path - 1]))
            if path < 4:
                conv1, conv2 = self.entry[path]
                # Only the ReLU of the sum is used: the next unit begins with it.
                x = conv2(conv1(x, "relu"), "relu", add=x + enlarged)
            conv1, conv2 = self.exit[path]
            enlarged = enlarge(conv2(conv1(x, "relu"), add=x), align_corners=True)
            if record is not None:
                record[f"path{path}"] = enlarged
        x = enlarge(self.narrow(enlarged), align_corners=False)
        return self.classify(self.refine(x, "relu"))
