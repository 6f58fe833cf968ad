"""What the network of edits learns: the cells, how sure it may be of them, and the picture as a whole."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

LEAST_INSIDE = 0.5
"""A cell counts as edited from this share on."""

_EDITED_WEIGHT = 3.0
_TRUST_WEIGHT = 0.5
_PICTURE_WEIGHT = 0.4


def objective(module: "Module", values: Mapping[str, "Tensor"]) -> "Tensor":
    """Loss of a batch of `views.Views`.

    Cells: cross-entropy against the share of each that was edited, edited ones counting threefold, and one minus the
    Dice overlap in pictures with an edit, so that small regions count as much as large ones. Reliability: squared error
    against the probability that the heat map gives to the truth. Picture: cross-entropy of edited or not.
    """
    made = module(values["pixels"])
    truth = values["cells"]
    heat = made["heat"].float()
    weight = 1.0 + (_EDITED_WEIGHT - 1.0) * truth
    cells = (F.binary_cross_entropy_with_logits(heat, truth, reduction="none") * weight).mean()
    share = torch.sigmoid(heat)
    touched = (truth.amax((1, 2)) >= LEAST_INSIDE).float()
    overlap = (2 * (share * truth).sum((1, 2)) + 1) / (share.sum((1, 2)) + truth.sum((1, 2)) + 1)
    dice = ((1 - overlap) * touched).sum() / touched.sum().clamp(min=1.0)
    right = (share * truth + (1 - share) * (1 - truth)).detach()
    trust = F.mse_loss(torch.sigmoid(made["trust"].float()), right)
    picture = F.binary_cross_entropy_with_logits(made["logit"].float(), touched)
    return cells + 0.5 * dice + _TRUST_WEIGHT * trust + _PICTURE_WEIGHT * picture
