"""The worker that a server runs beside itself: a process of its own, so that work never delays an answer."""

import os
import subprocess
import sys
import threading
from typing import Final

__all__ = ["Attendant"]

_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0
_STEADY_SECONDS: Final = 30.0
_END_SECONDS: Final = 10.0


class Attendant:
    """Keeps a worker running, until it is told to stop; a context manager."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="attendant", daemon=True)

    def __enter__(self) -> "Attendant":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(_END_SECONDS)

    def _keep(self) -> None:
        wait = _FIRST_WAIT
        while not self._stop.is_set():
            # Its standard input ends with this process, however that ends, and the worker with it.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "assay", "worker", "--tied"],
                stdin=subprocess.PIPE,
                env=os.environ,
                start_new_session=True,
            )
            try:
                self._process.wait(_STEADY_SECONDS)
            except subprocess.TimeoutExpired:
                wait = _FIRST_WAIT
                self._process.wait()
            if self._stop.wait(wait):
                return
            wait = min(2 * wait, _LONGEST_WAIT)
