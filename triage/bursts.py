"""Volume: windows that hold unusually many or few records, come after an unusual silence or at an unusual hour.

Records are grouped by host, event type and five-minute window. A group is judged like a record, by the
same network and in the same counts: its *volume* (half-octave steps), its *gap* (windows since the type
was last seen on the host) and its *hour* of the week are values in the context of its host and type. Every
window counts once, however many records it holds, so a flood cannot make itself normal.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..models.networks.rarity_arrays import mix
from .contexts import Encoded, Pair
from .keys import column_keys, joined, number_keys, salt

WINDOW: Final = 300_000_000
"""Microseconds of a window."""

UNTIMED_ROWS: Final = 2048
"""Records per window where nobody knows the time."""

UNTIMED_SHARE: Final = 0.5
"""Part of the bits of such a window's size, too large or too small for its type, that counts as its burst."""

GROUP: Final = ("host", "type", "window")
"""Columns that name a group."""

VOLUME_PAIRS: Final = (
    Pair(("host", "type"), "volume"),
    Pair(("type",), "volume"),
    Pair(("host", "type"), "gap"),
    Pair(("type",), "hour"),
    Pair(("host",), "hour"),
)
"""Questions asked of a group, each counted once per window."""

RATE_PAIRS: Final = (Pair(("host",), "type"), Pair((), "type"))
"""Questions of records whose counts also tell how many records a window usually holds."""

_SALTS: Final = {
    **{pair.name: salt("window:" + pair.name) for pair in VOLUME_PAIRS},
    **{pair.name: salt(pair.name) for pair in RATE_PAIRS},
}


def windowed(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with its `window`: 5-minute number since 1970, negative for records without a time.

    Parameters
    ----------
    frame
        Normalised records; `host` and `type` come back without nulls.

    Returns
    -------
    pl.DataFrame
    """
    untimed = -1 - (pl.col("row") // UNTIMED_ROWS).cast(pl.Int64)
    return frame.with_columns(
        pl.col("host").fill_null(""),
        pl.col("type").fill_null(""),
        window=pl.when(pl.col("time").is_null())
        .then(untimed)
        .otherwise(pl.col("time").dt.epoch("us").floordiv(WINDOW)),
    )


def volumes(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Records per group.

    Parameters
    ----------
    frames
        Frames with the columns `GROUP` and, if summed before, `volume`.

    Returns
    -------
    pl.DataFrame
        `GROUP`, `volume`, and `gap`: windows since the group's host last had the type, null at first
        and where the time is unknown. Sorted by host, type, window.
    """
    parts = [
        frame.group_by(GROUP).agg(volume=pl.col("volume").sum() if "volume" in frame.columns else pl.len())
        for frame in frames
    ]
    if not parts:
        parts = [pl.DataFrame(schema={"host": pl.String, "type": pl.String, "window": pl.Int64, "volume": pl.UInt32})]
    total = pl.concat([part.with_columns(pl.col("volume").cast(pl.Int64)) for part in parts])
    return (
        total.group_by(GROUP)
        .agg(pl.col("volume").sum())
        .sort(GROUP)
        .with_columns(
            gap=pl.when(pl.col("window") >= 0).then(pl.col("window") - pl.col("window").shift(1).over("host", "type"))
        )
        .with_columns(gap=pl.when(pl.col("gap") < pl.col("window")).then("gap"))
    )


def encode_groups(groups: pl.DataFrame, pairs: tuple[Pair, ...] = VOLUME_PAIRS) -> Encoded:
    """Keys of groups.

    Parameters
    ----------
    groups
        As from `volumes`.
    pairs
        `VOLUME_PAIRS` to count them; with `RATE_PAIRS` behind to score them.

    Returns
    -------
    Encoded
        [n, ``len(pairs)``].
    """
    n = groups.height
    keys = {name: column_keys(groups[name])[0] for name in ("host", "type")}
    timed = (groups["window"] >= 0).to_numpy()
    every = np.ones(n, np.bool_)
    hours = (groups["window"] * (WINDOW // 1_000_000) // 3600 + 72) % 168
    there = {"type": every, "volume": every, "gap": groups["gap"].is_not_null().to_numpy(), "hour": timed}
    numbers = {
        "type": keys["type"],
        "volume": number_keys(groups["volume"].to_numpy().astype(np.float64)),
        "gap": number_keys(groups["gap"].fill_null(0).to_numpy().astype(np.float64)),
        "hour": mix(hours.to_numpy().astype(np.int64)),
    }
    shape = (n, len(pairs))
    context, value, present = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
    for at, pair in enumerate(pairs):
        owner = [np.full(n, _SALTS[pair.name]), *(keys[name] for name in pair.context)]
        context[:, at] = mix(joined(*owner))
        value[:, at] = numbers[pair.field]
        present[:, at] = there[pair.field]
    return Encoded(context, value, present)


def burst_bits(
    volume: NDArray[np.int64], seen: NDArray[np.int64], windows: NDArray[np.int64], included: bool
) -> NDArray[np.float32]:
    """Bits of a group's size: log2 of how many times the usual number of records it holds.

    The usual number is the mean over the windows of the same host and type, or where that host has none,
    of the type. A type without any window counts as one record if there is a baseline, which says that it
    does not happen; a batch that is its own measure does not know, so there it gives no bits. Reading the
    ratio as bits assumes that the size of windows falls off like 1/size (Zipf), which spares one histogram
    per group and errs on the quiet side for regular sources.

    Parameters
    ----------
    volume
        Records of each group; [n].
    seen, windows
        Records and windows of the same host and type, and of the same type; [n, 2].
    included
        Whether the groups themselves are in those counts; they are then taken out.

    Returns
    -------
    NDArray[np.float32]
        [n], 0 or more.
    """
    if included:
        seen, windows = seen - volume[:, None], windows - 1
    known = (windows > 0) & (seen > 0)
    unknown = volume if included else np.ones_like(volume)
    mean = np.where(known, seen / np.maximum(windows, 1), unknown[:, None])
    usual = np.where(known[:, 0], mean[:, 0], mean[:, 1])
    bits: NDArray[np.float32] = np.maximum(np.log2(volume / np.maximum(usual, 1.0)), 0).astype(np.float32)
    return bits
