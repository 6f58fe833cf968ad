"""The columns of a frame as the rules need them: distinct values, and a number for each record."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..records.fields import TEXT
from .fields import Place, speaks
from .sources import Kind


@dataclass(frozen=True, slots=True)
class Coded:
    """The values of one place in a frame.

    Attributes
    ----------
    values
        Distinct values.
    codes
        [records] position of each record's value; -1 where it has none.
    """

    values: tuple[str, ...]
    codes: NDArray[np.int64]


def kinds_of(frame: pl.DataFrame) -> tuple[list[Kind], NDArray[np.int64]]:
    """Kinds of record in a frame, and which each record is.

    Parameters
    ----------
    frame
        Normalised.

    Returns
    -------
    kinds, codes
        Distinct kinds; [records] position of each record's.
    """
    windows = pl.col("raw_kind").str.starts_with("windows").fill_null(False)
    parts = frame.select(
        pl.concat_str(
            pl.col("raw_kind").fill_null(""),
            pl.when(windows).then(pl.col("channel").str.to_lowercase()).fill_null(""),
            pl.when(windows).then(pl.col("event_id").str.to_lowercase()).fill_null(""),
            pl.when(~windows).then(pl.col("service").str.to_lowercase()).fill_null(""),
            separator="\x1f",
        ).alias("kind")
    )["kind"]
    coded = _coded(parts)
    kinds = []
    for value in coded.values:
        shape, channel, event_id, service = (value.split("\x1f") + [""] * 4)[:4]
        kinds.append(Kind(shape, channel, event_id, service))
    return kinds, coded.codes


class FrameColumns:
    """Reads the places of one frame; columns are coded once, and what the extras hold is taken apart once.

    Parameters
    ----------
    frame
        Normalised.
    kinds, kind_codes
        From `kinds_of`.
    """

    def __init__(self, frame: pl.DataFrame, kinds: Sequence[Kind], kind_codes: NDArray[np.int64]) -> None:
        self._frame = frame
        self._kinds, self._kind_codes = kinds, kind_codes
        self._columns: dict[str, Coded] = {}
        self._extras: dict[str, Coded] = {}

    def take_extras(self, names: Collection[str], wanted: NDArray[np.bool_]) -> None:
        """Take extra fields apart.

        Parameters
        ----------
        names
            Those that any place of the rules names.
        wanted
            [records] whether any rule may need the record.
        """
        if not names or not wanted.any():
            return
        long = (
            self._frame.lazy()
            .select("extra_names", "extra_values", at=pl.int_range(pl.len(), dtype=pl.UInt32))
            .filter(pl.lit(pl.Series(wanted)) & (pl.col("extra_names").list.len() > 0))
            .explode("extra_names", "extra_values")
            .filter(pl.col("extra_names").is_in(sorted(names)))
            .collect()
        )
        named, valued = _coded(long["extra_names"]), _coded(long["extra_values"])
        at = long["at"].to_numpy()
        for number, name in enumerate(named.values):
            own = np.flatnonzero(named.codes == number)[::-1]  # a name given twice: the first counts
            codes = np.full(self._frame.height, -1, np.int64)
            codes[at[own]] = valued.codes[own]
            self._extras[name] = _used(valued.values, codes)

    def read(self, place: Place, wanted: NDArray[np.bool_]) -> Coded:
        """Values of a place.

        Parameters
        ----------
        place
            Where.
        wanted
            [kinds] whether records of the kind are asked about; others may be left out.

        Returns
        -------
        Coded
        """
        if place.whole:
            return _coded(self._whole(wanted[self._kind_codes]))
        parts = [self._extras[name] for name in place.extras if name in self._extras]
        if place.column is not None:
            parts.append(self._column(place.column, place, wanted))
        if not parts:
            return Coded((), np.full(self._frame.height, -1, np.int64))
        first, *rest = parts
        for other in rest:
            codes = np.where(other.codes < 0, -1, other.codes + len(first.values))
            first = Coded((*first.values, *other.values), np.where(first.codes < 0, codes, first.codes))
        return first

    def _column(self, name: str, place: Place, wanted: NDArray[np.bool_]) -> Coded:
        coded = self._columns.get(name)
        if coded is None:
            coded = self._columns[name] = _coded(self._frame[name])
        speaking = np.array([speaks(place, kind) for kind in self._kinds], np.bool_) & wanted
        codes = coded.codes if speaking.all() else np.where(speaking[self._kind_codes], coded.codes, -1)
        if name == "user" and "User" in place.spellings:
            # Collectors add an AccountName of their own where Sysmon gives no User; only Sysmon's has a domain.
            named = np.array([*("\\" in value for value in coded.values), False], np.bool_)
            codes = np.where(named[codes], codes, -1)
        return coded if codes is coded.codes else _used(coded.values, codes)

    def _whole(self, wanted: NDArray[np.bool_]) -> pl.Series:
        text = self._frame.select(
            pl.when(pl.lit(pl.Series(wanted))).then(
                pl.concat_str(
                    *(pl.col(name) for name in TEXT if name not in ("template", "type", "raw_kind")),
                    pl.col("extra_values").list.join("\n"),
                    separator="\n",
                    ignore_nulls=True,
                )
            )
        )
        return text.to_series()


def _used(values: Sequence[str], codes: NDArray[np.int64]) -> Coded:
    """The same codes with the values that none of them names left out."""
    used = np.zeros(len(values) + 1, np.bool_)
    used[codes] = True
    used[-1] = False
    number = np.where(used, np.cumsum(used) - 1, -1)
    return Coded(tuple(values[at] for at in np.flatnonzero(used).tolist()), number[codes])


def _coded(series: pl.Series) -> Coded:
    encoded = series.to_arrow().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Coded(tuple(encoded.dictionary.to_pylist()), codes)
