"""Markdown tables of lines and intervals."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assay.detect.forge.launder import TIERS

Cells = Mapping[str, Mapping[str, Any]]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, or a line that says there is nothing."""
    body = list(rows)
    if not body:
        return "Nothing to show.\n"
    lines = [heads, ["---"] * len(heads), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def shown(cell: Mapping[str, Any] | None, digits: int = 3) -> str:
    """A value with its interval where it has one."""
    if cell is None:
        return ""
    value, low, high = cell["value"], cell["low"], cell["high"]
    if low is None or low == high:
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def size(cells: Cells) -> str:
    """How many pictures the cells are about; from-to where tiers differ."""
    found = sorted({cell["n"] for cell in cells.values()})
    return "" if not found else str(found[0]) if len(found) == 1 else f"{found[0]}-{found[-1]}"


def row(cells: Cells, columns: Sequence[str] = TIERS) -> list[str]:
    """Cells in the order of the columns."""
    return [shown(cells.get(column)) for column in columns]


def lines(found: Iterable[Mapping[str, Any]], heads: Sequence[str], *, grouped: bool = True) -> str:
    """A table of lines as `figures.Line.plain` gives them: name, group where asked, pictures, tiers."""
    rows = [
        [
            line["name"],
            *([line["group"] or "all"] if grouped else []),
            size(line["cells"]),
            *row(line["cells"]),
        ]
        for line in found
        if line["cells"]
    ]
    return table([*heads, "pictures", *TIERS], rows)
