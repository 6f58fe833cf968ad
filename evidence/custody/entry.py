"""One entry of the custody log: who did what to which exhibit when, and the hash of the entry before.

A line of the log is ``{"entry":ENTRY,"hash":"HASH"}``. ENTRY is canonical JSON and HASH the SHA-256 of exactly these
bytes, so that ``sed -n 3p custody.jsonl | jq -jcSa .entry | sha256sum`` gives the hash that stands in the line, and
that the next entry holds as ``previous``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ..canonical import NotCanonical, canonical, exact, sound

__all__ = ["GENESIS", "Entry", "Event", "utc"]

GENESIS: Final = "0" * 64
"""``previous`` of the first entry."""

_HEAD: Final = b'{"entry":'
_MIDDLE: Final = b',"hash":"'
_END: Final = b'"}'
_FIELDS: Final = ("artifacts", "details", "exhibit", "number", "previous", "tool", "what", "when", "who")


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, before it has a place in a log.

    Attributes
    ----------
    what : str
        One word: ``received``, ``hashed``, ``assayed``, ``reported``, ``sealed``, ``stamped``, or the caller's own.
    exhibit : str | None
        SHA-256 of the exhibit it happened to, 64 hexadecimal digits.
    artifacts : tuple of str
        The artifacts that took part, each as ``name@version sha256:...``.
    details : Mapping[str, Any]
        What else is worth keeping; JSON without fractions (write numbers with fractions as text).
    who : str | None
        None: whoever writes the log.
    when : datetime | None
        With a zone. None: when it is written.
    """

    what: str
    exhibit: str | None = None
    artifacts: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    who: str | None = None
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in its place.

    Attributes
    ----------
    number : int
        From 0, without gaps.
    previous : str
        `hash` of the entry before; `GENESIS` for the first.
    when : str
        UTC, ``2026-01-31T23:59:59.000000Z``.
    who, what, exhibit, artifacts, details
        See `Event`.
    tool : str
        Program and version that wrote it.
    """

    number: int
    previous: str
    when: str
    who: str
    what: str
    exhibit: str | None
    artifacts: tuple[str, ...]
    tool: str
    details: Mapping[str, Any]

    @classmethod
    def of(cls, event: Event, number: int, previous: str, *, who: str, tool: str) -> "Entry":
        """Give an event its place after the entry whose hash is `previous`."""
        return cls(
            number=number,
            previous=previous,
            when=utc(event.when),
            who=sound(who if event.who is None else event.who),
            what=event.what,
            exhibit=event.exhibit,
            artifacts=tuple(event.artifacts),
            tool=tool,
            details=_sound(event.details),
        )

    @classmethod
    def read(cls, line: bytes) -> "Entry":
        """Read a line of a log.

        Parameters
        ----------
        line
            Without its newline.

        Raises
        ------
        NotCanonical
            It is no entry, spelt in another way, or its hash is not that of its bytes.
        """
        body = line[len(_HEAD) : -(len(_MIDDLE) + 64 + len(_END))]
        page = exact(body, "the entry")
        if line != _line(body):
            raise NotCanonical("the hash of the entry is not that of its bytes")
        if tuple(sorted(page)) != _FIELDS or not _typed(page):
            raise NotCanonical("the entry lacks a field, or has one that no entry has")
        return cls(**page | {"artifacts": tuple(page["artifacts"])})

    @property
    def body(self) -> bytes:
        """Its canonical JSON."""
        return canonical({name: getattr(self, name) for name in _FIELDS})

    @property
    def hash(self) -> str:
        """SHA-256 of `body`."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def line(self) -> bytes:
        """Its line in a log, without the newline."""
        return _line(self.body)


def utc(moment: datetime | None = None) -> str:
    """A moment, by default now, as text in UTC.

    Raises
    ------
    ValueError
        It has no zone.
    """
    moment = datetime.now(UTC) if moment is None else moment
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone: say which")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _line(body: bytes) -> bytes:
    return _HEAD + body + _MIDDLE + hashlib.sha256(body).hexdigest().encode("ascii") + _END


def _typed(page: Mapping[str, Any]) -> bool:
    texts = ("previous", "tool", "what", "when", "who")
    return (
        type(page["number"]) is int
        and all(isinstance(page[name], str) for name in texts)
        and isinstance(page["exhibit"], str | None)
        and isinstance(page["artifacts"], list)
        and all(isinstance(artifact, str) for artifact in page["artifacts"])
        and isinstance(page["details"], dict)
    )


def _sound(value: Any) -> Any:
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, Mapping):
        return {sound(key): _sound(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_sound(item) for item in value]
    return value
