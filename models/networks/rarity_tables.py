"""The tables of the rarity network: counts by key, and the bits that are read off them.

Contexts, values and their pairs are 64-bit keys, so neither text nor rows of the training data are inside. See
`rarity_arrays` for what the network does with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Float32 = NDArray[np.float32]
Arrays = Mapping[str, NDArray[Any]]

STATE: Final = (
    "entry_key",
    "entry_context",
    "entry_count",
    "context_key",
    "context_total",
    "context_spilled",
)
"""Names of the state tensors, all int64. Keys are ascending and unique; the two groups have one length each."""

MIX: Final = (-0x40A7B892E31B1A47, -0x6B2FB644ECCEEE15, -0x61C8864680B583EB)
"""Two multipliers of the finaliser of SplitMix64 (Steele, Lea, Flood 2014) and its increment, as signed integers."""

GRAIN: Final = 1024.0
"""Bits are kept in steps of 1/1024: their sums are then exact in float32, in whatever order."""


def mix(keys: Int64) -> Int64:
    """Scramble 64-bit keys: the finaliser of SplitMix64, a bijection.

    Parameters
    ----------
    keys
        Any int64 array; treated as unsigned.

    Returns
    -------
    NDArray[np.int64]
        Same shape.
    """
    x = keys.astype(np.uint64)
    x ^= x >> np.uint64(30)
    x *= np.uint64(MIX[0] & 0xFFFFFFFFFFFFFFFF)
    x ^= x >> np.uint64(27)
    x *= np.uint64(MIX[1] & 0xFFFFFFFFFFFFFFFF)
    x ^= x >> np.uint64(31)
    return x.view(np.int64)


def entry_keys(context: Int64, value: Int64) -> Int64:
    """Key of a (context, value) pair.

    Parameters
    ----------
    context, value
        int64 keys of equal shape.

    Returns
    -------
    NDArray[np.int64]
        Same shape; stable over processes, platforms and library versions.
    """
    return mix(context + mix(value + np.int64(MIX[2])))


@dataclass(frozen=True, slots=True)
class Tables:
    """Lookup tables derived from the counts.

    Attributes
    ----------
    entry_key
        Sorted keys of the pairs seen, then one sentinel; [E + 1].
    entry_bits
        Tail-mass bits per pair; the sentinel has 0; [E + 1] float32.
    entry_count
        How often each pair was seen; [E + 1].
    context_key
        Sorted keys of the contexts, then one sentinel; [C + 1].
    context_bits
        Bits of a value that the context has not shown; [C + 1] float32.
    context_total
        How many values each context has shown, repeats counted; [C + 1].
    context_distinct
        How many different ones; those dropped to stay within the cap count as one each; [C + 1].
    """

    entry_key: Int64
    entry_bits: Float32
    entry_count: Int64
    entry_total: Int64
    context_key: Int64
    context_bits: Float32
    context_total: Int64
    context_distinct: Int64


def tables(state: Arrays, included: bool) -> Tables:
    """Derive the lookup tables.

    Parameters
    ----------
    state
        The tensors named by `STATE`.
    included
        Whether the rows to score are themselves among the counts (a batch scored against itself). If
        so, tail mass is ``T / n``: what leaving the row out gives for a value seen once. If not, the
        row joins as one more observation: ``(T + 1) / (n + 1)``, a conformal p-value within the context.

    Returns
    -------
    Tables

    Raises
    ------
    ValueError
        If a tensor is missing, of another type or length, or the keys are not ascending.
    """
    columns = _checked(state)
    key, owner_key, count = columns["entry_key"], columns["entry_context"], columns["entry_count"]
    contexts, total, spilled = columns["context_key"], columns["context_total"], columns["context_spilled"]
    owner = np.searchsorted(contexts, owner_key)
    listed = _closed(contexts, np.iinfo(np.int64).max)[owner]
    if len(owner) and not np.array_equal(listed, owner_key):
        raise ValueError("an entry belongs to a context that the state does not list")
    one = 0 if included else 1
    singles = np.bincount(owner[count == 1], minlength=len(contexts)).astype(np.int64) + spilled
    tail = _tails(owner, count, len(contexts)) + spilled[owner] if len(owner) else count
    entry_bits = tail_bits(tail + one, total[owner] + one if len(owner) else total[:0])
    context_bits = tail_bits(np.minimum(singles + 1, total + one), total + one)
    return Tables(
        entry_key=_closed(key, np.iinfo(np.int64).max),
        entry_bits=_closed(entry_bits, 0.0),
        entry_count=_closed(count, 0),
        entry_total=_closed(total[owner] if len(owner) else total[:0], 0),
        context_key=_closed(contexts, np.iinfo(np.int64).max),
        context_bits=_closed(context_bits, 0.0),
        context_total=_closed(total, 0),
        context_distinct=_closed(np.bincount(owner, minlength=len(contexts)).astype(np.int64) + spilled, 0),
    )


class Buckets:
    """Search in sorted, evenly spread keys: an index over their leading bits, then a few steps.

    Gives the same places as `numpy.searchsorted` (left), several times faster on large tables, whose
    binary search would miss the cache at every step.

    Parameters
    ----------
    keys
        Ascending int64 keys that end in the largest int64.
    """

    def __init__(self, keys: Int64) -> None:
        self._keys = keys
        bits = int(min(max(len(keys).bit_length(), 1), 26))
        self._shift = np.uint64(64 - bits)
        edges = np.arange(1 << bits, dtype=np.uint64) << self._shift
        self._start = np.searchsorted(keys, _unordered(edges)).astype(np.int64)

    def find(self, queries: Int64) -> Int64:
        """First place whose key is not below the query.

        Parameters
        ----------
        queries
            int64 keys, any order.

        Returns
        -------
        NDArray[np.int64]
            Places, each below ``len(keys)``.
        """
        unsigned = queries.view(np.uint64) ^ np.uint64(1 << 63)
        place = self._start[(unsigned >> self._shift).view(np.int64)]
        left = np.flatnonzero(self._keys[place] < queries)
        while len(left):
            place[left] += 1
            left = left[self._keys[place[left]] < queries[left]]
        return place


def _unordered(unsigned: NDArray[np.uint64]) -> Int64:
    """Unsigned position in the key range as the signed key there."""
    return (unsigned ^ np.uint64(1 << 63)).view(np.int64)


def _checked(state: Arrays) -> dict[str, Int64]:
    columns: dict[str, Int64] = {}
    for name in STATE:
        if name not in state:
            raise ValueError(f"the state lacks the tensor {name}")
        column = np.asarray(state[name])
        if column.dtype != np.int64 or column.ndim != 1:
            raise ValueError(f"the tensor {name} must be int64 with one axis")
        columns[name] = column
    for group in (STATE[:3], STATE[3:]):
        keys = columns[group[0]]
        if any(len(columns[name]) != len(keys) for name in group):
            raise ValueError(f"the tensors {', '.join(group)} must be equally long")
        if len(keys) > 1 and not bool(np.all(keys[1:] > keys[:-1])):
            raise ValueError(f"the tensor {group[0]} must be ascending without repeats")
    return columns


def _tails(owner: Int64, count: Int64, contexts: int) -> Int64:
    """Per entry, the summed count of its context's entries that are at most as frequent."""
    order = np.lexsort((count, owner))
    sorted_owner, sorted_count = owner[order], count[order]
    running = np.cumsum(sorted_count)
    before = np.concatenate((np.zeros(1, np.int64), running))[np.searchsorted(sorted_owner, np.arange(contexts))]
    last = np.ones(len(order), bool)
    last[:-1] = (sorted_owner[1:] != sorted_owner[:-1]) | (sorted_count[1:] != sorted_count[:-1])
    ends = np.flatnonzero(last)
    tie_end = ends[np.searchsorted(ends, np.arange(len(order)))]
    tail = np.empty(len(order), np.int64)
    tail[order] = running[tie_end] - before[sorted_owner]
    return tail


def tail_bits(mass: Int64, total: Int64) -> Float32:
    share = np.minimum(mass / np.maximum(total, 1), 1.0)
    bits = np.abs(np.log2(np.maximum(share, np.finfo(np.float64).tiny)))
    return (np.round(bits * GRAIN) / GRAIN).astype(np.float32)


def _closed(column: NDArray[Any], end: float) -> NDArray[Any]:
    """The column with one sentinel, so that a place one past the end can be read."""
    return np.append(column, np.asarray([end], column.dtype))
