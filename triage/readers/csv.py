"""CSV and its relatives: any columns; their meaning is inferred from names first, from values second."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from .. import extras, templates, times
from ..limits import LogLimits
from . import generic
from .contract import Intake
from .ledger import Ledger
from .streams import Block, LogSourceError, blocks

_SEPARATORS: Final = ",\t;|"
_ROWS: Final = 16384
_SAMPLE: Final = 200
_NUMBER: Final = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_ADDRESS: Final = re.compile(r"^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7})$")
_CELL_CHARS: Final = 1 << 17


@dataclass(frozen=True, slots=True)
class Layout:
    """How a CSV file is laid out.

    Attributes
    ----------
    separator
        Character between cells.
    names
        Column names; ``c0``, ``c1`` ... when the file has no header.
    header
        Whether the first row holds the names.
    roles
        Column name to the normalised column that it fills.
    share
        Share of the sampled rows that have as many cells as there are names.
    """

    separator: str
    names: tuple[str, ...]
    header: bool
    roles: dict[str, str]
    share: float


class Csv:
    """Reader of comma-, tab-, semicolon- and bar-separated values."""

    name = "csv"
    title = "CSV or TSV with any columns"

    def sniff(self, head: bytes) -> float:
        if head.lstrip()[:1] in (b"{", b"["):
            return 0.0
        layout = lay_out(head)
        if layout is None:
            return 0.0
        sure = 0.45 + 0.2 * layout.header + 0.1 * bool(layout.roles) + 0.1 * (len(layout.names) > 4)
        return sure * layout.share**2

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        head = intake.stream.head()
        layout = lay_out(head)
        if layout is None:
            raise LogSourceError("unknown-format", "no column separator was found; name another format")
        if len(layout.names) > intake.limits.columns:
            raise LogSourceError("unknown-format", f"more than {intake.limits.columns} columns")
        intake.ledger.columns.update({n: layout.roles.get(n, "extra") for n in layout.names})
        source = blocks(intake.stream, intake.ledger, intake.limits)
        if b'"' in head:
            yield from _quoted(source, layout, intake)
            return
        for block in source:
            if b'"' in block.data:
                yield from _quoted(iter((block,)), layout, intake)
            else:
                yield from _plain(block, layout, intake)


def lay_out(head: bytes) -> Layout | None:
    """Infer the layout of a file from its first bytes; None when it is not of columns."""
    text = head.decode("utf-8-sig", "replace").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", "replace")
    lines = text.split("\n")
    lines = [line for line in (lines[:-1] if len(lines) > 1 else lines) if line.strip()][:_SAMPLE]
    best: tuple[float, int, str, list[list[str]]] | None = None
    for separator in _SEPARATORS:
        rows = _rows(lines, separator)
        if not rows:
            continue
        width, count = Counter(map(len, rows)).most_common(1)[0]
        if width > 1 and (best is None or (count / len(rows), width) > best[:2]):
            best = (count / len(rows), width, separator, rows)
    if best is None or best[0] < 0.6:
        return None
    share, width, separator, rows = best
    first = rows[0]
    body = [row for row in rows[1:] if len(row) == width]
    header = len(first) == width and _is_header(first, body)
    names = _unique(first) if header else tuple(f"c{i}" for i in range(width))
    sample = body if header else [row for row in rows if len(row) == width]
    return Layout(separator, names, header, _roles(names, sample, header), share)


def _rows(lines: Sequence[str], separator: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=separator) if row]
    except csv.Error:
        return []


def _is_header(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    cells = [cell.strip() for cell in first]
    if not all(cells) or len(set(cells)) < len(cells) or max(map(len, cells)) > 80:
        return False
    if any(_NUMBER.match(c) or _ADDRESS.match(c) for c in cells) or any(_is_time(c) for c in cells):
        return False
    if any(c.lower() in generic.RANKS for c in cells) or not body:
        return True
    for number in range(len(cells)):  # numbers under a word: the word is a name
        if all(_NUMBER.match(row[number].strip() or "0") for row in body):
            return True
    return all(re.match(r"^[A-Za-z_][\w .:/()#%-]*$", c) for c in cells) and not any(
        row[n] == c for row in body for n, c in enumerate(first)
    )


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    out = []
    for name in names:
        name = name.strip().lstrip("\ufeff")[:200] or "c"
        seen[name] += 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(out)


def _is_time(cell: str) -> bool:
    return bool(re.match(r"^\d{4}[-/]\d\d[-/]\d\d|^\d\d/[A-Z][a-z]{2}/\d{4}:|^\d{1,2}/\d{1,2}/\d{4} ", cell))


def _roles(names: Sequence[str], sample: Sequence[Sequence[str]], header: bool) -> dict[str, str]:
    ranked: dict[str, tuple[int, str]] = {}
    for number, name in enumerate(names):
        place = generic.RANKS.get(re.sub(r"[ -]+", "_", name.strip().lower())) if header else None
        if place is None:
            continue
        column, rank = place
        values = [row[number].strip() for row in sample if row[number].strip()]
        if not _plausible(column, values):
            continue
        if column not in ranked or rank < ranked[column][0]:
            ranked[column] = (rank, name)
    roles = {name: column for column, (_, name) in ranked.items()}
    for number, name in enumerate(names):
        if name in roles:
            continue
        values = [row[number].strip() for row in sample if row[number].strip()]
        guess = _guess(values, set(roles.values()))
        if guess is not None:
            roles[name] = guess
    return roles


def _plausible(column: str, values: Sequence[str]) -> bool:
    if not values:
        return True
    if column == "time":
        parsed = times.parse(pl.Series(values, dtype=pl.String))
        return parsed.null_count() * 2 < len(values)
    if column in ("source_ip", "destination_ip"):
        return not all(_NUMBER.match(v) for v in values)
    return True


def _guess(values: Sequence[str], taken: set[str]) -> str | None:
    """The role that the values of an unnamed or unknown column show, if any."""
    if not values:
        return None
    if "time" not in taken and sum(map(_is_time, values)) > 0.9 * len(values):
        return "time"
    if sum(bool(_ADDRESS.match(v)) for v in values) > 0.9 * len(values):
        return next((c for c in ("source_ip", "destination_ip") if c not in taken), None)
    wordy = sum(len(v) > 40 and v.count(" ") > 3 for v in values)
    return "message" if "message" not in taken and wordy > 0.5 * len(values) else None


def _plain(block: Block, layout: Layout, intake: Intake) -> Iterator[pl.DataFrame]:
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
    if block.first == 0 and layout.header:
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
        yield _frame(lines[part], cells[part], layout, ledger, intake.limits)


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
    rows: list[list[str]] = []
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
            if _unique(row) == layout.names:
                continue
        if len(row) != width:
            code = "too-many-columns" if len(row) > intake.limits.columns else "wrong-column-count"
            ledger.reject(code, begin, layout.separator.join(row[:50]))
            continue
        rows.append(row)
        numbers.append(begin)
        if len(rows) >= _ROWS:
            yield _table(numbers, rows, layout, intake)
            rows, numbers = [], []
    if rows:
        yield _table(numbers, rows, layout, intake)


def _table(numbers: list[int], rows: list[list[str]], layout: Layout, intake: Intake) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    cells = pl.DataFrame(
        [pl.Series(name, column, dtype=pl.String) for name, column in zip(layout.names, columns, strict=True)]
    )
    cells = cells.with_columns(pl.all().replace("", None))
    return _frame(pl.Series(numbers, dtype=pl.UInt32), cells, layout, intake.ledger, intake.limits)


def _frame(
    lines: pl.Series, cells: pl.DataFrame, layout: Layout, ledger: Ledger, limits: LogLimits
) -> pl.DataFrame:
    columns: dict[str, pl.Series] = {"line": lines}
    others: dict[str, pl.Series] = {}
    for name in layout.names:
        column = cells[name]
        if (column.str.len_bytes().max() or 0) > limits.value_chars:  # type: ignore[operator]
            long = (column.str.len_chars() > limits.value_chars).fill_null(False)
            ledger.repair("value-cut", int(long.sum()))
            column = column.zip_with(~long, column.str.slice(0, limits.value_chars - 1) + "…")
        role = layout.roles.get(name)
        if role is None:
            others[name] = column
        else:
            columns[role] = times.parse(column) if role == "time" else column
    if "message" in columns:
        columns["template"] = templates.signatures(columns["message"])
    kept = dict(list(others.items())[: limits.extras])
    columns["extra_names"], columns["extra_values"] = extras.pack(kept, len(lines))
    columns["raw_kind"] = pl.Series(["csv"]).new_from_index(0, len(lines))
    return pl.DataFrame({name: column.alias(name) for name, column in columns.items()})
