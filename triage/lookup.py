"""What is shown of a group, looked up only for the groups that are: records with their reasons, and names."""

import numpy as np
import polars as pl

from .groups import Best, names_of
from .scorer import ColumnEngine, reasons_of
from .spool import Spool


class Lookup:
    """Looks things up in scored input; works as long as its spool and engine are open.

    Parameters
    ----------
    engine
        Runs the artifact.
    spool
        Holds the records.
    windows
        From `assay.triage.scorer.score_groups`.
    kept
        The most surprising records of every group.
    """

    def __init__(self, engine: ColumnEngine, spool: Spool, windows: pl.DataFrame, kept: Best) -> None:
        self._engine, self._spool, self._windows, self._kept = engine, spool, windows, kept

    def best(self, groups: pl.DataFrame) -> pl.DataFrame:
        """The most surprising records of some groups.

        Parameters
        ----------
        groups
            Has the columns of `assay.triage.bursts.GROUP`; others are ignored.

        Returns
        -------
        pl.DataFrame
            `GROUP`, ``row, raw, source, line, time`` and the reasons of `assay.triage.scorer.best_pairs`;
            best first within a group.
        """
        best = self._kept.records(self._windows, groups)
        rows = best["row"].unique().sort()
        places = self._spool.rows(rows.to_list(), ("row", "source", "line", "time"))
        reasons = reasons_of(self._engine, self._spool.blocks, rows.to_numpy().astype(np.int64))
        return best.join(places, on="row", how="left", maintain_order="left").join(
            reasons, on="row", how="left", maintain_order="left"
        )

    def names(self, groups: pl.DataFrame) -> pl.DataFrame:
        """Who and what took part in some groups; see `assay.triage.groups.names_of`."""
        return names_of(self._spool.blocks, groups)
