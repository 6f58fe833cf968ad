"""The input as blocks on disk, so that memory stays flat however long the logs are."""

import shutil
import tempfile
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from ..ranking.bursts import volumes
from ..records.fields import NAMES, SCHEMA
from ..taggers import Tagger, Tags
from ..values import Batch
from . import blocks
from .blocks import Block, Made
from .counts import Counter
from .succession import Succession

MAKING: Final = 2
"""Blocks that are being made or wait for it while reading goes on; each holds at most `blocks.BYTES` of records."""


class Spool:
    """A temporary folder of blocks. Use it as a context manager: the folder is removed at the end.

    Parameters
    ----------
    folder
        Where to make the temporary folder; None for the system's place.
    counter
        Counts the records as they come; None where a baseline does the judging.
    taggers
        Tag the records as they come.

    Attributes
    ----------
    blocks
        In order; complete after `finish`.
    tags
        What the taggers said.
    """

    def __init__(
        self, folder: Path | None = None, *, counter: Counter | None = None, taggers: Sequence[Tagger] = ()
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="assay-spool-", dir=folder))
        self.blocks: list[Block] = []
        self.tags = Tags(self.folder)
        self._counter, self._taggers = counter, taggers
        self._succession = Succession()
        # Blocks are made beside the reading: most of that work holds no lock of Python.
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="assay-spool")
        self._making: deque[tuple[Block, Future[bool]]] = deque()
        self._waiting: list[pl.DataFrame] = []
        self._waiting_rows = self._waiting_bytes = 0
        self._stored = self._received = 0
        self._volumes: pl.DataFrame | None = None

    def take(self, piece: Batch | Made) -> None:
        """Add what a reading gives: records, or a block that another process made."""
        if isinstance(piece, Made):
            self.adopt(piece)
        else:
            self.append(piece.frame)

    def append(self, frame: pl.DataFrame) -> None:
        """Add normalised records; their `row` must follow those already there."""
        if int(frame["row"][0]) != self._received:
            raise ValueError(f"row {frame['row'][0]} does not follow {self._received} stored rows")
        self._received += frame.height
        for start in range(0, frame.height, blocks.ROWS):
            piece = frame[start : start + blocks.ROWS]
            size = int(piece.estimated_size()) if frame.height <= blocks.ROWS else 0
            if self._waiting_rows + piece.height > blocks.ROWS or self._waiting_bytes + size > blocks.BYTES:
                self._write()
            self._waiting.append(piece)
            self._waiting_rows += piece.height
            self._waiting_bytes += size

    def adopt(self, made: Made) -> None:
        """Add a block that another process made in the folder of this spool; its records follow those already there."""
        self.finish()
        self._received += made.height
        first = self._stored
        self._register(Block(made.stem, first, made.height, first, made.first_line), made.complete)

    def finish(self) -> None:
        """Write what is waiting."""
        self._write()
        self._settle(0)

    def _write(self) -> None:
        if not self._waiting:
            return
        frame = pl.concat(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        self._waiting, self._waiting_rows, self._waiting_bytes = [], 0, 0
        self._settle(MAKING - 1)
        stem = self.folder / f"{len(self.blocks) + len(self._making):08d}"
        first = self._stored + sum(block.height for block, _ in self._making)
        made = self._maker.submit(blocks.make, frame, stem, self._taggers)
        self._making.append((Block(stem, first, frame.height), made))

    def _settle(self, most: int) -> None:
        """Wait until at most so many blocks are being made."""
        while len(self._making) > most:
            block, made = self._making.popleft()
            self._register(block, made.result())

    def _register(self, block: Block, complete: bool) -> None:
        told = self._succession.join(block.border())
        block.tell(*told)
        if not complete:
            block.group()
        self.blocks.append(block)
        self._stored += block.height
        tags = block.tags()
        if tags is not None and tags.height:
            self.tags.add(block.frame(("row", "time", "host", "type")), tags)
        if self._counter is not None:
            self._counter.add(*block.counts())

    def groups(self) -> pl.DataFrame:
        """All groups, from `assay.triage.ranking.bursts.volumes`."""
        self.finish()
        if self._volumes is None:
            self._volumes = volumes(block.groups() for block in self.blocks)
        return self._volumes

    def frames(self, columns: Sequence[str] | None = None, *, every: int = 1) -> Iterator[pl.DataFrame]:
        """Yield the stored records in order, in stretches that do not depend on how they were cut into blocks.

        Parameters
        ----------
        columns
            Those to load; all by default. A frame may hold records of several sources.
        every
            Only every so-many-th stretch, beginning with the first.
        """
        self.finish()
        length, loaded, frame = blocks.ROWS, -1, pl.DataFrame()
        for start in range(0, self._stored, length * every):
            stop, parts = min(start + length, self._stored), []
            at = start
            while at < stop:
                number = self.place(at)
                block = self.blocks[number]
                if number != loaded:
                    loaded, frame = number, block.frame(columns)
                end = min(stop, block.first + block.height)
                parts.append(frame[at - block.first : end - block.first])
                at = end
            yield pl.concat(parts) if len(parts) > 1 else parts[0]

    def place(self, row: int) -> int:
        """Number of the block that holds a record."""
        return bisect_right(self.blocks, row, key=lambda block: block.first) - 1

    def rows(self, ids: Iterable[int], columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Fetch records by number.

        Parameters
        ----------
        ids
            Row numbers, in any order; repeated ones are given once.
        columns
            Those to load; `row` is always among them.

        Returns
        -------
        pl.DataFrame
            In ascending order of `row`.

        Raises
        ------
        IndexError
            A row was never stored.
        """
        self.finish()
        wanted = np.unique(np.fromiter(ids, np.int64))
        if len(wanted) and not 0 <= wanted[0] <= wanted[-1] < self._stored:
            raise IndexError(f"rows run from 0 to {self._stored - 1}")
        names = list(dict.fromkeys(("row", *(columns or NAMES))))
        places = np.searchsorted([block.first for block in self.blocks], wanted, "right") - 1
        found = [
            (block := self.blocks[number]).rows(wanted[places == number] - block.first, names)
            for number in np.unique(places)
        ]
        return pl.concat(found) if found else pl.DataFrame(schema={name: SCHEMA[name] for name in names})

    def __len__(self) -> int:
        return self._received

    def close(self) -> None:
        """Remove the folder."""
        self._maker.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
