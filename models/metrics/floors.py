"""Noise floors: what chance alone gives a perfectly calibrated scorer of a given size; print one beside its figure."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .bins import binned, stated
from .labelled import MetricInputError, SingleClassError
from .measures import cllr_cal


def ece_noise_floor(
    n: int,
    probabilities: ArrayLike,
    *,
    bins: int = 10,
    by: Literal["width", "mass"] = "width",
    quantile: float | None = None,
    replicates: int = 1000,
    seed: int = 0,
) -> float:
    """ECE that chance alone gives a perfectly calibrated scorer on `n` rows; print it beside every ECE.

    By simulation: labels are drawn from the probabilities themselves. With ``n == len(probabilities)`` these
    very probabilities are used, otherwise `n` are drawn from them with replacement in each replicate.

    Returns
    -------
    float
        The mean over the replicates, or their `quantile` (such as 0.95) when given.
    """
    values = stated(np.asarray(probabilities, dtype=np.float64).ravel())
    if n < 1 or values.size == 0 or np.isnan(values).any():
        raise MetricInputError("the noise floor needs n >= 1 and at least one probability without NaN")
    generator = np.random.default_rng(seed)
    found = np.empty(replicates)
    place = binned(values, bins, by) if n == values.size else None
    for index in range(replicates):
        drawn = values if place is not None else generator.choice(values, n)
        where = binned(drawn, bins, by) if place is None else place
        gap = (generator.random(n) < drawn) - drawn
        found[index] = np.abs(np.bincount(where, weights=gap)).sum() / n
    return float(found.mean() if quantile is None else np.quantile(found, quantile))


def cllr_cal_noise_floor(n: int, log10_lr: ArrayLike, *, replicates: int = 200, seed: int = 0) -> float:
    """Calibration part of Cllr that chance alone gives a perfectly calibrated scorer on `n` rows at even priors.

    By simulation, as `ece_noise_floor`: labels are drawn from the likelihood ratios themselves. The best monotone curve
    fits the chance of a sample too, so that even a perfect scorer has a part that it could do without.

    Returns
    -------
    float
        The mean over the replicates; those that hold one class only are left out.
    """
    values = np.asarray(log10_lr, dtype=np.float64).ravel()
    if n < 1 or values.size == 0 or np.isnan(values).any():
        raise MetricInputError("the noise floor needs n >= 1 and at least one likelihood ratio without NaN")
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(replicates):
        drawn = values if n == values.size else generator.choice(values, n)
        truth = generator.random(n) < 1 / (1 + 10.0**-drawn)
        try:
            found.append(cllr_cal(drawn, truth))
        except SingleClassError:
            continue
    if not found:
        raise MetricInputError("no replicate held both classes: the noise floor needs more rows")
    return float(np.mean(found))
