"""What else the bytes of a picture are: archives, documents, pages and programs that ride along.

A picture that is at the same time a ZIP archive, a PDF or a web page (a polyglot) is read as one or the other,
depending on who opens it. Each signature is either long enough not to occur by chance in compressed data, or checked
further.
"""

import re
from collections.abc import Iterator

from .structure import Foreign

__all__ = ["foreign_in"]

_MOST = 16
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html[\s>]|script[\s>]|svg[\s>]|\?php\s)", re.IGNORECASE)
_PDF = re.compile(rb"%PDF-[12]\.\d")
_MAGICS = {
    "rar": b"Rar!\x1a\x07",
    "7z": b"7z\xbc\xaf\x27\x1c",
    "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
}
# ELF, Mach-O in both widths and orders, Mach-O for several processors.
_PROGRAMS = (
    b"\x7fELF\x01", b"\x7fELF\x02", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
)  # fmt: skip
_PDF_HEAD = 1024
"""Readers of PDF accept its header anywhere in the first kilobyte."""
_ZIP_TAIL = 65_535 + 22
"""A ZIP archive ends with a record of 22 bytes and a comment of at most 65,535."""


def foreign_in(data: bytes, end: int) -> list[Foreign]:
    """Other files in the bytes of a picture that ends at `end`, in order of their places; at most 16."""
    found = {
        one.kind: one
        for source in (_archive, _document, _page, _marked, _following)
        for one in source(data, end)
    }
    return sorted(found.values(), key=lambda one: one.at)[:_MOST]


def _archive(data: bytes, end: int) -> Iterator[Foreign]:
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - _ZIP_TAIL))
    if at < 0 or at + 22 > len(data):
        return
    size, offset = (int.from_bytes(data[at + skip : at + skip + 4], "little") for skip in (12, 16))
    entries = int.from_bytes(data[at + 10 : at + 12], "little")
    directory = at - size
    if entries and directory >= 0 and data[directory : directory + 4] == b"PK\x01\x02":
        # Archives behind something else keep the offsets that they had alone: what lies before is the difference.
        first = int.from_bytes(data[directory + 42 : directory + 46], "little")
        start = directory - offset + first
        yield Foreign("zip", start if 0 <= start < directory else directory)


def _document(data: bytes, end: int) -> Iterator[Foreign]:
    match = _PDF.search(data, 0, _PDF_HEAD + 8) or _PDF.search(data, end, end + _PDF_HEAD + 8)
    if match:
        yield Foreign("pdf", match.start())


def _page(data: bytes, end: int) -> Iterator[Foreign]:
    match = _MARKUP.search(data)
    if match:
        yield Foreign("php" if match[0][1:2] == b"?" else "markup", match.start())


def _marked(data: bytes, end: int) -> Iterator[Foreign]:
    for kind, magic in _MAGICS.items():
        at = data.find(magic)
        if at >= 0:
            yield Foreign(kind, at)


def _following(data: bytes, end: int) -> Iterator[Foreign]:
    """What follows the picture, by its first bytes."""
    head = data[end : end + 4096]
    if head.startswith(b"\xff\xd8\xff"):
        yield Foreign("jpeg", end)
    elif head.startswith(b"\x89PNG\r\n\x1a\n"):
        yield Foreign("png", end)
    elif head.startswith(_PROGRAMS) or _is_windows_program(head):
        yield Foreign("executable", end)
    elif head[4:8] == b"ftyp":
        yield Foreign("video", end)
    elif head.startswith(b"PK\x03\x04"):
        yield Foreign("zip", end)


def _is_windows_program(head: bytes) -> bool:
    at = int.from_bytes(head[60:64], "little")
    return head.startswith(b"MZ") and head[at : at + 4] == b"PE\x00\x00"
