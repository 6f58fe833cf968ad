"""Subgroups: whether the artifact accuses the real pictures of some more often than those of others."""

from collections import Counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..forge.trial import share
from .answers import Answers
from .result import Audit, GroupRate

__all__ = ["FEWEST", "audits"]

FEWEST: Final = 15
"""Real pictures of a value below which nothing is said of it."""

_MOST: Final = 12
"""Values of a group; numbers with more are put into thirds."""

_DRAWS: Final = 2000


def audits(answers: Answers, condition: str) -> list[Audit]:
    """Every group of the manifest that has two values with enough real pictures."""
    those = answers.part(answers.scored & ~answers.fake)
    names = sorted({name for entry in those.entries for name in entry.groups})
    found = []
    for name in names:
        values = _values([entry.groups.get(name, "") for entry in those.entries])
        made = _audit(name, condition, values, those.called)
        if made is not None:
            found.append(made)
    return found


def _values(given: list[str]) -> list[str]:
    """As they are; numbers with many values as thirds."""
    held = sorted({value for value in given if value})
    try:
        numbers = sorted(float(value) for value in given if value)
    except ValueError:
        return given
    if len(held) <= _MOST:
        return given
    low, high = (numbers[len(numbers) * part // 3] for part in (1, 2))

    def third(value: float) -> str:
        if value < low:
            return f"below {low:g}"
        return f"{low:g} to below {high:g}" if value < high else f"{high:g} and above"

    return [third(float(value)) if value else "" for value in given]


def _audit(name: str, condition: str, values: list[str], called: NDArray[np.bool_]) -> Audit | None:
    counted = Counter(value for value in values if value)
    kept = sorted(value for value, count in counted.items() if count >= FEWEST)
    if len(kept) < 2:
        return None
    codes = np.array([kept.index(value) if value in kept else -1 for value in values])
    called, codes = called[codes >= 0], codes[codes >= 0]
    sizes = np.bincount(codes, minlength=len(kept))
    alarms = np.bincount(codes, weights=called, minlength=len(kept))
    rates = alarms / sizes
    generator = np.random.default_rng(0)
    drawn = generator.binomial(sizes, rates, size=(_DRAWS, len(kept))) / sizes
    spread = drawn.max(axis=1) - drawn.min(axis=1)
    # Were all groups alike: the same alarms dealt out anew.
    dealt = generator.multivariate_hypergeometric(sizes, int(alarms.sum()), size=_DRAWS) / sizes
    chance = float(np.quantile(dealt.max(axis=1) - dealt.min(axis=1), 0.95))
    disparity = float(rates.max() - rates.min())
    low, high = (float(end) for end in np.quantile(spread, (0.025, 0.975)))
    first, last = kept[int(rates.argmax())], kept[int(rates.argmin())]
    told = (
        f"False alarms differ by {100 * disparity:.1f} points between {first} ({100 * rates.max():.1f} %) and {last} "
        f"({100 * rates.min():.1f} %); "
    )
    if disparity > chance:
        told += f"chance alone exceeds {100 * chance:.1f} points in one of twenty such sets: the groups are not alike."
    else:
        told += (
            f"chance alone gives up to {100 * chance:.1f} points in nineteen of twenty such sets: no difference is "
            "shown, which does not show that there is none."
        )
    made = []
    for value, size, count in zip(kept, sizes, alarms, strict=True):
        interval = share(int(count), int(size))
        made.append(
            GroupRate(
                value, int(size), round(interval.value, 4), round(interval.low, 4), round(interval.high, 4)
            )
        )
    return Audit(
        name,
        condition,
        tuple(made),
        round(disparity, 4),
        round(low, 4),
        round(high, 4),
        round(chance, 4),
        told,
    )
