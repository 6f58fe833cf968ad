"""How a CSV file is laid out: separator, header, and what its columns mean."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .roles import NUMBER, find, is_address, is_time, place

_SEPARATORS: Final = ",\t;|"
_SAMPLE: Final = 200
_MILLISECONDS: Final = re.compile(r"[^,]*\d\d:\d\d:\d\d,\d{3}\D")
"""A line whose first comma is the decimal mark of a time, as loggers of Java and Python write it."""


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


def lay_out(head: bytes) -> Layout | None:
    """Infer the layout of a file from its first bytes; None when it is not of columns."""
    text = head.decode("utf-8-sig", "replace").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    lines = [line for line in (lines[:-1] if len(lines) > 1 else lines) if line.strip()][:_SAMPLE]
    best: tuple[float, int, str, list[list[str]]] | None = None
    for separator in _SEPARATORS:
        if separator == "," and 2 * sum(bool(_MILLISECONDS.match(line)) for line in lines) > len(lines):
            continue
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
    names = unique(first) if header else tuple(f"c{i}" for i in range(width))
    sample = body if header else [row for row in rows if len(row) == width]
    return Layout(separator, names, header, find(names, sample, header), share)


def _rows(lines: Sequence[str], separator: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=separator) if row]
    except csv.Error:
        return []


def _is_header(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    cells = [cell.strip() for cell in first]
    if not all(cells) or len(set(cells)) < len(cells) or max(map(len, cells)) > 80:
        return False
    if any(NUMBER.match(c) or is_address(c) or is_time(c) or sum(map(str.isdigit, c)) > 5 for c in cells):
        return False
    again = {number for row in body for number, cell in enumerate(row) if cell.strip() == cells[number]}
    if any(place(c) is not None and number not in again for number, c in enumerate(cells)) or not body:
        return True
    for number in range(len(cells)):  # numbers under a word: the word is a name
        if all(NUMBER.match(row[number].strip() or "0") for row in body):
            return True
    return all(re.match(r"^[A-Za-z_][\w .:/()#%-]*$", c) for c in cells) and not any(
        row[n] == c for row in body for n, c in enumerate(first)
    )


def unique(names: Sequence[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    out = []
    for name in names:
        name = name.strip().lstrip("\ufeff")[:200] or "c"
        seen[name] += 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(out)
