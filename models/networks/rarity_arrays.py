"""The rarity network as plain arrays: how improbable is each value in its context?

The model is a set of counts: how often was value *v* seen in context *c*? Contexts, values and their
pairs are 64-bit keys, so neither text nor rows of the training data are inside. For every
(context, value) pair the network gives *tail-mass bits*::

    bits = -log2( total count of all values of the context that are at most as frequent as v / total )

which is the surprisal of "a value at least this rare", not of this one value. A field whose values are
all different therefore has tail mass 1 and 0 bits, however large its alphabet. A value that the
context has never shown gets the context's Good-Turing mass, estimated by its values seen once
(I. J. Good, "The population frequencies of species and the estimation of population parameters",
Biometrika 40, 1953).

The torch version, `rarity`, builds its buffers from the same `Tables`, so both give equal numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .rarity_roles import Roles, combine

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


ROWS: Final = 4096
"""Rows combined at a time: their bits stay in cache."""


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
    entry_bits = _bits(tail + one, total[owner] + one if len(owner) else total[:0])
    context_bits = _bits(np.minimum(singles + 1, total + one), total + one)
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


def network(artifact: Any) -> Callable[[Arrays], dict[str, NDArray[Any]]]:
    """Array version of an artifact of family "rarity".

    Parameters
    ----------
    artifact
        Opened artifact; its file of role "state" holds the tensors of `STATE` and its
        ``architecture.parameters`` hold `included` and the fields of `Roles`.

    Returns
    -------
    Callable
        See `RarityArrays`.
    """
    parameters = artifact.card.architecture.parameters
    return RarityArrays(artifact.tensors("state"), bool(parameters["included"]), Roles.of(parameters))


class RarityArrays:
    """The network over arrays.

    Rows of a batch mostly ask the same: so a batch holds each (context, value) pair once and rows point at
    them. In: ``entry, context`` (int64 [m]: keys of the distinct pairs and of their contexts), ``index``
    (int32 [n, looks]: 0 where a row has no pair, else the place of its pair + 1), ``pair`` (int16 [looks]:
    which pair of the network a column of the index is) and ``burst`` (float32 [n], bits). Out: ``raw`` [n]
    and, per distinct pair, ``bits, seen, of`` [m].

    Where the roles name a *spread*, the bits of that pair are not those of its own value: they tell how few
    of the sources that the site knows have ever shown the context of the other pair (an event type), however
    often one of them did: log2 of all sources over these. A flood from one source cannot make itself usual.
    ``spread_bits, spread_seen, spread_of`` [m] say so for the pairs of that other kind, and are 0 for the rest.

    Parameters
    ----------
    state
        The tensors named by `STATE`.
    included
        See `tables`.
    roles
        Of the pairs.
    """

    def __init__(self, state: Arrays, included: bool, roles: Roles) -> None:
        self._tables = tables(state, included)
        self._entries = Buckets(self._tables.entry_key)
        self._contexts = Buckets(self._tables.context_key)
        self._roles, self._joins = roles, 0 if included else 1

    def __call__(self, feeds: Arrays) -> dict[str, NDArray[Any]]:
        found = self._found(feeds["entry"], feeds["context"])
        index, pair, burst = feeds["index"], feeds["pair"], feeds["burst"]
        found |= self._spread(index, pair, feeds["context"])
        bits, of = _led(found["bits"]), _led(found["of"])
        wide_bits, wide_of = _led(found["spread_bits"]), _led(found["spread_of"])
        roles = self._roles
        whole = roles.spread[0]
        spreads = roles.spreads(pair)
        width = max(roles.event_pairs, roles.named_pairs, int(pair.max(initial=-1)) + 1)
        raw = np.empty(len(burst), np.float32)
        for start in range(0, len(burst), ROWS):
            rows = index[start : start + ROWS]
            # Column by column in memory: most sums and maxima go over the columns of all rows.
            row_bits = np.zeros((width, len(rows)), np.float32)
            row_of = np.zeros((width, len(rows)), np.int64)
            for at, place in enumerate(pair):
                if place != whole or not spreads:
                    row_bits[place] = bits[rows[:, at]]
                    row_of[place] = of[rows[:, at]]
            if spreads:
                both = np.where(rows[:, spreads[0]] > 0, rows[:, spreads[1]], 0)
                row_bits[whole], row_of[whole] = wide_bits[both], wide_of[both]
            raw[start : start + ROWS] = combine(row_bits.T, row_of.T, roles)
        return {"raw": raw + burst, **found}

    def _found(self, query: Int64, context: Int64) -> dict[str, NDArray[Any]]:
        """Bits, seen and of of distinct pairs."""
        known = self._tables
        entry = self._entries.find(query)
        new = np.flatnonzero(known.entry_key[entry] != query)
        bits, seen, of = known.entry_bits[entry], known.entry_count[entry], known.entry_total[entry]
        place = self._contexts.find(context[new])
        familiar = known.context_key[place] == context[new]
        bits[new] = np.where(familiar, known.context_bits[place], np.float32(0))
        of[new] = np.where(familiar, known.context_total[place], 0)
        seen[new] = 0
        return {"bits": bits, "seen": seen, "of": of}

    def _spread(self, index: NDArray[np.int32], pair: NDArray[np.int16], context: Int64) -> dict[str, NDArray[Any]]:
        """The other reading of the pairs that a spread goes by."""
        these, every = np.zeros(len(context), np.int64), np.zeros(len(context), np.int64)
        asked = np.zeros(0, np.int64)
        if spreads := self._roles.spreads(pair):
            whole, part = (np.flatnonzero(np.bincount(index[:, at], minlength=1)[1:]) for at in spreads)
            if len(whole) and len(part):
                asked = part
                # The context of all sources is the site, the same for every row.
                every[asked] = self._distinct(context[whole[:1]])
                these[asked] = self._distinct(context[asked])
        bits = np.zeros(len(context), np.float32)
        bits[asked] = spread_bits(these[asked], every[asked], self._joins)
        return {"spread_bits": bits, "spread_seen": these, "spread_of": every}

    def _distinct(self, context: Int64) -> Int64:
        """How many values each context has shown; 0 where it is unknown."""
        place = self._contexts.find(context)
        return np.where(self._tables.context_key[place] == context, self._tables.context_distinct[place], 0)


def spread_bits(these: Int64, every: Int64, joins: int) -> Float32:
    """Bits of "so few of all sources": log2 of *every* over *these*.

    Parameters
    ----------
    these, every
        Sources that have shown something, and all sources; [n].
    joins
        1 where the row's own source is not among them yet, else 0.

    Returns
    -------
    NDArray[np.float32]
        [n], in the same steps as other bits; 0 where there are no sources.
    """
    return _bits(np.where(every > 0, np.maximum(these + joins, 1), 1), np.where(every > 0, every + joins, 1))


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


def _bits(mass: Int64, total: Int64) -> Float32:
    share = np.minimum(mass / np.maximum(total, 1), 1.0)
    bits = np.abs(np.log2(np.maximum(share, np.finfo(np.float64).tiny)))
    return (np.round(bits * GRAIN) / GRAIN).astype(np.float32)


def _closed(column: NDArray[Any], end: float) -> NDArray[Any]:
    """The column with one sentinel, so that a place one past the end can be read."""
    return np.append(column, np.asarray([end], column.dtype))


def _led(column: NDArray[Any]) -> NDArray[Any]:
    """The column behind a 0, which stands for no pair."""
    return np.concatenate((np.zeros(1, column.dtype), column))
