"""Figures as a card holds them: beside those that it states already, and ready to be written into one."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from ...models.card import Card, Metric
from ..forge.launder import TIERS
from .held import HeldFigure
from .result import CardLine, Figure

__all__ = ["WITHIN", "card_lines", "metrics"]

WITHIN: Final = 0.005
"""Difference up to which a figure measured here is that of the card: rounding (some weights ship in half precision),
other libraries and processors. Of few rows, one that they move across an operating point makes more of a share."""

_SHARES: Final = ("false-alarms", "tpr")
_ROUNDED: Final = 1e-4
"""Both are rounded to four digits."""

_UNSEEN: Final = "test sources"


def card_lines(
    card: Card, figures: Sequence[Figure], held: Sequence[HeldFigure] = ()
) -> tuple[tuple[CardLine, ...], dict[str, int]]:
    """Every figure of the card that was measured here too, and how many were not, by what the card says of them.

    Parameters
    ----------
    card
        Of the artifact.
    figures
        Of the files: the card states those of its test sources.
    held
        Of what the recipe holds back, see `held`.
    """
    of_files = {
        (f.name, f.condition, f.of if f.by == "source" else None): f for f in figures if f.by != "generator"
    }
    of_held = {(f.name, f.tier, f.part): f.interval for f in held}
    found = []
    left: Counter[str] = Counter()
    for metric in card.metrics:
        line = None
        if (metric.note or "").startswith(_UNSEEN):
            here = of_files.get((metric.name, metric.tier or "", metric.source))
            if here is not None and here.n == metric.n:
                line = _line(metric, here.value, here.n)
        elif (again := of_held.get((metric.name, metric.tier, metric.source))) is not None:
            line = _line(metric, round(again.value, 4), again.n)
        if line is None:
            left[(metric.note or "nothing").partition(":")[0]] += 1
        else:
            found.append(line)
    return tuple(found), dict(left)


def _line(metric: Metric, value: float, n: int) -> CardLine:
    stated = n if metric.n is None else metric.n
    row = 1 / n + _ROUNDED if metric.name.startswith(_SHARES) else 0.0
    equal = n == stated and abs(value - metric.value) <= max(WITHIN, row)
    return CardLine(
        metric.name, metric.tier or "", metric.source or "", metric.value, value, stated, n, equal
    )


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
