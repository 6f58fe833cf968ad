"""Time stamps as logs write them, to UTC, vectorised.

Nothing is guessed from a single value: a whole column is parsed with the notation that its values
show, and what does not fit is tried with the next one. A stamp without a zone is taken as UTC.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

UTC_MICROSECONDS: Final = pl.Datetime("us", "UTC")
EARLIEST: Final = datetime(1980, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Stamps outside this span (a zeroed clock, a counter mistaken for a time) become null."""

_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
MONTHS: Final = {name: number for number, name in enumerate(_MONTHS.split(), 1)}

# Notation: regular expression that a value must match, strptime format, whether it names its zone.
_NOTATIONS: Final = (
    (r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", "%Y-%m-%dT%H:%M:%S%.fZ", False),
    (r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:?\d\d$", "%Y-%m-%dT%H:%M:%S%.f%#z", True),
    (r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$", "%Y-%m-%dT%H:%M:%S%.f", False),
    (r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( UTC|Z)?$", "%Y-%m-%d %H:%M:%S%.f", False),
    (r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? ?[+-]\d\d:?\d\d$", "%Y-%m-%d %H:%M:%S%.f%#z", True),
    (r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+$", "%Y-%m-%d %H:%M:%S,%3f", False),
    (r"^\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$", "%d/%b/%Y:%H:%M:%S %z", True),
    (r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d [AP]M$", "%m/%d/%Y %I:%M:%S %p", False),
    (r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(\.\d+)?$", "%Y/%m/%d %H:%M:%S%.f", False),
    (r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d$", "%m/%d/%Y %H:%M:%S", False),
    (r"^[A-Z][a-z]{2} [A-Z][a-z]{2} \d{1,2} \d\d:\d\d:\d\d \d{4}$", "%a %b %d %H:%M:%S %Y", False),
    (
        r"^[A-Z][a-z]{2} [A-Z][a-z]{2} \d{1,2} \d\d:\d\d:\d\d\.\d+ \d{4}$",
        "%a %b %d %H:%M:%S%.f %Y",
        False,
    ),
    (r"^[A-Z][a-z]{2} \d{1,2} \d{4} \d\d:\d\d:\d\d(\.\d+)?$", "%b %d %Y %H:%M:%S%.f", False),
    (r"^\d{2}/\d\d/\d\d \d\d:\d\d:\d\d$", "%y/%m/%d %H:%M:%S", False),
    (r"^\d{4}-\d\d-\d\d$", "%Y-%m-%d", False),
)
_ZONE: Final = r"(Z|UTC|[+-]\d\d:?\d\d)\s*$"
"""What a stamp ends with that names its zone."""
UNZONED: Final = "none"
"""Zone of stamps that name none."""
_EPOCH: Final = r"^\d{9,10}(\.\d+)?$|^\d{12,13}$|^\d{15,16}$|^\d{18,19}$"


def parse(column: pl.Series) -> pl.Series:
    """Parse a column of time stamps.

    Parameters
    ----------
    column
        Strings, null where there is none.

    Returns
    -------
    pl.Series
        Datetime in microseconds, UTC; null where the text is no time between 1980 and 2100.
    """
    column = column.cast(pl.String, strict=False)
    runs = _runs(column)
    return _parsed(column) if runs is None else _parsed(runs[0]).gather(runs[1])


def _runs(stamps: pl.Series) -> tuple[pl.Series, pl.Series] | None:
    """The first of each run of equal stamps, and the run of each; None where most stamps differ from the one before."""
    if len(stamps) < 2:
        return None
    starts = stamps.ne_missing(stamps.shift(1)).to_numpy().copy()
    starts[0] = True
    if int(np.count_nonzero(starts)) * 2 > len(stamps):
        return None
    return stamps.filter(pl.Series(starts)), pl.Series((np.cumsum(starts) - 1).astype(np.uint32))


def _parsed(column: pl.Series) -> pl.Series:
    parsed = pl.Series(column.name, [None], dtype=UTC_MICROSECONDS).new_from_index(0, len(column))
    tried: set[str] = set()
    for _ in range(6):  # a column of more than six notations is no time column
        open_ = parsed.is_null() & column.is_not_null()
        left = column.filter(open_)
        if left.is_empty():
            break
        shown = left.head(2000)
        if tried:  # the first ones did not fit what was tried: look for one that fits another notation
            shown = left.gather_every(max(len(left) // 2000, 1)).head(2000)
        found = next(
            ((p, f, z) for p, f, z in _NOTATIONS if p not in tried and shown.str.contains(p).any()), None
        )
        if found is not None:
            tried.add(found[0])
            values = _strptime(left, found[1], found[2])
        elif _EPOCH not in tried and shown.str.contains(_EPOCH).any():
            tried.add(_EPOCH)
            values = epochs(left)
        else:
            break
        parsed = values if len(left) == len(column) else parsed.scatter(open_.arg_true(), values)
    within = parsed.is_between(EARLIEST, LATEST)
    return parsed if within.all() else parsed.set(~within, None)


def zones(texts: pl.Series, parsed: pl.Series) -> Counter[str]:
    """Which time zones the stamps that were understood name.

    Parameters
    ----------
    texts
        What the source says.
    parsed
        What `parse` made of it, as long.

    Returns
    -------
    Counter
        Zone to stamps: ``Z``, ``UTC``, a distance such as ``+02:00``, ``epoch`` for seconds since 1970, and
        `UNZONED` for stamps that name none and so were taken as UTC.
    """
    understood = texts.filter(parsed.is_not_null()).cast(pl.String, strict=False)
    zulu = understood.str.ends_with("Z")
    found = Counter({"Z": int(zulu.sum())})
    rest = understood.filter(~zulu)
    if len(rest):
        frame = rest.to_frame("text").select(
            zone=pl.coalesce(
                pl.col("text").str.extract(_ZONE).str.replace(r"^([+-]\d\d)(\d\d)$", "$1:$2"),
                pl.when(pl.col("text").str.contains(r"^[\d.]+$")).then(pl.lit("epoch")),
                pl.lit(UNZONED),
            )
        )
        for zone, count in frame["zone"].value_counts().iter_rows():
            found[zone] += count
    return +found


def _strptime(column: pl.Series, notation: str, zoned: bool) -> pl.Series:
    if notation == "%Y-%m-%d %H:%M:%S%.f":
        column = column.str.strip_suffix("Z").str.strip_suffix(" UTC")
    if notation.endswith("%.f%#z") and " " in notation:
        column = column.str.replace(r" ([+-])", "$1")
    if notation == "%Y-%m-%d":
        return column.str.to_date(notation, strict=False).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if zoned:
        return column.str.to_datetime(notation, time_unit="us", time_zone="UTC", strict=False)
    naive = column.str.to_datetime(notation, time_unit="us", strict=False)
    return naive.dt.replace_time_zone("UTC")


def epochs(column: pl.Series) -> pl.Series:
    """Parse seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by magnitude."""
    numbers = column.cast(pl.Float64, strict=False)
    frame = pl.DataFrame({"n": numbers, "i": column.cast(pl.Int64, strict=False)})
    micros = (
        pl.when(pl.col("n") < 1e11)
        .then((pl.col("n") * 1e6).round())
        .when(pl.col("n") < 1e14)
        .then(pl.col("n") * 1e3)
        .when(pl.col("n") < 1e17)
        .then(pl.col("n"))
        .otherwise(pl.col("n") / 1e3)
    )
    exact = (
        pl.when(pl.col("i").is_null() | (pl.col("n") > 8e18))
        .then(micros.cast(pl.Int64, strict=False))
        .when(pl.col("n") < 1e11)
        .then(pl.col("i") * 1_000_000)
        .when(pl.col("n") < 1e14)
        .then(pl.col("i") * 1_000)
        .when(pl.col("n") < 1e17)
        .then(pl.col("i"))
        .otherwise(pl.col("i") // 1_000)
    )
    return frame.select(exact.cast(UTC_MICROSECONDS).alias(column.name)).to_series()


@dataclass(frozen=True, slots=True)
class YearState:
    """Year and month of the last stamp that a `YearClock` saw; None before the first."""

    year: int | None = None
    month: int | None = None

    def year_of(self, month: int) -> int | None:
        """Year of a stamp of a month that comes next; None where that depends on more than the month."""
        if self.year is None or self.month is None:
            return None
        step = month - self.month
        return self.year + (step < -6) - (step > 6)


@dataclass(slots=True)
class YearClock:
    """Gives stamps like ``Dec 10 06:55:46`` their year, block after block of one source.

    The year is the latest one in which the first stamp does not lie after *written* (the date of the
    file); it goes up by one whenever the months fall back by more than half a year.

    Attributes
    ----------
    written
        When the source was last written; no stamp is put more than a day after it at the start.
    """

    written: datetime
    _year: int | None = None
    _month: int | None = None
    _first: int | None = None

    @property
    def state(self) -> "YearState":
        """Where it stands."""
        return YearState(self._year, self._month)

    @property
    def first(self) -> int | None:
        """Month of the first stamp that it saw itself; None before that."""
        return self._first

    @classmethod
    def at(cls, written: datetime, state: "YearState") -> "YearClock":
        """A clock that goes on where another one stood."""
        return cls(written, state.year, state.month)

    def parse(self, stamps: pl.Series) -> pl.Series:
        """Parse ``Mon DD HH:MM:SS`` stamps in their order; null where the text is no such stamp."""
        runs = _runs(stamps)
        if runs is not None:
            return self.parse(runs[0]).gather(runs[1])
        month = stamps.str.head(3).replace_strict(MONTHS, default=None, return_dtype=pl.Int8)
        known = month.drop_nulls()
        if known.is_empty():
            return pl.Series(stamps.name, [None] * len(stamps), dtype=UTC_MICROSECONDS)
        if self._year is None:
            self._year = self.written.year
            first = stamps.filter(month.is_not_null()).head(1)
            stamp = self._stamp(first, pl.Series([self._year]))[0]
            if stamp is not None and stamp > self.written + timedelta(days=1):
                self._year -= 1
        if self._first is None:
            self._first = int(known[0])
        if self._month is None:
            self._month = int(known[0])
        filled = month.forward_fill().fill_null(self._month).cast(pl.Int16)
        before = filled.shift(1, fill_value=self._month)
        step = (filled - before).cast(pl.Int16)
        turns = (step < -6).cast(pl.Int32) - (step > 6).cast(pl.Int32)
        years = turns.cum_sum() + self._year
        self._year, self._month = int(years[-1]), int(filled[-1])
        return self._stamp(stamps, years)

    @staticmethod
    def _stamp(stamps: pl.Series, years: pl.Series) -> pl.Series:
        frame = pl.DataFrame({"s": stamps, "y": years.cast(pl.String)})
        text = pl.concat_str("y", pl.lit(" "), pl.col("s").str.replace_all(r"\s+", " "))
        out = frame.select(text.str.to_datetime("%Y %b %d %H:%M:%S%.f", time_unit="us", strict=False))
        return out.to_series().dt.replace_time_zone("UTC").rename(stamps.name)
