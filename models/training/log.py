"""TrainingLog: what happened in a run, one JSON object a line, without a step told twice after a resume."""

import json
import os
import time
from pathlib import Path
from typing import Any


class TrainingLog:
    """Append-only log at `path`, cut back to what led to `step` when a run goes on from a checkpoint.

    Parameters
    ----------
    path
        The file, made when absent.
    step
        Steps that are done: lines about later ones, which a killed run had already written, are dropped.
    """

    def __init__(self, path: Path, step: int) -> None:
        self._path = path
        if path.exists():
            kept = [line for line in path.read_bytes().splitlines(keepends=True) if _holds(line, step)]
            part = path.with_name(f".{path.name}.part")
            part.write_bytes(b"".join(kept))
            os.replace(part, path)

    def write(self, event: str, **values: Any) -> None:
        """Append one line: the event, the time (UTC seconds since 1970), the values."""
        line = json.dumps({"event": event, "time": round(time.time(), 3), **values}, allow_nan=False)
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")


def _holds(line: bytes, step: int) -> bool:
    try:
        return bool(json.loads(line)["step"] <= step)
    except (ValueError, KeyError, TypeError):  # the half line of a process that was killed while writing
        return False
