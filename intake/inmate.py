"""What runs inside the bounded child: tighten the limits, then answer calls until the parent hangs up.

Started by :class:`assay.intake.child.Child` as ``python -m assay.intake.inmate``. The limits are set before the first
hostile byte is read, and cannot be raised again from inside.
"""

import contextlib
import ctypes
import importlib
import json
import os
import resource
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any

from .frames import Blob, MalformedFrame, PeerClosed, receive_header, send
from .refusals import DecoderMemory, ExhibitRefused

__all__ = ["main"]

_PR_SET_NO_NEW_PRIVS = 38
_CALL_BYTES = 1024 * 1024

Function = Callable[..., tuple[Mapping[str, Any], Mapping[str, Blob]]]


def main() -> None:
    """Serve calls on the inherited socket whose number and limits are the command line's one JSON argument."""
    setup = json.loads(sys.argv[1])
    confine(setup["memory_bytes"], setup["cpu_seconds"], setup["open_files"])
    link = socket.socket(fileno=setup["socket"])
    functions: dict[str, Function] = {}
    # Whatever is imported now does not count against the first job's wall time.
    for name in setup["preload"]:
        functions[name] = _find(name)
    send(link, {"ready": os.getpid()})
    with contextlib.suppress(PeerClosed, MalformedFrame):
        while True:
            _serve(link, functions)
            _let_go()


def confine(memory_bytes: int, cpu_seconds: int, open_files: int) -> None:
    """Give up, for good, what a decoder does not need: memory, time, files, writing, core dumps, new privileges."""
    bounds = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_NOFILE: open_files,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in bounds.items():
        _, hard = resource.getrlimit(limit)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (most, most))
    # An extra lock where the system has it; the limits above hold in any case.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _let_go() -> None:
    """Hand freed memory back: after one large picture the child would keep hundreds of megabytes for nothing."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _serve(link: socket.socket, functions: dict[str, Function]) -> None:
    descriptor, call = _receive_call(link)
    try:
        function = functions.get(call["function"]) or functions.setdefault(
            call["function"], _find(call["function"])
        )
        given = {} if descriptor is None else {"descriptor": descriptor}
        meta, arrays = function(**given, **call["params"])
    except ExhibitRefused as error:
        meta, arrays = {"refused": error.code, "words": str(error)}, {}
    except MemoryError:
        meta, arrays = {"refused": DecoderMemory.code, "words": "decoding needs more memory than allowed"}, {}
    finally:
        if descriptor is not None:
            os.close(descriptor)
    send(link, meta, arrays)


def _receive_call(link: socket.socket) -> tuple[int | None, dict[str, Any]]:
    # One byte carries the file descriptor, if there is one: descriptors travel beside bytes, not in them.
    mark, descriptors, _, _ = socket.recv_fds(link, 1, 1)
    if not mark:
        raise PeerClosed
    meta: dict[str, Any] = receive_header(link, _CALL_BYTES)["meta"]
    return (descriptors[0] if descriptors else None), meta


def _find(name: str) -> Function:
    module, _, function = name.partition(":")
    found: Function = getattr(importlib.import_module(module), function)
    return found


if __name__ == "__main__":
    main()
