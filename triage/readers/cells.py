"""Fields of Windows events as columns of text: made, cleaned, merged into normalised columns."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import polars as pl

from ..limits import LogLimits
from .ledger import Ledger
from .vocabulary import DETAIL, DULL, HEADER

_DULL_VALUES: Final = sorted(DULL)
_STRING_OR_NONE: Final = frozenset((str, type(None)))


def strings(name: str, values: Sequence[Any]) -> pl.Series:
    """Series of strings from decoded JSON values; numbers and the like become their text."""
    if not _STRING_OR_NONE.issuperset(map(type, values)):
        values = list(map(scalar, values))
    return pl.Series(name, values, dtype=pl.String)


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
    if not cells.width:
        return cells
    limit = limits.value_chars
    longest = cells.select(pl.all().str.len_bytes().max()).row(0)
    for name, length in zip(cells.columns, longest, strict=True):
        if length is not None and length > limit:
            long = pl.col(name).str.len_chars() > limit
            ledger.repair("value-cut", int(cells.select(long.sum()).item()))
            cut = pl.col(name).str.slice(0, limit - 1) + "…"
            cells = cells.with_columns(pl.when(long).then(cut).otherwise(pl.col(name)))
    cells = cells.select(pl.when(~pl.all().is_in(_DULL_VALUES)).then(pl.all()))
    empty = cells.null_count().row(0)
    return cells.select([n for n, nulls in zip(cells.columns, empty, strict=True) if nulls < cells.height])


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
