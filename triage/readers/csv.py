"""CSV and its relatives: any columns; their meaning is inferred from names first, from values second."""

import csv
import io
from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from . import rows
from .blocks import Block, blocks
from .contract import Intake, sample_lines
from .layout import Layout, lay_out, unique
from .streams import LogSourceError

_ROWS: Final = 16384
_CELL_CHARS: Final = 1 << 17
_RAGGED: Final = 0.95
"""Without a header, at least this share of the lines must have equally many cells; sentences with commas do not."""


class Csv:
    """Reader of comma-, tab-, semicolon- and bar-separated values."""

    name = "csv"
    title = "CSV or TSV with any columns"

    def sniff(self, head: bytes) -> float:
        if head.lstrip()[:1] in (b"{", b"["):
            return 0.0
        layout = lay_out(head)
        if layout is None or not (layout.header or (layout.share >= _RAGGED and not _sentences(head, layout))):
            return 0.0
        sure = 0.45 + 0.2 * layout.header + 0.1 * bool(layout.roles) + 0.1 * (len(layout.names) > 4)
        return sure * layout.share**2

    def divisible(self, head: bytes) -> bool:
        return b'"' not in head

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        yield from self.segment(intake, intake.head(), 0)

    def segment(self, intake: Intake, head: bytes, start: int, first: int = 0) -> Iterator[pl.DataFrame]:
        layout = lay_out(head)
        if layout is None:
            raise LogSourceError("unknown-format", "no column separator was found; name another format")
        if len(layout.names) > intake.limits.columns:
            raise LogSourceError("unknown-format", f"more than {intake.limits.columns} columns")
        intake.ledger.columns.update({n: layout.roles.get(n, "extra") for n in layout.names})
        source = blocks(intake.stream, intake.ledger, intake.limits, first)
        if b'"' in head:
            yield from _quoted(source, layout, intake)
            return
        for block in source:
            if b'"' in block.data:
                yield from _quoted(iter((block,)), layout, intake)
            else:
                yield from _plain(block, layout, intake, start == 0 and block.first == 0)


def _sentences(head: bytes, layout: Layout) -> bool:
    """Whether what follows the first comma are sentences: the file is a text log with a comma after its time."""
    if layout.separator != "," or b',"' in head or head[:1] == b'"':
        return False
    words = [len(line.rpartition(b",")[2].split()) for line in sample_lines(head)]
    return bool(words) and sum(count >= 4 for count in words) * 2 > len(words)


def _plain(block: Block, layout: Layout, intake: Intake, top: bool) -> Iterator[pl.DataFrame]:
    """A block without quotes: polars cuts it, after rows of the wrong width are taken out."""
    ledger = intake.ledger
    data = block.data
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw == 10)
    cuts = np.searchsorted(np.flatnonzero(raw == ord(layout.separator)), ends)
    counts = np.diff(cuts, prepend=0)
    starts = np.concatenate(([0], ends[:-1] + 1))
    blank = ends == starts
    good = (counts == len(layout.names) - 1) & ~blank
    if top and layout.header:
        first = int(np.argmax(~blank))  # the header is the first line that is not blank
        good[first], blank[first] = False, True
    numbers = np.flatnonzero(good)
    for number in np.flatnonzero(~good & ~blank):
        ledger.reject("wrong-column-count", block.first + int(number), data[starts[number] : ends[number]])
    if not len(numbers):
        return
    if len(numbers) < len(good):
        data = b"\n".join([data[starts[n] : ends[n]] for n in numbers]) + b"\n"
    cells = pl.read_csv(
        io.BytesIO(data),
        has_header=False,
        schema=dict.fromkeys(layout.names, pl.String()),
        separator=layout.separator,
        quote_char=None,
    )
    lines = pl.Series((numbers + block.first).astype(np.uint32))
    for start in range(0, len(lines), _ROWS * 4):
        part = slice(start, start + _ROWS * 4)
        yield rows.frame(lines[part], cells[part], layout.roles, "csv", ledger, intake.limits)


def _quoted(source: Iterator[Block], layout: Layout, intake: Intake) -> Iterator[pl.DataFrame]:
    """Rows with quotes, which may hold separators and line ends: the csv module cuts them."""
    ledger, width = intake.ledger, len(layout.names)
    last = 0

    def lines() -> Iterator[str]:
        nonlocal last
        for block in source:
            texts = block.data.decode("utf-8", "replace").split("\n")
            for number, line in enumerate(texts[:-1], block.first):
                last = number
                yield line + "\n"

    feed = lines()
    found: list[list[str]] = []
    numbers: list[int] = []
    header = layout.header
    csv.field_size_limit(_CELL_CHARS)
    reader = csv.reader(feed, delimiter=layout.separator)
    begin, seen = -1, 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error:
            ledger.reject("bad-quoting", last, "")
            reader = csv.reader(feed, delimiter=layout.separator)
            seen = 0
            continue
        begin, seen = last - (reader.line_num - seen) + 1, reader.line_num
        if not row or (len(row) == 1 and not row[0].strip()):
            continue
        if header and begin >= 0:
            header = False
            if unique(row) == layout.names:
                continue
        if len(row) != width:
            code = "too-many-columns" if len(row) > intake.limits.columns else "wrong-column-count"
            ledger.reject(code, begin, layout.separator.join(row[:50]))
            continue
        found.append(row)
        numbers.append(begin)
        if len(found) >= _ROWS:
            yield _table(numbers, found, layout, intake)
            found, numbers = [], []
    if found:
        yield _table(numbers, found, layout, intake)


def _table(numbers: list[int], found: list[list[str]], layout: Layout, intake: Intake) -> pl.DataFrame:
    columns = zip(*found, strict=True)
    cells = pl.DataFrame(
        [pl.Series(name, column, dtype=pl.String) for name, column in zip(layout.names, columns, strict=True)]
    )
    cells = cells.with_columns(pl.all().replace("", None))
    lines = pl.Series(numbers, dtype=pl.UInt32)
    return rows.frame(lines, cells, layout.roles, "csv", intake.ledger, intake.limits)
