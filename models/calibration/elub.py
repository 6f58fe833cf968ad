"""Empirical lower and upper bound of likelihood ratios: no stronger claim than the data can support.

After Vergeer, van Es, de Jongh, Alberink and Stoel (2016), "Numerical likelihood ratios outputted by LR
systems are often based on extrapolation: when to stop extrapolating?", Science & Justice 56: within the
bounds the system decides better than somebody who knows the prior alone, even if one more row of each class
had been maximally misleading.
"""

import numpy as np

from ..metrics.labelled import Bools, Floats


def effective(
    weights: Floats, groups: np.ndarray[tuple[int, ...], np.dtype[np.int64]] | None = None
) -> float:
    """Effective number of independent rows, ``(sum w)^2 / sum w^2`` (Kish), rows of one group counting as
    one.

    Parameters
    ----------
    weights
        Shape ``[n]``, >= 0, not all 0.
    groups
        Optional, shape ``[n]``, codes from 0: rows that depend on one another.
    """
    summed = weights if groups is None else np.bincount(groups, weights=weights)
    return float(summed.sum() ** 2 / np.sum(summed**2))


def bounds(
    log10_lr: Floats, labels: Bools, weights: Floats, effective_h1: float, effective_h2: float
) -> tuple[float, float]:
    """Lowest (<= 0) and highest (>= 0) supported log10 LR.

    At a threshold ``t >= 1`` (prior odds ``1 / t``) always saying H2 costs ``P(H1)`` and the system costs
    ``P(H1) misses + P(H2) alarms``; it is better while ``t < hits / alarms``. With one misleading row added,
    alarms never fall under ``1 / (n + 1)``, so no bound exceeds ``n + 1``. The bound is where this first
    fails, going out from ``t = 1``; the lower bound likewise with the classes exchanged.

    Parameters
    ----------
    log10_lr
        Shape ``[n]``, finite: what the system said of its calibration rows.
    labels, weights
        Shape ``[n]``: True for H1; weight >= 0 of each row. Only ratios within a class matter.
    effective_h1, effective_h2
        Effective rows of each class, which decide how much one more row would weigh.
    """
    high = _upper(log10_lr, labels, weights, effective_h1, effective_h2)
    low = -_upper(-log10_lr, ~labels, weights, effective_h2, effective_h1)
    return low, high


def _upper(log10_lr: Floats, truth: Bools, weights: Floats, for_it: float, against: float) -> float:
    edges = np.unique(log10_lr[log10_lr > 0])
    if edges.size == 0:
        return 0.0
    hits = _tail(log10_lr[truth], weights[truth], edges) * for_it / (for_it + 1)
    alarms = (_tail(log10_lr[~truth], weights[~truth], edges) * against + 1) / (against + 1)
    with np.errstate(divide="ignore"):
        reach = np.log10(hits) - np.log10(alarms)
    # Between one stated LR and the next the counts do not change: thresholds in (start, edge] are fine up to
    # reach.
    starts = np.concatenate(([0.0], edges[:-1]))
    failing = np.flatnonzero(reach <= edges)
    if failing.size == 0:
        return float(edges[-1])
    first = int(failing[0])
    return float(max(starts[first], reach[first]))


def _tail(values: Floats, weights: Floats, edges: Floats) -> Floats:
    """Share of weight at or above each edge."""
    order = np.argsort(values, kind="stable")
    upward = np.concatenate((np.cumsum(weights[order][::-1])[::-1], [0.0]))
    share: Floats = upward[np.searchsorted(values[order], edges, side="left")] / weights.sum()
    return share
