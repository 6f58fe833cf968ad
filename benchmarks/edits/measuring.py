"""What maps and scores are worth against masks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.models.metrics import Interval, auc, bootstrap

Map = NDArray[np.float64]
STEPS = 101


@dataclass(frozen=True, slots=True)
class Drawn:
    """A map of one edited picture and of its original: numbers a pixel, the threshold that is its own, the scores."""

    group: str
    forged: Map
    mask: NDArray[np.bool_]
    threshold: float
    score_forged: float
    score_authentic: float


def pixel_auc(one: Drawn) -> float:
    """Area under the ROC of the pixels."""
    # A hundred thousand pixels tell as much as all.
    step = max(1, one.mask.size // 100_000)
    return auc(one.forged.ravel()[::step], one.mask.ravel()[::step])


def f1(one: Drawn, threshold: float) -> float:
    """F1 of the pixels at or above a threshold."""
    claimed = one.forged >= threshold
    hit = float((claimed & one.mask).sum())
    return 2 * hit / max(float(claimed.sum() + one.mask.sum()), 1.0)


def best_f1(one: Drawn) -> float:
    """F1 at the best threshold for this very picture: what a reader could get who knew it."""
    quantiles = np.quantile(one.forged, np.linspace(0, 1, STEPS))
    return max(f1(one, float(value)) for value in np.unique(quantiles))


def mean(values: Sequence[float]) -> Interval:
    """Mean with its interval by picture."""
    return bootstrap(lambda x: float(np.mean(x)), np.array(values, np.float64), n=1000)


def apart(drawn: Sequence[Drawn]) -> Interval:
    """AUC of pictures: edited against their originals."""
    scores = np.array([one.score_forged for one in drawn] + [one.score_authentic for one in drawn])
    truth = np.arange(len(scores)) < len(drawn)
    pairs = np.tile(np.arange(len(drawn)), 2)
    return bootstrap(auc, scores, truth, groups=pairs, n=1000)


def by_reliability(
    trust: NDArray[np.float64], wrong: NDArray[np.bool_], parts: int = 10
) -> list[tuple[float, float, int, float]]:
    """Error by tenths of reliability: lowest and highest reliability, cells, share that is wrong."""
    order = np.argsort(trust, kind="stable")
    return [
        (float(trust[part[0]]), float(trust[part[-1]]), len(part), float(wrong[part].mean()))
        for part in np.array_split(order, parts)
    ]
