"""Scores of records and of their windows: contexts in, one artifact's numbers out.

Everything numeric is done by the artifact that an `Engine` runs; this module only makes its input from
frames and keeps, of its output, what a person will be shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .bursts import GROUP, RATE_PAIRS, UNTIMED_SHARE, VOLUME_PAIRS, burst_bits, encode_groups, windowed
from .contexts import Encoded, Encoder

TOP: Final = 4
"""Reasons kept per record."""

SLICE: Final = 32_768
"""Records encoded at a time: small enough for the keys to stay in cache."""

OUTPUTS: Final = ("bits", "seen", "of")
"""Outputs of the network that are needed beside the raw score."""

_BY_TYPE: Final = next(at for at, pair in enumerate(VOLUME_PAIRS) if pair.name == "type>volume")

Columns = Mapping[str, NDArray[Any]]


class Scores(Protocol):
    """What an engine gives back for one batch."""

    @property
    def raw(self) -> NDArray[Any]:
        """One score per row."""

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The other outputs by name."""


class ColumnEngine(Protocol):
    """The part of `assay.models.engine.Engine` that is used here."""

    def score_columns(self, batches: Iterable[Columns]) -> Iterator[Scores]:
        """Outputs per batch, in order."""


def slices(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Frames of at most `SLICE` rows, in order.

    Parameters
    ----------
    frames
        Normalised frames, each of one source.

    Yields
    ------
    pl.DataFrame
        Never empty.
    """
    for frame in frames:
        for start in range(0, frame.height, SLICE):
            yield frame[start : start + SLICE]


def feeds(encoded: Encoded, burst: NDArray[np.float32] | None = None) -> dict[str, NDArray[Any]]:
    """The network's input.

    Parameters
    ----------
    encoded
        Keys of n rows.
    burst
        Bits of the window's size, [n]; none is 0.

    Returns
    -------
    dict
        ``context, value, present, burst``.
    """
    if burst is None:
        burst = np.zeros(len(encoded.context), np.float32)
    return {"context": encoded.context, "value": encoded.value, "present": encoded.present, "burst": burst}


def score_groups(engine: ColumnEngine, groups: pl.DataFrame, included: bool) -> pl.DataFrame:
    """Judge windows.

    Parameters
    ----------
    engine
        Runs the artifact.
    groups
        As from `assay.triage.bursts.volumes`.
    included
        Whether these windows are in the artifact's counts.

    Returns
    -------
    pl.DataFrame
        *groups* with `burst` (bits of its size) and per question of `VOLUME_PAIRS` *i* its bits, seen
        and of as `bits_i, seen_i, of_i`.
    """
    asked = VOLUME_PAIRS + RATE_PAIRS
    # A batch that is its own measure cannot show more than one window in all of its windows is odd.
    most = np.float32(np.log2(max(groups["window"].n_unique(), 1)) if included else np.inf)
    parts: list[pl.DataFrame] = []
    for piece, scores in _paired(engine, slices([groups]), lambda frame: feeds(encode_groups(frame, asked))):
        bits, seen, of = (scores.arrays[name] for name in ("bits", "seen", "of"))
        rate = seen[:, len(VOLUME_PAIRS) :]
        burst = np.minimum(burst_bits(piece["volume"].to_numpy(), rate, of[:, :2], included), most)
        # Without times a window is a stretch of the file: how much of one type it holds is a volume only where
        # the records name what they belong to, a machine or a session; there too few is as odd as too many.
        untimed = (piece["window"] < 0).to_numpy()
        named = (piece["host"] != "").to_numpy()
        burst[untimed] = np.where(named[untimed], np.float32(UNTIMED_SHARE) * bits[untimed, _BY_TYPE], np.float32(0))
        columns = {"burst": burst}
        for at in range(len(VOLUME_PAIRS)):
            columns |= {f"bits_{at}": bits[:, at], f"seen_{at}": seen[:, at], f"of_{at}": of[:, at]}
        parts.append(piece.with_columns(**{name: pl.Series(column) for name, column in columns.items()}))
    if parts:
        return pl.concat(parts)
    empty: dict[str, pl.Series] = {"burst": pl.Series(dtype=pl.Float32)}
    for at in range(len(VOLUME_PAIRS)):
        counts = {f"seen_{at}": pl.Series(dtype=pl.Int64), f"of_{at}": pl.Series(dtype=pl.Int64)}
        empty |= {f"bits_{at}": pl.Series(dtype=pl.Float32), **counts}
    return groups.with_columns(**empty)


def score_records(
    engine: ColumnEngine, frames: Iterable[pl.DataFrame], groups: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    """Judge records.

    Parameters
    ----------
    engine
        Runs the artifact.
    frames
        Normalised frames, each of one source, in order.
    groups
        As from `score_groups`, for the same records.

    Yields
    ------
    pl.DataFrame
        Per record, in order: ``row, source, line, time``, the columns of `GROUP`, ``user, source_ip,
        process``, `raw` (bits, burst included), and the `TOP` best pairs *i* as ``pair_i, bits_i, seen_i,
        of_i``; a pair without bits is -1.
    """
    encoder = Encoder()
    burst = groups.select(*GROUP, "burst")

    def prepared(frame: pl.DataFrame) -> dict[str, NDArray[Any]]:
        own = windowed(frame).select(GROUP).join(burst, on=GROUP, how="left", maintain_order="left")
        return feeds(encoder.encode(frame), own["burst"].fill_null(0.0).to_numpy().astype(np.float32))

    for frame, scores in _paired(engine, slices(frames), prepared):
        kept = windowed(frame).select("row", "source", "line", "time", *GROUP, "user", "source_ip", "process")
        yield kept.with_columns(raw=pl.Series(scores.raw), **_reasons(scores.arrays))


def _reasons(arrays: Columns) -> dict[str, pl.Series]:
    """Columns of the best pairs of each record, best first."""
    bits = np.array(arrays["bits"])
    rows = np.arange(len(bits))
    columns: dict[str, pl.Series] = {}
    for place in range(TOP):
        at = bits.argmax(axis=1)
        best = bits[rows, at]
        columns[f"pair_{place}"] = pl.Series(np.where(best > 0, at, -1).astype(np.int16))
        columns[f"bits_{place}"] = pl.Series(best)
        columns[f"seen_{place}"] = pl.Series(arrays["seen"][rows, at])
        columns[f"of_{place}"] = pl.Series(arrays["of"][rows, at])
        bits[rows, at] = 0
    return columns


def _paired(
    engine: ColumnEngine, frames: Iterator[pl.DataFrame], prepare: Any
) -> Iterator[tuple[pl.DataFrame, Scores]]:
    """Each frame with its scores; the engine may read ahead of what it has answered."""
    waiting: list[pl.DataFrame] = []

    def inputs() -> Iterator[Columns]:
        for frame in frames:
            waiting.append(frame)
            yield prepare(frame)

    for scores in engine.score_columns(inputs()):
        yield waiting.pop(0), scores
