"""Volume: windows that hold unusually many or few records, come after an unusual silence or at an unusual hour.

Records are grouped by host, event type and five-minute window. A group is judged like a record, by the
same network and in the same counts: its *volume* (half-octave steps), its *gap* (windows since the type
was last seen on the host) and its *hour* of the week are values in the context of its host and type. Every
window counts once, however many records it holds, so a flood cannot make itself normal.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...models.networks.rarity_tables import Int64, entry_keys, mix
from ..counting.codes import Codes, Int32, column_codes, distinct
from ..counting.contexts import PAIRS, Pair
from ..counting.encoding import Encoded
from ..counting.keys import joined, number_keys, salt

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

MERGE_AT: Final = 1_000_000
"""Groups collected before those of several pieces are summed up."""

_GROUPS: Final = {
    "host": pl.String(),
    "type": pl.String(),
    "window": pl.Int64(),
    "volume": pl.Int64(),
    "first": pl.Datetime("us", "UTC"),
    "last": pl.Datetime("us", "UTC"),
}
_EMPTY: Final = salt("")

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


def grouped(frame: pl.DataFrame, host: Codes | None, kinds: Codes | None) -> tuple[Int32, pl.DataFrame]:
    """Groups of some records.

    Parameters
    ----------
    frame
        Normalised records with the columns ``row, time, host, type``; n rows, at least one.
    host, kinds
        Codes of the last two, nulls of `type` taken as the empty string.

    Returns
    -------
    members, groups
        Which group each record is in, int32 [n]; per group the columns of `GROUP`, `volume`, and the `first`
        and `last` time, null where none is known.
    """
    assert kinds is not None
    own = windowed(frame.select("row", "time", "host", "type"))
    window, window_example = distinct(own["window"].to_numpy().view(np.uint64))
    place = kinds.code.astype(np.uint64)
    if host is not None:
        # A host without a name is that of an empty name.
        nameless = np.flatnonzero(host.key == _EMPTY)
        code = host.code if not len(nameless) else np.where(host.code == 0, nameless[0], host.code)
        place += code.astype(np.uint64) * np.uint64(len(kinds.key))
    at, _ = distinct(place)
    members, example = distinct(at.astype(np.uint64) * np.uint64(len(window_example)) + window.astype(np.uint64))
    time = own["time"].to_physical()
    known = np.flatnonzero(time.is_not_null().to_numpy())
    moments = time.fill_null(0).to_numpy()[known]
    first = np.full(len(example), np.iinfo(np.int64).max)
    last = np.full(len(example), np.iinfo(np.int64).min)
    np.minimum.at(first, members[known], moments)
    np.maximum.at(last, members[known], moments)
    timed = pl.Series(first <= last)
    spans = {
        name: pl.when(timed).then(pl.Series(values).cast(own["time"].dtype))
        for name, values in (("first", first), ("last", last))
    }
    volume = np.bincount(members, minlength=len(example))
    groups = own[example].select(*GROUP).with_columns(volume=pl.Series(volume, dtype=pl.Int64), **spans)
    return members, groups


def volumes(groups: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All groups.

    Parameters
    ----------
    groups
        From `grouped`, of the pieces of the input.

    Returns
    -------
    pl.DataFrame
        `GROUP`, `volume`, `first`, `last`, and `gap`: windows since the group's host last had the type, null
        at first and where the time is unknown. Sorted by host, type, window.
    """
    parts, height = [pl.DataFrame(schema=_GROUPS)], 0
    for part in groups:
        parts.append(part)
        height += part.height
        if height > MERGE_AT:
            parts, height = [_summed(parts)], 0
    return (
        _summed(parts)
        .sort(GROUP)
        .with_columns(
            gap=pl.when(pl.col("window") >= 0).then(pl.col("window") - pl.col("window").shift(1).over("host", "type"))
        )
        .with_columns(gap=pl.when(pl.col("gap") < pl.col("window")).then("gap"))
    )


def _summed(parts: list[pl.DataFrame]) -> pl.DataFrame:
    return (
        pl.concat(parts)
        .group_by(GROUP)
        .agg(pl.col("volume").sum(), pl.col("first").min(), pl.col("last").max())
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
        Every present pair by itself, pairs in the order of *pairs*.
    """
    n = groups.height
    keys = {name: _keys(groups[name]) for name in ("host", "type")}
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
    contexts, entries = [], []
    index, before = np.zeros((len(pairs), n), np.int32), 0
    for at, pair in enumerate(pairs):
        rows = np.flatnonzero(there[pair.field])
        owner = [np.full(len(rows), _SALTS[pair.name]), *(keys[name][rows] for name in pair.context)]
        contexts.append(mix(joined(*owner)))
        entries.append(entry_keys(contexts[-1], numbers[pair.field][rows]))
        index[at, rows] = np.arange(before + 1, before + len(rows) + 1, dtype=np.int32)
        before += len(rows)
    return Encoded(
        np.concatenate(entries),
        np.concatenate(contexts),
        np.ones(before, np.int64),
        index.T,
        # Behind the pairs of records: none of the roles of those is theirs.
        np.arange(len(PAIRS), len(PAIRS) + len(pairs), dtype=np.int16),
    )


def _keys(names: pl.Series) -> Int64:
    codes = column_codes(names)
    return np.zeros(len(names), np.int64) if codes is None else codes.key[codes.code]


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
