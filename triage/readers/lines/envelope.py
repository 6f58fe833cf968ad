"""The syslog header that lines of other formats travel in."""

from typing import Final

import polars as pl

from ...records import times
from ..contract import Intake
from ..syslog import read_stamps

_STAMP: Final = (
    r"[A-Z][a-z]{2} [ \d]\d(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d+)?"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
)
_HEADER: Final = r"^(?:<\d{1,3}>)?(?:\d )?(" + _STAMP + r"):? (?:(\S+) )?"


def hosts(prefix: pl.Series) -> pl.Series:
    """Host in the header before the content of each line, null where there is none."""
    return prefix.str.extract(_HEADER, 2).alias("host")


class Envelope:
    """Reads the headers of one source, block after block.

    Parameters
    ----------
    intake
        The source: its clock gives a year to stamps that have none.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def open(self, prefix: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Time and host that stand before the content.

        Parameters
        ----------
        prefix
            Text before the content of each line, empty where there is none.

        Returns
        -------
        time, host
            Null where the prefix does not say.
        """
        if not (prefix.str.len_bytes() > 0).any():
            none = pl.Series("host", [None], dtype=pl.String).new_from_index(0, len(prefix))
            return none.cast(times.UTC_MICROSECONDS).alias("time"), none
        parts = prefix.str.extract_groups(_HEADER).struct.unnest()
        parts.columns = ["stamp", "host"]
        known = parts["stamp"].is_not_null()
        time = pl.Series("time", [None], dtype=times.UTC_MICROSECONDS).new_from_index(0, len(prefix))
        if known.any():
            places = known.arg_true()
            time = time.scatter(places, read_stamps(parts["stamp"].gather(places), self._intake))
        return time.alias("time"), parts["host"]
