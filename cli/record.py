"""The record of a run: what scored, where and with which libraries, so that it can be repeated."""

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..models.engine import RunRecord

__all__ = ["write_record"]


def write_record(
    path: Path, command: str, options: Mapping[str, Any], run: "RunRecord", done: Mapping[str, Any]
) -> None:
    """Write the record of one run as a JSON object.

    Parameters
    ----------
    path : Path
        File to write; one that is there is replaced.
    command : str
        ``detect`` or ``triage``.
    options : mapping
        Those that an answer may depend on, as given.
    run : RunRecord
        The engine's: device, threads, precision, libraries, artifact and golden check.
    done : mapping
        Counts of the run.
    """
    from .. import __version__

    page = {
        "assay": __version__,
        "command": command,
        "options": dict(options),
        "run": run.to_json(),
        "system": {
            "system": platform.system(),
            "machine": platform.machine(),
            "python": platform.python_version(),
        },
        "done": dict(done),
    }
    path.write_text(json.dumps(page, indent=2, allow_nan=False) + "\n", encoding="ascii")
