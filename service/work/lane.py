"""A lane: tasks queue in front of one work process, which is watched, ended when a task runs away, and replaced.

Tasks of several jobs may go through the network together. When the process has to be ended, or dies, the one task that
is to blame is found by doing each alone; the others never notice.
"""

import contextlib
import itertools
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .hand import Hand, Message
from .refusals import JobOver, WorkCrashed, WorkFailed, WorkInterrupted, WorkMemory, WorkTimeout

__all__ = ["Lane"]

Told = Callable[[str, int], None]

_LOOK_SECONDS: Final = 0.25
_STOP_SECONDS: Final = 1.0
_CRASHES: Final = 2
"""Times that a process may die of a task that it does alone."""
_TRIES: Final = 8
"""Times that a task is given out because a neighbour of it went wrong."""


@dataclass(slots=True, eq=False)
class _Ticket:
    number: int
    task: Mapping[str, Any]
    seconds: float
    told: Told
    done: threading.Event = field(default_factory=threading.Event)
    result: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    begun: float | None = None
    together: "list[_Ticket]" = field(default_factory=list)
    blame: type[WorkFailed] | None = None
    abandoned: bool = False

    @property
    def alone(self) -> bool:
        """Whether nothing else was done beside it."""
        return len(self.together) < 2


class Lane:
    """One work process and what waits for it. Thread-safe.

    Parameters
    ----------
    device
        Where models run.
    scratch
        Folder for what tasks leave on the disk.
    memory_bytes
        Most memory that the process may hold.
    nice
        Added to its niceness.
    """

    def __init__(self, device: str, scratch: Path, memory_bytes: int, nice: int = 0) -> None:
        self._device, self._scratch = device, scratch
        self._memory, self._nice = memory_bytes, nice
        self._lock = threading.Lock()
        self._hand: Hand | None = None
        self._open: dict[int, _Ticket] = {}
        self._numbers = itertools.count(1)
        self._closed = False
        self.starts = 0

    @property
    def waiting(self) -> int:
        """Tasks that are not done."""
        return len(self._open)

    @property
    def pid(self) -> int | None:
        """Number of the process; None when there is none."""
        hand = self._hand
        return None if hand is None else hand.pid

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A folder for one task; it is gone afterwards."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix="task-", dir=self._scratch))
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def do(
        self,
        task: Mapping[str, Any],
        *,
        seconds: float,
        stop: Callable[[], bool] = lambda: False,
        told: Told = lambda stage, done: None,
    ) -> Mapping[str, Any]:
        """Have a task done.

        Parameters
        ----------
        task
            See `assay.service.work.inside`.
        seconds
            Longest that it may take, waiting for others not counted.
        stop
            Asked every second whether the answer is still wanted.
        told
            Called with a stage and how much of it is done.

        Raises
        ------
        JobOver
            It is not wanted any more.
        WorkFailed
            It cannot be done.
        WorkInterrupted
            It is worth another try.
        """
        crashes = 0
        given = set(Path(task["folder"]).iterdir())
        for attempt in range(_TRIES):
            if attempt:
                _cleared(Path(task["folder"]), given)
            ticket = self._given(task, attempt > 0, seconds, told)
            self._wait(ticket, stop)
            if ticket.result is not None:
                return ticket.result
            if ticket.error is not None:
                raise _failure(ticket.error, task["folder"])
            if ticket.blame is not None and ticket.alone:
                raise ticket.blame(_WORDS[ticket.blame])
            if self._closed:
                raise WorkInterrupted("the worker is ending")
            if ticket.begun is not None and ticket.alone and ticket.blame is None:
                crashes += 1
                if crashes >= _CRASHES:
                    raise WorkCrashed(_WORDS[WorkCrashed])
        raise WorkInterrupted("the work process died of other tasks each time")

    def warm(self, what: str) -> None:
        """Start the process and let it load what it needs; that this fails shows at the first task."""
        with contextlib.suppress(WorkFailed, WorkInterrupted, OSError), self.folder() as folder:
            self.do({"do": "warm", "what": what, "folder": str(folder), **_USUAL}, seconds=120.0)

    def close(self) -> None:
        """End the process; tasks that are not done are interrupted."""
        with self._lock:
            self._closed = True
            hand = self._hand
        if hand is not None:
            hand.close()

    def _given(self, task: Mapping[str, Any], alone: bool, seconds: float, told: Told) -> _Ticket:
        with self._lock:
            if self._closed:
                raise WorkInterrupted("the worker is ending")
            ticket = _Ticket(next(self._numbers), task, seconds, told)
            self._open[ticket.number] = ticket
            if self._hand is None:
                self._hand = Hand(self._device, self._nice, self._heard)
                self.starts += 1
            # When it has died already, its end is heard, and the ticket comes back undone.
            if not self._hand.send({**task, "task": ticket.number, "alone": alone}):
                self._hand.kill()
            return ticket

    def _heard(self, hand: Hand, message: Message | None) -> None:
        with self._lock:
            if message is None:
                if self._hand is hand:
                    self._hand = None
                    ended, self._open = list(self._open.values()), {}
                    for ticket in ended:
                        ticket.done.set()
                return
            if "begun" in message:
                together = [self._open[each] for each in message["begun"] if each in self._open]
                for ticket in together:
                    ticket.begun, ticket.together = time.monotonic(), together
                return
            meant = self._open.get(message.get("task", 0))
            if meant is None:
                return
            if "stage" not in message:
                meant.result, meant.error = message.get("result"), message.get("error")
                del self._open[meant.number]
                meant.done.set()
                return
        meant.told(message["stage"], message["done"])

    def _wait(self, ticket: _Ticket, stop: Callable[[], bool]) -> None:
        asked = time.monotonic()
        while not ticket.done.wait(_LOOK_SECONDS):
            now = time.monotonic()
            if now - asked > _STOP_SECONDS:
                asked = now
                if stop():
                    self._abandon(ticket)
                    raise JobOver
            if ticket.begun is None:
                continue
            # Whoever shares the network shares the time as well.
            allowed = sum(each.seconds for each in ticket.together)
            if now - ticket.begun > allowed:
                self._end(ticket, WorkTimeout)
            elif (hand := self._hand) is not None and hand.memory() > self._memory:
                self._end(ticket, WorkMemory)

    def _end(self, ticket: _Ticket, blame: type[WorkFailed]) -> None:
        with self._lock:
            if not ticket.done.is_set() and self._hand is not None:
                ticket.blame = blame
                self._hand.kill()
        ticket.done.wait(10.0)

    def _abandon(self, ticket: _Ticket) -> None:
        with self._lock:
            ticket.abandoned = True
            if self._hand is None or ticket.done.is_set():
                return
            if ticket.begun is None:
                self._hand.send({"drop": ticket.number})
                self._open.pop(ticket.number, None)
            elif all(each.abandoned or each.done.is_set() for each in ticket.together):
                self._hand.kill()


def _cleared(folder: Path, given: set[Path]) -> None:
    """Take away what a process has left that died in the middle."""
    for place in set(folder.iterdir()) - given:
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink()


def _failure(error: Mapping[str, Any], folder: str) -> Exception:
    # Where the service works is nobody's business.
    words = error["words"].replace(f"{folder}/", "")
    return WorkInterrupted(words) if error["again"] else WorkFailed(words, error["code"])


_USUAL: Final = {"profile": "standard", "pictures": True}
_WORDS: Final = {
    WorkTimeout: "it took longer than ASSAY_JOB_SECONDS: send less at a time, or have the setting raised",
    WorkMemory: "it took more memory than ASSAY_JOB_MEMORY_BYTES: send less at a time, or have the setting raised",
    WorkCrashed: "the process that worked on it died, twice: treat what was sent as hostile, and report it",
}
