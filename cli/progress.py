"""Progress on standard error, and only where a person watches it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def watched(unit: str, *, hidden: bool = False) -> Iterator[Callable[[str, int], None]]:
    """Show a stage and how many of `unit` it has done; yields the function to call with both.

    Nothing is drawn when `hidden`, or unless standard error is a terminal.
    """
    if hidden or not sys.stderr.isatty():
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
