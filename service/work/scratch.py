"""Folders for what work leaves on the disk while it is under way: one for each process, gone when that is."""

import os
import shutil
import socket
from pathlib import Path

__all__ = ["begun", "own_scratch", "sweep_scratch"]


def begun(pid: int) -> str:
    """When a process began, as its system counts; empty when there is none, or nobody can tell.

    Tells it from a later one of the same number.
    """
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def own_scratch(folder: Path) -> Path:
    """The folder of this process; it is made when something is put there."""
    return folder / socket.gethostname() / f"{os.getpid()}-{begun(os.getpid())}"


def sweep_scratch(folder: Path) -> int:
    """Take away what processes of this machine have left that are gone; return how many."""
    swept = 0
    here = folder / socket.gethostname()
    for place in here.iterdir() if here.is_dir() else ():
        pid, _, since = place.name.partition("-")
        if not pid.isdecimal() or begun(int(pid)) != since:
            shutil.rmtree(place, ignore_errors=True)
            swept += 1
    return swept
