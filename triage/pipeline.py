"""The passes over a spool that triage and baselines share: count, score, group, rank."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from .counting.blocks import Block
from .counting.counts import CAP, Counter, Counts
from .counting.spool import Spool
from .ranking.bursts import encode_groups
from .ranking.feeding import ColumnEngine
from .ranking.groups import Best
from .ranking.lookup import Lookup
from .ranking.ranking import ranked
from .ranking.scorer import score_blocks, score_groups, slices
from .taggers import Tags

Progress = Callable[[str, int], None]
"""Told the stage (``read``, ``count``, ``score``) and how many records it has done."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scored and grouped input.

    Attributes
    ----------
    groups
        The one ranking, from `assay.triage.ranking.ranking.ranked`.
    windows
        From `assay.triage.ranking.scorer.score_groups`.
    lookup
        What is shown of a group, looked up for those that are.
    tags
        What the taggers said of the records.
    """

    groups: pl.DataFrame
    windows: pl.DataFrame
    lookup: Lookup
    tags: Tags

    def best(self, groups: pl.DataFrame) -> pl.DataFrame:
        """See `assay.triage.ranking.lookup.Lookup.best`."""
        return self.lookup.best(groups)

    def names(self, groups: pl.DataFrame) -> pl.DataFrame:
        """See `assay.triage.ranking.lookup.Lookup.names`."""
        return self.lookup.names(groups)


def counted(
    spool: Spool, *, before: pl.Expr | None = None, cap: int = CAP, progress: Progress | None = None
) -> Counts:
    """Count values in contexts, and windows.

    Parameters
    ----------
    spool
        Holds the records.
    before
        Which windows to count, with their records (an expression on `window`); all when None.
    cap
        Most entries.
    progress
        Told of stage ``count``.

    Returns
    -------
    Counts
    """
    groups = spool.groups()
    counter, done = Counter(cap), 0
    for block in spool.blocks:
        count_block(counter, block, before)
        done += block.height
        if progress is not None:
            progress("count", done)
    count_windows(counter, groups if before is None else groups.filter(before))
    return counter.counts()


def count_block(counter: Counter, block: Block, before: pl.Expr | None) -> None:
    """Count the records of a block.

    Parameters
    ----------
    counter
        Where to count.
    block
        The records.
    before
        See `counted`.
    """
    encoded = block.encoded()
    count = encoded.count
    if before is not None:
        early = block.groups().select(before.alias("early"))["early"].to_numpy()
        index = encoded.index[early[block.members()]]
        count = np.bincount(index.reshape(-1), minlength=len(encoded.entry) + 1)[1:]
    seen = np.flatnonzero(count)
    counter.add(encoded.entry[seen], encoded.context[seen], count[seen])


def count_windows(counter: Counter, groups: pl.DataFrame) -> None:
    """Count windows themselves: their volume, gap and hour.

    Parameters
    ----------
    counter
        Where to count.
    groups
        From `assay.triage.ranking.bursts.volumes`.
    """
    for piece in slices([groups]):
        encoded = encode_groups(piece)
        counter.add(encoded.entry, encoded.context, encoded.count)


def rank(
    engine: ColumnEngine,
    spool: Spool,
    *,
    included: bool,
    marked: pl.Series | None = None,
    progress: Progress | None = None,
) -> Ranking:
    """Score, group and rank records.

    Parameters
    ----------
    engine
        Runs the artifact.
    spool
        Holds the records.
    included
        Whether the records are in the artifact's counts.
    marked
        Numbers, sorted, of records that are to be shown of their group beside the most surprising ones.
    progress
        Told of stage ``score``.

    Returns
    -------
    Ranking
    """
    windows = score_groups(engine, spool.groups(), included)
    best, also, done = Best(), Best(), 0
    numbers = np.zeros(0, np.int64) if marked is None else marked.to_numpy().astype(np.int64)
    for scored in score_blocks(engine, spool.blocks, windows):
        best.add(scored)
        also.add_marked(scored, numbers)
        done += len(scored.raw)
        if progress is not None:
            progress("score", done)
    return Ranking(
        ranked(best.totals(windows), windows), windows, Lookup(engine, spool, windows, best, also), spool.tags
    )


def percentiles(bits: pl.Series) -> Callable[[float], float]:
    """How unusual a window is among those of the same input.

    Parameters
    ----------
    bits
        Bits of all windows.

    Returns
    -------
    Callable
        From bits to the share, 0..100, of windows below.
    """
    ordered = np.sort(bits.to_numpy())

    def percentile(value: float) -> float:
        return round(100.0 * float(np.searchsorted(ordered, np.float64(value))) / max(len(ordered), 1), 2)

    return percentile
