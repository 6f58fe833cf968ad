"""Cursors of lists: where a page ended, as text that a client gives back."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Final, TypeVar

from fastapi import Query

from ..evidence.exhibit_routes import CursorUnfit
from .incidents import Listed
from .job import Job

__all__ = [
    "After",
    "AfterRisk",
    "cut",
    "incident_cursor",
    "job_cursor",
    "job_place",
    "mark_cursor",
    "risk_place",
]

Row = TypeVar("Row")

_JOB: Final = re.compile(r"([0-9TZ:.-]{27})~([0-9a-f]{32})", re.ASCII)
_NUMBER: Final = r"-?[0-9]{1,15}(?:\.[0-9]{1,17})?(?:e[+-]?[0-9]{1,3})?"
_RISK: Final = re.compile(rf"({_NUMBER})~([0-9a-f]{{32}})~([0-9]{{1,9}})", re.ASCII)

After = Annotated[
    str | None, Query(pattern=f"^{_JOB.pattern}$", description="The `next` of an answer of this list.")
]
AfterRisk = Annotated[
    str | None, Query(pattern=f"^{_RISK.pattern}$", description="The `next` of an answer of this list.")
]


def cut(
    found: Sequence[Row], rows: int, cursor: Callable[[Row], str]
) -> tuple[Sequence[Row], str | None]:
    """What one page of a list shows, and where the next begins: `found` has a row too many where there is one."""
    shown = found[:rows]
    return shown, cursor(shown[-1]) if len(found) > rows else None


def job_cursor(job: Job) -> str:
    """Cursor of a list of jobs, newest first."""
    return _by_time(job.created, job.id)


def mark_cursor(row: tuple[tuple[str, str], object]) -> str:
    """Cursor of a list of marks, each with its place, newest first."""
    return _by_time(*row[0])


def _by_time(when: str, name: str) -> str:
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


def incident_cursor(listed: Listed) -> str:
    """Cursor of a list of incidents, most urgent first."""
    return f"{listed.risk!r}~{listed.job}~{listed.rank}"


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
