"""Log files in, normalised batches out.

`open_sources` takes paths and gives a `Reading`: iterate over its batches, then ask it for its
reports. A source that cannot be read never stops the others.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from ...errors import AssayError
from ...intake.sources import Refused, expand
from ..counting.blocks import Block, Made
from ..limits import DEFAULT, LogLimits
from ..taggers import KINDS, Tagger
from ..values import Batch, SourceFile, SourceReport
from . import charsets
from .contract import Divisible, Intake, Reader
from .crew import MOST, Crew, Task, worth
from .csv import Csv
from .evtx import Evtx
from .jsonl import JsonLines
from .ledger import Ledger
from .lines.access import Access
from .lines.auditd import Auditd
from .lines.cef import Cef
from .lines.leef import Leef
from .lines.weberror import WebError
from .lines.zeek import Zeek
from .numbered import numbered
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


def open_sources(
    paths: Sequence[Path | str],
    *,
    format: str = "auto",
    limits: LogLimits = DEFAULT,
    readers: int = 1,
) -> "Reading":
    """Prepare to read some files.

    Parameters
    ----------
    paths
        Files, folders (all files below them, in order of name) or ``-`` for standard input.
    format
        ``auto`` or one of `FORMATS`.
    limits
        Bounds that hold for each source.
    readers
        Processes that read a large file side by side; the records do not depend on it.

    Raises
    ------
    LogFormatUnknown
        *format* is not known.
    """
    reader = None if format == "auto" else reader_named(format)
    return Reading(_expand(paths), reader, limits, min(readers, MOST), {str(path) for path in paths})


class Reading:
    """Some sources being read, one after the other.

    Attributes
    ----------
    sources
        Those opened so far; the `source` column of a batch is an index into it.
    report
        What became of each source that is done.
    """

    def __init__(
        self,
        paths: Iterator[Path | Refused | None],
        reader: Reader | None,
        limits: LogLimits,
        readers: int,
        named: AbstractSet[str] = frozenset(),
    ) -> None:
        self._readers = readers
        self._named = named
        self._paths = paths
        self._reader = reader
        self._limits = limits
        self._row = 0
        self._place: Path | None = None
        self._taggers: Sequence[Tagger] = ()
        self.sources: list[SourceFile] = []
        self.report: list[SourceReport] = []

    def batches(self) -> Iterator[Batch]:
        """Yield the batches of all sources in order; rows are numbered through from 0."""
        for piece in self.pieces():
            if isinstance(piece, Batch):
                yield piece
            else:
                first = self._row - piece.height
                frame = Block(piece.stem, first, piece.height, first, piece.first_line).frame()
                yield Batch(frame, self.sources[-1])

    def pieces(self, folder: Path | None = None, taggers: Sequence[Tagger] = ()) -> Iterator[Batch | Made]:
        """Yield all sources in order, parts of large ones as blocks that other processes made.

        Parameters
        ----------
        folder
            Where blocks are made; without one they last until the next piece is taken.
        taggers
            Tag the records of blocks, and those only.

        Yields
        ------
        Batch or Made
        """
        self._place, self._taggers = folder, taggers
        for path in self._paths:
            ledger = Ledger(self._limits)
            index = len(self.sources)
            if isinstance(path, Refused):
                # A loop of links, an empty folder: nothing to read, and nothing that may be passed over in silence.
                ledger.fail(path.error.code, str(path.error))
                self._close(SourceFile(index, path.name, Path(path.name), "none", 0.0), ledger)
                continue
            if index >= self._limits.sources:
                ledger.fail("too-many-sources", f"only {self._limits.sources:,} files are read at once")
                self._close(SourceFile(index, str(path), path, "none", 0.0), ledger)
                return
            source = SourceFile(index, "-" if path is None else str(path), path, "none", 0.0)
            try:
                with ByteStream(path, self._limits) as stream:
                    reader, sure = self._choose(stream)
                    source = SourceFile(index, source.name, path, reader.name, sure)
                    self.sources.append(source)
                    if self._passed_over(source, reader):
                        ledger.reject("a-document", 0, stream.head()[:400])
                        self._close(source, ledger)
                        continue
                    yield from self._read(reader, stream, source, ledger)
                    if stream.damage is not None:
                        raise stream.damage
            except LogSourceError as error:
                ledger.fail(error.reason, str(error))
            self._close(source, ledger)

    def _choose(self, stream: ByteStream) -> tuple[Reader, float]:
        head = stream.head()
        if not head:
            raise stream.damage or LogSourceError("empty", "the file is empty")
        if self._reader is not None:
            return self._reader, 1.0
        reader, sure = sniff(head)
        if reader is None:
            raise LogSourceError("unknown-format", "the content is not a log; name its format if it is one")
        return reader, sure

    def _passed_over(self, source: SourceFile, reader: Reader) -> bool:
        """A document that lies among logs; named itself, or with a format asked for, it is read."""
        path = source.path
        return (
            self._reader is None
            and isinstance(reader, Text)
            and path is not None
            and str(path) not in self._named
            and _DOCUMENT.fullmatch(path.name.removesuffix(".zst").removesuffix(".gz")) is not None
        )

    def _read(
        self, reader: Reader, stream: ByteStream, source: SourceFile, ledger: Ledger
    ) -> Iterator[Batch | Made]:
        written = datetime.fromtimestamp(stream.modified, UTC) if stream.modified else datetime.now(UTC)
        intake = Intake(stream, source.path, ledger, self._limits, written)
        for part in self._parts(reader, intake, source):
            first = self._row
            if isinstance(part, Made):
                self._row += part.height
                block = Block(part.stem, first, part.height, first, part.first_line)
                self._enter(block.frame(("line", "time")), ledger)
                yield part
            elif part.height:
                self._row += part.height
                frame = numbered(part, first, source.index, self._limits)
                self._enter(frame, ledger)
                yield Batch(frame, source)

    def _enter(self, frame: pl.DataFrame, ledger: Ledger) -> None:
        ledger.records += frame.height
        ledger.untimed += frame["time"].null_count()
        ledger.clock.add(frame["line"], frame["time"])

    def _parts(self, reader: Reader, intake: Intake, source: SourceFile) -> Iterator[pl.DataFrame | Made]:
        """Blocks by several processes where that pays, else frames by this one."""
        head = intake.head()
        if self._readers < 2 or not isinstance(reader, Divisible) or not worth(intake):
            yield from reader.read(intake)
            return
        if not reader.divisible(head) or any(tagger.kind not in KINDS for tagger in self._taggers):
            yield from reader.read(intake)
            return
        assert intake.path is not None
        task = Task(
            intake.path, reader.name, source.index, head, intake.stream.charset, intake.limits, self._taggers
        )
        crew = Crew(task, self._readers, self._place)
        yield from crew.blocks(intake.ledger)
        if crew.done < intake.path.stat().st_size:
            intake.stream.skip(crew.done)
            yield from reader.segment(intake, head, crew.done, crew.lines)

    def _close(self, source: SourceFile, ledger: Ledger) -> None:
        if source not in self.sources:
            self.sources.append(source)
        self.report.append(ledger.report(source))


def _expand(paths: Sequence[Path | str]) -> Iterator[Path | Refused | None]:
    for given in paths:
        if str(given) == "-":
            yield None
            continue
        for found in expand([given]):
            yield found if isinstance(found, Refused) else found.path
