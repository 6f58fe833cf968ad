"""Fields of Windows events as columns of text: made, cleaned, merged into normalised columns."""

import contextlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl

from ..limits import LogLimits
from .ledger import Ledger
from .vocabulary import DETAIL, DULL, HEADER

_DULL_VALUES: Final = sorted(DULL)
_WHOLE_OR_NONE: Final = frozenset((int, type(None)))
_DULL_BYTES: Final = max(len(value) for value in DULL)


def strings(name: str, values: Sequence[Any]) -> pl.Series:
    """Series of strings from decoded JSON values; numbers and the like become their text."""
    try:
        return pl.Series(name, values, dtype=pl.String)
    except (TypeError, OverflowError):  # not all of them are strings
        if set(map(type, values)) <= _WHOLE_OR_NONE:
            with contextlib.suppress(OverflowError, TypeError):
                return pl.Series(name, values, dtype=pl.Int64).cast(pl.String)
        return pl.Series(name, list(map(scalar, values)), dtype=pl.String)


def scalar(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict) and "name" in value:
        return scalar(value["name"])
    if isinstance(value, dict) and "#text" in value:
        return scalar(value["#text"])
    if isinstance(value, list) and all(type(v) is str for v in value):
        return ", ".join(value)
    return msgspec.json.encode(value).decode("utf-8", "replace")


def cleaned(cells: pl.DataFrame, limits: LogLimits, ledger: Ledger) -> pl.DataFrame:
    """Cut long values, drop those that say nothing, and the columns that are empty then."""
    if not cells.width or not cells.height:
        return pl.DataFrame(height=cells.height)
    names = cells.columns
    lengths = pl.all().str.len_bytes()
    found = cells.select(lengths.min().name.prefix("least "), lengths.max().name.prefix("most ")).row(0)
    columns: list[pl.Expr] = []
    doubtful: list[str] = []
    for name, least, most in zip(names, found, found[len(names) :], strict=False):
        if most is None:
            continue
        column = pl.col(name)
        if most > limits.value_chars:
            column = pl.lit(cut(cells[name], limits.value_chars, ledger))
        if least <= _DULL_BYTES:  # only where a value is so short need they be compared
            dull = pl.any_horizontal(pl.col(name) == value for value in _DULL_VALUES)
            column = pl.when(~dull).then(column)
            doubtful.append(name)
        columns.append(column.alias(name))
    cells = cells.select(columns) if columns else pl.DataFrame(height=cells.height)
    if not doubtful:
        return cells
    nulls = cells.select(pl.col(doubtful).null_count()).row(0)
    empty = {name for name, count in zip(doubtful, nulls, strict=True) if count == cells.height}
    kept = [column for column in cells if column.name not in empty]
    return pl.DataFrame(kept) if kept else pl.DataFrame(height=cells.height)


def cut(values: pl.Series, limit: int, ledger: Ledger) -> pl.Series:
    """Values with the long ones cut; only these are touched."""
    places = (values.str.len_bytes() > limit).arg_true()
    if not len(places):
        return values
    long = values.gather(places)
    fits = long.str.len_chars() <= limit
    ledger.repair("value-cut", len(long) - int(fits.sum()))
    short = pl.select(pl.when(fits).then(long).otherwise(long.str.slice(0, limit - 1) + "…")).to_series()
    place = np.arange(len(values), dtype=np.uint32)
    place[places.to_numpy()] = np.arange(len(values), len(values) + len(short), dtype=np.uint32)
    return pl.concat([values, short], rechunk=True).gather(pl.Series(place))


def merge(cells: pl.DataFrame) -> pl.DataFrame:
    """Normalised columns from fields that are named as the events name them.

    Parameters
    ----------
    cells
        Strings; any of the names of `HEADER` and `DETAIL`, and others, which are left out.

    Returns
    -------
    pl.DataFrame
        As many rows; all columns of `HEADER` and `DETAIL` that any event has but `time` and `message`.
    """
    present = set(cells.columns)
    merged = [
        pl.coalesce(known).alias(name)
        for name, spellings in (*HEADER.items(), *DETAIL.items())
        if name not in ("time", "message") and (known := [n for n in spellings if n in present])
    ]
    return cells.select(*merged, *outcome(present))


def outcome(present: set[str]) -> list[pl.Expr]:
    """Success or failure, from the keywords or from the audit's own type; none when neither is *present*."""
    marks = [name for name in ("EventTypeOrignal", "EventType", "action") if name in present]
    failed, fine = [], []
    if marks:
        failed.append(pl.coalesce(marks).str.contains("FAILURE", literal=True))
        fine.append(pl.coalesce(marks).str.contains("SUCCESS", literal=True))
    if "Keywords" in present:
        failed.append(pl.col("Keywords").str.contains("^0x801|Failure|^-9218868"))
        fine.append(pl.col("Keywords").str.contains("^0x802|Success|^-92143648"))
    if not failed:
        return []
    ended = (
        pl.when(pl.any_horizontal(failed))
        .then(pl.lit("failure"))
        .when(pl.any_horizontal(fine))
        .then(pl.lit("success"))
    )
    return [ended.alias("outcome")]
