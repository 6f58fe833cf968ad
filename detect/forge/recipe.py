"""How a probe is fitted: what leave-source-out chooses between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .kinds import MadeKind
from .probe import Probe, balance, fit
from .rows import Rows


@dataclass(frozen=True, slots=True)
class Recipe:
    """What leave-source-out chooses between.

    Attributes
    ----------
    strength
        Inverse strength of the penalty.
    shares
        Kinds that the forge makes and their shares of the weight of their class, in order of name; see `probe.balance`.
    shrinkage
        Of the covariance that features are whitened by; see `probe.fit_path`.
    blocks
        Blocks of the encoder that are used; all where empty.
    """

    strength: float
    shares: tuple[tuple[MadeKind, float], ...] = ()
    shrinkage: float = 1.0
    blocks: tuple[int, ...] = ()

    @classmethod
    def of(
        cls, strength: float, shares: Mapping[MadeKind, float], shrinkage: float, blocks: Sequence[int]
    ) -> "Recipe":
        """A recipe by its shares in any order; kinds without a share are not named."""
        return cls(strength, (), shrinkage, tuple(blocks)).sharing(shares)

    def sharing(self, shares: Mapping[MadeKind, float]) -> "Recipe":
        """The same with other shares."""
        return replace(self, shares=tuple(sorted((kind, part) for kind, part in shares.items() if part > 0)))

    def without(self, kind: MadeKind) -> "Recipe":
        """The same without one kind that the forge makes."""
        return self.sharing({name: part for name, part in self.shares if name != kind})

    def columns(self, width: int, blocks: Sequence[int]) -> NDArray[np.bool_]:
        """Which of the `width` columns are used, when `blocks` lie side by side in them."""
        each = width // len(blocks)
        return np.repeat([not self.blocks or block in self.blocks for block in blocks], each)

    def fit(self, rows: Rows, chosen: NDArray[np.bool_], blocks: Sequence[int]) -> Probe:
        """The probe on the first crop of the rows that are chosen, (n,) of bool; columns not used get weight 0."""
        columns = self.columns(rows.features.shape[1], blocks)
        weights = np.zeros(len(rows.kind))
        used = chosen & (rows.crop == 0)
        weights[used] = balance(rows.kind[used], rows.source[used], dict(self.shares))
        used = weights > 0
        fitted = fit(
            rows.features[used][:, columns],
            rows.synthetic[used],
            weights[used],
            self.strength,
            self.shrinkage,
        )
        weight = np.zeros(len(columns))
        weight[columns] = fitted.weight
        return Probe(weight, fitted.bias)
