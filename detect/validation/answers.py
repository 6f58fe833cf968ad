"""Scores of many pictures under one condition, as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...intake.manifest import Entry
from ..verdict import LEAST_SUPPORT
from .scorers import Scorer
from .store import Scored

__all__ = ["Answers", "collected"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Answers:
    """Columns of n pictures under one condition.

    Attributes
    ----------
    entries
        The pictures.
    scored
        Whether there is a score, (n,).
    raw, log10, low, high
        What pictures are ranked by, and log10 LR with its interval, (n,); 0 where there is none.
    threshold
        The artifact's own operating point for each, (n,); NaN where it has none.
    tier
        (n,) of text.
    refused
        Codes of files that could not be read.
    unjudged
        Codes of why the others have no score.
    """

    entries: tuple[Entry, ...]
    scored: Bools
    raw: Floats
    log10: Floats
    low: Floats
    high: Floats
    threshold: Floats
    tier: NDArray[np.str_]
    refused: Mapping[str, int]
    unjudged: Mapping[str, int] = field(default_factory=dict)

    @property
    def fake(self) -> Bools:
        """Label, (n,)."""
        return np.array([entry.fake for entry in self.entries], dtype=np.bool_)

    @property
    def source(self) -> NDArray[np.str_]:
        """(n,)."""
        return np.array([entry.source for entry in self.entries], dtype=np.str_)

    @property
    def unit(self) -> NDArray[np.int64]:
        """A number for what must be drawn together, (n,)."""
        numbers: dict[str, int] = {}
        return np.array(
            [numbers.setdefault(entry.unit or f"\0{at}", at) for at, entry in enumerate(self.entries)],
            dtype=np.int64,
        )

    @property
    def called(self) -> Bools:
        """Scores at or above the artifact's own operating point; without one, above a ratio of 1, (n,)."""
        told = np.isfinite(self.threshold)
        return np.where(told, self.raw >= np.where(told, self.threshold, 0.0), self.log10 > 0) & self.scored

    @property
    def answer(self) -> NDArray[np.int64]:
        """1 for the artifact's H1, -1 for H2, 0 for neither: by the rules of a verdict but for stability, (n,).

        The interval leaves out a ratio of 1, the ratio is at least 2, and for H1 the operating point is passed.
        """
        strong = np.abs(self.log10) >= LEAST_SUPPORT
        high = self.scored & strong & (self.low > 0) & self.called
        low = self.scored & strong & (self.high < 0)
        return np.where(high, 1, np.where(low, -1, 0)).astype(np.int64)

    def part(self, rows: Bools) -> "Answers":
        """Some of the pictures, (n,) of bool."""
        kept = tuple(entry for entry, keep in zip(self.entries, rows, strict=True) if keep)
        return Answers(
            kept, self.scored[rows], self.raw[rows], self.log10[rows], self.low[rows], self.high[rows],
            self.threshold[rows], self.tier[rows], self.refused, self.unjudged,
        )  # fmt: skip

    @property
    def those(self) -> "Answers":
        """Those that have a score."""
        return self.part(self.scored)


def collected(
    entries: Sequence[Entry], scored: Sequence[Scored], scorer: Scorer, *, weigh: bool = True
) -> Answers:
    """Columns of what was scored.

    Parameters
    ----------
    entries, scored
        In the same order.
    scorer
        Of the artifact.
    weigh
        Whether likelihood ratios are wanted; they need a tier.
    """
    count = len(entries)
    raw, threshold = np.zeros(count), np.full(count, np.nan)
    ratios = np.zeros((3, count))
    refused: dict[str, int] = {}
    unjudged: dict[str, int] = {}
    for at, one in enumerate(scored):
        if one.refused:
            refused[one.refused] = refused.get(one.refused, 0) + 1
        elif not one.applies:
            code = one.why_not or "nothing-to-weigh"
            unjudged[code] = unjudged.get(code, 0) + 1
        if not one.applies:
            continue
        raw[at] = scorer.raw(one.scores)
        point = scorer.threshold(one.tier or None, len(one.scores))
        threshold[at] = np.nan if point is None else point
        if weigh and one.tier:
            ratio = scorer.ratio(one.scores, one.parts, one.tier, one.eyes)
            ratios[:, at] = ratio.log10, ratio.low, ratio.high
            if scorer.ranked_by_ratio:
                raw[at] = ratio.log10
                threshold[at] = np.nan if point is None else scorer.ratio((point,), 1, one.tier).log10
    return Answers(
        tuple(entries),
        np.array([one.applies for one in scored], dtype=np.bool_),
        raw,
        ratios[0],
        ratios[1],
        ratios[2],
        threshold,
        np.array([one.tier for one in scored], dtype=np.str_),
        refused,
        unjudged,
    )
