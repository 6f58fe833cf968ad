"""How much memory this process and those below it take, at most."""

import os
import threading
from pathlib import Path
from types import TracebackType

__all__ = ["Watch"]

_PAUSE = 0.1


class Watch:
    """A context that looks every tenth of a second; figures in MiB of proportional set size."""

    def __init__(self) -> None:
        self.own = self.others = self.together = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_PAUSE):
            own = _size(os.getpid())
            others = [_size(pid) for pid in _below(os.getpid())]
            self.own = max(self.own, own)
            self.others = max(self.others, *others, 0)
            self.together = max(self.together, own + sum(others))


def _size(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) >> 10 for line in lines if line.startswith("Pss:")), 0)


def _below(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_below(int(child))]
    except OSError:
        pass
    return found
