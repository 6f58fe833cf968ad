"""Stable 64-bit keys of strings and numbers.

Counts outlive the process and the library version that made them, so neither Python's salted `hash` nor
polars' `hash` (stable only within one version) will do. A key here is defined by arithmetic on the UTF-8
bytes alone: the little-endian 8-byte words of the string, each with its position mixed in and put through
`mix`, are summed modulo 2^64; the length is added and the sum mixed again. Columns are first reduced to
their distinct strings, see `codes`.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...models.networks.rarity_tables import MIX, Int64, mix

LONGEST: Final = 64
"""Words of a string that count: the first 48 and the last 16, i.e. all of a string up to 512 bytes."""

FINE: Final = 16
"""Numbers up to here keep their own key when whole; beyond, and for fractions, half-octave steps are used."""

_SIGN: Final = np.int64(-0x8000000000000000)


def salt(name: str) -> np.int64:
    """Key of one name, to tell kinds of context apart.

    Parameters
    ----------
    name
        Any text.

    Returns
    -------
    numpy.int64
    """
    return salts([name])[name]


def salts(names: Iterable[str]) -> dict[str, np.int64]:
    """Keys of some names; see `salt`."""
    known = list(names)
    return dict(zip(known, hashed(pl.Series(known, dtype=pl.String)), strict=True))


def hashed(strings: pl.Series) -> Int64:
    """Keys of strings, one by one.

    Parameters
    ----------
    strings
        polars String series without nulls.

    Returns
    -------
    NDArray[np.int64]
        [n].
    """
    if len(strings) == 0:
        return np.zeros(0, np.int64)
    length = strings.str.len_bytes().to_numpy().astype(np.int64)
    text = np.frombuffer("".join(strings.to_list()).encode() + bytes(8), np.uint8)
    start = np.cumsum(length) - length
    words = np.clip((length + 7) >> 3, 1, LONGEST)
    first = np.cumsum(words) - words
    position = np.arange(int(words.sum())) - np.repeat(first, words)
    long = np.repeat(length > 8 * LONGEST, words)
    at = np.repeat(start, words) + 8 * position
    if long.any():
        tail = long & (position >= LONGEST - 16)
        at[tail] = (np.repeat(start + length, words) - 8 * (LONGEST - position))[tail]
    every = np.lib.stride_tricks.as_strided(text[:8].view("<u8"), shape=(len(text) - 7,), strides=(1,))
    word = every[at].astype(np.uint64)
    left = np.repeat(length, words) - 8 * position
    short = np.flatnonzero(left < 8)
    word[short] &= (np.uint64(1) << (8 * np.maximum(left[short], 0)).astype(np.uint64)) - np.uint64(1)
    placed = word.view(np.int64) + (position + 1) * np.int64(MIX[2])
    return mix(np.add.reduceat(mix(placed), first) + length * np.int64(MIX[0]))


def number_keys(values: NDArray[np.float64]) -> Int64:
    """Keys of numbers: steps of half an octave, so that neighbours share one.

    Steps that do not depend on the data keep counts additive; whole numbers up to `FINE` stay apart.

    Parameters
    ----------
    values
        Finite float64 [n].

    Returns
    -------
    NDArray[np.int64]
        [n].
    """
    size = np.abs(values)
    exact = (values == np.floor(values)) & (size <= FINE)
    step = np.floor(2.0 * np.log2(np.where(size > 0, size, 1.0))).astype(np.int64) + 4096
    code = np.where(exact, np.where(exact, values, 0.0).astype(np.int64), step)
    code = np.where(~exact & (values < 0), code ^ _SIGN, code)
    return mix(code + np.int64(MIX[1]))


def joined(*columns: Int64) -> Int64:
    """One key for a tuple of keys; the order counts.

    Parameters
    ----------
    columns
        int64 arrays of equal shape.

    Returns
    -------
    NDArray[np.int64]
    """
    key = columns[0]
    for column in columns[1:]:
        key = mix(key) + column
    return key
