"""Marks on disk: one JSON line each, only ever appended to.

A file is never rewritten: a mark that is taken back stays, with a line after it that says who took it back and
when. Of several marks of one incident the last one counts.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from ...errors import AssayError
from ..limits import DEFAULT
from .marks import Mark, Verdict
from .memory import Remembered

FILE: Final = "feedback.jsonl"


class FeedbackFileUnreadable(AssayError):
    """The file of marks cannot be read or grew beyond its limit."""

    code = "feedback-unreadable"


class FeedbackUnknown(AssayError):
    """Nobody marked an incident of this id."""

    code = "feedback-unknown"


@dataclass(frozen=True, slots=True)
class Marks:
    """What a file of marks says.

    Attributes
    ----------
    marks
        The last one of every incident, oldest first, those that were taken back left out.
    damaged
        Lines that are no mark; they are left alone and do not count.
    """

    marks: tuple[Mark, ...] = ()
    damaged: int = 0


class FeedbackStore:
    """A file of marks.

    Parameters
    ----------
    path
        The file; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Marks:
        """Read all marks.

        Raises
        ------
        FeedbackFileUnreadable
            It is no file, may not be read, or is larger than the limit.
        """
        marks: dict[str, Mark] = {}
        damaged = 0
        for page in self._lines():
            if page is None:
                damaged += 1
            elif isinstance(removed := page.get("removes"), str):
                marks.pop(removed, None)
            else:
                try:
                    mark = Mark.from_json(page)
                except ValueError:
                    damaged += 1
                else:
                    marks.pop(mark.incident, None)
                    marks[mark.incident] = mark
        return Marks(tuple(marks.values()), damaged)

    def add(
        self,
        remembered: Remembered,
        verdict: Verdict,
        *,
        reason: str = "",
        until: date | None = None,
        by: str = "",
        at: datetime | None = None,
    ) -> Mark:
        """Mark an incident.

        Parameters
        ----------
        remembered
            The incident as a run left it.
        verdict, reason, until, by
            See `Mark`.
        at
            Now, unless given.

        Returns
        -------
        Mark
        """
        mark = Mark(
            incident=remembered.id,
            verdict=verdict,
            reason=reason,
            until=until,
            by=by,
            at=at or datetime.now(UTC),
            artifact=remembered.artifact,
            baseline=remembered.baseline,
            summary=remembered.summary,
            places=remembered.places,
            kind=remembered.kind,
            severe=remembered.severe,
        )
        self._append(mark.to_json())
        return mark

    def remove(self, incident: str, *, by: str = "", at: datetime | None = None) -> Mark:
        """Take the mark of an incident back.

        Parameters
        ----------
        incident
            Its id, or the beginning of it where that is clear.
        by, at
            Who, and when (now, unless given).

        Returns
        -------
        Mark
            What is taken back.

        Raises
        ------
        FeedbackUnknown
            No mark, or more than one, fits.
        """
        found = [mark for mark in self.read().marks if mark.incident.startswith(incident)]
        if len(found) != 1 or not incident:
            what = "no mark" if not found else f"{len(found)} marks"
            raise FeedbackUnknown(f"{what} of {incident!r} in {self.path}; see `assay triage feedback list`")
        now = (at or datetime.now(UTC)).isoformat(timespec="seconds")
        self._append({"removes": found[0].incident, "by": by, "at": now})
        return found[0]

    def _append(self, page: Mapping[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(page, allow_nan=False).encode("ascii") + b"\n"
        # One write at the end of the file: two analysts at a time leave two whole lines.
        with open(self.path, "ab", buffering=0) as file:
            if file.tell() and not _ends_a_line(self.path):
                line = b"\n" + line
            file.write(line)

    def _lines(self) -> Iterator[dict[str, Any] | None]:
        try:
            if not self.path.exists():
                return
            if self.path.stat().st_size > DEFAULT.feedback_bytes:
                raise FeedbackFileUnreadable(
                    f"{self.path} is larger than {DEFAULT.feedback_bytes:,} bytes; move it away and mark again"
                )
            lines = self.path.read_bytes().split(b"\n")
        except OSError as error:
            raise FeedbackFileUnreadable(f"{self.path}: {error.strerror}; name a file with --feedback") from error
        for line in lines:
            if line.strip():
                try:
                    page = json.loads(line)
                except (ValueError, RecursionError):
                    page = None
                yield page if isinstance(page, dict) else None


def user_feedback() -> Path:
    """Where a user's marks lie: ``ASSAY_FEEDBACK``, else ``assay/feedback`` in the system's place for user data."""
    if place := os.environ.get("ASSAY_FEEDBACK"):
        return Path(place)
    import platformdirs

    return Path(platformdirs.user_data_path("assay", appauthor=False)) / "feedback"


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
