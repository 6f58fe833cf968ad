"""One work process, as whoever started it sees it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["Hand"]

Message = Mapping[str, Any]

# What the database and the store are opened with is none of its business.
_SECRET: Final = ("ASSAY_DATABASE", "AWS_", "PG")


class Hand:
    """A work process.

    Parameters
    ----------
    device
        Where models run.
    nice
        Added to its niceness, so that answers to people come first.
    heard
        Called with each of its messages, and with None when it has ended; from a thread of its own.
    """

    def __init__(self, device: str, nice: int, heard: Callable[["Hand", Message | None], None]) -> None:
        setup = json.dumps({"device": device, "nice": nice})
        self._heard = heard
        self._lock = threading.Lock()
        # A session of its own: a key pressed in the terminal of the server must not end it in the middle of a task.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "assay.service.work.inside", setup],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if not name.startswith(_SECRET)},
            start_new_session=True,
        )
        threading.Thread(target=self._listen, name="hand", daemon=True).start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def send(self, message: Message) -> bool:
        """Send a message; False when the process is gone."""
        assert self._process.stdin is not None
        try:
            with self._lock:
                self._process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
                self._process.stdin.flush()
        except (OSError, ValueError):
            return False
        return True

    def memory(self) -> int:
        """Bytes of memory that it holds; 0 where nobody can tell."""
        try:
            with open(f"/proc/{self.pid}/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            return 0

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """End it and wait until it is gone."""
        self.kill()
        self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None and self._process.stdin is not None
        with contextlib.suppress(ValueError), self._process.stdout as lines:
            for line in lines:
                self._heard(self, json.loads(line))
        self.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._heard(self, None)
