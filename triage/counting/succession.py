"""What came before: the event type before each record of the same host and user in the same source.

Within a block this is read off the block. For the first record of each host and user it lies in the blocks
before, so a block keeps what it needs to be told there and what it tells the next (`Border`), and blocks
that were encoded side by side are joined up in order.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...models.networks.rarity_tables import Int64
from .codes import Codes, distinct
from .keys import joined

REMEMBERED: Final = 100_000
"""Most (host, user) pairs whose last event type is remembered from block to block."""


@dataclass(frozen=True, slots=True)
class Border:
    """The ends of a block.

    Attributes
    ----------
    opens, closes
        Numbers of its first and last source.
    row, entity, kind
        Per host and user of the first source: their first record there, the key of host and user, and the key
        of the record's type; [first].
    last_entity, last_kind
        Per host and user of the last source, in the order of their last records: their key and that of the
        last record's type; [last].
    """

    opens: int
    closes: int
    row: NDArray[np.int64]
    entity: Int64
    kind: Int64
    last_entity: Int64
    last_kind: Int64


def previous(
    source: pl.Series, host: Codes | None, user: Codes | None, kinds: Codes
) -> tuple[Codes, Border]:
    """The type before each record, as far as the block tells.

    Parameters
    ----------
    source
        Number of each record's source, ascending; [n], n > 0.
    host, user, kinds
        Codes of the same records.

    Returns
    -------
    Codes
        With the keys of *kinds*; 0 where none is known.
    Border
        See there.
    """
    n = len(kinds.code)
    nobody = Codes(np.zeros(n, np.int32), np.zeros(1, np.int64))
    host, user = host or nobody, user or nobody
    numbers = source.to_numpy().astype(np.uint64)
    opens, closes = int(numbers[0]), int(numbers[-1])
    both = host.code.astype(np.uint64) * np.uint64(len(user.key)) + user.code.astype(np.uint64)
    if opens != closes:
        both += (numbers - numbers[0]) * np.uint64(len(host.key) * len(user.key))
    entity, example = distinct(both)
    order = np.argsort(entity.astype(np.uint16) if len(example) < 1 << 16 else entity, kind="stable")
    starts = np.ones(n, np.bool_)
    starts[1:] = entity[order[1:]] != entity[order[:-1]]
    before = np.zeros(n, np.int32)
    before[order[1:]] = np.where(starts[1:], 0, kinds.code[order[:-1]])
    first = order[starts]
    last = order[np.append(np.flatnonzero(starts)[1:] - 1, n - 1)]
    last = np.sort(last[numbers[last] == numbers[-1]])
    first = first[numbers[first] == numbers[0]]

    def keys(rows: NDArray[np.int64]) -> Int64:
        return joined(host.key[host.code[rows]], user.key[user.code[rows]])

    border = Border(
        opens, closes, first, keys(first), kinds.key[kinds.code[first]], keys(last), kinds.key[kinds.code[last]]
    )
    return Codes(before, kinds.key), border


class Succession:
    """Joins up blocks, in order. Holds the last event type of each host and user of the current source."""

    def __init__(self) -> None:
        self._source: int | None = None
        self._last: dict[int, int] = {}

    def join(self, border: Border) -> tuple[NDArray[np.int64], Int64, Int64]:
        """Tell the next block what came before it.

        Parameters
        ----------
        border
            Its ends.

        Returns
        -------
        row, before, kind
            The records whose previous type lies in an earlier block, the key of that type, and the key of
            their own.
        """
        row, before, kind = border.row[:0], border.entity[:0], border.kind[:0]
        if border.opens == self._source:
            found = [self._last.get(entity) for entity in border.entity.tolist()]
            known = np.array([at for at, key in enumerate(found) if key is not None], np.int64)
            before = np.array([key for key in found if key is not None], np.int64)
            row, kind = border.row[known], border.kind[known]
        if border.closes != self._source:
            self._source, self._last = border.closes, {}
        for entity, key in zip(border.last_entity.tolist(), border.last_kind.tolist(), strict=True):
            self._last.pop(entity, None)
            self._last[entity] = key
        while len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]
        return row, before, kind
