"""The columns of a frame as the rules need them: distinct values, and a number for each record."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..fields import TEXT
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
    """Reads the places of one frame; what the extras hold is taken apart once.

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
        self._extras: dict[str, pl.DataFrame] = {}

    def take_extras(self, names: Sequence[str], wanted: NDArray[np.bool_]) -> None:
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
            .filter(pl.col("extra_names").is_in(list(names)))
            .collect()
        )
        for (name,), part in long.partition_by("extra_names", as_dict=True).items():
            # A name given twice: the first counts.
            self._extras[str(name)] = part.select("at", value="extra_values").unique("at", keep="first")

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
        series: pl.Series | None = None
        for name in place.extras:
            part = self._extras.get(name)
            if part is not None:
                found = _spread(part, self._frame.height)
                series = found if series is None else series.zip_with(series.is_not_null(), found)
        if place.column is not None:
            own = self._column(place, wanted)
            series = own if series is None else series.zip_with(series.is_not_null(), own)
        if series is None:
            return Coded((), np.full(self._frame.height, -1, np.int64))
        return _coded(series)

    def _column(self, place: Place, wanted: NDArray[np.bool_]) -> pl.Series:
        assert place.column is not None
        speaking = np.array([speaks(place, kind) for kind in self._kinds], np.bool_) & wanted
        column = self._frame[place.column]
        if not speaking.all():
            column = column.zip_with(pl.Series(speaking[self._kind_codes]), _nothing(column.len()))
        if "User" in place.spellings and place.column == "user":
            # Collectors add an AccountName of their own where Sysmon gives no User; only Sysmon's has a domain.
            column = column.zip_with(column.str.contains("\\", literal=True).fill_null(False), _nothing(column.len()))
        return column

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


def _nothing(height: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, height)


def _spread(part: pl.DataFrame, height: int) -> pl.Series:
    codes = np.full(height, part.height, np.int64)  # the last stands for "no value"
    codes[part["at"].to_numpy()] = np.arange(part.height)
    return part["value"].extend_constant(None, 1).gather(codes)


def _coded(series: pl.Series) -> Coded:
    encoded = series.to_arrow().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Coded(tuple(encoded.dictionary.to_pylist()), codes)
