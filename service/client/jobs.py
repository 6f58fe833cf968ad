"""Jobs of every kind: followed, waited for, cancelled; what they made is downloaded."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, TypeVar

from .answers import Job, Progress
from .connection import Connection, within
from .events import events
from .troubles import AnswerStrange, JobUnfinished, ServiceBusy, ServiceUnreachable

__all__ = ["Form", "Jobs"]

Form = Literal["json", "html", "pdf", "zip"]
SomeJob = TypeVar("SomeJob", bound=Job)

_SILENCE: Final = 40.0
"""Seconds after which a stream is taken for dead; the service says something at least every fifteen."""
_STREAMS: Final = 3
"""Streams that may break one after the other, without an event, before the job is asked itself."""
_FIRST_LOOK: Final = 0.5
_LONGEST_LOOK: Final = 5.0


class Jobs:
    """What can be done with any job.

    Parameters
    ----------
    connection
        To the service.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def look(self, job: SomeJob) -> SomeJob:
        """The same job as it is now."""
        return type(job).of(self._connection.page("GET", within(*job.WHERE, job.id)))

    def follow(self, job: Job) -> Iterator[Progress]:
        """How far a job is, with every change, until it has ended; the last one says how.

        Watches the stream of events, and takes it up where it was when it breaks. Where there is none to be had, the
        job is asked now and then.

        Raises
        ------
        RequestRefused, ServiceUnreachable
            It cannot be followed any more; the job goes on.
        """
        last: str | None = None
        broken = 0
        while broken < _STREAMS:
            try:
                for event, progress in self._stream(job, last):
                    last, broken = event or last, 0
                    yield progress
                    if progress.over:
                        return
                # The service ends a stream that was open for long, and all of them when it stops.
                broken += 1
            except ServiceBusy:
                break
            except (ServiceUnreachable, AnswerStrange):
                broken += 1
            time.sleep(_FIRST_LOOK * broken)
        yield from self._asked(job)

    def wait(self, job: SomeJob, seconds: float | None = None) -> SomeJob:
        """The job when it has ended, however it did: look at its `state`.

        Raises
        ------
        JobUnfinished
            It has not in this time.
        """
        ends = None if seconds is None else time.monotonic() + seconds
        if ends is None:
            for _ in self.follow(job):
                pass
            return self.look(job)
        pause = _FIRST_LOOK / 2
        while not (now := self.look(job)).over:
            if time.monotonic() + pause > ends:
                raise JobUnfinished(f"job {job.id} is {now.state} ({now.stage}) after {seconds:g} s")
            time.sleep(pause)
            pause = min(_LONGEST_LOOK, pause * 1.5)
        return now

    def cancel(self, job: SomeJob) -> SomeJob:
        """Cancel a job; nothing of it is kept.

        Raises
        ------
        StateRefused
            It has ended already.
        """
        return type(job).of(self._connection.page("DELETE", within(*job.WHERE, job.id)))

    def report(self, job: Job, form: Form, target: str | os.PathLike[str]) -> Path:
        """Download the report; ``zip`` is the sealed folder that `assay evidence verify` takes, once unpacked.

        Raises
        ------
        DownloadDamaged
        NothingFound
            The job made none, or has not ended.
        """
        return self._connection.fetch(within(*job.WHERE, job.id, f"report.{form}"), target)

    def part(self, job: Job, name: str, target: str | os.PathLike[str]) -> Path:
        """Download what the report names: ``pictures/NAME``, ``details/NAME`` or ``index/NAME``; see `report`."""
        folder, _, rest = name.partition("/")
        return self._connection.fetch(within(*job.WHERE, job.id, folder, rest), target)

    def _stream(self, job: Job, last: str | None) -> Iterator[tuple[str | None, Progress]]:
        headers = {"Accept": "text/event-stream"} | ({} if last is None else {"Last-Event-ID": last})
        path = within(*job.WHERE, job.id, "events")
        with self._connection.asked("GET", path, headers=headers, timeout=_SILENCE) as answer:
            for event in events(answer.lines()):
                if event.name in ("progress", "end"):
                    yield event.id, Progress.of(_json(event.data))

    def _asked(self, job: Job) -> Iterator[Progress]:
        """The same by asking; a service that is gone is waited for as long as the connection has patience."""
        seen: Progress | None = None
        pause = _FIRST_LOOK
        while True:
            now = self._connection.page("GET", within(*job.WHERE, job.id))
            progress = Progress.of({"total": 0, **now} if isinstance(now, dict) else now)
            if progress != seen:
                seen, pause = progress, _FIRST_LOOK
                yield progress
            if progress.over:
                return
            time.sleep(pause)
            pause = min(_LONGEST_LOOK, pause * 1.5)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise AnswerStrange("an event of the job is no JSON") from None
