"""Incidents, read off the ranking of groups.

From the top: a group that is not yet part of an incident opens one and takes in the groups of its host
that are near in time and not much less unusual.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from .identity import Place

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

    @property
    def place(self) -> Place:
        """Where it opened."""
        first = self.groups.row(0, named=True)
        return Place(first["host"], first["type"], first["window"])


def clusters(ranking: pl.DataFrame, budget: int) -> list[Cluster]:
    """Read incidents off the ranking.

    Parameters
    ----------
    ranking
        From `assay.triage.ranking.ranking.ranked`.
    budget
        Most incidents.

    Returns
    -------
    list of Cluster
        At most *budget*; only groups with some evidence (`own` above 0, or a rule that fired) open one.
    """
    ruled = pl.col("lift") > 0 if "lift" in ranking.columns else pl.lit(False)
    candidates = ranking.with_row_index("place").filter((pl.col("own") > 0) | ruled)
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
            | ((pl.col("window") - window).abs() <= REACH) & ((pl.col("bits") >= SHARE * bits) | ruled)
        )
        members = near.filter(~pl.col("place").is_in(list(taken))).head(MEMBERS)
        if members["place"][0] != place:
            members = pl.concat([members.filter(pl.col("place") == place), members.filter(pl.col("place") != place)])
        taken.update(members["place"].to_list())
        found.append(Cluster(len(found) + 1, float(risk), float(bits), members))
    return found
