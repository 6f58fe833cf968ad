"""Blocks: some thousand consecutive records on disk, with their codes and groups beside them.

Records are encoded once, while they are in memory; counting and scoring read the codes. A block may be made
before it is known how many records come before it: its rows and lines are then numbered from 0, and the
numbers of the first ones are given when it is read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..ranking.bursts import grouped
from ..records.fields import NAMES
from ..taggers import Tagger, tagged
from .codes import Int32
from .encoding import Encoded, coded, encode, joined_up
from .succession import Border

ROWS: Final = 32_768
"""Most records of a block: small enough for a column to stay in cache."""

BATCH: Final = 4096
"""Records that are packed together on disk, so that a few can be fetched without unpacking a whole block."""

BYTES: Final = 48 << 20
"""Bytes of records in memory from which a block is closed, however few records it has."""


@dataclass(frozen=True, slots=True)
class Made:
    """A block that another process made; its rows and lines are numbered from 0.

    Attributes
    ----------
    stem
        Where it lies, without ending.
    height
        Its records.
    complete
        What `make` gave.
    first_line
        Line of the source that its line 0 is.
    """

    stem: Path
    height: int
    complete: bool
    first_line: int


def cut(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Gather small frames and cut large ones.

    Parameters
    ----------
    frames
        Normalised records in order.

    Yields
    ------
    pl.DataFrame
        Of at most `ROWS` records, and about `BYTES` bytes where records are large; never empty.
    """
    waiting: list[pl.DataFrame] = []
    rows = size = 0
    for frame in frames:
        for start in range(0, frame.height, ROWS):
            piece = frame[start : start + ROWS]
            more = int(piece.estimated_size()) if frame.height <= ROWS else 0
            if waiting and (rows + piece.height > ROWS or size + more > BYTES):
                yield pl.concat(waiting) if len(waiting) > 1 else waiting[0]
                waiting, rows, size = [], 0, 0
            waiting.append(piece)
            rows += piece.height
            size += more
    if waiting:
        yield pl.concat(waiting) if len(waiting) > 1 else waiting[0]


