"""Which file names an artifact may use: one flat folder, one plain name a file, the same on every system."""

import re

from ..errors import AssayError

__all__ = ["CARD_NAME", "CARD_SUM_NAME", "SHARED_NAME", "CardPathRefused", "check_file_name"]

CARD_NAME = "card.json"
CARD_SUM_NAME = "card.sha256"
"""Beside card.json; its sha256 as ``sha256sum`` writes and checks it, so that a damaged card shows too."""
SHARED_NAME = "shared"
"""Folder beside the artifacts of a store; holds shared files under their sha256."""

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}", re.ASCII)
_DEVICE_NAME = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.ASCII | re.IGNORECASE)


class CardPathRefused(AssayError):
    """A listed file name could point outside the artifact's folder, or names a device on some system."""

    code = "card-path-refused"


def check_file_name(name: str) -> None:
    """Refuse a name that is not one plain file inside one flat folder, on any system.

    Raises
    ------
    CardPathRefused
        For separators of any system, ``..``, drive letters, leading dots, device names, a trailing dot, and
        the names that the store itself uses.
    """
    plain = _FILE_NAME.fullmatch(name) is not None and _DEVICE_NAME.fullmatch(name) is None
    if not plain or name.endswith(".") or name.lower() in (CARD_NAME, CARD_SUM_NAME, SHARED_NAME):
        raise CardPathRefused(
            f"the file name {name[:200]!r} is refused: files lie flat in the artifact's folder under plain "
            "names (letters, digits and . _ + -), never elsewhere; rename it and write the artifact again"
        )
