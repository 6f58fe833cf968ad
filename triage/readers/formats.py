"""The formats there are, and which one a source has."""

import re
from pathlib import Path
from typing import Final

from ...errors import AssayError
from . import charsets
from .contract import Reader
from .csv import Csv
from .evtx import Evtx
from .jsonl import JsonLines
from .lines.access import Access
from .lines.auditd import Auditd
from .lines.cef import Cef
from .lines.leef import Leef
from .lines.weberror import WebError
from .lines.zeek import Zeek
from .parquet import Parquet
from .streams import ByteStream, LogSourceError
from .syslog import Syslog
from .text import Text

READERS: Final[tuple[Reader, ...]] = (
    Evtx(),
    Parquet(),
    JsonLines(),
    Zeek(),
    Cef(),
    Leef(),
    Auditd(),
    Access(),
    WebError(),
    Syslog(),
    Csv(),
    Text(),
)
"""In the order in which they win when equally sure."""

_SURE: Final = 0.95
"""So sure of one reader, sniffing does not ask the ones after it."""

_DOCUMENT: Final = re.compile(
    r"(readme|licen[cs]e|notice|copying|authors|change(s|log)|citation)(\W.*)?|.*\.(md|rst|adoc)", re.IGNORECASE
)
"""Names of what lies beside logs and is none: below a folder it is read only if its content has a layout of logs."""

FORMATS: Final = tuple(reader.name for reader in READERS)


class LogFormatUnknown(AssayError):
    """A format was asked for that no reader has; the message lists those there are."""

    code = "log-format-unknown"


def sniff(head: bytes) -> tuple[Reader | None, float]:
    """Choose the reader for a source by its content.

    Parameters
    ----------
    head
        First bytes of the source, decompressed.

    Returns
    -------
    reader, confidence
        The surest reader and how sure it is, 0..1; None when the content is no log.
    """
    decoded = charsets.as_utf8(head, charsets.of_head(head)[0])
    best: Reader | None = None
    most = 0.0
    for reader in READERS:
        sure = reader.sniff(decoded)
        if sure > most:
            best, most = reader, sure
        if most >= _SURE:
            break
    return best, round(most, 3)


def reader_named(name: str) -> Reader:
    """Return the reader of a format.

    Raises
    ------
    LogFormatUnknown
        There is none of that name.
    """
    for reader in READERS:
        if reader.name == name:
            return reader
    raise LogFormatUnknown(f"there is no log format {name!r}; choose one of auto, {', '.join(FORMATS)}")


def chosen(stream: ByteStream, wanted: Reader | None) -> tuple[Reader, float]:
    """The reader of a source.

    Parameters
    ----------
    stream
        The source, not yet read.
    wanted
        The one that the caller named; None to go by content.

    Returns
    -------
    reader, confidence
        The latter 0..1.

    Raises
    ------
    LogSourceError
        The source is empty, or no log.
    """
    head = stream.head()
    if not head:
        raise stream.damage or LogSourceError("empty", "the file is empty")
    if wanted is not None:
        return wanted, 1.0
    reader, sure = sniff(head)
    if reader is None:
        raise LogSourceError("unknown-format", "the content is not a log; name its format if it is one")
    return reader, sure


def document_name(path: Path) -> bool:
    """Whether a file has the name of a document, such as a README, which may lie among logs."""
    return _DOCUMENT.fullmatch(path.name.removesuffix(".zst").removesuffix(".gz")) is not None
