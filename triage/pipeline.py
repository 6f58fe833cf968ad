"""The passes over a spool that triage and baselines share: count, score, group, rank."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from .bursts import GROUP, encode_groups, volumes, windowed
from .contexts import Encoder
from .counts import CAP, Counter, Counts
from .groups import Groups
from .ranking import ranked
from .scorer import ColumnEngine, score_groups, score_records, slices
from .taggers import Tags

Progress = Callable[[str, int], None]
"""Told the stage (``read``, ``count``, ``score``) and how many records it has done."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scored and grouped input.

    Attributes
    ----------
    groups
        The one ranking, from `assay.triage.ranking.ranked`.
    windows
        From `assay.triage.scorer.score_groups`.
    best
        Most surprising records per group.
    names
        Users, addresses, processes per group.
    tags
        What the taggers said of the records.
    """

    groups: pl.DataFrame
    windows: pl.DataFrame
    best: pl.DataFrame
    names: pl.DataFrame
    tags: Tags = field(default_factory=Tags)


class Volumes:
    """Collects how many records each window holds."""

    def __init__(self) -> None:
        self._parts: list[pl.DataFrame] = []
        self._rows = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take in normalised records."""
        part = windowed(frame.select("row", "time", "host", "type")).group_by(GROUP).agg(volume=pl.len())
        self._parts.append(part)
        self._rows += part.height
        if self._rows > 1_000_000:
            merged = volumes(self._parts).drop("gap")
            self._parts, self._rows = [merged], merged.height

    def result(self) -> pl.DataFrame:
        """See `assay.triage.bursts.volumes`."""
        return volumes(self._parts)


def counted(
    frames: Iterable[pl.DataFrame],
    groups: pl.DataFrame | None,
    *,
    before: pl.Expr | None = None,
    cap: int = CAP,
    progress: Progress | None = None,
) -> Counts:
    """Count values in contexts.

    Parameters
    ----------
    frames
        Normalised frames, each of one source, in order.
    groups
        Windows of the same records, or None to count records only.
    before
        Which windows to count (an expression on `window`); all when None.
    cap
        Most entries.
    progress
        Told of stage ``count``.

    Returns
    -------
    Counts
    """
    counter, encoder, done = Counter(cap), Encoder(), 0
    for frame in slices(frames):
        encoded = encoder.encode(frame)
        present = encoded.present
        if before is not None:
            present = present & windowed(frame).select(before.alias("kept"))["kept"].to_numpy()[:, None]
        counter.add(encoded.context, encoded.value, present)
        done += frame.height
        if progress is not None:
            progress("count", done)
    if groups is not None:
        count_windows(counter, groups if before is None else groups.filter(before))
    return counter.counts()


def count_windows(counter: Counter, groups: pl.DataFrame) -> None:
    """Count windows themselves: their volume, gap and hour.

    Parameters
    ----------
    counter
        Where to count.
    groups
        From `assay.triage.bursts.volumes`.
    """
    for piece in slices([groups]):
        encoded = encode_groups(piece)
        counter.add(encoded.context, encoded.value, encoded.present)


def rank(
    engine: ColumnEngine,
    frames: Iterable[pl.DataFrame],
    groups: pl.DataFrame,
    *,
    included: bool,
    tags: Tags | None = None,
    progress: Progress | None = None,
) -> Ranking:
    """Score, group and rank records.

    Parameters
    ----------
    engine
        Runs the artifact.
    frames
        Normalised frames, each of one source, in order.
    groups
        Windows of the same records, from `Volumes`.
    included
        Whether the records are in the artifact's counts.
    tags
        What taggers said of the records.
    progress
        Told of stage ``score``.

    Returns
    -------
    Ranking
    """
    windows = score_groups(engine, groups, included)
    summed, done = Groups(), 0
    for scored in score_records(engine, frames, windows):
        summed.add(scored)
        done += scored.height
        if progress is not None:
            progress("score", done)
    return Ranking(ranked(summed.totals(), windows), windows, summed.best(), summed.names(), tags or Tags())


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


def frames_of(batches: Iterable[object]) -> Iterator[pl.DataFrame]:
    """Frames of batches.

    Parameters
    ----------
    batches
        Values with a `frame`, e.g. `assay.triage.values.Batch`.

    Yields
    ------
    pl.DataFrame
    """
    for batch in batches:
        yield batch.frame  # type: ignore[attr-defined]
