"""Bootstrap intervals of any metric: by row or by cluster, stratified or not, percentile or BCa, and paired.

Resampling draws *how often* each unit occurs, so an index of a replicate comes out sorted. The arrays are
sorted once by the first of them; the stable sorts inside the metrics then meet sorted data, which they pass
in linear time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .labelled import Floats, MetricInputError, SingleClassError

Metric = Callable[..., float]
_JACKKNIFE_BLOCKS = 256
_REDRAWS = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its bootstrap interval.

    Attributes
    ----------
    value
        The metric on all rows as they are.
    low, high
        Ends of the interval of coverage `level`.
    n
        Rows.
    units
        Independent units that were resampled: rows, or groups of rows.
    level
        Nominal coverage, 0..1.
    """

    value: float
    low: float
    high: float
    n: int
    units: int = 0
    level: float = 0.95

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Units:
    """Rows bound into units that are drawn together, units into strata of fixed size.

    Parameters
    ----------
    rows
        Number of rows.
    groups
        Optional, shape ``[rows]``, any sortable labels: rows of one group are drawn together or not at all
        (frames of a video, a photo and its generated twin).
    strata
        Optional, shape ``[rows]``: every replicate holds as many units of each stratum as the data do. A
        group that spans strata forms a stratum with the groups that span the same ones.
    """

    def __init__(self, rows: int, groups: ArrayLike | None = None, strata: ArrayLike | None = None) -> None:
        self.rows = rows
        self.of_row = _codes(groups, rows, "groups") if groups is not None else None
        self.count = rows if self.of_row is None else int(self.of_row.max()) + 1
        self.strata = self._stratify(strata)

    def _stratify(self, strata: ArrayLike | None) -> list[NDArray[np.int64]]:
        if strata is None:
            return [np.arange(self.count)]
        codes = _codes(strata, self.rows, "strata")
        if self.of_row is None:
            kind = codes
        else:
            member = np.zeros((self.count, int(codes.max()) + 1), np.bool_)
            member[self.of_row, codes] = True
            kind = np.unique(member, axis=0, return_inverse=True)[1].reshape(-1)
        return [np.flatnonzero(kind == value) for value in range(int(kind.max()) + 1)]

    def counts(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """How often each row occurs in one replicate, shape ``[rows]``."""
        drawn = np.zeros(self.count, np.int64)
        for members in self.strata:
            picks = generator.integers(members.size, size=members.size)
            drawn[members] = np.bincount(picks, minlength=members.size)
        return drawn if self.of_row is None else drawn[self.of_row]

    def left_out(self) -> Iterator[NDArray[np.bool_]]:
        """Rows that stay when a block of units (one, if there are few) is left out, for the jackknife."""
        blocks = min(self.count, _JACKKNIFE_BLOCKS)
        ordered = np.concatenate(self.strata)
        block = np.empty(self.count, np.int64)
        block[ordered] = np.arange(self.count) % blocks
        of_row = block if self.of_row is None else block[self.of_row]
        for index in range(blocks):
            yield of_row != index


def bootstrap(
    metric: Metric,
    *arrays: ArrayLike,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    n: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    method: Literal["percentile", "bca"] = "percentile",
) -> Interval:
    """Interval of ``metric(*arrays)`` by resampling rows (or groups of rows) with replacement.

    Parameters
    ----------
    metric
        Called with the resampled arrays; must not depend on the order of the rows.
    *arrays
        One or more arrays whose first axis has the rows.
    groups, strata
        See `Units`. ``strata=labels`` keeps the classes at their size.
    n
        Replicates.
    method
        "percentile", or "bca" (bias-corrected and accelerated: Efron, 1987), whose jackknife leaves out at
        most 256 blocks of units.

    Raises
    ------
    MetricInputError
        Arrays of different length, bad arguments, or replicates that hardly ever hold both classes.
    SingleClassError
        The data themselves hold only one class.
    """
    columns = [np.asarray(array) for array in arrays]
    if not columns or any(c.ndim == 0 or len(c) != len(columns[0]) for c in columns) or len(columns[0]) == 0:
        raise MetricInputError(
            "bootstrap needs one or more arrays with the same number of rows, at least one"
        )
    if n < 2 or not 0 < level < 1 or method not in ("percentile", "bca"):
        raise MetricInputError('bootstrap needs n >= 2, 0 < level < 1 and the method "percentile" or "bca"')
    if columns[0].ndim == 1:
        order = np.argsort(columns[0], kind="stable")
        columns = [column[order] for column in columns]
        groups = None if groups is None else _codes(groups, order.size, "groups")[order]
        strata = None if strata is None else _codes(strata, order.size, "strata")[order]
    rows = len(columns[0])
    units = Units(rows, groups, strata)
    value = float(metric(*columns))
    found = np.sort(np.fromiter(_replicates(metric, columns, units, n, seed), np.float64))
    tail = (1 - level) / 2
    low, high = tail, 1 - tail
    if method == "bca":
        low, high = _accelerated(metric, columns, units, value, found, (low, high))
    ends = np.quantile(found, [low, high])
    return Interval(value, float(ends[0]), float(ends[1]), rows, units.count, level)


def paired_bootstrap(
    metric: Metric,
    first: ArrayLike,
    second: ArrayLike,
    *shared: ArrayLike,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    n: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    method: Literal["percentile", "bca"] = "percentile",
) -> Interval:
    """Interval of ``metric(first, *shared) - metric(second, *shared)`` with the same rows drawn for both.

    Above zero throughout: `first` is better (where more is better) by more than chance between samples
    explains.
    """

    def difference(one: Floats, other: Floats, *rest: NDArray[Any]) -> float:
        return float(metric(one, *rest)) - float(metric(other, *rest))

    return bootstrap(
        difference,
        first,
        second,
        *shared,
        groups=groups,
        strata=strata,
        n=n,
        seed=seed,
        level=level,
        method=method,
    )


def _replicates(
    metric: Metric, columns: list[NDArray[Any]], units: Units, n: int, seed: int
) -> Iterator[float]:
    generator = np.random.default_rng(seed)
    spare = n * _REDRAWS
    rows = np.arange(units.rows)
    done = 0
    while done < n:
        index = np.repeat(rows, units.counts(generator))
        try:
            figure = float(metric(*(column[index] for column in columns)))
        except SingleClassError:
            # A replicate without one of the classes says nothing about the metric: draw another in its place.
            spare -= 1
            if spare < 0:
                raise MetricInputError(
                    "nearly every replicate holds one class only; pass strata=labels or collect more groups"
                ) from None
            continue
        yield figure
        done += 1


def _accelerated(
    metric: Metric,
    columns: list[NDArray[Any]],
    units: Units,
    value: float,
    found: Floats,
    levels: tuple[float, float],
) -> tuple[float, float]:
    """Levels moved for bias and acceleration; the percentile levels where neither can be estimated."""
    normal = NormalDist()
    below = (np.count_nonzero(found < value) + 0.5 * np.count_nonzero(found == value)) / found.size
    if not 0 < below < 1:
        return levels
    left = []
    for keep in units.left_out():
        try:
            left.append(float(metric(*(column[keep] for column in columns))))
        except (SingleClassError, MetricInputError):
            continue
    away = np.mean(left) - np.asarray(left) if left else np.zeros(1)
    spread = float(np.sum(away**2))
    acceleration = float(np.sum(away**3)) / (6 * spread**1.5) if spread > 0 else 0.0
    bias = normal.inv_cdf(below)
    moved = []
    for level in levels:
        shifted = bias + normal.inv_cdf(level)
        moved.append(normal.cdf(bias + shifted / (1 - acceleration * shifted)))
    return moved[0], moved[1]


def _codes(labels: ArrayLike, rows: int, name: str) -> NDArray[np.int64]:
    values = np.asarray(labels)
    if values.shape != (rows,):
        raise MetricInputError(
            f"{name} has the shape {values.shape}; one label for each of the {rows} rows is needed"
        )
    return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)
