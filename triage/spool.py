"""Normalised batches on disk, so that memory stays flat however long the logs are."""

import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl

from .fields import NAMES, SCHEMA
from .values import Batch, SourceFile


class Spool:
    """A temporary folder of Arrow files, one a batch.

    Parameters
    ----------
    folder
        Where to make the temporary folder; None for the system's place.

    Notes
    -----
    Use it as a context manager: the folder is removed at the end. Small batches are gathered before
    they are written, so that a thousand small files do not become a thousand small Arrow files.
    """

    def __init__(self, folder: Path | None = None, *, rows_per_file: int = 65536) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="assay-spool-", dir=folder))
        self._rows_per_file = rows_per_file
        self._firsts: list[int] = []
        self._files: list[Path] = []
        self._waiting: list[pl.DataFrame] = []
        self._waiting_rows = 0
        self._sources: dict[int, SourceFile] = {}
        self.rows_stored = 0

    def append(self, batch: Batch) -> None:
        """Add a batch; its rows must follow those already there."""
        if int(batch.frame["row"][0]) != self.rows_stored:
            raise ValueError(f"row {batch.frame['row'][0]} does not follow {self.rows_stored} stored rows")
        self._sources[batch.source.index] = batch.source
        self._waiting.append(batch.frame)
        self._waiting_rows += len(batch)
        self.rows_stored += len(batch)
        if self._waiting_rows >= self._rows_per_file:
            self._write()

    def _write(self) -> None:
        if not self._waiting:
            return
        frame = pl.concat(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        path = self._folder / f"{len(self._files):08d}.arrow"
        frame.write_ipc(path, compression="lz4")
        self._firsts.append(int(frame["row"][0]))
        self._files.append(path)
        self._waiting, self._waiting_rows = [], 0

    def frames(self, columns: Sequence[str] | None = None, *, every: int = 1) -> Iterator[pl.DataFrame]:
        """Yield the stored frames in order.

        Parameters
        ----------
        columns
            Those to load; all by default. A frame may hold rows of several sources.
        every
            Only every so-many-th stored frame, beginning with the first.
        """
        self._write()
        for path in self._files[::every]:
            yield pl.read_ipc(path, columns=list(columns or NAMES))

    def batches(self) -> Iterator[Batch]:
        """Yield the stored rows in order, one source a batch."""
        for frame in self.frames():
            for part in frame.partition_by("source", maintain_order=True):
                yield Batch(part, self._sources[int(part["source"][0])])

    def rows(self, ids: Iterable[int], columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Fetch rows by number.

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
        self._write()
        wanted = sorted(set(ids))
        if wanted and not 0 <= wanted[0] <= wanted[-1] < self.rows_stored:
            raise IndexError(f"rows run from 0 to {self.rows_stored - 1}")
        names = list(dict.fromkeys(("row", *(columns or NAMES))))
        by_file: dict[int, list[int]] = {}
        for row in wanted:
            by_file.setdefault(bisect_right(self._firsts, row) - 1, []).append(row)
        found = []
        for number, rows in by_file.items():
            frame = pl.read_ipc(self._files[number], columns=names)
            first = self._firsts[number]
            found.append(frame.select(names)[[row - first for row in rows]])
        if not found:
            return pl.DataFrame(schema={name: SCHEMA[name] for name in names})
        return pl.concat(found)

    def source(self, index: int) -> SourceFile:
        """Return the source of that index."""
        return self._sources[index]

    def __len__(self) -> int:
        return self.rows_stored

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
