"""What is shown of a group, looked up only for the groups that are: records with their reasons, and names."""

import numpy as np
import polars as pl

from ..counting.spool import Spool
from .bursts import GROUP
from .feeding import ColumnEngine
from .groups import Best, names_of
from .reasons import reasons_of


class Lookup:
    """Looks things up in scored input; works as long as its spool and engine are open.

    Parameters
    ----------
    engine
        Runs the artifact.
    spool
        Holds the records.
    windows
        From `assay.triage.ranking.scorer.score_groups`.
    kept
        The most surprising records of every group.
    also
        Records that are shown beside them, such as those on which a rule fired.
    """

    def __init__(
        self, engine: ColumnEngine, spool: Spool, windows: pl.DataFrame, kept: Best, also: Best | None = None
    ) -> None:
        self._engine, self._spool, self._windows = engine, spool, windows
        self._kept, self._also = kept, also or Best()

    def best(self, groups: pl.DataFrame) -> pl.DataFrame:
        """The most surprising records of some groups.

        Parameters
        ----------
        groups
            Has the columns of `assay.triage.ranking.bursts.GROUP`; others are ignored.

        Returns
        -------
        pl.DataFrame
            `GROUP`, ``row, raw, marked, source, line, time`` and the reasons of
            `assay.triage.ranking.reasons.best_pairs`; best first within a group. `marked` records are there whatever
            their score.
        """
        kept, also = (taken.records(self._windows, groups) for taken in (self._kept, self._also))
        best = (
            pl.concat([kept.with_columns(marked=pl.lit(False)), also.with_columns(marked=pl.lit(True))])
            .group_by(*GROUP, "row")
            .agg(pl.col("raw").first(), pl.col("marked").any())
            .sort(*GROUP, "raw", "row", descending=[*[False] * len(GROUP), True, False])
        )
        rows = best["row"].unique().sort()
        places = self._spool.rows(rows.to_list(), ("row", "source", "line", "time"))
        reasons = reasons_of(self._engine, self._spool.blocks, rows.to_numpy().astype(np.int64))
        return best.join(places, on="row", how="left", maintain_order="left").join(
            reasons, on="row", how="left", maintain_order="left"
        )

    def names(self, groups: pl.DataFrame) -> pl.DataFrame:
        """Who and what took part in some groups; see `assay.triage.ranking.groups.names_of`."""
        return names_of(self._spool.blocks, groups)
