"""Which reason is told first.

Bits say how rare something is, not how much it tells. A reason that names who or what (a command line, a
program, an address, an account, a kind of event) is worth more to a reader than one about what a value is
spelt with, so the latter gives way where the two are about as strong. That a record tells of a parent and that
it tells of a command line is one finding, that a program was run: the command line is told first.

Scores, ranks and kinds do not depend on this order.
"""

from collections.abc import Iterable
from typing import Final

from ..answer import Reason

GIVES_WAY: Final = 0.5
"""Bits by which a reason of `_DULL`, or about the presence of a parent, stands behind its place."""

LAST: Final = "company"
"""Field of the reason that tells of others; it never leads."""

_DULL: Final = "spelling"
_PRESENCE: Final = "program-presence"


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Reasons in the order in which they are told.

    Parameters
    ----------
    reasons
        Of one record, its window and what else speaks for it.

    Returns
    -------
    tuple of Reason
        By bits, most first, less `GIVES_WAY` for a mix of characters and for the presence of a parent; the presence
        of a parent never before that of a command line, company last. Equals keep their order.
    """
    given = tuple(reasons)
    told = min((each.bits for each in given if _presence(each, "command")), default=float("inf"))
    return tuple(sorted(given, key=lambda each: _place(each, told)))


def _place(reason: Reason, told: float) -> tuple[bool, float, bool]:
    parent = _presence(reason, "parent")
    bits = reason.bits - GIVES_WAY * (parent or reason.detector == _DULL)
    return reason.field == LAST, -(min(bits, told) if parent else bits), parent


def _presence(reason: Reason, field: str) -> bool:
    return reason.detector == _PRESENCE and reason.field == field
