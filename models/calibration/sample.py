"""CalibrationSet: checked rows that a calibrator is fitted on, their weights, resampling and bounds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..metrics.bootstrap import Units
from ..metrics.labelled import Bools, Floats, checked
from .conformal import CalibrationInputError
from .curves import replicates
from .elub import bounds, effective

LARGEST_SCORE = 1e100
"""Raw scores beyond this are refused: their differences would leave the range of a float."""
_GRID = 64


@dataclass(frozen=True, slots=True)
class Rows:
    """Size of a calibration set: rows of each class, and effective independent rows (weights, groups)."""

    h1: int
    h2: int
    effective_h1: float
    effective_h2: float


@dataclass(frozen=True, slots=True)
class CalibrationSet:
    """Rows to calibrate on.

    Attributes
    ----------
    raw, labels, weights
        Shape ``[n]``: finite scores, True for H1, weight >= 0.
    units
        What the bootstrap draws.
    rows
        Size.
    draws, level, seed
        Bootstrap replicates, nominal coverage of the interval, seed.
    """

    raw: Floats
    labels: Bools
    weights: Floats
    units: Units
    rows: Rows
    draws: int
    level: float
    seed: int

    @classmethod
    def of(
        cls,
        scores: ArrayLike,
        labels: ArrayLike,
        weights: ArrayLike | None,
        groups: ArrayLike | None,
        draws: int,
        level: float,
        seed: int,
    ) -> "CalibrationSet":
        """Check everything.

        Raises
        ------
        MetricInputError, SingleClassError, CalibrationInputError
            NaN, infinite or absurd scores, other labels, one class only, bad weights or arguments.
        """
        raw, truth = checked(scores, labels)
        if np.abs(raw).max() > LARGEST_SCORE:
            raise CalibrationInputError(
                f"raw scores must be finite and within ±{LARGEST_SCORE:g}; drop the others before fitting"
            )
        if draws < 1 or not 0 < level < 1:
            raise CalibrationInputError("calibration needs at least 1 replicate and a level between 0 and 1")
        weight = np.ones(raw.size) if weights is None else np.asarray(weights, dtype=np.float64)
        if weight.shape != raw.shape or not np.isfinite(weight).all() or (weight < 0).any():
            raise CalibrationInputError("weights must be one finite number of 0 or more for each score")
        if not (weight[truth].any() and weight[~truth].any()):
            raise CalibrationInputError("all weights of one class are 0; give both classes weight")
        # Only ratios within a class count, so each class may have its own unit: nothing under- or overflows.
        weight = weight / np.where(truth, weight[truth].max(), weight[~truth].max())
        units = Units(raw.size, groups, truth)
        cluster = units.of_row
        rows = Rows(
            int(truth.sum()),
            int((~truth).sum()),
            effective(weight[truth], None if cluster is None else cluster[truth]),
            effective(weight[~truth], None if cluster is None else cluster[~truth]),
        )
        return cls(raw, truth, weight, units, rows, draws, level, seed)

    def replicates(self) -> Iterator[Floats]:
        """Bootstrap weights in chunks of shape ``[some, n]``."""
        return replicates(self.units, self.weights, self.labels, self.draws, self.seed)

    def bounds(self, log10_lr: Floats) -> tuple[float, float]:
        """The bounds that these rows support for what was said of them, see `elub.bounds`."""
        rows = self.rows
        return bounds(log10_lr, self.labels, self.weights, rows.effective_h1, rows.effective_h2)

    def resampled_bounds(self, curve: Callable[[int], Floats], bound: tuple[float, float]) -> Floats:
        """Bounds that each bootstrap replicate supports for its own curve, within `bound`; ``[replicates, 2]``.

        Parameters
        ----------
        curve
            Number of a replicate, in the order of `replicates` -> its log10 LR at ``raw``, shape ``[n]``.
        bound
            What the rows themselves support: a replicate, in which rows stand twice, may not say more.
        """
        rows = self.rows
        found = [
            bounds(curve(number), self.labels, drawn, rows.effective_h1, rows.effective_h2)
            for number, drawn in enumerate(drawn for chunk in self.replicates() for drawn in chunk)
        ]
        inside: Floats = np.clip(np.reshape(found, (-1, 2)), *bound)
        return inside

    def grid(self) -> Floats:
        """Raw scores to tabulate a smooth curve at: even steps and quantiles over the whole range."""
        even = np.linspace(self.raw.min(), self.raw.max(), _GRID)
        dense = np.quantile(self.raw, np.linspace(0, 1, _GRID), method="inverted_cdf")
        return np.union1d(even, dense)
