"""The files of a seal, in the folder ``assay-seal`` of the folder that is sealed."""

import os
import re
from typing import Final

from ..custody.file import LOG
from .letter import NAME as LETTER
from .walk import FOLDER

__all__ = ["MOST", "NAME", "PARTS", "STALE", "inside", "known", "named", "part"]

NAME: Final = os.fsdecode(FOLDER)

PARTS: Final = {
    "key": ".key.pem",
    "checkpoint": ".checkpoint.json",
    "signature": ".signature",
    "manifest": ".manifest.jsonl",
    "stamp": ".stamp.tsr",
}
"""Files of a checkpoint, each after its number in four digits."""

STALE: Final = ".sealing-"
"""How files begin that are still being written."""

MOST: Final = 9_999
"""Checkpoints of one folder."""

_NUMBERED: Final = re.compile(r"([0-9]{4})(\..+)")
_ENDINGS: Final = {ending: part for part, ending in PARTS.items()}


def part(number: int, what: str) -> str:
    """Name of a file of a checkpoint."""
    return f"{number:04d}{PARTS[what]}"


def named(name: str) -> tuple[int, str] | None:
    """Number and part of a file of a checkpoint; None for any other name."""
    found = _NUMBERED.fullmatch(name)
    if found is None or found[2] not in _ENDINGS or found[1] == "0000":
        return None
    return int(found[1]), _ENDINGS[found[2]]


def inside(name: str) -> str:
    """Path of a file of the seal, from the top of the folder."""
    return f"{NAME}/{name}"


def known(name: str) -> bool:
    """Whether a file of that name belongs in the folder of a seal."""
    return name in (LOG, LETTER) or named(name) is not None
