"""The bounded child: a process of its own that opens hostile bytes, so that the parent never has to.

It is started once and reused. It cannot write files, cannot grow beyond its memory, and is killed when a job takes too
long; then the job's exhibit gets a coded refusal, a new child starts, and the batch goes on.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .frames import MalformedFrame, PeerClosed, Reply, receive_header, receive_reply, send
from .limits import DEFAULT, Limits
from .refusals import DecoderCrashed, DecoderMemory, DecoderMisbehaved, DecoderTimeout, refusal

__all__ = ["Child"]

# The child needs none of the parent's settings, and must not see its secrets.
_ENVIRONMENT = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
)


class Child:
    """A bounded process that runs named functions on open files and hands back JSON and arrays.

    Thread-safe; calls from several threads wait for each other. Use one child a thread to work in parallel.

    Parameters
    ----------
    limits : Limits
        Memory, time and files of the process, and the largest reply that is accepted.
    preload : sequence of str
        Functions (``"module:function"``) to import when the process starts.
    """

    def __init__(self, limits: Limits = DEFAULT, *, preload: Sequence[str] = ()) -> None:
        self._limits = limits
        self._preload = tuple(preload)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._busy = 0.0
        self._closed = False
        self.starts = 0

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process number of the running child, None when there is none."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process now rather than at the first call."""
        with self._lock:
            self._ensure()

    def call(self, function: str, *, descriptor: int | None = None, **params: Any) -> Reply:
        """Run one function in the child.

        Parameters
        ----------
        function : str
            ``"module:function"``; it gets ``descriptor=`` (when given) and ``params``, and returns a JSON mapping and
            a mapping of :class:`~assay.intake.frames.Blob`.
        descriptor : int | None
            Open file descriptor that is handed over; it stays open here.
        **params : JSON values
            Arguments.

        Raises
        ------
        DecoderTimeout, DecoderCrashed, DecoderMemory, DecoderMisbehaved
            When the child had to be killed, died, ran out of memory or sent nonsense; a new one is started for the
            next call.
        ExhibitRefused
            Whatever the function itself refused, by its code.
        """
        with self._lock:
            # A child that has used up half of its processor time would not leave a full half to this job.
            if self._busy > self._limits.child_cpu_seconds / 2:
                self._stop()
            link = self._ensure()
            begun = time.monotonic()
            try:
                link.settimeout(self._limits.child_wall_seconds)
                socket.send_fds(link, [b"\x01"], [] if descriptor is None else [descriptor])
                send(link, {"function": function, "params": params})
                reply = receive_reply(
                    link,
                    self._limits.reply_header_bytes,
                    self._limits.reply_array_bytes,
                    begun + self._limits.child_wall_seconds,
                )
            except TimeoutError:
                self._stop()
                raise DecoderTimeout(
                    f"decoding took longer than child_wall_seconds = {self._limits.child_wall_seconds:g}: the file is "
                    "hostile or very large; raise the limit only if you trust it"
                ) from None
            except (PeerClosed, OSError):
                raise self._obituary() from None
            except MalformedFrame as error:
                self._stop()
                raise DecoderMisbehaved(
                    f"the decoder sent no well-formed reply ({error}): treat the file as hostile"
                ) from None
            except BaseException:
                # An interrupted call leaves half a reply in the socket: the next call must not read it.
                self._stop()
                raise
            self._busy += time.monotonic() - begun
        return _checked(reply)

    def close(self) -> None:
        """End the process at once, even in the middle of a call; calls are refused from then on."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._stop()

    def _ensure(self) -> socket.socket:
        if self._link is not None and self._process is not None and self._process.poll() is None:
            return self._link
        self._stop()
        if self._closed:
            raise DecoderCrashed("the decoder was closed: open a new one")
        here, there = socket.socketpair()
        try:
            for end in (here, there):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            setup = {
                "socket": there.fileno(),
                "memory_bytes": self._limits.child_memory_bytes,
                "cpu_seconds": self._limits.child_cpu_seconds,
                "open_files": self._limits.child_open_files,
                "preload": self._preload,
            }
            # -P: the working folder may be the evidence folder, and a json.py in it must not become code.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-B", "-m", "assay.intake.inmate", json.dumps(setup)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(there.fileno(),),
                env=_environment(),
                start_new_session=True,
            )
        finally:
            there.close()
        self.starts += 1
        self._busy = 0.0
        self._link = here
        try:
            receive_header(here, 4096, time.monotonic() + self._limits.child_start_seconds)
        except (TimeoutError, PeerClosed, MalformedFrame, OSError):
            self._stop()
            raise DecoderCrashed(
                "the decoder process did not start: check that the machine has memory left and that child_memory_bytes "
                "is large enough"
            ) from None
        return here

    def _obituary(self) -> DecoderCrashed | DecoderTimeout | DecoderMemory:
        process = self._process
        status: int | None = None
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = process.wait(timeout=1.0)
        self._stop()
        if status in (-signal.SIGXCPU, -signal.SIGKILL):
            return DecoderTimeout(
                f"decoding used more than child_cpu_seconds = {self._limits.child_cpu_seconds}, or the system ended it"
            )
        if status == -signal.SIGABRT:
            return DecoderMemory("the decoder gave up, most likely for want of memory (child_memory_bytes)")
        return DecoderCrashed(
            "the decoder process died on this file: treat the file as hostile and report it"
        )

    def _stop(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._process is not None:
            # It has its own session and only ever one process, and owns nothing that would need a tidy end.
            self._process.kill()
            self._process.wait()
            self._process = None


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    # One thread a library: their pools would only use up address space.
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def _checked(reply: Reply) -> Reply:
    meta: Mapping[str, Any] = reply.meta
    if "refused" in meta:
        raise refusal(str(meta["refused"]), str(meta.get("words", "")))
    return reply
