"""Files with tokens back to names: JSON lines and CSV by their grammar, anything else as text."""

import csv
import json
from collections.abc import Iterator
from typing import Any, TextIO

from ..exports.tables import QUOTE, safe
from .key import Key


def reveal_file(source: TextIO, ending: str, key: Key) -> Iterator[str]:
    """Give a file back with every token of the key as its name.

    Parameters
    ----------
    source
        Opened text; CSV with ``newline=""``.
    ending
        Of the file's name: ``.csv``, ``.json``, ``.jsonl`` or any other.
    key
        Made the tokens; those of another key stay.

    Yields
    ------
    str
        Pieces, in order. A cell of CSV is as safe from formulas as it was.
    """
    if ending == ".csv":
        lines = _Lines()
        table = csv.writer(lines, lineterminator="\r\n")
        for row in csv.reader(source):
            table.writerow([_cell(cell, key) for cell in row])
            yield lines.taken()
        return
    for line in source:
        if ending in (".json", ".jsonl") and (page := _page(line)) is not None:
            yield json.dumps(_values(page, key), allow_nan=False) + "\n"
        else:
            yield key.reveal(line)


class _Lines:
    """Collects what a CSV writer writes."""

    def __init__(self) -> None:
        self._text = ""

    def write(self, text: str) -> None:
        """Add a piece."""
        self._text += text

    def taken(self) -> str:
        """What was written since."""
        text, self._text = self._text, ""
        return text


def _cell(cell: str, key: Key) -> str:
    told = key.reveal(cell)
    return cell if told == cell else told if told.startswith(QUOTE) else safe(told)


def _page(line: str) -> dict[str, Any] | None:
    try:
        page = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return page if isinstance(page, dict) else None


def _values(value: Any, key: Key) -> Any:
    if isinstance(value, str):
        return key.reveal(value)
    if isinstance(value, dict):
        return {name: _values(item, key) for name, item in value.items()}
    return [_values(item, key) for item in value] if isinstance(value, list) else value
