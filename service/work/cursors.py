"""Cursors of lists: where a page ended, as text that a client gives back."""

import re
from typing import Annotated, Final

from fastapi import Query

from ..evidence.exhibit_routes import CursorUnfit

__all__ = ["After", "AfterRisk", "job_cursor", "job_place", "risk_cursor", "risk_place"]

_JOB: Final = re.compile(r"([0-9TZ:.-]{27})~([0-9a-f]{32})", re.ASCII)
_NUMBER: Final = r"-?[0-9]{1,15}(?:\.[0-9]{1,17})?(?:e[+-]?[0-9]{1,3})?"
_RISK: Final = re.compile(rf"({_NUMBER})~([0-9a-f]{{32}})~([0-9]{{1,9}})", re.ASCII)

After = Annotated[
    str | None, Query(pattern=f"^{_JOB.pattern}$", description="The `next` of an answer of this list.")
]
AfterRisk = Annotated[
    str | None, Query(pattern=f"^{_RISK.pattern}$", description="The `next` of an answer of this list.")
]


def job_cursor(when: str, name: str) -> str:
    """Cursor of a list by time."""
    return f"{when}~{name}"


def job_place(cursor: str | None) -> tuple[str, str] | None:
    """Read it back; None stands for the beginning.

    Raises
    ------
    CursorUnfit
    """
    if cursor is None:
        return None
    found = _JOB.fullmatch(cursor)
    if found is None:
        raise _unfit()
    return found[1], found[2]


def risk_cursor(risk: float, name: str, rank: int) -> str:
    """Cursor of a list by risk."""
    return f"{risk!r}~{name}~{rank}"


def risk_place(cursor: str | None) -> tuple[float, str, int] | None:
    """Read it back; None stands for the beginning.

    Raises
    ------
    CursorUnfit
    """
    if cursor is None:
        return None
    found = _RISK.fullmatch(cursor)
    if found is None:
        raise _unfit()
    return float(found[1]), found[2], int(found[3])


def _unfit() -> CursorUnfit:
    return CursorUnfit("after: give what `next` of an earlier answer said")
