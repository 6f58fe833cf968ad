"""What is suppressed, and what a case calls normal."""

from dataclasses import dataclass

from ...evidence.cases import Case
from ...evidence.exhibits import Held
from ...work.baselines import Baseline
from .incidents import MarkRow

__all__ = [
    "BaselinesView",
    "FitRow",
    "SuppressionsView",
]


@dataclass(frozen=True, slots=True)
class SuppressionsView:
    """What is kept from the analyst.

    Attributes
    ----------
    marks : tuple of MarkRow
        That suppress or lower something, newest first.
    places : dict
        Id of each mark to the batch and the rank where its incident was last found, where it still is.
    names : dict
        Id of each case to its name.
    every : bool
        Whether marks that count no more are among them.
    next : str | None
        Where the following ones begin.
    """

    marks: tuple[MarkRow, ...]
    places: dict[str, tuple[str, int]]
    names: dict[str, str]
    every: bool
    next: str | None


@dataclass(frozen=True, slots=True)
class FitRow:
    """A job that makes a baseline: called what, of which two (none: of exhibits), where it is, and what came of it."""

    id: str
    case: str
    name: str
    sum: tuple[str, ...]
    state: str
    created: str
    created_by: str
    done: int
    total: int
    code: str | None
    detail: str | None
    made: str | None


@dataclass(frozen=True, slots=True)
class BaselinesView:
    """What a case calls normal.

    Attributes
    ----------
    cases : tuple of Case
        To choose among.
    case : Case | None
        The one that is shown; None: there is none.
    baselines : tuple of Baseline
        Its own, newest first.
    used : str | None
        ``NAME@VERSION`` that its batches are measured against.
    fits : tuple of FitRow
        Jobs that make one, newest first.
    exhibits : tuple of Held
        The newest of the case, to fit one on.
    """

    cases: tuple[Case, ...]
    case: Case | None
    baselines: tuple[Baseline, ...]
    used: str | None
    fits: tuple[FitRow, ...]
    exhibits: tuple[Held, ...]
