"""The linear probe: a logistic head on standardised features of a frozen encoder, weighted by class and source."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from .features import Features

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Probe:
    """A fitted head: logit = features @ weight + bias, the standardisation folded in.

    Attributes
    ----------
    weight
        (d,) float64.
    bias
        Scalar.
    """

    weight: Floats
    bias: float

    def logits(self, features: Features) -> Floats:
        """Logit of "synthetic" for each row of (n, d)."""
        return np.asarray(features @ self.weight + self.bias, dtype=np.float64)


def balance(
    labels: NDArray[np.bool_], sources: Sequence[str], twins: NDArray[np.bool_], share: float
) -> Floats:
    """Weight of every row: both classes weigh alike, and within a class every source does.

    Parameters
    ----------
    labels
        True for synthetic, (n,).
    sources
        Source of each row, (n,).
    twins
        True for latent twins, (n,); they together get `share` of the weight of the synthetic class, 0..1.

    Returns
    -------
    (n,), mean 1.
    """
    names = np.asarray(sources)
    weights = np.zeros(len(labels))
    drawn = labels & ~twins
    if not twins.any():
        share = 0.0
    elif not drawn.any():
        share = 1.0
    for rows, total in ((~labels, 1.0), (drawn, 1.0 - share), (labels & twins, share)):
        present = np.unique(names[rows])
        for name in present:
            mine = rows & (names == name)
            weights[mine] = total / len(present) / mine.sum()
    return np.asarray(weights * len(labels) / weights.sum(), dtype=np.float64)


def fit(features: Features, labels: NDArray[np.bool_], weights: Floats, strength: float) -> Probe:
    """Fit one probe; see `fit_path`."""
    return fit_path(features, labels, weights, [strength])[0]


def fit_path(
    features: Features, labels: NDArray[np.bool_], weights: Floats, strengths: Sequence[float]
) -> list[Probe]:
    """Fit one probe per strength; the same rows and strengths give the same probes.

    Parameters
    ----------
    features
        (n, d).
    labels
        True for synthetic, (n,).
    weights
        Weight of each row, mean 1, (n,); rows of weight 0 are left out.
    strengths
        Inverse strength of the penalty (C of scikit-learn), above 0.

    Returns
    -------
    Probes in the order of `strengths`.
    """
    used = weights > 0
    rows, truth, mass = features[used], labels[used], weights[used]
    mean = np.average(rows, axis=0, weights=mass)
    spread = np.sqrt(np.average(np.square(rows - mean.astype(np.float32)), axis=0, weights=mass)) + 1e-6
    standard = ((rows - mean) / spread).astype(np.float32)
    # From the strongest penalty on, each fit starts where the last one ended.
    model = LogisticRegression(max_iter=500, tol=1e-3, warm_start=True)
    found: dict[float, Probe] = {}
    for strength in sorted(set(strengths)):
        model.set_params(C=strength)
        model.fit(standard, truth, sample_weight=mass)
        weight = model.coef_[0].astype(np.float64) / spread
        found[strength] = Probe(weight, float(model.intercept_[0] - mean @ weight))
    return [found[strength] for strength in strengths]
