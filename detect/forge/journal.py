"""Journal: what a training tells, to whoever watches and to a file beside what it makes."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

__all__ = ["Say", "journal"]


class Say(Protocol):
    """Tells one line, and facts that only the file takes."""

    def __call__(self, line: str, **facts: object) -> None:
        """Tell it."""


@contextmanager
def journal(folder: Path, report: Callable[[str], None]) -> Iterator[Say]:
    """Open ``log.jsonl`` in a folder, which is made, and give what tells a line.

    Parameters
    ----------
    folder
        The cache of a training; what an earlier run told stays.
    report
        Called with each line as well.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:

        def say(line: str, **facts: object) -> None:
            log.write(json.dumps({"time": round(time.time(), 3), "line": line, **facts}) + "\n")
            log.flush()
            report(line)

        yield say
