"""Two artifacts on the same files: differences with paired intervals, in words."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.metrics import Interval, auc, bootstrap, cllr, partial_auc, tpr_at_fpr
from .answers import Answers, Floats
from .result import Comparison

__all__ = ["compared"]

_REPLICATES: Final = 1000
_FEW: Final = 0.1


def _few_alarms(scores: Floats, fake: NDArray[np.bool_]) -> float:
    return partial_auc(scores, fake, _FEW)


def _found(scores: Floats, fake: NDArray[np.bool_]) -> float:
    return tpr_at_fpr(scores, fake, 0.05)


_METRICS: Final[tuple[tuple[str, str, Callable[..., float], bool, bool], ...]] = (
    ("auc", "ranks", auc, False, True),
    ("auc-few-alarms", "ranks, where there are at most 10 % false alarms,", _few_alarms, False, True),
    ("tpr-at-5", "finds, at 5 % false alarms,", _found, False, True),
    ("cllr", "states likelihood ratios", cllr, True, False),
)
"""Name, verb, metric, whether it is of likelihood ratios, whether more is better."""


def compared(
    first: Answers, second: Answers, names: tuple[str, str], condition: str, *, weighed: bool
) -> list[Comparison]:
    """Every figure of two artifacts, on the files that both have a score for.

    Parameters
    ----------
    first, second
        Of the same entries in the same order.
    names
        Of the artifacts.
    weighed
        Whether both have likelihood ratios.
    """
    both = first.scored & second.scored
    one, other = first.part(both), second.part(both)
    if not one.fake.any() or one.fake.all():
        return []
    return list(_compared(one, other, names, condition, weighed))


def _compared(
    one: Answers, other: Answers, names: tuple[str, str], condition: str, weighed: bool
) -> Iterator[Comparison]:
    units = one.unit
    groups = None if len(np.unique(units)) == len(units) else units
    for name, verb, metric, ratios, more in _METRICS:
        if ratios and not weighed:
            continue
        columns = (one.log10, other.log10) if ratios else (one.raw, other.raw)
        first, second = (float(metric(column, one.fake)) for column in columns)

        def difference(
            a: Floats, b: Floats, fake: NDArray[np.bool_], metric: Callable[..., float] = metric
        ) -> float:
            return float(metric(a, fake)) - float(metric(b, fake))

        found = bootstrap(difference, *columns, one.fake, groups=groups, strata=one.fake, n=_REPLICATES)
        yield Comparison(
            name, condition, round(first, 4), round(second, 4), round(found.value, 4), round(found.low, 4),
            round(found.high, 4), found.n, _words(found, verb, names, condition, more=more),
        )  # fmt: skip


def _words(found: Interval, verb: str, names: tuple[str, str], condition: str, *, more: bool) -> str:
    better = found.value > 0 if more else found.value < 0
    size, ends = abs(found.value), f"[{found.low:+.3f}, {found.high:+.3f}]"
    start = f"On the same {found.n:,} files ({condition}), "
    if found.low > 0 or found.high < 0:
        one, two = names if better else names[::-1]
        return f"{start}{one} {verb} better than {two} by {size:.3f} {ends}: the interval leaves out 0."
    return (
        f"{start}no difference is shown in how {names[0]} and {names[1]} do ({found.value:+.3f} {ends}, the interval "
        f"holds 0): {names[0]} {verb} neither better nor worse as far as these files can tell."
    )
