"""Dictionary codes: a column as small whole numbers and the distinct keys that they stand for.

All that is asked of a record is asked of codes: a string is hashed once per block however often it occurs,
and a (context, value) pair is the product of two codes. Code 0 stands for an absent value.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...models.networks.rarity_tables import Int64
from ..records.folding import in_one_case
from ..records.spelling import alphabet_keys
from .keys import hashed, number_keys

Int32 = NDArray[np.int32]
UInt64 = NDArray[np.uint64]

_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_LARGEST: Final = 17
"""Bits of the largest table of first places: what fits the cache near the processor."""


@dataclass(frozen=True, slots=True)
class Codes:
    """A column.

    Attributes
    ----------
    code
        Place of each row's value in *key*; 0 where it is absent; [n].
    key
        Key of each distinct value; that of code 0 is 0; [distinct + 1].
    """

    code: Int32
    key: Int64


def distinct(values: UInt64) -> tuple[Int32, Int64]:
    """Number the distinct values.

    Places are looked up in a small table by the leading bits of the scrambled value; the few rows whose place
    another value took are sorted. On columns with repeats this is several times faster than sorting all.

    Parameters
    ----------
    values
        [n].

    Returns
    -------
    code, first
        Number of each row's value, [n]; a row that holds it, by number.
    """
    n = len(values)
    bits = np.uint64(64 - max(4, min(_LARGEST, (4 * n).bit_length())))
    slot = ((values * _SPREAD) >> bits).view(np.int64)
    table = np.empty(1 << (64 - int(bits)), np.int32)
    rows = np.arange(n, dtype=np.int32)
    table[slot] = rows
    example = table[slot]
    first: Int64 = np.flatnonzero(example == rows)
    number = np.empty(n, np.int32)
    number[first] = np.arange(len(first), dtype=np.int32)
    code = number[example]
    lost = np.flatnonzero(values[example] != values)
    if len(lost):
        _, more, again = np.unique(values[lost], return_index=True, return_inverse=True)
        code[lost] = again + len(first)
        first = np.concatenate([first, lost[more]])
    return code, first


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text, its distinct values at hand.

    Attributes
    ----------
    codes
        By value.
    values
        The distinct values, in the order of their codes, from code 1.
    """

    codes: Codes
    values: pl.Series


def text_column(column: pl.Series) -> Column | None:
    """Codes of a column of text.

    Parameters
    ----------
    column
        polars String series of n values.

    Returns
    -------
    Column or None
        None when all values are absent.
    """
    n, absent = len(column), column.null_count()
    if absent == n:
        return None
    # polars' own hash only tells equal strings from different ones within this call; it is never kept.
    code, first = distinct(column.hash().to_numpy())
    if not absent:
        values = column.gather(first)
        return Column(Codes(code + np.int32(1), _led(hashed(values))), values)
    known = np.flatnonzero(column.gather(first).is_not_null().to_numpy())
    place = np.zeros(len(first), np.int32)
    place[known] = np.arange(1, len(known) + 1, dtype=np.int32)
    values = column.gather(first[known])
    return Column(Codes(place[code], _led(hashed(values))), values)


def column_codes(column: pl.Series) -> Codes | None:
    """Codes of a column of text; None when all values are absent. See `text_column`."""
    made = text_column(column)
    return None if made is None else made.codes


def numbered(column: Column) -> tuple[Codes, NDArray[np.bool_]]:
    """Values that are numbers, keyed as such.

    Parameters
    ----------
    column
        Of text.

    Returns
    -------
    codes, number
        The same codes; finite numbers have the key of the number, others that of the text. Which codes are
        numbers; [distinct + 1].
    """
    numbers = column.values.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    finite = np.flatnonzero(np.isfinite(numbers))
    keys, number = column.codes.key.copy(), np.zeros(len(column.codes.key), np.bool_)
    keys[finite + 1] = number_keys(numbers[finite])
    number[finite + 1] = True
    return Codes(column.codes.code, keys), number


def cased(column: Column) -> Codes:
    """Values that Windows does not tell apart, keyed alike; see `assay.triage.records.folding`.

    Parameters
    ----------
    column
        Of text.

    Returns
    -------
    Codes
        The same codes; several may have one key.
    """
    values = column.values.to_frame("value").select(in_one_case(pl.col("value")))["value"]
    return Codes(column.codes.code, _led(hashed(values)))


def spelt(column: Column) -> Codes:
    """The alphabets of a column's values; see `assay.triage.records.spelling`.

    Parameters
    ----------
    column
        Of text.

    Returns
    -------
    Codes
        Of as many rows.
    """
    keys = alphabet_keys(column.values)
    number, first = distinct(keys.view(np.uint64))
    place = np.concatenate((np.zeros(1, np.int32), number + np.int32(1)))
    return Codes(place[column.codes.code], _led(keys[first]))


@dataclass(frozen=True, slots=True)
class Crossed:
    """Two columns at once.

    Attributes
    ----------
    code
        Number of each row's pair of values; 0 where either is absent; [n].
    left, right
        Codes of the two values by number; those of 0 are 0; [pairs + 1].
    count
        Rows by number; [pairs + 1].
    """

    code: Int32
    left: Int64
    right: Int64
    count: Int64


def crossed(left: Codes, right: Codes) -> Crossed:
    """Number the pairs of values of two columns.

    Parameters
    ----------
    left, right
        Of the same rows.

    Returns
    -------
    Crossed
    """
    n, width = len(left.code), len(right.key)
    size = len(left.key) * width
    if size <= max(4 * n, 4096):
        both = left.code * np.int32(width) + right.code
        count = np.bincount(both, minlength=size)
        found = np.flatnonzero(count)
        at_left, at_right = np.divmod(found, width)
        there = np.flatnonzero((at_left > 0) & (at_right > 0))
        place = np.zeros(size, np.int32)
        place[found[there]] = np.arange(1, len(there) + 1, dtype=np.int32)
        return Crossed(place[both], _led(at_left[there]), _led(at_right[there]), _led(count[found[there]]))
    wide = left.code.astype(np.uint64) * np.uint64(width) + right.code.astype(np.uint64)
    number, first = distinct(wide)
    at_left, at_right = left.code[first], right.code[first]
    there = np.flatnonzero((at_left > 0) & (at_right > 0))
    place = np.zeros(len(first), np.int32)
    place[there] = np.arange(1, len(there) + 1, dtype=np.int32)
    code = place[number]
    count = np.bincount(code, minlength=len(there) + 1)
    count[0] = 0
    return Crossed(code, _led(at_left[there].astype(np.int64)), _led(at_right[there].astype(np.int64)), count)


def _led(column: Int64) -> Int64:
    """The column behind a 0."""
    return np.concatenate((np.zeros(1, np.int64), column))
