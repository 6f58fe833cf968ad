"""Values as a page shows them: text of others made harmless for eyes, bytes, times, hashes."""

from collections.abc import Callable
from typing import Any, Final

from ...evidence.report.gathering.exhibits import strength
from ...evidence.report.shown import shown

__all__ = ["FILTERS", "foreign", "size", "when"]

_NAME_CHARS: Final = 120


def foreign(text: object, limit: int = _NAME_CHARS) -> str:
    """Text that came from outside, in one line; what no eye can see is written as an escape."""
    return shown(text, limit)


def size(count: int | None) -> str:
    """Bytes in the unit that suits them: ``1.4 MB``."""
    if count is None:
        return "–"
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{count:,} bytes" if unit == "bytes" else f"{value:.1f} {unit}"


def when(time: str | None) -> str:
    """A time of UTC to the second, without its zone, which the page states once: ``2026-01-31 23:59:59``."""
    return "–" if not time else time[:19].replace("T", " ")


def day(time: str | None) -> str:
    """The day of a time."""
    return "–" if not time else time[:10]


def brief(sha256: str | None) -> str:
    """The beginning of a hash; its whole stands where it is linked."""
    return "–" if not sha256 else sha256[:12]


def number(value: int | float | None) -> str:
    """A number with its thousands."""
    return "–" if value is None else f"{value:,}"


def per_cent(share: float | None) -> str:
    """A share of 0 to 1."""
    if share is None:
        return "–"
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%" if share < 0.1 else f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def along(value: float, reach: float) -> str:
    """Where a number stands between ``-reach`` and ``+reach``, in per cent from the left."""
    return f"{100 * (min(max(value, -reach), reach) + reach) / (2 * reach):.2f}"


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "along": along,
    "foreign": foreign,
    "size": size,
    "strength": strength,
    "when": when,
    "day": day,
    "brief": brief,
    "number": number,
    "per_cent": per_cent,
}
"""Filters of the templates."""
