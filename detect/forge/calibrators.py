"""What left-out scores are worth: calibrators per tier and number of crops, the fixed threshold, and their figures.

A mean over three crops is a better score than one crop, so each has calibrators of its own.
"""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.calibration import Calibrator, balance, probability_among
from ...models.metrics import cllr, cllr_cal, cllr_cal_noise_floor, ece, ece_noise_floor
from ...models.metrics.bootstrap import Interval, bootstrap, paired_bootstrap
from ..scales import scale
from .folds import LeftOut, macro_by_fold
from .launder import TIERS, Tier
from .probe import Floats
from .trial import REPLICATES, Figure

REPLICATES_ACROSS = 2
"""Bootstrap replicates of calibrators of which only the middle is used."""


def calibrate(left_out: LeftOut, counts: Collection[int]) -> dict[str, Calibrator]:
    """Calibrators by `scales.scale` for every tier and number of crops, and `default` over all single crops.

    Sources weigh alike within their class, so that a large source does not set the scale for the others.
    """
    found = {scale(tier, count): _fitted(part) for tier, count, part in _parts(left_out, counts)}
    return found | {"default": _fitted(left_out.part(left_out.crops == 1))}


def threshold(left_out: LeftOut, counts: Collection[int], real_right: float) -> float:
    """The lowest score that keeps more than `real_right` of the real pictures below it, whichever way they are counted.

    In every tier and for every number of crops, both over all real pictures and as the mean over their sources: a
    large easy source shall not pay for a small hard one. Scores at or above the threshold count as synthetic.
    """
    return max(_one_threshold(part, real_right) for *_, part in _parts(left_out, counts))


def _one_threshold(part: LeftOut, real_right: float) -> float:
    score, source = part.score[~part.synthetic], part.source[~part.synthetic]
    order = np.argsort(score, kind="stable")
    score, source = score[order], source[order]
    names, of_row = np.unique(source, return_inverse=True)
    alike = 1.0 / (len(names) * np.bincount(of_row)[of_row])
    candidates = [float(np.nextafter(score[-1], np.inf))]
    for mass in (np.full(len(score), 1.0 / len(score)), alike):
        # Just above a score all rows up to it are right; ties end with the last of them.
        enough = np.flatnonzero(np.cumsum(mass) > real_right + 1e-12)
        candidates.append(float(np.nextafter(score[enough[0]], np.inf)) if len(enough) else candidates[0])
    return max(candidates[1:])


def figures(left_out: LeftOut, counts: Collection[int]) -> list[Figure]:
    """Cllr, its calibration part and ECE, and what chance gives a perfect scorer of that size.

    ECE is taken at the share of generated pictures among the rows.

    Every picture is weighed by a calibrator that was fitted without the sources of its fold; nothing is said where the
    other folds hold one class only. The intervals are by picture; figures that have none state NaN for it.
    """
    found: list[Figure] = []
    for tier, count, part in _parts(left_out, counts):
        if any(len(set(part.synthetic[part.fold != fold].tolist())) < 2 for fold in np.unique(part.fold)):
            continue
        ratios = across(part)
        truth, stated = part.synthetic, probability_among(ratios, part.synthetic)
        measures: dict[str, tuple[Callable[..., float], Floats]] = {
            "cllr": (cllr, ratios), "cllr-cal": (cllr_cal, ratios), "ece": (ece, stated),
        }  # fmt: skip
        for name, (measure, values) in measures.items():
            if name == "cllr-cal":
                # A resampled set holds rows twice, which flatters the best monotone curve: its percentiles lie above
                # the value itself, so none are stated.
                value = measure(values, truth)
                interval = Interval(value, math.nan, math.nan, len(truth), len(truth))
            else:
                interval = bootstrap(measure, values, truth, strata=truth, n=REPLICATES)
            found.append(Figure(_crops(name, count), tier, None, interval))
        floors = {
            "ece-noise-floor": ece_noise_floor(len(stated), stated),
            "cllr-cal-noise-floor": cllr_cal_noise_floor(len(ratios), ratios),
        }
        for name, floor in floors.items():
            exactly = Interval(floor, math.nan, math.nan, len(stated), len(stated))
            found.append(Figure(_crops(name, count), tier, None, exactly))
    return found


def across(part: LeftOut) -> Floats:
    """log10 LR of every row by a calibrator of the other folds' rows."""
    ratios = np.zeros(len(part.score))
    for fold in np.unique(part.fold):
        mine = part.fold == fold
        ratios[mine] = _fitted(part.part(~mine), REPLICATES_ACROSS).apply_many(part.score[mine]).log10_lr
    return ratios


def macros(left_out: LeftOut, name: str, only: Sequence[str]) -> list[Figure]:
    """Macro AUC over the generated sources `only` (all where empty) of single crops, per tier."""
    found: list[Figure] = []
    for number, tier in enumerate(TIERS):
        scores, *shared = _compared([left_out], number, only)
        value = bootstrap(macro_by_fold, scores, *shared, strata=shared[1], n=REPLICATES)
        found.append(Figure(name, tier, None, value))
    return found


def gain(better: LeftOut, other: LeftOut, name: str, only: Sequence[str]) -> list[Figure]:
    """How much the macro AUC of one recipe exceeds another's on the same pictures, per tier; see `macros`."""
    found: list[Figure] = []
    for number, tier in enumerate(TIERS):
        one, two, *shared = _compared([better, other], number, only)
        more = paired_bootstrap(macro_by_fold, one, two, *shared, strata=shared[1], n=REPLICATES)
        found.append(Figure(name, tier, None, more))
    return found


def _compared(scores: Sequence[LeftOut], tier: int, only: Sequence[str]) -> list[NDArray[Any]]:
    """Scores of each recipe on the same rows, then label, number of the source and fold of these rows."""
    first = scores[0]
    here = (first.tier == tier) & (first.crops == 1)
    mine = first.part(here)
    rows = ~mine.synthetic | (np.isin(mine.source, list(only)) if only else mine.synthetic)
    source = np.unique(mine.source, return_inverse=True)[1]
    return [
        *(one.part(here).score[rows] for one in scores),
        mine.synthetic[rows], source[rows], mine.fold[rows],
    ]  # fmt: skip


def _parts(left_out: LeftOut, counts: Collection[int]) -> Iterator[tuple[Tier, int, LeftOut]]:
    for number, tier in enumerate(TIERS):
        for count in sorted(set(counts)):
            part = left_out.part((left_out.tier == number) & (left_out.crops == count))
            if len(set(part.synthetic.tolist())) == 2:
                yield tier, count, part


def _fitted(part: LeftOut, replicates: int = 400) -> Calibrator:
    weights = balance(part.synthetic, part.source)
    return Calibrator.fit_logistic(
        part.score, part.synthetic, weights=weights, groups=part.item, replicates=replicates
    )


def _crops(name: str, count: int) -> str:
    return name if count == 1 else f"{name}-{count}-crops"
