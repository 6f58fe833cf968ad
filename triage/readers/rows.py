"""Rows of a table whose columns have found their roles, to the normalised frame."""

from collections.abc import Mapping

import polars as pl

from ..limits import LogLimits
from ..records import extras, templates, times
from .ledger import Ledger


def frame(
    lines: pl.Series,
    cells: pl.DataFrame,
    roles: Mapping[str, str],
    kind: str,
    ledger: Ledger,
    limits: LogLimits,
) -> pl.DataFrame:
    """Normalise rows.

    Parameters
    ----------
    lines
        Number of each row.
    cells
        Strings, null where there is none.
    roles
        As `roles.find` gives them; columns without one become extra fields.
    kind
        Value of `raw_kind`.
    ledger, limits
        Where cut values are counted, and where they are cut.
    """
    columns: dict[str, pl.Series] = {"line": lines}
    others: dict[str, pl.Series] = {}
    for name in cells.columns:
        column = cells[name]
        if (column.str.len_bytes().max() or 0) > limits.value_chars:  # type: ignore[operator]
            long = (column.str.len_chars() > limits.value_chars).fill_null(False)
            ledger.repair("value-cut", int(long.sum()))
            column = column.zip_with(~long, column.str.slice(0, limits.value_chars - 1) + "…")
        role = roles.get(name)
        if role is None:
            others[name] = column
        else:
            columns[role] = column
    if "time" in columns:
        stamps = columns["time"]
        if "date" in columns:
            both = pl.DataFrame([columns.pop("date").alias("d"), stamps.str.replace(",", ".").alias("h")])
            stamps = both.select(
                pl.col("d").str.replace_all("/", "-") + " " + pl.col("h").str.zfill(8)
            ).to_series()
        columns["time"] = times.parse(stamps)
        ledger.stamped(stamps, columns["time"])
    if "message" in columns:
        columns["template"] = templates.signatures(columns["message"])
    kept = dict(list(others.items())[: limits.extras])
    columns["extra_names"], columns["extra_values"] = extras.pack(kept, len(lines))
    columns["raw_kind"] = pl.Series([kind]).new_from_index(0, len(lines))
    return pl.DataFrame({name: column.alias(name) for name, column in columns.items()})
