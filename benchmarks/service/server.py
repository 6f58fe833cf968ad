"""A service in processes of its own, and what they cost."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay.tests.service import serving


@dataclass(frozen=True)
class Server:
    """A service that runs, and what its processes cost."""

    serving: serving.Serving

    @property
    def address(self) -> str:
        """Where it answers."""
        return self.serving.address

    @property
    def key(self) -> str:
        """Of an admin."""
        return self.serving.token

    @property
    def pid(self) -> int:
        """Number of its first process."""
        return self.serving.process.pid

    def measured(self) -> dict[str, float]:
        """What it says of itself at /metrics."""
        return self.serving.measured()

    def memory(self) -> dict[int, float]:
        """Resident MiB of every process of it, by number."""
        return {pid: _resident(pid) for pid in (self.pid, *_below(self.pid)) if _resident(pid)}

    def work(self) -> float:
        """Processor seconds that its processes have used so far."""
        return sum(_used(pid) for pid in (self.pid, *_below(self.pid)))


def _used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _below(pid: int) -> list[int]:
    """Numbers of the processes that a process has started, and they in turn."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                found += [int(child), *_below(int(child))]
        except OSError:
            continue
    return found


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@contextmanager
def served(home: Path) -> Iterator[Server]:
    """`assay serve` with a worker, on SQLite and a folder."""
    more = {"ASSAY_RATE_PER_MINUTE": "1000000", "ASSAY_LOG_LEVEL": "warning"}
    with serving.served(home, **more) as started:
        yield Server(started)
