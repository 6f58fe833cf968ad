"""What the network of replaced faces learns: which crop was drawn over, where, and that a twin scores lower."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

_HEAT_WEIGHT = 0.7
_PAIR_WEIGHT = 0.25


def objective(module: "Module", values: Mapping[str, "Tensor"]) -> "Tensor":
    """Loss of a batch of `views.Views`, in which each replaced face is followed by the real one it was made of.

    Crop: cross-entropy of replaced or not. Heat: cross-entropy against the share of each cell that was drawn over.
    Pair: of two crops that differ in nothing else, the replaced one should score higher.
    """
    made = module(values["pixels"])
    logit, heat = made["logit"], made["heat"]
    crop = F.binary_cross_entropy_with_logits(logit, values["replaced"])
    cells = F.binary_cross_entropy_with_logits(heat, values["cells"])
    pair = F.softplus(logit[1::2] - logit[::2]).mean()
    return crop + _HEAT_WEIGHT * cells + _PAIR_WEIGHT * pair
