"""Decoded Windows events as columns, made when they are asked for."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import polars as pl

from .cells import strings
from .vocabulary import DETAIL, EXTRA, HEADER

SPELLINGS: Final = tuple(
    dict.fromkeys(
        [name for names in (*HEADER.values(), *DETAIL.values()) for name in names]
        + ["Keywords", "EventTypeOrignal"]
        + list(EXTRA)
    )
)
"""Every name of a field that is read, each once."""

PLACE: Final = {name: number for number, name in enumerate(SPELLINGS)}
"""Name to place in the struct."""


class Columns:
    """The fields of decoded events, one tuple each, made into series when they are asked for."""

    def __init__(self, events: Sequence[Any]) -> None:
        # Envelopes may be of longer structs than details: the fields that count come first in all.
        self._columns: list[tuple[Any, ...]] = list(zip(*map(msgspec.structs.astuple, events), strict=False))
        self._height = len(events)

    def one(self, name: str) -> pl.Series | None:
        """Strings of one field; None when no event has it."""
        column = self._columns[PLACE[name]]
        return None if column.count(None) == self._height else strings(name, column)

    def frame(self, names: Sequence[str]) -> pl.DataFrame:
        """Those of the named fields that any event has."""
        made = (self.one(name) for name in names)
        frame = pl.DataFrame([series for series in made if series is not None])
        return frame if frame.width else pl.DataFrame(height=self._height)

    def titles(self, names: Sequence[str]) -> pl.Series | None:
        """First line of a text field, the first of several spellings that each event has."""
        merged: pl.Series | None = None
        for name in names:
            column = self._columns[PLACE[name]]
            if column.count(None) == self._height:
                continue
            cut = [v[:240].split("\n", 1)[0].rstrip() if type(v) is str else None for v in column]
            found = pl.Series(cut, dtype=pl.String)
            merged = found if merged is None else merged.zip_with(merged.is_not_null(), found)
            if not merged.null_count():
                break
        return merged
