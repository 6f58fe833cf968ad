"""Several processes that read parts of one input and make blocks of them; the one that asks is one of them."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Final, Self

from ..taggers import Tagger
from .worker import work

MOST: Final = 8
"""Most processes."""

AHEAD: Final = 2
"""Jobs for each process that were given and not yet collected; bounds memory and disk."""

HELPS: Final = True
"""Whether the process that asks does jobs while it waits for an answer: the others take half a second to start."""


class CrewLost(Exception):
    """A process did not start or died; what it was to read is read by the caller."""


class _Member:
    def __init__(self) -> None:
        # What reads foreign bytes has no business with the passphrase of the signing key.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_KEY")}
        environment = {**kept, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
        # -P: the working folder may be the evidence folder, and a json.py in it must not become code.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    def give(self, job: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise CrewLost from error

    def take(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise CrewLost
        answer: dict[str, Any] = json.loads(line)
        return answer

    def kill(self) -> None:
        self.process.kill()

    def close(self) -> None:
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class Crew:
    """Some processes, started together; use as a context manager.

    A job is done by whoever is free first: by one of the other processes, or by this one where it would have to wait.

    Parameters
    ----------
    readers
        How many processes, this one among them.
    place
        Where blocks are made; None for a folder that is removed at the end.
    taggers
        Tag records where this process does the job.

    Attributes
    ----------
    own
        A folder for what the processes are to know; removed at the end.
    place
        Where blocks are made.
    lost
        Whether a process was lost; no more work is given then.
    """

    def __init__(self, readers: int, place: Path | None, taggers: Sequence[Tagger] = ()) -> None:
        self._undo = contextlib.ExitStack()
        folder = tempfile.TemporaryDirectory(prefix="assay-crew-", dir=place)
        self.own = Path(self._undo.enter_context(folder))
        self.place = place or self.own
        self.lost = False
        self._readers, self._taggers = readers, taggers
        self._members: list[_Member] = []
        self._turn = Condition()
        """Guards all below, and `lost`."""
        self._closed = False
        self._number = 0
        self._waiting: deque[tuple[int, dict[str, Any]]] = deque()
        self._open: set[int] = set()
        self._answers: dict[int, dict[str, Any]] = {}
        try:
            for _ in range(readers - 1 if HELPS else readers):
                self._members.append(_Member())
        except OSError:
            self.lost = True
        self._threads = [Thread(target=self._serve, args=(each,), daemon=True) for each in self._members]
        for thread in self._threads:
            thread.start()

    def __len__(self) -> int:
        return self._readers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._turn:
            self._closed = True
            self._turn.notify_all()
        for member in self._members:
            member.kill()
        for thread in self._threads:
            thread.join()
        for member in self._members:
            member.close()
        self._undo.close()

    def give(self, job: Mapping[str, Any]) -> int:
        """Give a job.

        Parameters
        ----------
        job
            For `assay.triage.readers.worker.work`, but for ``stem``, which is added.

        Returns
        -------
        int
            Number of the job, for `take`.
        """
        with self._turn:
            number, self._number = self._number, self._number + 1
            if not self.lost:
                self._waiting.append((number, {**job, "stem": os.fspath(self.place / f"part-{number:06d}")}))
                self._open.add(number)
                self._turn.notify_all()
        return number

    def take(self, number: int) -> dict[str, Any]:
        """Wait for the answer to a job, and do others meanwhile.

        Raises
        ------
        CrewLost
            There will be none.
        """
        while True:
            with self._turn:
                while number not in self._answers and not (HELPS and self._waiting) and not self.lost:
                    if number not in self._open:
                        raise CrewLost
                    self._turn.wait()
                if number in self._answers:
                    self._open.discard(number)
                    return self._answers.pop(number)
                if self.lost or number not in self._open:
                    raise CrewLost
                mine, job = self._waiting.popleft()
            answer = work(job, self._taggers)
            with self._turn:
                self._answers[mine] = answer

    def _serve(self, member: _Member) -> None:
        """Hand jobs to one process, one after the other, from when it is ready."""
        try:
            member.take()
            while True:
                with self._turn:
                    while not self._waiting and not self._closed:
                        self._turn.wait()
                    if self._closed or self.lost:
                        return
                    number, job = self._waiting.popleft()
                member.give(job)
                answer = member.take()
                with self._turn:
                    self._answers[number] = answer
                    self._turn.notify_all()
        except CrewLost:
            with self._turn:
                self.lost = True
                self._turn.notify_all()
