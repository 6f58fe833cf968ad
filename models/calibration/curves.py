"""Monotone curves from a raw score to log10 LR, fitted to weighted labels: logistic and isotonic.

Both are fitted at equal prior weight of the classes, so that the fitted log odds are the log likelihood
ratio. scikit-learn is not needed: one slope and one intercept are a few Newton steps, for all bootstrap
replicates at once.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from ..metrics.bootstrap import Units
from ..metrics.labelled import Bools, Floats
from ..metrics.pav import pool

_LN10 = float(np.log(10.0))
_CELLS = 2_000_000
_CLASS_CELLS = 1024
_STEPS = 60


class Logistic:
    """``log10 LR = (intercept + slope * raw) / ln 10`` with ``slope >= 0``, one pair a replicate.

    Parameters
    ----------
    raw, labels
        Shape ``[n]``.
    weights
        Arrays of shape ``[some replicates, n]``, >= 0; both classes have weight in every replicate.
    ridge
        Penalty ``ridge / 2 * slope^2`` of the standardised slope against the summed loss of `n` rows; keeps
        separable data finite.
    start
        The fit of which these are bootstrap replicates: where to begin. Rows of one class with nearly the
        same score then count as one, at most 1,024 cells a class, which an interval does not notice.
    """

    __slots__ = ("centre", "intercept", "scale", "slope")

    centre: float
    scale: float
    intercept: Floats
    slope: Floats

    def __init__(
        self,
        raw: Floats,
        labels: Bools,
        weights: Iterable[Floats],
        ridge: float,
        start: "Logistic | None" = None,
    ) -> None:
        self.centre = float(raw.mean())
        spread = float(raw.std())
        self.scale = spread if spread > max(1e-100, 1e-12 * float(np.abs(raw).max())) else 0.0
        x = (raw - self.centre) / self.scale if self.scale else np.zeros_like(raw)
        begin = (0.0, 0.0)
        if start is not None:
            begin = (float(start.intercept[0]), float(start.slope[0]))
            if raw.size > 2 * _CLASS_CELLS:
                x, labels, weights = _condense(x, labels, weights)
        parts = [_newton(x, labels, chunk, ridge * x.size / raw.size, begin) for chunk in weights]
        self.intercept = np.concatenate([part[0] for part in parts] or [np.empty(0)])
        self.slope = np.concatenate([part[1] for part in parts] or [np.empty(0)])

    def curves(self, raw: Floats, number: int | None = None) -> Floats:
        """log10 LR of each replicate, or of one, at each raw score, shape ``[replicates, points]``, not bounded."""
        x = (raw - self.centre) / self.scale if self.scale else np.zeros_like(raw)
        rows = slice(None) if number is None else slice(number, number + 1)
        found: Floats = (self.intercept[rows, None] + self.slope[rows, None] * x) / _LN10
        return found

    def parameters(self) -> dict[str, float]:
        """Slope and intercept of the first replicate in units of the raw score: natural log LR."""
        slope = float(self.slope[0]) / self.scale if self.scale else 0.0
        return {"slope": slope, "intercept": float(self.intercept[0]) - slope * self.centre}


def _condense(x: Floats, labels: Bools, weights: Iterable[Floats]) -> tuple[Floats, Bools, Iterator[Floats]]:
    """Neighbouring rows of one class as one cell: mean score, summed weight."""
    order = np.lexsort((x, labels))
    first = int((~labels).sum())
    h2 = np.linspace(0, first, _CLASS_CELLS, endpoint=False)
    h1 = np.linspace(first, x.size, _CLASS_CELLS, endpoint=False)
    starts = np.unique(np.concatenate((h2, h1)).astype(np.int64))
    sizes = np.diff(np.append(starts, x.size))
    means: Floats = np.add.reduceat(x[order], starts) / sizes
    summed = (np.add.reduceat(chunk[:, order], starts, axis=1) for chunk in weights)
    return means, labels[order][starts], summed


def _newton(
    x: Floats, labels: Bools, weights: Floats, ridge: float, start: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Minimise the weighted logistic loss; ``[replicates]`` intercepts and slopes (standardised)."""
    balanced = _balance(weights, labels) * x.size
    target = labels.astype(np.float64)
    sign = np.where(labels, 1.0, -1.0)
    a, b = np.full(len(weights), start[0]), np.full(len(weights), start[1])

    def loss(a: Floats, b: Floats) -> Floats:
        margin = sign * (a[:, None] + b[:, None] * x)
        found: Floats = np.sum(balanced * np.logaddexp(0.0, -margin), axis=1) + 0.5 * ridge * b * b
        return found

    current = loss(a, b)
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(a[:, None] + b[:, None] * x, -700, 700)))
        off = balanced * (p - target)
        curve = balanced * p * (1 - p)
        ga, gb = off.sum(axis=1), off @ x + ridge * b
        haa, hab, hbb = curve.sum(axis=1) + 1e-12, curve @ x, curve @ (x * x) + ridge + 1e-12
        determinant = np.maximum(haa * hbb - hab * hab, 1e-300)
        da, db = (hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant
        stride = np.ones_like(a)
        for _ in range(30):  # halve where a full step overshoots: far out the loss is nearly linear
            trial = loss(a - stride * da, b - stride * db)
            worse = trial > current + 1e-9 * np.abs(current)
            if not worse.any():
                break
            stride = np.where(worse, stride / 2, stride)
        stride = np.where(worse, 0.0, stride)
        a, b = a - stride * da, b - stride * db
        current = np.where(worse, current, trial)
        if max(np.abs(stride * da).max(), np.abs(stride * db).max()) < 1e-10:
            break
    # A falling curve would contradict what the score claims to be: such a score carries no information.
    falling = b < 0
    return np.where(falling, 0.0, a), np.where(falling, 0.0, b)


class Isotonic:
    """The step function of `pav.pool` with one misleading row at either end, so that no LR is infinite.

    Between two blocks the log10 LR is interpolated linearly; outside it is that of the outer block.
    """

    __slots__ = ("log10_lr", "raw")

    def __init__(self, raw: Floats, labels: Bools, weights: Floats, extra_h1: float, extra_h2: float) -> None:
        shares = _balance(weights[None, :], labels)[0] * 2
        scores = np.concatenate((raw, [raw.min(), raw.max()]))
        positive = np.concatenate((np.where(labels, shares, 0.0), [extra_h1, 0.0])) / (1 + extra_h1)
        negative = np.concatenate((np.where(labels, 0.0, shares), [0.0, extra_h2])) / (1 + extra_h2)
        blocks = pool(scores, positive, negative)
        level = np.log10(blocks.positive) - np.log10(blocks.negative)
        ends = np.stack((blocks.first, blocks.last), axis=1).ravel()
        single = np.concatenate(([True], ends[1:] > ends[:-1]))
        self.raw = ends[single]
        self.log10_lr = np.maximum.accumulate(np.repeat(level, 2)[single])

    def curve(self, raw: Floats) -> Floats:
        """log10 LR at each raw score, shape ``[points]``."""
        found: Floats = np.interp(raw, self.raw, self.log10_lr)
        return found


def balance(labels: ArrayLike, sources: ArrayLike) -> Floats:
    """Weights that let every (class, source) cell weigh the same within its class, shape ``[n]``, mean 1.

    A source that sent a thousand photos then says no more than one that sent fifty.
    """
    kinds = [np.unique(values, return_inverse=True)[1].reshape(-1) for values in (labels, sources)]
    cells = kinds[0] * (int(kinds[1].max()) + 1) + kinds[1]
    weights = 1.0 / np.bincount(cells)[cells]
    found: Floats = weights / weights.mean()
    return found


def _balance(weights: Floats, labels: Bools) -> Floats:
    """Half of the weight of each replicate to each class, summing to 1."""
    h1 = weights[:, labels].sum(axis=1)[:, None]
    h2 = weights[:, ~labels].sum(axis=1)[:, None]
    found: Floats = weights * np.where(labels, 0.5 / h1, 0.5 / h2)
    return found


def replicates(units: Units, weights: Floats, labels: Bools, n: int, seed: int) -> Iterator[Floats]:
    """Bootstrap weights in chunks of shape ``[some, rows]``, about `n` in all and at most some 16 MB each.

    Draws that leave a class without weight (possible with few groups) are left out.
    """
    generator = np.random.default_rng(seed)
    rows = max(1, _CELLS // weights.size)
    for start in range(0, n, rows):
        chunk = np.stack([units.counts(generator) * weights for _ in range(min(rows, n - start))])
        kept = chunk[:, labels].any(axis=1) & chunk[:, ~labels].any(axis=1)
        if kept.any():
            yield chunk[kept]
