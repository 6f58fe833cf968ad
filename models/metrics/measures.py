"""How good scores are: ranking, likelihood ratios, probabilities and decisions, by one code everywhere.

Every function takes ``(scores, labels)``: scores of shape ``[n]`` where more means "rather H1", labels of
shape ``[n]`` in {0, 1} (or bool) where 1 is H1. Infinite scores are ordinary values at the ends; NaN is
refused. Intervals are in `bootstrap`. Ties are never broken by row order: no figure depends on the order of
the rows.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .bins import binned, stated
from .labelled import Bools, Floats, checked, share
from .labelled import MetricInputError as MetricInputError
from .labelled import SingleClassError as SingleClassError
from .pav import distinct, pool


@dataclass(frozen=True, slots=True)
class Roc:
    """Receiver operating characteristic, one point a distinct score, from (0, 0) to (1, 1).

    Attributes
    ----------
    threshold
        Shape ``[points]``, descending; ``score >= threshold`` calls a row positive. The first is beyond every
        score.
    fpr, tpr
        Shape ``[points]``, 0..1: share of negatives and of positives that are called positive.
    """

    threshold: Floats
    fpr: Floats
    tpr: Floats


def roc(scores: ArrayLike, labels: ArrayLike) -> Roc:
    """Every operating point that the scores offer."""
    values, truth = checked(scores, labels)
    threshold, up, down = distinct(values, truth.astype(np.float64), (~truth).astype(np.float64))
    tpr = np.concatenate(([0.0], np.cumsum(up[::-1]) / up.sum()))
    fpr = np.concatenate(([0.0], np.cumsum(down[::-1]) / down.sum()))
    # The point (0, 0) calls nothing positive. Above a score of +inf there is no number: NaN, equal to
    # nothing, says so.
    beyond = np.inf if threshold[-1] < np.inf else np.nan
    return Roc(np.concatenate(([beyond], threshold[::-1])), fpr, tpr)


def auc(scores: ArrayLike, labels: ArrayLike) -> float:
    """Probability that a positive outscores a negative, ties counting half (Mann-Whitney), 0..1."""
    values, truth = checked(scores, labels)
    _, up, down = distinct(values, truth.astype(np.float64), (~truth).astype(np.float64))
    below = np.cumsum(down) - down
    return float(np.sum(up * (below + 0.5 * down)) / (up.sum() * down.sum()))


def partial_auc(scores: ArrayLike, labels: ArrayLike, most_fpr: float) -> float:
    """Area under the part of the ROC with few false alarms, standardised so that chance is 0.5 and perfection 1.

    Parameters
    ----------
    most_fpr
        False positive rate, above 0 and up to 1, at which the part ends.

    Source: McClish (1989), Analyzing a portion of the ROC curve.
    """
    if not 0 < most_fpr <= 1:
        raise ValueError(f"a false positive rate lies above 0 and up to 1, not at {most_fpr}")
    curve = roc(scores, labels)
    inside = curve.fpr < most_fpr
    fpr = np.append(curve.fpr[inside], most_fpr)
    tpr = np.append(curve.tpr[inside], np.interp(most_fpr, curve.fpr, curve.tpr))
    area = float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2))
    chance = most_fpr**2 / 2
    return 0.5 * (1 + (area - chance) / (most_fpr - chance))


def eer(scores: ArrayLike, labels: ArrayLike) -> float:
    """Equal error rate on the convex hull of the ROC, 0..0.5.

    The hull is what thresholds and mixtures of thresholds reach, so the figure is unique and never beyond .5
    for want of a threshold (Brümmer, 2010, "Measuring, refining and calibrating speaker and language
    information").
    """
    values, truth = checked(scores, labels)
    blocks = pool(values, truth.astype(np.float64), (~truth).astype(np.float64))
    miss = np.concatenate(([0.0], np.cumsum(blocks.positive))) / truth.sum()
    alarm = 1.0 - np.concatenate(([0.0], np.cumsum(blocks.negative))) / (~truth).sum()
    gap = miss - alarm
    after = int(np.argmax(gap >= 0))
    if gap[after] == 0:
        return float(miss[after])
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(miss[after - 1] + share * (miss[after] - miss[after - 1]))


def threshold_at_fpr(scores: ArrayLike, labels: ArrayLike, fpr: float) -> float:
    """Lowest score that, as threshold, keeps the false alarms at or under `fpr`.

    +inf when no score does (NaN, which nothing reaches either, when scores are themselves +inf).
    """
    curve = roc(scores, labels)
    return float(curve.threshold[int(np.flatnonzero(curve.fpr <= share(fpr, "fpr"))[-1])])


def tpr_at_fpr(scores: ArrayLike, labels: ArrayLike, fpr: float) -> float:
    """Share of positives found at the best real threshold with false alarms of at most `fpr`, 0..1."""
    curve = roc(scores, labels)
    return float(curve.tpr[curve.fpr <= share(fpr, "fpr")].max())


def average_precision(scores: ArrayLike, labels: ArrayLike) -> float:
    """Precision averaged over the recall gained at each distinct score (step rule), 0..1."""
    values, truth = checked(scores, labels)
    _, up, down = distinct(values, truth.astype(np.float64), (~truth).astype(np.float64))
    hits = np.cumsum(up[::-1])
    called = np.cumsum((up + down)[::-1])
    return float(np.sum(up[::-1] / up.sum() * (hits / called)))


def precision_at_k(scores: ArrayLike, labels: ArrayLike, k: int) -> float:
    """Share of positives among the `k` highest scores, 0..1.

    Rows tied at the cut enter by expectation: the figure is the mean over all orders of the tied rows. With
    fewer than `k` rows the missing places count as negatives, as they do for an analyst with a budget of `k`.
    """
    values, truth = checked(scores, labels, both=False)
    if k < 1:
        raise MetricInputError(f"k must be at least 1, not {k}")
    if k >= values.size:
        return float(truth.sum()) / k
    cut = np.partition(values, values.size - k)[values.size - k]
    above = values > cut
    tied = values == cut
    return float(truth[above].sum() + (k - above.sum()) * truth[tied].mean()) / k


def brier(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Mean squared difference of probability and label, 0..1 (Brier, 1950)."""
    values, truth = checked(probabilities, labels, both=False)
    return float(np.mean((stated(values) - truth) ** 2))


def cllr(log10_lr: ArrayLike, labels: ArrayLike) -> float:
    """Cost of log likelihood ratios, bits, >= 0: 0 is perfect, 1 is what LR = 1 for every row costs.

    ``(mean over H1 of log2(1 + 1 / LR) + mean over H2 of log2(1 + LR)) / 2``; an infinite LR on the wrong
    side costs infinity. Brümmer and du Preez (2006), "Application-independent evaluation of speaker
    detection".
    """
    values, truth = checked(log10_lr, labels)
    return _cllr(values * np.log(10.0), truth)


def cllr_min(scores: ArrayLike, labels: ArrayLike) -> float:
    """Discrimination loss, bits, 0..1: Cllr after the best monotone mapping of these very scores (PAV)."""
    values, truth = checked(scores, labels)
    blocks = pool(values, truth.astype(np.float64), (~truth).astype(np.float64))
    up, down = blocks.positive / truth.sum(), blocks.negative / (~truth).sum()
    # A weight of zero meets an infinite cost at the pure ends: that product is 0 by limit, so only mixed
    # blocks count.
    mixed = (up > 0) & (down > 0)
    up, down = up[mixed], down[mixed]
    return float(0.5 * np.sum(up * np.log2(1 + down / up) + down * np.log2(1 + up / down)))


def cllr_cal(log10_lr: ArrayLike, labels: ArrayLike) -> float:
    """Calibration loss, bits, >= 0: what Cllr would fall by if the same ranking were calibrated perfectly."""
    return cllr(log10_lr, labels) - cllr_min(log10_lr, labels)


def ece(
    probabilities: ArrayLike, labels: ArrayLike, *, bins: int = 10, by: Literal["width", "mass"] = "width"
) -> float:
    """Expected calibration error, 0..1: mean gap of stated and seen frequency over bins, weighted by rows.

    Parameters
    ----------
    by
        "width": bins of equal width in 0..1. "mass": bins of (nearly) equally many rows; equal probabilities
        stay together.
    """
    values, truth = checked(probabilities, labels, both=False)
    place = binned(stated(values), bins, by)
    return float(np.abs(np.bincount(place, weights=truth - values)).sum() / values.size)


def accuracy(scores: ArrayLike, labels: ArrayLike, threshold: float) -> float:
    """Share of rows on their right side of `threshold` (``score >= threshold`` calls H1), 0..1."""
    values, truth = checked(scores, labels, both=False)
    return float(np.mean((values >= threshold) == truth))


def balanced_accuracy(scores: ArrayLike, labels: ArrayLike, threshold: float) -> float:
    """Mean of the shares of H1 and of H2 rows on their right side of `threshold`, 0..1; 0.5 is chance."""
    values, truth = checked(scores, labels)
    called = values >= threshold
    return float((called[truth].mean() + (~called[~truth]).mean()) / 2)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often an abstaining scorer answers, and how often it is then wrong.

    Attributes
    ----------
    coverage
        Share of all rows that get an answer, 0..1.
    error
        Share of the answered rows whose answer is wrong, 0..1; NaN when none is answered.
    false_alarms, misses
        Wrong answers in H2 rows and in H1 rows.
    answered, n
        Answered rows and all rows.
    """

    coverage: float
    error: float
    false_alarms: int
    misses: int
    answered: int
    n: int


def coverage_and_error(
    scores: ArrayLike, labels: ArrayLike, *, low: float, high: float, answered: ArrayLike | None = None
) -> Coverage:
    """Coverage and error on the answered of a scorer with three outcomes.

    A score of `high` or more answers H1, of `low` or less H2, anything between is inconclusive.

    Parameters
    ----------
    low, high
        The limits of the inconclusive region, ``low < high``.
    answered
        Optional, shape ``[n]`` of bool: rows that may be answered (a stability test can withhold some).
    """
    values, truth = checked(scores, labels, both=False)
    if not low < high:
        raise MetricInputError(f"low {low} must be less than high {high}")
    allowed = np.ones(values.size, np.bool_) if answered is None else np.asarray(answered, np.bool_)
    if allowed.shape != values.shape:
        raise MetricInputError(f"answered has the shape {allowed.shape}, the scores {values.shape}")
    alarms = int((allowed & (values >= high) & ~truth).sum())
    misses = int((allowed & (values <= low) & truth).sum())
    count = int((allowed & ((values >= high) | (values <= low))).sum())
    error = (alarms + misses) / count if count else float("nan")
    return Coverage(count / values.size, error, alarms, misses, count, values.size)


def _cllr(log_lr: Floats, truth: Bools) -> float:
    wrong_for_h1 = np.logaddexp(0.0, -log_lr[truth]).mean()
    wrong_for_h2 = np.logaddexp(0.0, log_lr[~truth]).mean()
    return float(0.5 * (wrong_for_h1 + wrong_for_h2) / np.log(2.0))
