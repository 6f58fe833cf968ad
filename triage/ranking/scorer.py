"""Scores of records and of their windows: contexts in, one artifact's numbers out.

Everything numeric is done by the artifact that an `Engine` runs; this module only makes its input from
frames and keeps, of its output, what a person will be shown.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..counting.blocks import Block
from ..counting.encoding import Encoded
from .bursts import GROUP, RATE_PAIRS, UNTIMED_SHARE, VOLUME_PAIRS, burst_bits, encode_groups
from .feeding import ColumnEngine, Columns, beside, feeds, led, paired

SLICE: Final = 32_768
"""Windows judged at a time."""

OUTPUTS: Final = ("bits", "seen", "of", "spread_bits", "spread_seen", "spread_of")
"""Outputs of the network that are needed beside the raw score."""

_BY_TYPE: Final = next(at for at, pair in enumerate(VOLUME_PAIRS) if pair.name == "type>volume")


def slices(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Frames of at most `SLICE` rows, in order.

    Parameters
    ----------
    frames
        Any frames.

    Yields
    ------
    pl.DataFrame
        Never empty.
    """
    for frame in frames:
        for start in range(0, frame.height, SLICE):
            yield frame[start : start + SLICE]


def score_groups(engine: ColumnEngine, groups: pl.DataFrame, included: bool) -> pl.DataFrame:
    """Judge windows.

    Parameters
    ----------
    engine
        Runs the artifact.
    groups
        As from `assay.triage.ranking.bursts.volumes`.
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
    encoded = ((piece, encode_groups(piece, asked)) for piece in slices([groups]))
    for (piece, pairs), scores in paired(engine, encoded, lambda job: feeds(job[1])):
        bits, seen, of = (led(scores.arrays[name])[pairs.index] for name in ("bits", "seen", "of"))
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


def score_blocks(
    engine: ColumnEngine, blocks: Sequence[Block], windows: pl.DataFrame
) -> Iterator["ScoredBlock"]:
    """Judge records.

    Parameters
    ----------
    engine
        Runs the artifact.
    blocks
        Of the input.
    windows
        As from `score_groups`, for the same records.

    Yields
    ------
    ScoredBlock
        In order.
    """
    known = windows.select(*GROUP, "burst").with_row_index("window_row")

    def inputs() -> Iterator[_Job]:
        for block in blocks:
            own = block.groups().select(GROUP).join(known, on=GROUP, how="left", maintain_order="left")
            members = block.members()
            burst = own["burst"].to_numpy().astype(np.float32)[members]
            yield _Job(block, block.encoded(), members, own["window_row"].to_numpy().astype(np.int64), burst)

    for job, scores in paired(engine, beside(inputs()), lambda job: feeds(job.encoded, job.burst)):
        yield ScoredBlock(job.block, job.encoded, job.members, job.windows, scores.raw, scores.arrays)


@dataclass(frozen=True, slots=True)
class _Job:
    block: Block
    encoded: Encoded
    members: NDArray[np.int32]
    windows: NDArray[np.int64]
    burst: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ScoredBlock:
    """A block with its scores.

    Attributes
    ----------
    block, encoded
        What was judged.
    members
        Which of the block's groups each record is in; [n].
    windows
        Row of each of the block's groups in the frame of all windows.
    raw
        Bits of each record, burst included; [n].
    arrays
        The network's ``bits, seen, of`` of the block's distinct pairs.
    """

    block: Block
    encoded: Encoded
    members: NDArray[np.int32]
    windows: NDArray[np.int64]
    raw: NDArray[np.float32]
    arrays: Columns

    def best(self, most: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The most surprising records of each group.

        Parameters
        ----------
        most
            How many of each.

        Returns
        -------
        record, window
            Number in the block, and row of its group in the frame of all windows; equal scores go by number.
        """
        if len(self.raw) > 1 << 16:
            raise ValueError(f"a block has at most {1 << 16} records")
        # One number holds group, score and record, each in the order wanted: bits of floats that are not
        # negative ascend with them.
        score = self.raw.astype(np.float32).view(np.uint32)
        order = self.members.astype(np.uint64) << np.uint64(48)
        order |= (np.uint64(0xFFFFFFFF) - score.astype(np.uint64)) << np.uint64(16)
        order |= np.arange(len(score), dtype=np.uint64)
        order.sort()
        member = (order >> np.uint64(48)).view(np.int64)
        starts = np.flatnonzero(np.concatenate(([True], member[1:] != member[:-1])))
        nth = np.arange(len(member)) - np.repeat(starts, np.diff(np.append(starts, len(member))))
        kept = np.flatnonzero(nth < most)
        record = (order[kept] & np.uint64(0xFFFF)).view(np.int64)
        return record, self.windows[member[kept]]
