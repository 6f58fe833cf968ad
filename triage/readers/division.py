"""One large file that several processes read: its parts, and what one has to know of the one before it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

import polars as pl

from ..counting.blocks import Made
from ..records.times import YearClock, YearState
from .contract import Divisible, Intake, sample_lines
from .crew import Crew, CrewLost
from .segments import Segment, segments

SEGMENTS: Final = 6
"""Most segments of one job; small ones of a file that has few, so that all processes have work."""

_STAMP: Final = r"^(?:<\d{1,3}>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
_GUESSED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """Some segments of the file that are read as one job.

    Attributes
    ----------
    number
        Of the job.
    segments
        In order.
    years
        Where the clock was believed to stand.
    """

    number: int
    segments: tuple[Segment, ...]
    years: YearState


class Division:
    """Reads one file.

    Syslog gives no year; it follows from the stamps before. A part is given away before those are read, with the
    last year and month that are known; where its first stamp would have got another year from what really came
    before it, the part is read again. That is where a year turns, so it happens seldom.

    Parameters
    ----------
    intake
        The file, open.
    reader
        How to read it.
    source
        Index of the file.
    crew
        Who reads it.
    common
        What all jobs hold.

    Attributes
    ----------
    intake
        As given.
    """

    def __init__(
        self, intake: Intake, reader: Divisible, source: int, crew: Crew, common: dict[str, Any]
    ) -> None:
        assert intake.path is not None
        self.intake, self._reader, self._source, self._crew, self._common = intake, reader, source, crew, common
        self._head = intake.head()
        self._file = crew.own / f"head-{source}"
        self._file.write_bytes(self._head)
        self._size = intake.path.stat().st_size
        self._done = self._lines = 0
        self._lost = False
        self._true = intake.clock.state
        self._believed = self._guess()

    def _guess(self) -> YearState:
        """Year and month at the end of the head; a wrong guess costs time only."""
        clock = YearClock(self.intake.clock.written)
        lines = [line.decode("utf-8", "replace") for line in sample_lines(self._head, _GUESSED)]
        stamps = pl.Series(lines, dtype=pl.String).str.extract(_STAMP)
        clock.parse(stamps.drop_nulls())
        return clock.state

    def parts(self) -> Iterator[Part]:
        """Give the file away, part by part."""
        limits = self.intake.limits
        share = self._size // (3 * max(len(self._crew), 1) * limits.block_bytes)
        assert self.intake.path is not None
        with self.intake.path.open("rb") as file:
            cut = segments(file, self._size, limits)
            while not (self._lost or self._crew.lost) and (
                job := tuple(islice(cut, max(1, min(SEGMENTS, share))))
            ):
                years = self._believed if job[0].start else self._true
                yield Part(self._crew.give(self._job(job, years)), job, years)

    def _job(self, job: tuple[Segment, ...], years: YearState) -> dict[str, Any]:
        return {
            **self._common,
            "path": os.fspath(self.intake.path.absolute()) if self.intake.path else "",
            "format": self._reader.name,
            "source": self._source,
            "segments": [[segment.start, segment.stop] for segment in job],
            "head": os.fspath(self._file),
            "charset": self.intake.stream.charset,
            "written": self.intake.clock.written.timestamp(),
            "years": [years.year, years.month],
        }

    def collect(self, part: Part) -> Iterator[Made]:
        """Blocks of the next part; none once something was lost, see `rest`."""
        if self._lost:
            return
        try:
            answer = self._crew.take(part.number)
            first = answer.get("first")
            if first is not None and self._true != part.years:
                year = self._true.year_of(first)
                if year is None or year != part.years.year_of(first):
                    answer = self._crew.take(self._crew.give(self._job(part.segments, self._true)))
        except CrewLost:
            self._lost = True
            return
        if "failed" in answer:
            # Read again by the caller, which keeps what comes before the place where it fails.
            self._lost = True
            return
        first_line = self._lines
        self._lines += self.intake.ledger.absorb(answer["ledger"], self._lines)
        self._done = part.segments[-1].stop
        if first is not None:
            self._true = self._believed = YearState(*answer["years"])
        for stem, height, complete in answer["blocks"]:
            yield Made(Path(stem), height, complete, first_line)

    def rest(self) -> Iterator[pl.DataFrame]:
        """What no other process has read, after the last part: read here."""
        if self._done < self._size:
            intake = replace(self.intake, clock=YearClock.at(self.intake.clock.written, self._true))
            if self._done:
                intake.stream.skip(self._done)
                yield from self._reader.segment(intake, self._head, self._done, self._lines)
            else:
                yield from self._reader.segment(intake, self._head, 0)
