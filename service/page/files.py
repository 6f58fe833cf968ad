"""Files that pages load: style, scripts, symbols and a font, all from this package and none from elsewhere."""

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import Final

__all__ = ["FILES", "VERSION", "File"]

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class File:
    """One of them.

    Attributes
    ----------
    content : bytes
        All of it.
    media_type : str
        By the end of its name.
    """

    content: bytes
    media_type: str


def _read() -> dict[str, File]:
    folder = resources.files("assay.service.page") / "static"
    found = {}
    for each in sorted(folder.iterdir(), key=lambda file: file.name):
        kind = _TYPES.get(each.name.rpartition(".")[2])
        if kind is not None:
            found[each.name] = File(each.read_bytes(), kind)
    return found


FILES: Final = _read()
"""By name."""

VERSION: Final = hashlib.sha256(b"".join(file.content for file in FILES.values())).hexdigest()[:12]
"""Changes with any of them, and stands in their addresses, so that browsers may keep them."""
