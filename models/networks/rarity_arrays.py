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

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .rarity_roles import Roles, combine
from .rarity_tables import Arrays, Buckets, Float32, Int64, tables, tail_bits

ROWS: Final = 4096
"""Rows combined at a time: their bits stay in cache."""


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
    return tail_bits(np.where(every > 0, np.maximum(these + joins, 1), 1), np.where(every > 0, every + joins, 1))


def _led(column: NDArray[Any]) -> NDArray[Any]:
    """The column behind a 0, which stands for no pair."""
    return np.concatenate((np.zeros(1, column.dtype), column))
