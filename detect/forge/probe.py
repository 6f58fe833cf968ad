"""The linear probe: a logistic head on standardised features of a frozen encoder, weighted by class and source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from .features import Features
from .kinds import KINDS, REAL

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


def balance(kinds: NDArray[np.str_], sources: NDArray[np.str_], shares: Mapping[str, float]) -> Floats:
    """Weight of every row: both classes weigh alike, within a class its kinds have their shares, and sources are equal.

    Parameters
    ----------
    kinds
        See `kinds.Kind`, (n,).
    sources
        Source of each row, (n,).
    shares
        Share of its class, 0..1, of each kind that the forge makes; collected pictures get the rest of their class.
        A kind that is not named, or that no row is of, weighs nothing and leaves its share to the others.

    Returns
    -------
    (n,), mean 1; rows of kinds without a share have weight 0.
    """
    weights = np.zeros(len(kinds))
    for real in (True, False):
        collected = "photo" if real else "drawn"
        mine = [kind for kind in KINDS if (kind in REAL) == real and (kinds == kind).any()]
        given = {kind: shares.get(kind, 0.0) for kind in mine if kind != collected}
        if collected in mine:
            given[collected] = 1.0 - sum(given.values())
        total = sum(given.values())
        for kind, share in given.items():
            if share <= 0:
                continue
            rows = kinds == kind
            present = np.unique(sources[rows])
            for name in present:
                part = rows & (sources == name)
                weights[part] = share / total / len(present) / part.sum()
    return np.asarray(weights * len(weights) / weights.sum(), dtype=np.float64)


def fit(
    features: Features, labels: NDArray[np.bool_], weights: Floats, strength: float, shrinkage: float = 1.0
) -> Probe:
    """Fit one probe; see `fit_path`."""
    return fit_path(features, labels, weights, [strength], shrinkage)[0]


def fit_path(
    features: Features,
    labels: NDArray[np.bool_],
    weights: Floats,
    strengths: Sequence[float],
    shrinkage: float = 1.0,
) -> list[Probe]:
    """Fit one probe per strength; the same rows and strengths give the same probes.

    The features are standardised and then whitened by their shrunk covariance. What a picture shows moves the features
    along few directions and far; what a generator leaves moves them along many and little. In whitened coordinates the
    penalty makes the first kind of direction as dear as the second, so that the subject decides less.

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
    shrinkage
        How far the covariance of the standardised features is shrunk to the identity, above 0 and up to 1; at 1 nothing
        is whitened.

    Returns
    -------
    Probes in the order of `strengths`.
    """
    used = weights > 0
    rows, truth, mass = features[used], labels[used], weights[used]
    mean = np.average(rows, axis=0, weights=mass)
    spread = np.sqrt(np.average(np.square(rows - mean.astype(np.float32)), axis=0, weights=mass)) + 1e-6
    standard = ((rows - mean) / spread).astype(np.float32)
    turn = _whitening(standard, mass, shrinkage) if shrinkage < 1 else None
    seen = standard if turn is None else standard @ turn
    # From the strongest penalty on, each fit starts where the last one ended.
    model = LogisticRegression(max_iter=500, tol=1e-3, warm_start=True)
    found: dict[float, Probe] = {}
    for strength in sorted(set(strengths)):
        model.set_params(C=strength)
        model.fit(seen, truth, sample_weight=mass)
        coefficients = model.coef_[0].astype(np.float64)
        weight = (coefficients if turn is None else turn @ coefficients) / spread
        found[strength] = Probe(weight, float(model.intercept_[0] - mean @ weight))
    return [found[strength] for strength in strengths]


def _whitening(standard: Features, mass: Floats, shrinkage: float) -> Features:
    """(d, d) matrix that whitens standardised rows by their covariance, shrunk to the identity."""
    covariance = (standard.T * mass.astype(np.float32)) @ standard / np.float32(mass.sum())
    values, vectors = np.linalg.eigh(covariance)
    scale = 1 / np.sqrt((1 - shrinkage) * np.maximum(values, 0) + shrinkage)
    return np.asarray(vectors * scale, dtype=np.float32)
