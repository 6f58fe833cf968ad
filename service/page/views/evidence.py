"""Cases and exhibits."""

from dataclasses import dataclass

from ...evidence.cases import Case
from ...evidence.exhibits import Held
from ...work.job import JobExhibit
from .analyses import AnalysisRow
from .entries import EntryView

__all__ = ["CaseView", "CasesView", "ExhibitView", "ExhibitsView", "StartView"]


@dataclass(frozen=True, slots=True)
class StartView:
    """The room at a glance.

    Attributes
    ----------
    cases : tuple of Case
        That the reader may see.
    exhibits : tuple of Held
        The newest.
    analyses : tuple of AnalysisRow
        The newest; none for who may not see any.
    upload_bytes : int
        Longest upload.
    """

    cases: tuple[Case, ...]
    exhibits: tuple[Held, ...]
    analyses: tuple[AnalysisRow, ...]
    upload_bytes: int


@dataclass(frozen=True, slots=True)
class CasesView:
    """All cases that the reader may see, by the time they were opened."""

    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case with some of its exhibits, newest first; `next` is where the following ones begin."""

    case: Case
    exhibits: tuple[Held, ...]
    next: str | None
    upload_bytes: int


@dataclass(frozen=True, slots=True)
class ExhibitsView:
    """Exhibits of all cases, newest first.

    Attributes
    ----------
    exhibits : tuple of Held
        At most one page of them.
    names : dict
        Id of each case to its name.
    next : str | None
        Where the following ones begin.
    """

    exhibits: tuple[Held, ...]
    names: dict[str, str]
    next: str | None


@dataclass(frozen=True, slots=True)
class ExhibitView:
    """One exhibit.

    Attributes
    ----------
    sha256 : str
        Of its bytes.
    size : int
        Bytes.
    kind, media_type : str | None
        By its first bytes: ``image`` or ``video``, and the type; None for anything else.
    held : tuple of Held
        Where it lies, among the cases that the reader may see.
    names : dict
        Id of each of these cases to its name.
    custody : tuple of EntryView
        What happened to it, newest first.
    verdicts : tuple of pairs
        Analyses of it, newest first, and what came of it in each; none for who may not see any.
    more : int | None
        Where older entries begin.
    preview : str | None
        Address of a small copy out of a report.
    """

    sha256: str
    size: int
    kind: str | None
    media_type: str | None
    held: tuple[Held, ...]
    names: dict[str, str]
    custody: tuple[EntryView, ...]
    verdicts: tuple[tuple[AnalysisRow, JobExhibit], ...]
    more: int | None
    preview: str | None
