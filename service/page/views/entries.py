"""Entries of the custody log."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ....evidence.custody import Entry

__all__ = ["CustodyView", "EntryView", "entries_of"]

_APART: Final = frozenset({"case", "route"})


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry.

    Attributes
    ----------
    number : int
        From 0.
    when, who, what : str
        As the log has them.
    exhibit : str | None
        SHA-256.
    case : str | None
        Id of the case that it belongs to.
    details : tuple of pairs
        What else it says, each value as text.
    artifacts : tuple of str
        That took part.
    previous, hash : str
        The chain.
    """

    number: int
    when: str
    who: str
    what: str
    exhibit: str | None
    case: str | None
    details: tuple[tuple[str, str], ...]
    artifacts: tuple[str, ...]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class CustodyView:
    """Some entries, newest first.

    Attributes
    ----------
    entries : tuple of EntryView
        At most one page of them.
    next : int | None
        Give it as ``before`` to see older ones.
    exhibit, case : str | None
        Only of these.
    """

    entries: tuple[EntryView, ...]
    next: int | None
    exhibit: str | None
    case: str | None


def entries_of(entries: Iterable[Entry]) -> tuple[EntryView, ...]:
    """Show entries."""
    return tuple(_shown(each) for each in entries)


def _shown(entry: Entry) -> EntryView:
    case = entry.details.get("case")
    details = tuple(
        (name, _text(value)) for name, value in sorted(entry.details.items()) if name not in _APART
    )
    return EntryView(
        entry.number,
        entry.when,
        entry.who,
        entry.what,
        entry.exhibit,
        case if isinstance(case, str) else None,
        details,
        tuple(entry.artifacts),
        entry.previous,
        entry.hash,
    )


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(each) for each in value)
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    return str(value)
