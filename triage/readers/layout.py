"""How a CSV file is laid out: separator, header, and what its columns mean, by names first and values second."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from .. import times
from . import generic

_SEPARATORS: Final = ",\t;|"
_SAMPLE: Final = 200
_NUMBER: Final = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_ADDRESS: Final = re.compile(r"^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7})$")


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
    names = unique(first) if header else tuple(f"c{i}" for i in range(width))
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


def unique(names: Sequence[str]) -> tuple[str, ...]:
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
