"""Several ATT&CK tactics on one host: an attack moves through tactics, a habit stays in one.

A group that is the trace of a tactic rises when traces of others lie near it on its host. Each trace stands for one
tactic, the first that its technique or its rule names, since many techniques serve several and would meet themselves.
Only the place of a group changes, never its bits or its p.
"""

from typing import Final

import polars as pl

from .bursts import GROUP
from .incidents import REACH

EACH: Final = 2.0
"""Bits of risk for each tactic beyond the first: what a rule of level medium adds."""

MOST: Final = 4.0
"""Most bits of risk."""

REPEAT: Final = 0.85
"""Factor for every better group of the same host, so that a host whose daily work looks so does not fill the list."""


def escalated(ranking: pl.DataFrame, traces: pl.DataFrame) -> pl.DataFrame:
    """A ranking with the groups moved up around which tactics meet.

    Parameters
    ----------
    ranking
        Groups, most urgent first, with ``risk``.
    traces
        `GROUP` and ``tactic``: of which tactics groups are a trace.

    Returns
    -------
    pl.DataFrame
        The same groups with other risks, ``escalation`` (bits; 0 where nothing meets) and ``tactics`` (a list, empty
        there), most urgent first; groups that did not rise keep their order.
    """
    named = traces.filter(pl.col("host") != "")
    near = pl.DataFrame({"step": range(-REACH, REACH + 1)}, schema={"step": pl.Int64()})
    met = (
        named.select("host", "window", "tactic")
        .unique()
        .join(near, how="cross")
        .select("host", "tactic", window=pl.col("window") + pl.col("step"))
        .group_by("host", "window")
        .agg(tactics=pl.col("tactic").unique().sort())
        .filter(pl.col("tactics").list.len() > 1)
    )
    raised = named.select(GROUP).unique().join(met, on=["host", "window"], how="inner")
    bits = (EACH * (pl.col("tactics").list.len().cast(pl.Float64) - 1)).clip(0.0, MOST)
    repeat = pl.lit(REPEAT).pow((pl.col("bits_met") > 0).cum_sum().over("host").cast(pl.Float64) - 1)
    return (
        ranking.with_row_index("old_place")
        .join(raised.with_columns(bits_met=bits), on=list(GROUP), how="left", maintain_order="left")
        .with_columns(pl.col("bits_met").fill_null(0.0), pl.col("tactics").fill_null([]))
        .with_columns(escalation=pl.when(pl.col("bits_met") > 0).then(pl.col("bits_met") * repeat).otherwise(0.0))
        .with_columns(risk=pl.col("risk") + pl.col("escalation"))
        .sort("risk", "old_place", descending=[True, False])
        .drop("old_place", "bits_met")
    )
