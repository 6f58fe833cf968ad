"""What became of each log, as a report tells it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..model import Rejection, Source
from ..redaction import Redactor
from .files import Reading, read

if TYPE_CHECKING:
    from ....triage.values import SourceReport

__all__ = ["names", "sources"]


def names(reports: "Sequence[SourceReport]", redactor: Redactor) -> dict[str, str]:
    """Each source's own name to what the report calls it."""
    return {
        each.source.name: redactor.name("source", number, each.source.name)
        for number, each in enumerate(reports, start=1)
    }


def sources(reports: "Sequence[SourceReport]", called: dict[str, str], *, withheld: bool) -> Iterator[Source]:
    """One source after the other, each read once more for its hashes.

    Parameters
    ----------
    reports
        Of the reading.
    called
        From `names`.
    withheld
        Leave out examples of rejected lines, which may hold anything.
    """
    known: dict[Path, Reading | None] = {}
    for each in reports:
        # The files of an archive all come from its path: it is read once.
        place = each.source.path
        if place is not None and place not in known:
            known[place] = read(place)
        reading = None if place is None else known[place]
        yield Source(
            name=called[each.source.name],
            size=None if reading is None else reading.size,
            sha256=None if reading is None else reading.sha256,
            sha512=None if reading is None else reading.sha512,
            format=each.source.format,
            confidence=each.source.confidence,
            lines=each.lines,
            records=each.records,
            untimed=each.untimed,
            rejected=[
                Rejection(
                    code=group.code,
                    count=group.count,
                    examples=[] if withheld else [f"{line}: {text}" for line, text in group.examples],
                )
                for group in each.rejected
            ],
            repairs=dict(each.repairs),
            encodings=dict(each.encodings),
            failed=each.failed,
            failure=each.failure,
            first=_time(each.clock.first),
            last=_time(each.clock.last),
        )


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")
