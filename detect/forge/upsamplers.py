"""Ways to double the size of feature maps: each leaves a habit of its own in the pixels.

Generators differ most in this step: transposed convolutions leave checkerboards, shuffled pixels leave combs, nearest
and bilinear doubling leave replicas of the spectrum. All four can take over the weights of one another, so that a
trained decoder can be given another one and still knows how to draw.
"""

from typing import Literal

import torch
from torch import nn

Upsampling = Literal["nearest", "bilinear", "transposed", "shuffle"]

# A 3-tap kernel after nearest doubling is a 4-tap transposed one, and two 3-tap ones, one for each parity.
_TRANSPOSED = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])
_SHUFFLED = torch.tensor([[[1.0, 0, 0], [0, 1, 1], [0, 0, 0]], [[0, 0, 0], [1, 1, 0], [0, 0, 1]]])


def upsampler(kind: Upsampling, weight: torch.Tensor) -> nn.Module:
    """A module that doubles height and width of (n, inputs, h, w).

    Parameters
    ----------
    kind
        How.
    weight
        Kernel of the 3x3 convolution, (outputs, inputs, 3, 3), that follows nearest doubling in the decoder it comes
        from. `transposed` and `shuffle` compute the very same with it; `bilinear` nearly so.
    """
    outputs, inputs = weight.shape[:2]
    if kind == "transposed":
        spread = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False)
        kernel = torch.einsum("ai,bj,oxij->xoab", _TRANSPOSED, _TRANSPOSED, weight)
        spread.weight = nn.Parameter(kernel.contiguous())
        return spread
    if kind == "shuffle":
        four = nn.Conv2d(inputs, 4 * outputs, 3, padding=1, bias=False)
        kernel = torch.einsum("pai,qbj,oxij->opqxab", _SHUFFLED, _SHUFFLED, weight)
        four.weight = nn.Parameter(kernel.reshape(4 * outputs, inputs, 3, 3).contiguous())
        return nn.Sequential(four, nn.PixelShuffle(2))
    after = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    after.weight = nn.Parameter(weight.clone())
    if kind == "bilinear":
        return nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False), after)
    return nn.Sequential(nn.Upsample(scale_factor=2), after)
