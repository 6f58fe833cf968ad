"""Several processes that read parts of one input and make blocks of them."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

MOST: Final = 8
"""Most processes."""

AHEAD: Final = 2
"""Jobs that a process has been given and has not had collected; bounds memory and disk."""


class CrewLost(Exception):
    """A process did not start or died; what it was to read is read by the caller."""


class _Member:
    def __init__(self) -> None:
        environment = {**os.environ, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
        # -P: the working folder may be the evidence folder, and a json.py in it must not become code.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self.waiting: deque[int] = deque()

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

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class Crew:
    """Some processes, started together; use as a context manager.

    Parameters
    ----------
    members
        How many.
    place
        Where blocks are made; None for a folder that is removed at the end.

    Attributes
    ----------
    own
        A folder for what the processes are to know; removed at the end.
    place
        Where blocks are made.
    lost
        Whether a process was lost; no more work is given then.
    """

    def __init__(self, members: int, place: Path | None) -> None:
        self._undo = contextlib.ExitStack()
        folder = tempfile.TemporaryDirectory(prefix="assay-crew-", dir=place)
        self.own = Path(self._undo.enter_context(folder))
        self.place = place or self.own
        self.lost = False
        self._members: list[_Member] = []
        self._given: dict[int, _Member] = {}
        self._answers: dict[int, dict[str, Any]] = {}
        self._number = 0
        try:
            for _ in range(members):
                self._members.append(_Member())
        except OSError:
            self.lost = True

    def __len__(self) -> int:
        return len(self._members)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self._members:
            member.close()
        self._undo.close()

    def give(self, job: Mapping[str, Any]) -> int:
        """Give a job to the process that has least to do.

        Parameters
        ----------
        job
            For `assay.triage.readers.worker.work`, but for ``stem``, which is added.

        Returns
        -------
        int
            Number of the job, for `take`.
        """
        number, self._number = self._number, self._number + 1
        if not self.lost:
            member = min(self._members, key=lambda each: len(each.waiting))
            try:
                member.give({**job, "stem": os.fspath(self.place / f"part-{number:06d}")})
            except CrewLost:
                self.lost = True
            else:
                member.waiting.append(number)
                self._given[number] = member
        return number

    def take(self, number: int) -> dict[str, Any]:
        """Wait for the answer to a job.

        Raises
        ------
        CrewLost
            There will be none.
        """
        while number not in self._answers:
            if self.lost or number not in self._given:
                raise CrewLost
            member = self._given[number]
            try:
                answer = member.take()
            except CrewLost:
                self.lost = True
                raise
            self._answers[member.waiting.popleft()] = answer
        self._given.pop(number, None)
        return self._answers.pop(number)
