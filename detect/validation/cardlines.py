"""Figures as a card holds them: beside those that it states already, and ready to be written into one."""

from collections.abc import Sequence
from typing import Final

from ...models.card import Card, Metric
from ..forge.launder import TIERS
from .result import CardLine, Figure

__all__ = ["WITHIN", "card_lines", "metrics"]

WITHIN: Final = 0.005
"""Difference up to which a figure measured here is that of the card: rounding, and ties that other libraries break."""

_UNSEEN: Final = "test sources"


def card_lines(card: Card, figures: Sequence[Figure]) -> tuple[CardLine, ...]:
    """Every figure that the card states of test sources and that was measured here too."""
    measured = {
        (f.name, f.condition, f.of if f.by == "source" else None): f for f in figures if f.by != "generator"
    }
    found = []
    for metric in card.metrics:
        here = measured.get((metric.name, metric.tier or "", metric.source))
        if here is None or not (metric.note or "").startswith(_UNSEEN) or here.n != metric.n:
            continue
        equal = abs(here.value - metric.value) <= WITHIN
        found.append(
            CardLine(metric.name, here.condition, metric.source or "", metric.value, here.value, equal)
        )
    return tuple(found)


def metrics(figures: Sequence[Figure], note: str) -> tuple[Metric, ...]:
    """The figures of the tiers as entries of a card.

    Parameters
    ----------
    figures
        Of a validation.
    note
        On what they were measured.
    """
    return tuple(
        Metric(
            name=f.name, value=f.value, low=f.low, high=f.high, n=f.n, tier=tier, source=f.of or None,
            note=note if f.by != "generator" else f"{note}; generator beside all real pictures",
        )
        for f in figures
        for tier in TIERS
        if f.condition == tier
    )  # fmt: skip
