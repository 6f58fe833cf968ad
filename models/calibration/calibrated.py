"""Calibrated scores: likelihood ratio, interval, probability and conformal p of one raw score or of many."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..metrics.labelled import Floats
from .conformal import CalibrationInputError


def probability(log10_lr: ArrayLike, prior: float = 0.5) -> Floats:
    """P(H1) after the evidence, 0..1, shape as given; the prior P(H1) lies strictly between 0 and 1."""
    if not 0 < prior < 1:
        raise CalibrationInputError(f"the prior must lie strictly between 0 and 1, not {prior}")
    odds = np.log(prior) - np.log1p(-prior) + np.log(10.0) * np.asarray(log10_lr, dtype=np.float64)
    found: Floats = 0.5 * (1 + np.tanh(0.5 * odds))
    return found


def probability_among(log10_lr: ArrayLike, truth: ArrayLike) -> Floats:
    """P(H1) of rows at the share of H1 among them, for a calibration error: at other odds right ratios would seem off.

    Parameters
    ----------
    log10_lr
        (n,).
    truth
        (n,), whether H1 holds; both classes occur.
    """
    return probability(log10_lr, float(np.mean(np.asarray(truth, dtype=bool))))


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What one raw score is worth.

    Attributes
    ----------
    log10_lr
        log10 of P(score given H1) / P(score given H2), within the calibrator's bound.
    low, high
        Interval of it (bootstrap of the calibration set), ``low <= log10_lr <= high``, within the bound.
    p
        Conformal p: share of H2 reference scores as high or higher, 0 < p <= 1; small means unlike H2.
    """

    log10_lr: float
    low: float
    high: float
    p: float

    def probability(self, prior: float = 0.5) -> float:
        """P(H1) at the given prior probability of H1, 0..1."""
        return float(probability(self.log10_lr, prior))


@dataclass(frozen=True, slots=True)
class CalibratedMany:
    """`Calibrated` by columns: arrays of one shape."""

    log10_lr: Floats
    low: Floats
    high: Floats
    p: Floats

    def probability(self, prior: float = 0.5) -> Floats:
        """P(H1) at the given prior probability of H1, 0..1, shape as the columns."""
        return probability(self.log10_lr, prior)
