"""What readers of formats with one record a line have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import polars as pl

from ..blocks import blocks
from ..contract import Intake, sample_lines
from ..syslog import text_lines


class LineFormat(ABC):
    """A format that is read line by line, with nothing carried over between them but the year of their stamps.

    Such a source may be cut at any line end and its parts read apart.
    """

    name: str
    title: str

    @abstractmethod
    def fits(self, line: bytes) -> bool:
        """Whether a line looks like this format."""

    @abstractmethod
    def reading(self, intake: Intake) -> Callable[[pl.DataFrame], pl.DataFrame]:
        """What makes a frame of records out of a block's lines (`line`, `text`; never empty)."""

    def sniff(self, head: bytes) -> float:
        lines = sample_lines(head)
        return 0.98 * sum(map(self.fits, lines)) / len(lines) if lines else 0.0

    def divisible(self, head: bytes) -> bool:
        return True

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        yield from self.segment(intake, b"", 0)

    def segment(self, intake: Intake, head: bytes, start: int, first: int = 0) -> Iterator[pl.DataFrame]:
        frame = self.reading(intake)
        for block in blocks(intake.stream, intake.ledger, intake.limits, first):
            lines = text_lines(block)
            if not lines.is_empty():
                yield frame(lines)
