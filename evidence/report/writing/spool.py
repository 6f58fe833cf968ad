"""Lines on disk between the answers and the pages, so that memory stays flat however long a report is."""

import heapq
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from ..model import Exhibit, Row

__all__ = ["First", "Spool"]

_URGENT = {"inconsistent": 0, "inconclusive": 1, "failed": 2, "not_applicable": 3, "consistent": 4}


class Spool:
    """A temporary file of lines; a context manager."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by __exit__)
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, line: bytes) -> None:
        """One more line, without its end."""
        self._file.write(line + b"\n")
        self.count += 1

    def __iter__(self) -> Iterator[bytes]:
        self._file.flush()
        self._file.seek(0)
        for line in self._file:
            yield line.rstrip(b"\n")
        self._file.seek(0, 2)

    def batches(self, size: int) -> Iterator[list[bytes]]:
        """The lines, some at a time."""
        batch: list[bytes] = []
        for line in self:
            batch.append(line)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch


class First:
    """The rows to look at first, without keeping all of them.

    Parameters
    ----------
    most
        How many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._heap: list[tuple[tuple[float, ...], int, Row]] = []

    def add(self, row: Row) -> None:
        """One more row."""
        ratio = 0.0 if row.ratio is None else row.ratio.log10
        urgency = (-float(_URGENT[row.outcome or "failed"]), ratio, -float(row.number))
        item = (urgency, row.number, row)
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, item)
        else:
            heapq.heappushpop(self._heap, item)

    def rows(self) -> list[Row]:
        """Most urgent first."""
        return [row for _, _, row in sorted(self._heap, reverse=True)]


def part_of(number: int, size: int) -> int:
    """Which part holds the exhibit or incident of a number; both count from 1."""
    return (number - 1) // size + 1


def exhibit_of(line: bytes) -> Exhibit:
    """An exhibit from its line."""
    return Exhibit.model_validate_json(line)
