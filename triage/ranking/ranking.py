"""One ranking of groups: how unusual, in what company, how often already.

Records are grouped by host, event type and five-minute window. A group's *own* score is that of its most
surprising record, or half that of its hour or of the silence before it; alone it counts with the root of
that, so that one loud flood does not outweigh everything. Two things then change its place:

- *Company*: several unusual types on one host at one time count more than one alone. Its bits grow with
  the logarithm of the company's bits, since many weak oddities are still weak, and less for a group
  that has little of its own. What every window has a few of is not odd: of each member only the bits beyond
  `Weights.ordinary` count. Company never puts a group before one of its host and window that is odder.
- *Repeats*: the k-th best group of the same event type counts less, but never less than half: where there are
  few types, the tenth oddity of one is still odder than what is ordinary of another.

An attack is loud on few hosts, and its quiet steps elsewhere have no company. So after the first places,
every third of the first hundred goes to the best group by a second, wider reading: company in the whole
network instead of the host, and repeats of a type, of a host, of a window of a host and of a type on a host
cost much more, so that every kind of event and every host has its say. It is still one list.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .bursts import GROUP, VOLUME_PAIRS

PARTS: Final = float(1 << 20)
"""Parts of a bit that company is summed up in: whole numbers, whose sum does not depend on their order."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What company and repeats weigh; chosen on the four development scenarios of AIT-ADS, see benchmarks/logs.

    Attributes
    ----------
    alone
        Bits of a group alone are this times the root of its own: with 4, groups of 16 bits keep theirs.
    host_company
        Bits per doubling of the other unusual types' bits on the same host in the same window.
    ordinary
        Bits of each member of a company that do not count.
    same_type, floor
        The k-th best group of the same type counts ``floor + (1 - floor) * same_type**k``.
    wide_host, wide_network
        Bits per doubling of company in the wider reading: on the host, and in the whole network.
    wide_same_type, wide_same_place, wide_same_host, wide_same_window
        Factors of the wider reading for every better group of the same type, of the same host and type, of the host,
        of the host in the same window: what one host did in five minutes is one story.
    head
        First places, all by the first reading.
    every
        After them, every so many-th place goes to the wider reading.
    merged
        Places after which the first reading goes on alone.
    """

    alone: float = 4.0
    host_company: float = 5.0
    ordinary: float = 3.5
    same_type: float = 0.8
    floor: float = 0.5
    wide_host: float = 1.0
    wide_network: float = 5.0
    wide_same_type: float = 0.1
    wide_same_place: float = 0.5
    wide_same_host: float = 0.7
    wide_same_window: float = 0.5
    head: int = 25
    every: int = 3
    merged: int = 100


WEIGHTS: Final = Weights()
"""Those of the product."""


def ranked(groups: pl.DataFrame, windows: pl.DataFrame, weights: Weights = WEIGHTS) -> pl.DataFrame:
    """The one ranking.

    Parameters
    ----------
    groups
        From `assay.triage.ranking.groups.Groups.totals`.
    windows
        From `assay.triage.ranking.scorer.score_groups`, for the same records.
    weights
        Of company and repeats.

    Returns
    -------
    pl.DataFrame
        Groups with `own`, `alone` (its bits by itself), `bits` (with company) and `risk` (with repeats; a group
        placed by the wider reading has the risk of its place), most urgent first, joined with the columns of
        *windows*.
    """
    host_parts = pl.col("parts").sum().over("host", "window")
    company = (
        groups.lazy()
        .join(windows.lazy(), on=list(GROUP), how="left", maintain_order="left")
        .with_columns(own=pl.max_horizontal("raw", _odd_window()))
        .with_columns(
            parts=((pl.col("own") - weights.ordinary).clip(0) * PARTS).round().cast(pl.Int64),
            alone=weights.alone * pl.col("own").sqrt(),
        )
        .with_columns(
            host_sum=(host_parts - pl.col("parts")) / PARTS,
            all_sum=(pl.col("parts").sum().over("window") - host_parts) / PARTS,
        )
        .with_columns(
            bits=_with_company(weights.host_company, 0.0),
            wide=_with_company(weights.wide_host, weights.wide_network),
        )
        # What is odd comes before what only stands beside it: within a host's window, most bits to most own.
        .sort("own", *GROUP, descending=[True, False, False, False])
        .with_columns(bits=pl.col("bits").sort(descending=True).over("host", "window"))
    )
    wide = (
        company.sort("wide", *GROUP, descending=[True, False, False, False])
        .with_columns(
            wide=pl.col("wide")
            * pl.lit(weights.wide_same_type).pow(pl.int_range(pl.len()).over("type"))
            * pl.lit(weights.wide_same_place).pow(pl.int_range(pl.len()).over("host", "type"))
            * pl.lit(weights.wide_same_host).pow(pl.int_range(pl.len()).over("host"))
            * pl.lit(weights.wide_same_window).pow(pl.int_range(pl.len()).over("host", "window"))
        )
        .sort("bits", *GROUP, descending=[True, False, False, False])
    )
    repeat = pl.lit(weights.same_type).pow(pl.int_range(pl.len()).over("type"))
    first = (
        wide.with_columns(risk=pl.col("bits") * (weights.floor + (1 - weights.floor) * repeat))
        .sort("risk", *GROUP, descending=[True, False, False, False])
        .drop("host_sum", "all_sum", "parts")
        .collect()
    )
    order, forward = merged(np.argsort(-first["wide"].to_numpy(), kind="stable"), weights)
    # A group brought forward has the risk of the place before it, so that risks fall with rank.
    risk = np.minimum.accumulate(np.where(forward, np.inf, first["risk"].to_numpy()[order]))
    ranking: pl.DataFrame = first[order.tolist()].with_columns(risk=pl.Series(risk)).drop("wide")
    return ranking


def merged(
    second: NDArray[np.int64], weights: Weights = WEIGHTS
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Merge two readings into one list.

    Parameters
    ----------
    second
        Places in the first reading (0 .. n - 1), in the order of the second.
    weights
        Say which places go to the second.

    Returns
    -------
    order, forward
        [n] places in the first reading, in the order of the list; [n] which of them the second brought.
    """
    n = len(second)
    taken, forward = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    order: list[int] = []
    one = two = 0
    while len(order) < min(n, weights.merged):
        if len(order) >= weights.head and len(order) % weights.every == weights.every - 1:
            while taken[second[two]]:
                two += 1
            place = int(second[two])
            forward[len(order)] = True
        else:
            while taken[one]:
                one += 1
            place = one
        taken[place] = True
        order.append(place)
    return np.concatenate([np.array(order, np.int64), np.flatnonzero(~taken)]), forward


def _with_company(host: float, network: float) -> pl.Expr:
    """Bits with company: little of it for groups that have little of their own, whose company is all there is."""
    company = host * (1 + pl.col("host_sum")).log(2) + network * (1 + pl.col("all_sum")).log(2)
    return pl.col("alone") + company * (1 - pl.lit(2.0).pow(-pl.col("own")))


def _odd_window() -> pl.Expr:
    """Half the best of the window's own questions, corrected for their number; volume is in the burst already.

    Half, since hours and silences are unusual by chance far more often than records are.
    """
    asked = [at for at, pair in enumerate(VOLUME_PAIRS) if pair.field != "volume"]
    correction = pl.lit(len(asked)).log(2)
    best = pl.max_horizontal(*(pl.col(f"bits_{at}") for at in asked))
    return (0.5 * (best - correction)).clip(0).fill_null(0.0)
