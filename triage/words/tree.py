"""What started the program of an incident, and what started that.

Records that tell of a parent are linked by the path of the program: numbers of processes are not kept. So where a
path ran several times, the nearest record before is taken; it is where to look, not a proof.
"""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from ..records.folding import folded

LONGEST: Final = 5
"""Most programs of a chain."""


def lineage(near: pl.DataFrame, record: Mapping[str, Any]) -> tuple[str, ...]:
    """The chain of programs that ends in a record's.

    Parameters
    ----------
    near
        Normalised records, with ``row, source, host, process, parent``; only those of the same host and file count.
    record
        The normalised record.

    Returns
    -------
    tuple of str
        First starter first, at most `LONGEST`; empty where the parent is not known.
    """
    if not record["process"]:
        return ()
    known = (
        near.filter(
            (pl.col("row") < record["row"])
            & (pl.col("source") == record["source"])
            & pl.col("host").eq_missing(pl.lit(record["host"], pl.String()))
            & pl.col("process").is_not_null()
            & pl.col("parent").is_not_null()
        )
        .unique("row")
        .sort("row", descending=True)
        .select("process", "parent")
        .rows()
    )
    chain = [record["process"]]
    links = [(record["process"], record["parent"])] * (record["parent"] is not None) + known
    for process, parent in links:
        if len(chain) == LONGEST:
            break
        if folded("process", process) == folded("process", chain[-1]):
            if folded("parent", parent) in {folded("process", each) for each in chain}:
                break
            chain.append(parent)
    return tuple(reversed(chain)) if len(chain) > 1 else ()
