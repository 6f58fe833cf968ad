"""``python -m assay.service.work.inside SETUP``: serve tasks on standard input until it ends."""

import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from ....errors import AssayError

if TYPE_CHECKING:
    from .logs import Logs
    from .media import Media

__all__ = ["main"]

Task = Mapping[str, Any]
_GATHERED: Final = 32
"""Most exhibits of several tasks that go through the network together."""


class Link:
    """Lines of JSON to and from whoever started this process."""

    def __init__(self) -> None:
        # Whatever a library prints must not come between the answers.
        self._out = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        self._lock = threading.Lock()
        self.tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self.dropped: set[int] = set()
        threading.Thread(target=self._read, name="tasks", daemon=True).start()

    def send(self, **message: Any) -> None:
        """Send one message."""
        line = json.dumps(message, allow_nan=False).encode("ascii") + b"\n"
        with self._lock:
            self._out.write(line)

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            message = json.loads(line)
            if "drop" in message:
                self.dropped.add(message["drop"])
            else:
                self.tasks.put(message)
        # Whoever started this is gone: nobody is left to take an answer.
        os._exit(0)


class Inside:
    """Takes tasks and answers them.

    Parameters
    ----------
    link
        Where they come from.
    setup
        ``device``.
    """

    def __init__(self, link: Link, setup: Mapping[str, Any]) -> None:
        self._link = link
        self._device = setup["device"]
        self._put_back: list[Task] = []
        self._kinds: dict[str, Callable[[Task], Mapping[str, Any]]] = {
            "glance": lambda task: self._media.glance(task),
            "report": lambda task: self._media.report(task),
            "triage": lambda task: self._logs.triage(task, self._told(task)),
            "baseline": lambda task: self._logs.baseline(task, self._told(task)),
            "sum": lambda task: self._logs.sum(task),
            "warm": self._warm,
        }

    @cached_property
    def _media(self) -> "Media":
        # Imported by the process that needs it alone: one for logs loads no network, one for pictures no readers.
        from .media import Media

        return Media(self._device)

    @cached_property
    def _logs(self) -> "Logs":
        from .logs import Logs

        return Logs(self._device)

    def serve(self) -> None:
        """Answer for ever."""
        while True:
            task = self._put_back.pop(0) if self._put_back else self._link.tasks.get()
            if task["task"] in self._link.dropped:
                continue
            if task["do"] == "assay":
                self._assay([task, *self._more_like(task)])
                continue
            self._link.send(begun=[task["task"]])
            with _Refusing(self._link, [task]):
                self._link.send(task=task["task"], result=self._kinds[task["do"]](task))

    def _more_like(self, first: Task) -> Iterator[Task]:
        """Tasks that wait and can share the batches of this one: same network, same way of looking."""
        count = len(first["exhibits"])
        waiting = self._put_back
        while True:
            try:
                waiting.append(self._link.tasks.get_nowait())
            except queue.Empty:
                break
        self._put_back = []
        for task in waiting:
            if task["task"] in self._link.dropped:
                continue
            alike = (
                task["do"] == "assay"
                and self._media.alike(task, first)
                and not (first["alone"] or task["alone"])
            )
            if alike and count + len(task["exhibits"]) <= _GATHERED:
                count += len(task["exhibits"])
                yield task
            else:
                self._put_back.append(task)

    def _assay(self, tasks: list[Task]) -> None:
        self._link.send(begun=[task["task"] for task in tasks])
        with _Refusing(self._link, tasks) as left:
            for task, result in self._media.assay(tasks, self._link.send):
                self._link.send(task=task["task"], result=result)
                left.remove(task)

    def _told(self, task: Task) -> Callable[[str, int], None]:
        return lambda stage, done: self._link.send(task=task["task"], stage=stage, done=done)

    def _warm(self, task: Task) -> Mapping[str, Any]:
        return self._logs.warm(task) if task["what"] == "logs" else self._media.warm(task)


class _Refusing:
    """What a task raises is its answer, and the process goes on."""

    def __init__(self, link: Link, tasks: list[Task]) -> None:
        self._link, self._left = link, list(tasks)

    def __enter__(self) -> list[Task]:
        return self._left

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if not isinstance(error, Exception):
            return False
        code = error.code if isinstance(error, AssayError) else "internal-error"
        # The words of an error of ours are made for people; others may quote evidence.
        words = (
            str(error) if isinstance(error, AssayError) else f"assay itself failed ({type(error).__name__})"
        )
        again = isinstance(error, MemoryError | OSError) and not isinstance(error, AssayError)
        for task in self._left:
            self._link.send(task=task["task"], error={"code": code, "words": words, "again": again})
        return True


def main() -> None:
    """Serve tasks until standard input ends."""
    setup = json.loads(sys.argv[1])
    if setup["nice"]:
        os.nice(setup["nice"])
    link = Link()
    inside = Inside(link, setup)
    link.send(ready=os.getpid())
    inside.serve()


if __name__ == "__main__":
    main()
