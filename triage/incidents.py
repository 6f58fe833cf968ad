"""From scored records to a short list: windows, context, repeats, incidents.

Records are grouped by host, event type and five-minute window. A group's *own* score is that of its most
surprising record, or half that of its hour or of the silence before it. Two things then change its place:

- *Company*: several unusual types on one host at one time count more than one alone, and so, less, do
  unusual windows elsewhere in the network at that time. Its bits grow with the logarithm of the company's
  bits, since many weak oddities are still weak.
- *Repeats*: the k-th best group of the same event type counts 0.85^k, so that the head of the list shows
  different things.

The result is one ranking of groups. Incidents are read off it from the top: a group not yet part of an
incident opens one and takes in the groups of its host near in time.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from .bursts import GROUP, VOLUME_PAIRS

# The four numbers below were chosen on the development scenarios of AIT-ADS; see benchmarks/logs.
HOST_COMPANY: Final = 3.0
"""Bits per doubling of the other unusual types' bits on the same host in the same window."""

NETWORK_COMPANY: Final = 0.1
"""The same for all other groups of the window, whatever the host."""

SAME_TYPE: Final = 0.85
"""Factor for every better group of the same type."""

REACH: Final = 3
"""Windows before and after its first group that an incident takes in."""

SHARE: Final = 0.35
"""Least part of the first group's bits, before repeats, that a group needs to be taken in."""

MEMBERS: Final = 40
"""Most groups of one incident."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Groups that belong together.

    Attributes
    ----------
    rank
        From 1, most urgent first.
    risk
        Bits of the first group, company and repeats included: what incidents are ordered by.
    bits
        The same before repeats: what a baseline's reference is compared with.
    groups
        Its rows of the ranking, best first.
    """

    rank: int
    risk: float
    bits: float
    groups: pl.DataFrame


def ranked(groups: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """The one ranking.

    Parameters
    ----------
    groups
        From `assay.triage.groups.Groups.totals`.
    windows
        From `assay.triage.scorer.score_groups`, for the same records.

    Returns
    -------
    pl.DataFrame
        Groups with `own`, `bits` (with company) and `risk` (with repeats), most urgent first, joined with
        the columns of *windows*.
    """
    odd = _odd_window()
    return (
        groups.lazy()
        .join(windows.lazy(), on=list(GROUP), how="left")
        .with_columns(own=pl.max_horizontal("raw", odd))
        .with_columns(
            host_sum=pl.col("own").sum().over("host", "window") - pl.col("own"),
            all_sum=pl.col("own").sum().over("window") - pl.col("own"),
        )
        .with_columns(
            bits=pl.col("own")
            + HOST_COMPANY * (1 + pl.col("host_sum").clip(0)).log(2)
            + NETWORK_COMPANY * (1 + (pl.col("all_sum") - pl.col("host_sum")).clip(0)).log(2)
        )
        .sort("bits", *GROUP, descending=[True, False, False, False])
        .with_columns(repeat=pl.int_range(pl.len()).over("type"))
        .with_columns(risk=pl.col("bits") * pl.lit(SAME_TYPE).pow(pl.col("repeat")))
        .sort("risk", *GROUP, descending=[True, False, False, False])
        .drop("repeat", "host_sum", "all_sum")
        .collect()
    )


def clusters(ranking: pl.DataFrame, budget: int) -> list[Cluster]:
    """Read incidents off the ranking.

    Parameters
    ----------
    ranking
        From `ranked`.
    budget
        Most incidents.

    Returns
    -------
    list of Cluster
        At most *budget*; only groups with some evidence (`own` above 0) open one.
    """
    candidates = ranking.with_row_index("place").filter(pl.col("own") > 0)
    by_host = candidates.partition_by("host", as_dict=True, maintain_order=True)
    taken: set[int] = set()
    found: list[Cluster] = []
    openers = candidates.select("place", "host", "window", "risk", "bits")
    for place, host, window, risk, bits in openers.iter_rows():
        if len(found) >= budget:
            break
        if place in taken:
            continue
        mine = by_host[(host,)]
        near = mine.filter(
            (pl.col("place") == place)
            | ((pl.col("window") - window).abs() <= REACH) & (pl.col("bits") >= SHARE * bits)
        )
        members = near.filter(~pl.col("place").is_in(list(taken))).head(MEMBERS)
        if members["place"][0] != place:
            members = pl.concat([members.filter(pl.col("place") == place), members.filter(pl.col("place") != place)])
        taken.update(members["place"].to_list())
        found.append(Cluster(len(found) + 1, float(risk), float(bits), members))
    return found


def _odd_window() -> pl.Expr:
    """Half the best of the window's own questions, corrected for their number; volume is in the burst already.

    Half, since hours and silences are unusual by chance far more often than records are.
    """
    asked = [at for at, pair in enumerate(VOLUME_PAIRS) if pair.field != "volume"]
    correction = pl.lit(len(asked)).log(2)
    best = pl.max_horizontal(*(pl.col(f"bits_{at}") for at in asked))
    return (0.5 * (best - correction)).clip(0).fill_null(0.0)

