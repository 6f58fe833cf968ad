"""How a scorer does on pictures: figures per source and tier, each with its interval.

One table for every scorer, so that the artifact, its baselines and the control are measured by the same code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ...models.metrics import auc
from ...models.metrics.bootstrap import Interval, bootstrap
from .launder import TIERS, Tier
from .probe import Floats

REPLICATES = 1000
"""Bootstrap replicates of every interval."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes
    ----------
    name
        `auc`, `auc-macro`, `tpr` (at the threshold) or `false-alarms` (at the threshold).
    tier
        How the pictures were delivered.
    source
        Which pictures; None for the mean over sources.
    interval
        Value with its 95 % interval, and the number of pictures.
    """

    name: str
    tier: Tier
    source: str | None
    interval: Interval


@dataclass(frozen=True, slots=True)
class Trial:
    """Scores to be measured, one row per picture and tier.

    Attributes
    ----------
    score
        More is more synthetic, (n,).
    tier
        Number in `TIERS`, (n,).
    synthetic
        Label, (n,).
    source
        Where the picture comes from, (n,).
    """

    score: Floats
    tier: NDArray[np.int64]
    synthetic: NDArray[np.bool_]
    source: NDArray[np.str_]

    def figures(self, threshold: float | None, groups: Mapping[str, Sequence[str]]) -> list[Figure]:
        """Measure everything.

        Parameters
        ----------
        threshold
            Scores at or above it count as synthetic; None leaves out rates.
        groups
            Groups of sources by name. One that holds both classes gives an AUC and enters the mean; one of real
            pictures only gives false alarms.
        """
        found: list[Figure] = []
        for number, tier in enumerate(TIERS):
            both: list[str] = []
            for name, sources in groups.items():
                rows = (self.tier == number) & np.isin(self.source, list(sources))
                if not rows.any():
                    continue
                found += self._group(name, tier, rows, threshold)
                if len(set(self.synthetic[rows].tolist())) == 2:
                    both.append(name)
            if both:
                found.append(
                    Figure("auc-macro", tier, None, self.macro(number, {n: groups[n] for n in both}))
                )
        return found

    def macro(self, tier: int, groups: Mapping[str, Sequence[str]]) -> Interval:
        """Mean over groups of the AUC within each, in one tier; replicates keep every group and class at size."""
        code = np.full(len(self.score), -1)
        for number, sources in enumerate(groups.values()):
            code[np.isin(self.source, list(sources))] = number
        rows = (self.tier == tier) & (code >= 0)
        return bootstrap(
            macro_auc,
            self.score[rows],
            self.synthetic[rows],
            code[rows],
            strata=code[rows] * 2 + self.synthetic[rows],
            n=REPLICATES,
        )

    def _group(self, name: str, tier: Tier, rows: NDArray[np.bool_], threshold: float | None) -> list[Figure]:
        score, truth = self.score[rows], self.synthetic[rows]
        found: list[Figure] = []
        if truth.any() and not truth.all():
            interval = bootstrap(auc, score, truth, strata=truth, n=REPLICATES)
            found.append(Figure("auc", tier, name, interval))
        if threshold is not None:
            for label, kind in ((True, "tpr"), (False, "false-alarms")):
                mine = score[truth == label]
                if len(mine):
                    found.append(Figure(kind, tier, name, share(int((mine >= threshold).sum()), len(mine))))
        return found


def macro_auc(score: Floats, synthetic: NDArray[np.bool_], group: NDArray[np.int64]) -> float:
    """Mean over groups of the AUC within each."""
    return float(np.mean([auc(score[group == g], synthetic[group == g]) for g in np.unique(group)]))


def share(hits: int, n: int, level: float = 0.95) -> Interval:
    """A share with its interval after Wilson (1927), which stays honest at 0 and at n."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    p = hits / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return Interval(p, max(0.0, centre - half), min(1.0, centre + half), n, n, level)
