"""The kinds of windows, without making incidents of them."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import polars as pl

from ..pipeline import Ranking
from ..words.explain import record_reasons, window_reasons
from .bursts import GROUP
from .identity import Kind, Place, kind_of


class Rows(Protocol):
    """The part of the spool that is used here."""

    def rows(self, ids: Iterable[int], columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Normalised records by their running number, in any order."""


def leads(groups: pl.DataFrame, ranking: Ranking, spool: Rows, included: bool) -> dict[Place, Kind]:
    """The kind of each of some windows, by its most surprising record and its own reasons.

    Parameters
    ----------
    groups
        Rows of the ranking.
    ranking
        What they are of.
    spool
        Where the records are.
    included
        Whether the records are in the counts themselves.

    Returns
    -------
    dict
        Place to kind.
    """
    best = groups.select(GROUP).join(ranking.best(groups), on=GROUP, how="inner", maintain_order="left_right")
    first = best.unique(GROUP, keep="first", maintain_order=True)
    if first.is_empty():
        return {}
    rows = {row["row"]: row for row in spool.rows(first["row"].to_list()).iter_rows(named=True)}
    windows = {Place(*(group[key] for key in GROUP)): group for group in groups.iter_rows(named=True)}
    found = {}
    for scored in first.iter_rows(named=True):
        place = Place(scored["host"], scored["type"], scored["window"])
        reasons = record_reasons(scored, rows[scored["row"]], included)
        own = window_reasons(windows[place], included, 0)
        found[place] = kind_of(place.host, place.type, (*reasons, *own))
    return found
