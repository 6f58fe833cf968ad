"""Figures of scores: AUC per source and over them, rates, gains, each with an interval by picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peers.peer import Scores
from store import Measured
from views import Seen

from assay.detect.forge.launder import TIERS
from assay.detect.forge.trial import REPLICATES, macro_auc, share
from assay.models.metrics import auc, tpr_at_fpr
from assay.models.metrics.bootstrap import Interval, bootstrap, paired_bootstrap

MEAN = "mean"
"""Column of what is averaged over the tiers."""


@dataclass(frozen=True)
class Line:
    """One figure of one group of pictures: an interval by tier, and by `MEAN` where tiers are averaged."""

    name: str
    group: str
    cells: Mapping[str, Interval]

    def plain(self) -> dict[str, Any]:
        """As JSON values; no end where there is none."""
        cells = {
            column: {
                "value": one.value,
                "low": None if isnan(one.low) else one.low,
                "high": None if isnan(one.high) else one.high,
                "n": one.n,
            }
            for column, one in self.cells.items()
        }
        return {"name": self.name, "group": self.group, "cells": cells}


class Ground:
    """What is known of the views that scores are about.

    Parameters
    ----------
    seen
        The views, in the order of the scores.
    groups
        Sources by the name of their group; every source in one.
    """

    def __init__(self, seen: Sequence[Seen], groups: Mapping[str, Sequence[str]]) -> None:
        of_source = {source: name for name, sources in groups.items() for source in sources}
        self.names = list(groups)
        self.tier = np.array([view.tier for view in seen])
        self.synthetic = np.array([view.picture.synthetic for view in seen])
        self.group = np.array([self.names.index(of_source[view.picture.source]) for view in seen])
        numbers: dict[str, int] = {}
        self.picture = np.array([numbers.setdefault(view.picture.name, len(numbers)) for view in seen])
        both = [
            number
            for number in range(len(self.names))
            if len(set(self.synthetic[self.group == number].tolist())) == 2
        ]
        self.paired = np.isin(self.group, both)
        """Views of groups that hold both classes."""

    def rows(self, tier: int, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Chosen views in one tier."""
        return (self.tier == tier) & chosen

    def by_picture(self, scores: Scores) -> tuple[Scores, NDArray[np.bool_], NDArray[np.int64]]:
        """Scores (n, tiers), label and group of the pictures in groups of both classes that are there in every tier."""
        table = np.full((self.picture.max() + 1, len(TIERS)), np.nan)
        table[self.picture, self.tier] = scores
        first = np.unique(self.picture, return_index=True)[1]
        whole = np.isfinite(table).all(axis=1) & self.paired[first]
        return table[whole], self.synthetic[first][whole], self.group[first][whole]


def lines(measured: Measured, ground: Ground) -> list[Line]:
    """Every figure of one peer."""
    scores, threshold = measured.scores, measured.threshold
    found = [
        Line("AUC, mean of sources", "", _macro(scores, ground)),
        Line("AUC, all pictures together", "", _pooled(auc, scores, ground)),
        Line("found at 5 % false alarms", "", _pooled(partial(tpr_at_fpr, fpr=0.05), scores, ground)),
        Line("found at 1 % false alarms", "", _pooled(partial(tpr_at_fpr, fpr=0.01), scores, ground)),
    ]
    for number, name in enumerate(ground.names):
        mine = ground.group == number
        if ground.paired[mine].any():
            found.append(Line("AUC", name, _pooled(auc, scores, ground, mine)))
    if threshold is not None:
        everything = np.ones(len(scores), dtype=bool)
        groups = [("", everything), *((name, ground.group == n) for n, name in enumerate(ground.names))]
        for label, words in ((True, "found"), (False, "false alarms")):
            for name, mine in groups:
                cells = _rates(scores >= threshold, ground, mine & (ground.synthetic == label))
                if cells:
                    found.append(Line(f"{words} at its threshold", name, cells))
    return found


def gain(one: Scores, other: Scores, ground: Ground) -> Line:
    """How much the mean AUC over sources of one peer exceeds another's, the same pictures drawn for both."""
    cells: dict[str, Interval] = {}
    for tier, name in enumerate(TIERS):
        rows = ground.rows(tier, ground.paired)
        if rows.any():
            truth, group = ground.synthetic[rows], ground.group[rows]
            strata = group * 2 + truth
            cells[name] = paired_bootstrap(
                macro_auc, one[rows], other[rows], truth, group, strata=strata, n=REPLICATES
            )
    first, truth, group = ground.by_picture(one)
    second = ground.by_picture(other)[0]
    if len(truth):
        strata = group * 2 + truth
        cells[MEAN] = paired_bootstrap(over_tiers, first, second, truth, group, strata=strata, n=REPLICATES)
    return Line("gain in AUC, mean of sources", "", cells)


def over_tiers(scores: Scores, synthetic: NDArray[np.bool_], group: NDArray[np.int64]) -> float:
    """Mean over tiers of the mean AUC over groups; scores (n, tiers)."""
    return float(np.mean([macro_auc(column, synthetic, group) for column in scores.T]))


def _macro(scores: Scores, ground: Ground) -> dict[str, Interval]:
    cells: dict[str, Interval] = {}
    for tier, name in enumerate(TIERS):
        rows = ground.rows(tier, ground.paired)
        if rows.any():
            truth, group = ground.synthetic[rows], ground.group[rows]
            strata = group * 2 + truth
            cells[name] = bootstrap(macro_auc, scores[rows], truth, group, strata=strata, n=REPLICATES)
    table, truth, group = ground.by_picture(scores)
    if len(truth):
        strata = group * 2 + truth
        cells[MEAN] = bootstrap(over_tiers, table, truth, group, strata=strata, n=REPLICATES)
    return cells


def _pooled(
    metric: object, scores: Scores, ground: Ground, chosen: NDArray[np.bool_] | None = None
) -> dict[str, Interval]:
    everything = np.ones(len(scores), dtype=bool) if chosen is None else chosen
    cells: dict[str, Interval] = {}
    for tier, name in enumerate(TIERS):
        rows = ground.rows(tier, everything)
        truth = ground.synthetic[rows]
        if truth.any() and not truth.all():
            # Strata keep every group and class at its size in all replicates.
            strata = ground.group[rows] * 2 + truth
            cells[name] = bootstrap(metric, scores[rows], truth, strata=strata, n=REPLICATES)
    return cells


def _rates(over: NDArray[np.bool_], ground: Ground, chosen: NDArray[np.bool_]) -> dict[str, Interval]:
    cells: dict[str, Interval] = {}
    for tier, name in enumerate(TIERS):
        rows = ground.rows(tier, chosen)
        if rows.any():
            cells[name] = share(int(over[rows].sum()), int(rows.sum()))
    return cells
