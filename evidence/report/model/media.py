"""The part of a report that is about pictures and videos."""

from .exhibit import Exhibit, Row
from .sheet import Count, Sheet

__all__ = ["Media"]


class Media(Sheet):
    """What was answered for all exhibits.

    Attributes
    ----------
    total : int
        Exhibits.
    outcomes : dict
        How many have which outcome.
    profile : str
        ``fast``, ``standard`` or ``full``.
    prior : float | None
        Prior probability at which scores are given.
    unpictured : int
        Exhibits without pictures because there are enough of them.
    exhibits : list of Exhibit
        In full, in the order of submission; empty when they are in parts.
    rows : list of Row
        The index: all of them where it is short, else the first to look at.
    """

    total: Count
    outcomes: dict[str, Count]
    profile: str
    prior: float | None
    unpictured: Count
    exhibits: list[Exhibit]
    rows: list[Row]
