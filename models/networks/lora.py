"""Low-rank adaptation: a frozen linear layer learns a small correction, which is folded into its weight at the end.

Hu et al., *LoRA: low-rank adaptation of large language models*, ICLR 2022.
"""

import re

import torch
from torch import Tensor, nn

__all__ = ["LowRank", "adapt", "fold"]


class LowRank(nn.Module):
    """A linear layer as it was, plus ``scale * up @ down``; the correction starts at zero.

    Parameters
    ----------
    layer
        Frozen.
    rank
        Of the correction, 1 or more.
    alpha
        The scale is ``alpha / rank``.
    """

    def __init__(self, layer: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.scale = alpha / rank
        self.down = nn.Parameter(torch.empty(rank, layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, rank))
        nn.init.normal_(self.down, std=1 / rank)

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] to [..., out]."""
        made: Tensor = self.layer(x)
        return made + self.scale * (x @ self.down.T @ self.up.T)

    def folded(self) -> nn.Linear:
        """One linear layer that does the same."""
        with torch.no_grad():
            self.layer.weight += self.scale * self.up @ self.down
        return self.layer


def adapt(module: nn.Module, pattern: str, rank: int, alpha: float) -> int:
    """Replace every linear layer whose name has a match of `pattern`; returns how many."""
    found = [
        (name, layer)
        for name, layer in module.named_modules()
        if isinstance(layer, nn.Linear) and re.search(pattern, name)
    ]
    for name, layer in found:
        owner, _, last = name.rpartition(".")
        setattr(module.get_submodule(owner), last, LowRank(layer, rank, alpha))
    return len(found)


def fold(module: nn.Module) -> None:
    """Put plain layers back in the place of all adapted ones, in place."""
    for name, layer in [(n, m) for n, m in module.named_modules() if isinstance(m, LowRank)]:
        owner, _, last = name.rpartition(".")
        setattr(module.get_submodule(owner), last, layer.folded())
