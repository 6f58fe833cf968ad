"""Numbers as a report writes them: the ratio itself beside its logarithm, per cent with its interval, bytes, times."""

import math

from ..model import Rate, Ratio
from ..words import Words

__all__ = ["bytes_text", "factor", "interval", "log10", "per_cent", "rate", "stamp", "times"]

_LIMIT = 9.0


def factor(log10_lr: float) -> str:
    """A likelihood ratio to two digits: ``6.3``, ``0.16``, ``1,200``."""
    value = math.pow(10.0, max(-_LIMIT, min(_LIMIT, log10_lr)))
    if value >= 1000:
        return f"{float(f'{value:.2g}'):,.0f}"
    return f"{value:.2g}" if value < 100 else f"{float(f'{value:.2g}'):.0f}"


def times(log10_lr: float) -> str:
    """How many times as probable the finding is under the side that it supports; 1 or more."""
    return factor(abs(log10_lr))


def log10(value: float) -> str:
    """A logarithm with its sign."""
    return f"{value:+.2f}"


def interval(ratio: Ratio) -> str:
    """The ends of a ratio's interval, as logarithms."""
    return f"[{ratio.low:+.2f}, {ratio.high:+.2f}]"


def per_cent(share: float) -> str:
    """A share, 0..1, as a percentage."""
    value = 100.0 * share
    return f"{value:.1f}\N{NO-BREAK SPACE}%" if value < 10 else f"{value:.0f}\N{NO-BREAK SPACE}%"


def _digits(share: float) -> str:
    """A percentage without its sign."""
    return f"{100 * share:.1f}" if share < 0.1 else f"{100 * share:.0f}"


def rate(measured: Rate | None, words: Words) -> str:
    """A measured share with its interval and its number of rows."""
    if measured is None:
        return words("value.none")
    text = per_cent(measured.value)
    if measured.low is not None and measured.high is not None:
        text += f" [{_digits(measured.low)}, {_digits(measured.high)}]"
    return text


def bytes_text(size: int | None, words: Words) -> str:
    """Bytes, and the same in a larger unit."""
    if size is None:
        return words("value.unknown")
    exact = words("value.bytes", n=size)
    for unit, scale in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= scale:
            return f"{exact} ({size / scale:.1f} {unit})"
    return exact


def stamp(time: str | None, words: Words) -> str:
    """An ISO 8601 time in UTC, to the second, as people read it."""
    if time is None:
        return words("value.no_time")
    day, _, clock = time.partition("T")
    return f"{day} {clock[:8]} UTC" if clock else day
