"""How figures fall when one thing is done to the pictures, more and more, and how many decisions change by it."""

from typing import Final

import numpy as np

from ...models.metrics import auc, bootstrap
from ..forge.trial import share
from .answers import Answers
from .conditions import Condition
from .result import Figure, Severity

__all__ = ["MILD", "flips", "severity"]

_REPLICATES: Final = 300

MILD: Final = ("jpeg-80", "webp-90", "resize-0.75", "crop-0.9", "screenshot-1")
"""Conditions that change nothing that a person would call a change: decisions shall survive them."""


def severity(condition: Condition | tuple[str, float], answers: Answers) -> Severity:
    """Figures under one condition, of the pictures that still have a score."""
    axis, level = condition if isinstance(condition, tuple) else (condition.axis, condition.level)
    those = answers.those
    called, fake = those.called, those.fake
    ranked: tuple[float | None, float | None, float | None] = (None, None, None)
    if fake.any() and not fake.all():
        found = bootstrap(auc, those.raw, fake, strata=fake, n=_REPLICATES)
        ranked = round(found.value, 4), round(found.low, 4), round(found.high, 4)
    rates: list[float | None] = []
    for rows in (fake, ~fake):
        if rows.any():
            rate = share(int(called[rows].sum()), int(rows.sum()))
            rates += [round(rate.value, 4), round(rate.low, 4), round(rate.high, 4)]
        else:
            rates += [None, None, None]
    applies = round(float(answers.scored.mean()), 4) if len(answers.scored) else 0.0
    return Severity(axis, level, len(those.entries), applies, *ranked, *rates)


def flips(before: Answers, after: Answers, condition: str) -> Figure | None:
    """Share of the pictures with both scores whose decision at the operating point changes."""
    both = before.scored & after.scored
    if not both.any():
        return None
    changed = before.called[both] != after.called[both]
    found = share(int(np.count_nonzero(changed)), int(both.sum()))
    return Figure.of_interval("flips", condition, "all", "", found)
