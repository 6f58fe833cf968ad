"""Sources being read, by this process or by several."""

from collections import deque
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from itertools import islice
from pathlib import Path

import polars as pl

from ...intake.sources import Refused
from ..counting.blocks import Block, Made
from ..limits import LogLimits
from ..taggers import KINDS, Tagger
from ..values import Batch, SourceFile, SourceReport
from . import formats
from .archives import Archives
from .contract import Intake, Reader
from .crew import AHEAD, Crew, CrewLost
from .ledger import Ledger
from .numbered import numbered
from .plan import Files, Here, Plan, Share, Work, worth
from .streams import ByteStream, LogSourceError
from .text import Text

Piece = Batch | Made


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
        archives: Archives | None = None,
    ) -> None:
        self._archives = Archives(limits) if archives is None else archives
        self._readers = readers
        self._named = named
        self._paths = paths
        self._reader = reader
        self._limits = limits
        self._row = 0
        self.sources: list[SourceFile] = []
        self.report: list[SourceReport] = []

    def batches(self) -> Iterator[Batch]:
        """Yield the batches of all sources in order; rows are numbered through from 0."""
        for piece in self.pieces():
            if isinstance(piece, Batch):
                yield piece
                continue
            first = self._row - piece.height
            frame = Block(piece.stem, first, piece.height, first, piece.first_line).frame()
            for part in frame.partition_by("source", maintain_order=True):
                yield Batch(part, self.sources[int(part["source"][0])])

    def pieces(self, folder: Path | None = None, taggers: Sequence[Tagger] = ()) -> Iterator[Piece]:
        """Yield all sources in order, as blocks that other processes made where there is much to read.

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
        plain = self._readers < 2 or any(tagger.kind not in KINDS for tagger in taggers)
        paths = iter(()) if plain else list(islice(self._paths, self._limits.sources + 1))
        if isinstance(paths, list) and worth(paths):
            with Crew(self._readers, folder, taggers) as crew:
                origin = self._archives.origin
                plan = Plan(paths, self._reader, self._limits, taggers, crew, self._doubtful, origin)
                yield from self._crowd(plan, crew)
            return
        for index, path in enumerate(self._paths if plain else paths):
            yield from self._here(index, path)
            if index >= self._limits.sources:
                return

    def _crowd(self, plan: Plan, crew: Crew) -> Iterator[Piece]:
        given: deque[Work] = deque()
        try:
            with closing(plan.works()) as works:
                for work in works:
                    given.append(work)
                    if len(given) > AHEAD * len(crew):
                        yield from self._collect(given.popleft(), crew)
                while given:
                    yield from self._collect(given.popleft(), crew)
        finally:
            for left in given:
                if isinstance(left, Share):
                    left.division.intake.stream.close()

    def _collect(self, work: Work, crew: Crew) -> Iterator[Piece]:
        if isinstance(work, Here):
            yield from self._here(work.index, work.path)
        elif isinstance(work, Files):
            yield from self._files(work, crew)
        else:
            yield from self._share(work)

    def _files(self, work: Files, crew: Crew) -> Iterator[Piece]:
        try:
            answer = crew.take(work.number)
            if "failed" in answer:
                raise CrewLost
        except CrewLost:
            for each in work.files:
                yield from self._here(each.index, each.path)
            return
        ledgers: dict[int, Ledger] = {}
        for each, (format, sure, state) in zip(work.files, answer["files"], strict=True):
            ledgers[each.index] = Ledger(self._limits)
            ledgers[each.index].absorb(state, 0)
            assert isinstance(each.path, Path)
            self.sources.append(SourceFile(each.index, *self._archives.origin(each.path), format, sure))
        for stem, height, complete in answer["blocks"]:
            made = Made(Path(stem), height, complete, 0)
            for part in self._numbered(made, ("source", "line", "time")).partition_by("source"):
                _enter(part, ledgers[int(part["source"][0])])
            yield made
        self.report += [ledger.report(self.sources[index]) for index, ledger in ledgers.items()]

    def _share(self, work: Share) -> Iterator[Piece]:
        source, division = work.source, work.division
        ledger, stream = division.intake.ledger, division.intake.stream
        if len(self.sources) == source.index:
            self.sources.append(source)
        if work.part is not None:
            for made in division.collect(work.part):
                _enter(self._numbered(made, ("line", "time")), ledger)
                yield made
            return
        try:
            with stream:
                yield from self._frames(division.rest(), source, ledger)
                if stream.damage is not None:
                    raise stream.damage
        except LogSourceError as error:
            ledger.fail(error.reason, str(error))
        self._close(source, ledger)

    def _here(self, index: int, path: Path | Refused | None) -> Iterator[Batch]:
        ledger = Ledger(self._limits)
        if isinstance(path, Refused):
            # A loop of links, an empty folder: nothing to read, and nothing that may be passed over in silence.
            ledger.fail(path.error.code, str(path.error))
            self._close(SourceFile(index, path.name, Path(path.name), "none", 0.0), ledger)
            return
        name, origin = self._archives.origin(path)
        source = SourceFile(index, name, origin, "none", 0.0)
        if index >= self._limits.sources:
            ledger.fail("too-many-sources", f"only {self._limits.sources:,} files are read at once")
            self._close(source, ledger)
            return
        try:
            with ByteStream(path, self._limits) as stream:
                reader, sure = formats.chosen(stream, self._reader)
                source = SourceFile(index, name, origin, reader.name, sure)
                self.sources.append(source)
                if self._doubtful(path) and isinstance(reader, Text):
                    ledger.reject("a-document", 0, stream.head()[:400])
                    self._close(source, ledger)
                    return
                frames = reader.read(Intake.of(stream, path, ledger, self._limits))
                yield from self._frames(frames, source, ledger)
                if stream.damage is not None:
                    raise stream.damage
        except LogSourceError as error:
            ledger.fail(error.reason, str(error))
        self._close(source, ledger)

    def _doubtful(self, path: Path | None) -> bool:
        """Whether it may be a document that lies among logs; named itself, or with a format asked for, it is read."""
        if self._reader is not None or path is None or str(path) in self._named:
            return False
        return formats.document_name(Path(self._archives.origin(path)[0]))

    def _frames(self, frames: Iterator[pl.DataFrame], source: SourceFile, ledger: Ledger) -> Iterator[Batch]:
        for part in frames:
            if part.height:
                first, self._row = self._row, self._row + part.height
                frame = numbered(part, first, source.index, self._limits)
                _enter(frame, ledger)
                yield Batch(frame, source)

    def _numbered(self, made: Made, columns: Sequence[str]) -> pl.DataFrame:
        """Number the records of a block; gives some columns of it."""
        first, self._row = self._row, self._row + made.height
        return Block(made.stem, first, made.height, first, made.first_line).frame(columns)

    def _close(self, source: SourceFile, ledger: Ledger) -> None:
        if len(self.sources) == source.index:
            self.sources.append(source)
        self.report.append(ledger.report(source))


def _enter(frame: pl.DataFrame, ledger: Ledger) -> None:
    ledger.records += frame.height
    ledger.untimed += frame["time"].null_count()
    ledger.clock.add(frame["line"], frame["time"])
