"""Records into the network's input: the distinct questions of a block, and which record asks which.

A block's records repeat themselves, so each (context, value) pair is keyed, counted and looked up once, and
a record holds the numbers of its pairs. Absent pairs cost nothing but a zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...models.networks.rarity_tables import Int64, entry_keys, mix
from ..records.folding import FOLDED
from .codes import Codes, Column, Int32, cased, crossed, numbered, spelt, text_column
from .contexts import EXTRAS, NUMERIC, PAIRS, PRESENCE_PAIRS, SLOT, SPELT, SPELT_EXTRAS, TYPED
from .keys import joined, salts
from .pairs import Pairs
from .succession import Border, previous

Int16 = NDArray[np.int16]
Columns = Mapping[str, Codes | None]

_COLUMNS: Final = tuple(dict.fromkeys(("host", "user", "source_ip", "type", "outcome", *TYPED, *SPELT)))
_SALTS: Final = salts(pair.name for pair in PAIRS)
_EXTRA_SALTS: Final = tuple(salts(("type>extra", "type>extra~", "method>extra")).values())
PREVIOUS_PAIR: Final = next(at for at, pair in enumerate(PAIRS) if pair.context == ("previous",))
"""Place of the pair that asks for the type after the one before it."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """The network's input for some rows, but for the burst.

    Attributes
    ----------
    entry, context
        Keys of the distinct (context, value) pairs and of their contexts; int64 [m].
    count
        How many rows have each; int64 [m].
    index
        Which pair a row has: 0 for none, else its place in *entry* + 1; int32 [n, looks], column by column.
    pair
        What each column of *index* asks, a place in `PAIRS` or, behind them, a slot; int16 [looks].
    """

    entry: Int64
    context: Int64
    count: Int64
    index: Int32
    pair: Int16


@dataclass(frozen=True, slots=True)
class _Owner:
    """Contexts of rows: a code, 0 for none, and the keys that make each context up."""

    code: Int32
    keys: tuple[Int64, ...]


def coded(frame: pl.DataFrame) -> Columns:
    """Codes of the columns that are judged or judged by.

    Parameters
    ----------
    frame
        Normalised records, or some of their columns.

    Returns
    -------
    dict
        Name to codes; None for a column without values. With ``~`` behind the name, the alphabets of the column.
    """
    columns: dict[str, Codes | None] = {}
    for name in _COLUMNS:
        if name not in frame.columns:
            continue
        # Records whose type nobody knows are judged together, not left out.
        column = text_column(frame[name].fill_null("") if name == "type" else frame[name])
        columns[name] = None if column is None else column.codes
        if column is not None and name in NUMERIC:
            columns[name] = numbered(column)[0]
        if column is not None and name in FOLDED:
            columns[name] = cased(column)
        if name in SPELT:
            columns[f"{name}~"] = None if column is None else spelt(column)
    return columns


def encode(frame: pl.DataFrame, columns: Columns | None = None) -> tuple[Encoded, Border]:
    """Keys of some records.

    Parameters
    ----------
    frame
        Normalised records (columns of `assay.triage.records.fields.SCHEMA`), the sources one after the other, each in
        order; n rows, at least one.
    columns
        From `coded`, where that was done already.

    Returns
    -------
    Encoded
        Of the records alone: what came before the first one is not known yet.
    Border
        What `assay.triage.counting.succession.Succession` needs to tell it.
    """
    columns = dict(columns or coded(frame))
    kinds = columns["type"]
    assert kinds is not None
    columns["previous"], border = previous(frame["source"].fill_null(0), columns["host"], columns["user"], kinds)
    n, pairs, asked = frame.height, Pairs(), []
    indices: list[Int32] = []
    owners: dict[tuple[str, ...], _Owner | None] = {}
    for at, pair in enumerate(PAIRS):
        value = columns[f"{pair.field}~" if pair.spelt else pair.field]
        if pair in PRESENCE_PAIRS:
            place, key = _with_absence(value, n)
            count = np.bincount(place, minlength=len(key))
            before = pairs.add(_SALTS[pair.name], (), np.zeros(len(key), np.int64), key, count)
            indices.append(place + np.int32(before + 1))
        elif value is None:
            continue
        elif not pair.context:
            key = value.key[1:]
            count = np.bincount(value.code, minlength=len(key) + 1)[1:]
            before = pairs.add(_SALTS[pair.name], (), np.zeros(len(key), np.int64), key, count)
            indices.append(_moved(value.code, before))
        else:
            if pair.context not in owners:
                owners[pair.context] = _owner(pair.context, columns)
            owner = owners[pair.context]
            if owner is None:
                continue
            both = crossed(Codes(owner.code, owner.keys[0]), value)
            before = pairs.add(
                _SALTS[pair.name], owner.keys, both.left[1:], value.key[both.right[1:]], both.count[1:]
            )
            indices.append(_moved(both.code, before))
        asked.append(at)
    extra = _extras(frame, kinds, columns["method"], pairs)
    used = np.flatnonzero(extra.any(axis=1))
    index = np.empty((len(indices) + len(used), n), np.int32)
    for at, column in enumerate(indices):
        index[at] = column
    index[len(indices) :] = extra[used]
    asked += (len(PAIRS) + used).tolist()
    entry, context, counts = pairs.keyed()
    return Encoded(entry, context, counts, index.T, np.array(asked, np.int16)), border


def joined_up(encoded: Encoded, row: Int64, before: Int64, kind: Int64) -> Encoded:
    """Add what was found out about the records before a block.

    Parameters
    ----------
    encoded
        Of the block.
    row, before, kind
        From `assay.triage.counting.succession.Succession.join`.

    Returns
    -------
    Encoded
        With the pairs that ask for the type after the one before.
    """
    if not len(row):
        return encoded
    context = mix(joined(np.full(len(row), _SALTS[PAIRS[PREVIOUS_PAIR].name]), before))
    entry, first, place, count = np.unique(
        entry_keys(context, kind), return_index=True, return_inverse=True, return_counts=True
    )
    index = encoded.index.T.copy().T
    column = int(np.flatnonzero(encoded.pair == PREVIOUS_PAIR)[0])
    index[row, column] = place + len(encoded.entry) + 1
    return Encoded(
        np.concatenate((encoded.entry, entry)),
        np.concatenate((encoded.context, context[first])),
        np.concatenate((encoded.count, count)),
        index,
        encoded.pair,
    )


def _owner(context: tuple[str, ...], columns: Mapping[str, Codes | None]) -> _Owner | None:
    parts = [columns[name] for name in context]
    if any(part is None for part in parts):
        return None
    first = parts[0]
    assert first is not None
    if len(parts) == 1:
        return _Owner(first.code, (first.key,))
    second = parts[1]
    assert second is not None
    both = crossed(first, second)
    return _Owner(both.code, (first.key[both.left], second.key[both.right]))


def _with_absence(value: Codes | None, n: int) -> tuple[Int32, Int64]:
    """Places and keys of a column whose absence is a value like another, with key 0."""
    if value is None:
        return np.zeros(n, np.int32), np.zeros(1, np.int64)
    if not value.code.all():
        return value.code, value.key
    return value.code - np.int32(1), value.key[1:]


def _moved(code: Int32, before: int) -> Int32:
    """Codes behind *before* others; 0 stays."""
    return np.where(code > 0, code + np.int32(before), np.int32(0)) if before else code


def _extras(frame: pl.DataFrame, kinds: Codes, methods: Codes | None, pairs: Pairs) -> Int32:
    """Pairs of the further fields, [slots x `SLOT`, n]; slots up to the longest record."""
    n = frame.height
    lengths = frame["extra_names"].list.len().fill_null(0).to_numpy().astype(np.int64)
    longest = int(lengths.max(initial=0))
    index = np.zeros((SLOT * min(longest, EXTRAS), n), np.int32)
    if not longest:
        return index
    some = frame.select("extra_names", "extra_values")
    if not lengths.all():
        some = some.filter(pl.Series(lengths > 0))
    row = np.repeat(np.arange(n), lengths)
    slot = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    given, said = some["extra_names"].explode(), some["extra_values"].explode()
    if longest > EXTRAS:
        kept = np.flatnonzero(slot < EXTRAS)
        row, slot, given, said = row[kept], slot[kept], given.gather(kept), said.gather(kept)
    names, column = text_column(given), text_column(said)
    if names is None or column is None:
        return index
    values, number = numbered(column)
    texts = np.where(number, 0, np.arange(len(number), dtype=np.int32))[values.code]
    asked: list[tuple[Codes, Codes]] = [(Codes(kinds.code[row], kinds.key), Codes(texts, values.key))]
    few = np.flatnonzero((lengths[row] <= SPELT_EXTRAS) & (texts > 0))
    asked.append((asked[0][0], _letters(column, texts, few)))
    numbers = np.where(number, np.arange(len(number), dtype=np.int32), 0)[values.code]
    # A record without a method is judged with the others that have none.
    method = _with_absence(methods, n)
    way = Codes(method[0][row] + np.int32(1), np.concatenate((np.zeros(1, np.int64), method[1])))
    asked.append((way, Codes(numbers, values.key)))
    for place, (context, judged) in enumerate(asked):
        if not judged.code.any():
            continue
        owner = crossed(context, names.codes)
        both = crossed(Codes(owner.code, owner.left), judged)
        keys = (context.key[owner.left], names.codes.key[owner.right])
        before = pairs.add(_EXTRA_SALTS[place], keys, both.left[1:], judged.key[both.right[1:]], both.count[1:])
        index[SLOT * slot + place, row] = _moved(both.code, before)
    return index


def _letters(column: Column, texts: Int32, few: Int64) -> Codes:
    """Alphabets of some of a column's values, absent for the other rows."""
    code = np.zeros(len(texts), np.int32)
    used = np.flatnonzero(np.bincount(texts[few], minlength=1))
    place = np.zeros(len(column.codes.key), np.int32)
    place[used] = np.arange(1, len(used) + 1, dtype=np.int32)
    code[few] = place[texts[few]]
    return spelt(Column(Codes(code, np.zeros(len(used) + 1, np.int64)), column.values.gather(used - 1)))
