"""A small network on high-pass residuals: what is left of a picture when its content is predicted away.

The filters are the first, second and square predictors of the steganalysis literature (Fridrich and Kodovsky, 2012),
on each colour; after them come five plain convolutions.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (32, 48, 64, 96, 128)
BOUND = 8.0
"""Residuals beyond this many grey levels are cut off: edges are content."""


def predictors() -> Tensor:
    """Four high-pass kernels, (4, 5, 5)."""
    across = torch.zeros(5, 5)
    across[2, 1:4] = torch.tensor([1.0, -2.0, 1.0]) / 2
    square = torch.zeros(5, 5)
    square[1:4, 1:4] = torch.tensor([[-1.0, 2.0, -1.0], [2.0, -4.0, 2.0], [-1.0, 2.0, -1.0]]) / 4
    wide = torch.tensor([
        [-1.0, 2.0, -2.0, 2.0, -1.0], [2.0, -6.0, 8.0, -6.0, 2.0], [-2.0, 8.0, -12.0, 8.0, -2.0],
        [2.0, -6.0, 8.0, -6.0, 2.0], [-1.0, 2.0, -2.0, 2.0, -1.0],
    ]) / 12  # fmt: skip
    return torch.stack([across, across.T, square, wide])


class ResidualNet(nn.Module):
    """Crops (n, 224, 224, 3), uint8, to one logit each, (n, 1)."""

    kernels: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kernels", predictors()[:, None].repeat(3, 1, 1, 1))
        layers: list[nn.Module] = []
        inputs = len(self.kernels)
        for width in WIDTHS:
            layers += [
                nn.Conv2d(inputs, width, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            inputs = width
        self.layers = nn.Sequential(*layers)
        self.classes = nn.Linear(inputs, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits, (n, 1)."""
        x = pixels.permute(0, 3, 1, 2).float()
        residual = functional.conv2d(x, self.kernels, groups=3).clamp(-BOUND, BOUND) / BOUND
        scores: Tensor = self.classes(self.layers(residual).mean((2, 3)))
        return scores


def detector() -> ResidualNet:
    """The network with seeded weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return ResidualNet()
