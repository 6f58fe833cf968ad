"""Progress on standard error, and only where a person watches it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@contextmanager
def watched(unit: str) -> Iterator[Callable[[str, int], None]]:
    """Show a stage and how many of `unit` it has done; yields the function to call with both.

    Nothing is drawn unless standard error is a terminal.
    """
    if not sys.stderr.isatty():
        yield lambda stage, done: None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from .terminal import console

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def show(stage: str, done: int) -> None:
            progress.update(task, description=f"{stage} {done:,} {unit}")

        yield show


class Live:
    """One line that says what is being done to which exhibit; it gives way to every answer.

    Attributes
    ----------
    shown : bool
        Whether anything is drawn: where standard error is a terminal.
    """

    def __init__(self, progress: "Progress | None", task: "TaskID | None") -> None:
        self._progress, self._task = progress, task
        self.shown = progress is not None
        self._done = 0

    def stage(self, name: str, doing: str, done: int, of: int) -> None:
        """Tell what is done to an exhibit, of how much of it; `of` is 0 where that is not known. Any thread may."""
        if self._progress is None or self._task is None:
            return
        from .terminal import visible

        count = f" {done:,} of {of:,}" if of else ""
        before = f"{self._done:,} assayed, " if self._done else ""
        told = visible(os.path.basename(name) or name, 40)
        self._progress.update(self._task, description=f"{before}{told}: {doing}{count}")

    @contextmanager
    def aside(self, done: int) -> Iterator[None]:
        """Take the line away while an answer is written, which is the number `done`."""
        self._done = done
        if self._progress is None or self._task is None:
            yield
            return
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.update(self._task, description=f"{done:,} assayed")
            self._progress.start()


@contextmanager
def live() -> Iterator[Live]:
    """A line of what is being done, on standard error, and only where that is a terminal."""
    if not sys.stderr.isatty():
        yield Live(None, None)
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from .terminal import console

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        yield Live(progress, progress.add_task("loading", total=None))