def make(frame: pl.DataFrame, stem: Path, taggers: Sequence[Tagger] = ()) -> bool:
    """Write a block.

    Parameters
    ----------
    frame
        Normalised records, at least one and at most `ROWS`; `row` ascends by one.
    stem
        Where, without ending.
    taggers
        Tag its records.

    Returns
    -------
    bool
        Whether its groups were written too. Where the time of a record is unknown its group depends on its
        number in the whole input: `group` has to be called once that is known.
    """
    columns = coded(frame)
    encoded, border = encode(frame, columns)
    frame.write_ipc(_file(stem, "arrow"), compression="lz4", record_batch_size=BATCH)
    index = encoded.index.T
    if len(encoded.entry) < 1 << 16:
        index = index.astype(np.uint16)
    _save(_file(stem, "codes"), encoded.entry, encoded.context, encoded.count, index, encoded.pair)
    ends = np.array([border.opens, border.closes], np.int64)
    _save(
        _file(stem, "border"), ends, border.row, border.entity, border.kind, border.last_entity, border.last_kind
    )
    if taggers:
        tagged(taggers, frame).write_ipc(_file(stem, "tags"), compression="lz4")
    if frame["time"].null_count():
        return False
    _write_groups(stem, *grouped(frame, columns["host"], columns["type"]))
    return True


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the input.

    Attributes
    ----------
    stem
        Where it lies, without ending.
    first, height
        Number of its first record in the whole input, and how many it has.
    first_row, first_line
        What its stored rows and lines are short of.
    """

    stem: Path
    first: int
    height: int
    first_row: int = 0
    first_line: int = 0

    def frame(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Its records: some columns, or all."""
        return self._numbered(pl.read_ipc(_file(self.stem, "arrow"), columns=list(columns or NAMES)), columns)

    def rows(self, places: NDArray[np.int64], columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Some of its records: those at *places*, ascending."""
        batches = np.unique(places // BATCH)
        if 3 * len(batches) * BATCH > self.height:
            return self.frame(columns)[places]
        packed = pl.scan_ipc(_file(self.stem, "arrow")).select(columns or NAMES)
        parts = [
            packed.slice(batch * BATCH, BATCH).collect()[places[places // BATCH == batch] - batch * BATCH]
            for batch in batches.tolist()
        ]
        return self._numbered(pl.concat(parts) if len(parts) > 1 else parts[0], columns)

    def _numbered(self, frame: pl.DataFrame, columns: Sequence[str] | None) -> pl.DataFrame:
        if self.first_row and "row" in frame.columns:
            frame = frame.with_columns(pl.col("row") + pl.lit(self.first_row, pl.UInt64))
        if self.first_line and "line" in frame.columns:
            frame = frame.with_columns(pl.col("line") + pl.lit(self.first_line, pl.UInt32))
        return frame.select(columns or NAMES)

    def encoded(self) -> Encoded:
        """The network's input but for the burst."""
        entry, context, count, index, pair = _load(_file(self.stem, "codes"))
        encoded = Encoded(entry, context, count, index.astype(np.int32, copy=False).T, pair)
        told = _file(self.stem, "before")
        return joined_up(encoded, *_load(told)) if told.exists() else encoded

    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Keys of its distinct pairs and of their contexts, and how many records have each."""
        told = _file(self.stem, "before")
        if told.exists():
            encoded = self.encoded()
            return encoded.entry, encoded.context, encoded.count
        entry, context, count = _load(_file(self.stem, "codes"), 3)
        return entry, context, count

    def tags(self) -> pl.DataFrame | None:
        """What taggers said where it was made, with rows numbered as in the whole input; None if nobody asked them."""
        path = _file(self.stem, "tags")
        if not path.exists():
            return None
        return pl.read_ipc(path).with_columns(pl.col("row") + pl.lit(self.first_row, pl.UInt64))

    def border(self) -> Border:
        """What the blocks before and behind it need to know."""
        ends, *rest = _load(_file(self.stem, "border"))
        return Border(int(ends[0]), int(ends[1]), *rest)

    def tell(self, row: NDArray[np.int64], before: NDArray[np.int64], kind: NDArray[np.int64]) -> None:
        """Keep what came before its first records; see `assay.triage.counting.succession.Succession.join`."""
        if len(row):
            _save(_file(self.stem, "before"), row, before, kind)

    def group(self) -> None:
        """Write its groups, where `make` could not."""
        frame = self.frame(("row", "time", "host", "type"))
        columns = coded(frame)
        _write_groups(self.stem, *grouped(frame, columns["host"], columns["type"]))

    def groups(self) -> pl.DataFrame:
        """Its groups, from `assay.triage.ranking.bursts.grouped`."""
        return pl.read_ipc(_file(self.stem, "groups"))

    def members(self) -> Int32:
        """Which of its groups each record is in, [height]."""
        return _load(_file(self.stem, "members"))[0].astype(np.int32, copy=False)


def _write_groups(stem: Path, members: Int32, groups: pl.DataFrame) -> None:
    groups.write_ipc(_file(stem, "groups"), compression="uncompressed")
    _save(_file(stem, "members"), members.astype(np.uint16 if groups.height < 1 << 16 else np.int32))


def _file(stem: Path, ending: str) -> Path:
    return stem.with_name(f"{stem.name}.{ending}")


def _save(path: Path, *arrays: NDArray[Any]) -> None:
    with path.open("wb") as file:
        for array in arrays:
            np.save(file, array, allow_pickle=False)


def _load(path: Path, most: int = 99) -> list[NDArray[Any]]:
    arrays: list[NDArray[Any]] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < size and len(arrays) < most:
            arrays.append(np.load(file, allow_pickle=False))
    return arrays
