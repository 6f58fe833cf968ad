"""How a value is spelled: which kinds of characters it is made of.

Values of parameters, paths and command lines are mostly all different, so their own rarity says nothing;
but `5' or 1=1` is spelled with characters that the field does not use. The *alphabet* of a value is the
set of its kinds of characters: small letters, capitals, digits, each mark of ASCII by itself, spaces,
control characters, and the rest of Unicode together. It is one 64-bit key, so it is counted like a value.
"""

import string
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from ...models.networks.rarity_tables import MIX, Int64, mix

KINDS: Final = (
    *("control", "other letters", "digits", "small letters", "capitals", "spaces"),
    *string.punctuation,
)
"""Kinds of characters, in the order of their bits."""


def _table() -> NDArray[np.uint64]:
    place = np.zeros(256, np.uint64)
    for byte in range(256):
        letter = chr(byte)
        if byte >= 128:
            kind = 1
        elif letter in string.digits:
            kind = 2
        elif letter in string.ascii_lowercase:
            kind = 3
        elif letter in string.ascii_uppercase:
            kind = 4
        elif letter == " ":
            kind = 5
        else:
            kind = KINDS.index(letter) if letter in string.punctuation else 0
        place[byte] = kind
    return np.uint64(1) << place


_BIT: Final = _table()


def alphabets(strings: pl.Series) -> Int64:
    """Alphabet of each string, one bit for each of `KINDS`.

    Parameters
    ----------
    strings
        polars String series of n values; null counts as empty.

    Returns
    -------
    NDArray[np.int64]
        [n], 0 for an empty string.
    """
    if len(strings) == 0:
        return np.zeros(0, np.int64)
    arrow = strings.fill_null("").to_arrow()
    column = arrow.cast(pa.large_string())
    _, ends, text = column.buffers()
    offsets = np.frombuffer(ends, np.int64)[column.offset : column.offset + len(column) + 1]
    bits = _BIT[np.frombuffer(text, np.uint8)[offsets[0] : offsets[-1]]] if text is not None else _BIT[:0]
    start = offsets[:-1] - offsets[0]
    found = np.zeros(len(strings), np.uint64)
    some = np.flatnonzero(offsets[1:] > offsets[:-1])
    if len(some):
        found[some] = np.bitwise_or.reduceat(bits, start[some])
    return found.view(np.int64)


def alphabet_keys(strings: pl.Series) -> Int64:
    """Keys of the alphabets of strings.

    Parameters
    ----------
    strings
        polars String series of n values.

    Returns
    -------
    NDArray[np.int64]
        [n].
    """
    return mix(alphabets(strings) + np.int64(MIX[1]))


def kinds(value: str) -> list[str]:
    """The alphabet of one value in words, marks last.

    Parameters
    ----------
    value
        Any text.

    Returns
    -------
    list of str
        Some of `KINDS`.
    """
    bits = int(alphabets(pl.Series([value], dtype=pl.String))[0])
    return [kind for place, kind in enumerate(KINDS) if bits >> place & 1]
