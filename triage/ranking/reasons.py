"""What tells most of a record: its pairs of the most bits."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..counting.blocks import Block
from ..counting.contexts import PAIRS, SPREAD_PAIR, SPREAD_PART
from ..counting.encoding import Encoded
from .feeding import ColumnEngine, Columns, feeds, led, paired
from .scorer import OUTPUTS

TOP: Final = 4
"""Reasons kept per record."""


def reasons_of(engine: ColumnEngine, blocks: Sequence[Block], rows: NDArray[np.int64]) -> pl.DataFrame:
    """Reasons of some records.

    Parameters
    ----------
    engine
        Runs the artifact.
    blocks
        Of the input, in order.
    rows
        Numbers of the records, ascending.

    Returns
    -------
    pl.DataFrame
        `row` and the columns of `best_pairs`, in the order of *rows*.
    """
    firsts = np.array([block.first for block in blocks], np.int64)
    places = np.searchsorted(firsts, rows, "right") - 1

    def inputs() -> Iterator[tuple[NDArray[np.int64], Encoded]]:
        for place in np.unique(places):
            block, wanted = blocks[place], rows[places == place]
            encoded = block.encoded()
            yield wanted, replace(encoded, index=encoded.index[wanted - block.first])

    parts = [
        pl.DataFrame({"row": wanted.astype(np.uint64), **best_pairs(encoded, scores.arrays)})
        for (wanted, encoded), scores in paired(engine, inputs(), lambda job: feeds(job[1]))
    ]
    nothing = Encoded(*(np.zeros(0, np.int64),) * 3, np.zeros((0, 1), np.int32), np.zeros(1, np.int16))
    none: Columns = {name: np.zeros(0, np.float32 if name.endswith("bits") else np.int64) for name in OUTPUTS}
    empty = pl.DataFrame({"row": np.zeros(0, np.uint64), **best_pairs(nothing, none)})
    return pl.concat([empty, *parts])


def best_pairs(encoded: Encoded, arrays: Columns) -> dict[str, pl.Series]:
    """The pairs of each record that tell most.

    Parameters
    ----------
    encoded
        Of n records.
    arrays
        `OUTPUTS` of the network for its distinct pairs.

    Returns
    -------
    dict
        The `TOP` best pairs *i* as ``pair_i, bits_i, seen_i, of_i``, [n]; a pair without bits is -1.
    """
    index, pair = encoded.index, encoded.pair
    table = {name: led(arrays[name]) for name in ("bits", "seen", "of")}
    whole, part = (np.flatnonzero(pair == PAIRS.index(asked)) for asked in (SPREAD_PAIR, SPREAD_PART))
    if len(whole):
        # That pair is read off another; its readings lie behind the others.
        table = {name: np.concatenate((column, arrays[f"spread_{name}"])) for name, column in table.items()}
        index, behind = index.copy(), len(arrays["bits"])
        other = index[:, part[0]] if len(part) else np.zeros(len(index), np.int32)
        index[:, whole[0]] = np.where((index[:, whole[0]] > 0) & (other > 0), other + behind, 0)
    bits = table["bits"][index]
    rows = np.arange(len(index))
    columns: dict[str, pl.Series] = {}
    for place in range(TOP):
        at = bits.argmax(axis=1)
        best = bits[rows, at]
        columns[f"pair_{place}"] = pl.Series(np.where(best > 0, pair[at], -1).astype(np.int16))
        columns[f"bits_{place}"] = pl.Series(best)
        columns[f"seen_{place}"] = pl.Series(table["seen"][index[rows, at]])
        columns[f"of_{place}"] = pl.Series(table["of"][index[rows, at]])
        bits[rows, at] = 0
    return columns
