"""Who reads what: sources in order as jobs for a crew, or for the process that asks."""

import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ...intake.sources import Refused
from ..limits import LogLimits
from ..taggers import Tagger
from ..values import SourceFile
from . import formats
from .contract import Divisible, Intake, Reader
from .crew import Crew
from .division import Division, Part
from .evtx import MAGIC
from .ledger import Ledger
from .streams import GZIP_MAGIC, ZSTD_MAGIC, ByteStream, LogSourceError

WORTH: Final = 192 << 20
"""Weight of all sources from which they are worth the start of processes: half a second, in which this one reads."""

WHOLE: Final = 64 << 20
"""Bytes of the largest file that another process reads whole; some are held in memory while they are read."""

GROUP: Final = 24 << 20
"""Weight from which no further file is added to a job."""

FILES: Final = 256
"""Most files of one job."""

_PACKED: Final = 16
_TABLE: Final = 3
_TEXT: Final = 6
_EVTX: Final = 3
_HEAD: Final = 512
"""Bytes looked at to tell a table from other text."""


@dataclass(frozen=True, slots=True)
class Here:
    """A source that the process that asks reads itself; see `Reading` for what it may be."""

    index: int
    path: Path | Refused | None


@dataclass(frozen=True, slots=True)
class Files:
    """Whole files that are read as one job."""

    number: int
    files: tuple[Here, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a large file; without one the file is at its end."""

    source: SourceFile
    division: Division
    part: Part | None


Work = Here | Files | Share


def weight(path: Path) -> float:
    """What it costs to read a file, in bytes of JSON lines that cost as much; 0 if it is no plain file."""
    try:
        if not path.is_file():
            return 0
        with path.open("rb") as file:
            head = file.read(_HEAD)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return 0
    if head.startswith((GZIP_MAGIC, ZSTD_MAGIC)):
        return size * _PACKED
    if head.startswith(MAGIC):
        return size * _EVTX
    text = head.lstrip(b"\xef\xbb\xbf \r\n")
    if text[:1] in (b"{", b"["):
        return float(size)
    first = text.partition(b"\n")[0]
    return size * (_TABLE if max(map(first.count, (b",", b"\t", b";", b"|"))) > 2 else _TEXT)


def worth(paths: Sequence[Path | Refused | None]) -> bool:
    """Whether sources are so much that several processes should read them."""
    total = 0.0
    for path in paths:
        total += weight(path) if isinstance(path, Path) else 0
        if total >= WORTH:
            return True
    return WORTH <= 0


class Plan:
    """Gives work to a crew.

    Parameters
    ----------
    paths
        All sources in order.
    reader
        The reader that the caller named, if any.
    limits
        Bounds of the reading.
    taggers
        Tag the records; each of a kind of `assay.triage.taggers.KINDS`.
    crew
        Who reads.
    apart
        Says of a path whether the process that asks has to look at it itself.
    origin
        Says of a path what it is called, and which file was handed over.
    """

    def __init__(
        self,
        paths: Sequence[Path | Refused | None],
        reader: Reader | None,
        limits: LogLimits,
        taggers: Sequence[Tagger],
        crew: Crew,
        apart: Callable[[Path], bool],
        origin: Callable[[Path | None], tuple[str, Path | None]],
    ) -> None:
        self._apart, self._origin = apart, origin
        self._paths, self._reader, self._limits, self._crew = paths, reader, limits, crew
        self._common: dict[str, Any] = {
            "limits": asdict(limits),
            "taggers": [[tagger.kind, dict(tagger.recipe)] for tagger in taggers],
        }

    def works(self) -> Generator[Work]:
        """Give the work away, as far ahead as is asked for."""
        waiting: list[Here] = []
        held = 0.0
        most = self._most()
        for index, path in enumerate(self._paths):
            here = Here(index, path)
            able = isinstance(path, Path) and index < self._limits.sources and not self._crew.lost
            cost = weight(path) if able and isinstance(path, Path) and not self._apart(path) else 0
            small = isinstance(path, Path) and cost > 0 and path.stat().st_size <= 2 * self._limits.block_bytes
            share = None if small or not cost else self._divided(here)
            if small or (share is None and cost and self._whole(here)):
                waiting.append(here)
                held += cost
                if held >= most or len(waiting) >= FILES:
                    yield self._files(waiting)
                    waiting, held = [], 0
                continue
            if waiting:
                yield self._files(waiting)
                waiting, held = [], 0
            if share is None:
                yield here
                continue
            for part in share.division.parts():
                yield Share(share.source, share.division, part)
            yield share
        if waiting:
            yield self._files(waiting)

    def _most(self) -> float:
        """Weight of a job, so that all processes have work."""
        total = 0.0
        for path in self._paths:
            total += weight(path) if isinstance(path, Path) else 0
            if total >= GROUP * 4 * max(len(self._crew), 1):
                return GROUP
        return total / (4 * max(len(self._crew), 1))

    def _files(self, files: list[Here]) -> Files:
        job = {
            **self._common,
            "files": [[each.index, os.fspath(each.path.absolute())] for each in files if isinstance(each.path, Path)],
            "format": None if self._reader is None else self._reader.name,
        }
        return Files(self._crew.give(job), tuple(files))

    def _whole(self, here: Here) -> bool:
        return isinstance(here.path, Path) and here.path.stat().st_size <= WHOLE

    def _divided(self, here: Here) -> Share | None:
        """A large file to be read in parts, if that can be; its stream stays open."""
        assert isinstance(here.path, Path)
        try:
            stream = ByteStream(here.path, self._limits)
        except LogSourceError:
            return None
        try:
            reader, sure = formats.chosen(stream, self._reader)
            wide = (stream.charset or "").startswith("utf-16")
            intake = Intake.of(stream, here.path, Ledger(self._limits), self._limits)
            if stream.compressed or wide or not isinstance(reader, Divisible) or not reader.divisible(intake.head()):
                stream.close()
                return None
        except LogSourceError:
            stream.close()
            return None
        source = SourceFile(here.index, *self._origin(here.path), reader.name, sure)
        return Share(source, Division(intake, reader, here.index, self._crew, self._common), None)
