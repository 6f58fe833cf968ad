"""What each pair of the rarity network is for, and how the bits of a row become its score."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SUPPORT: Final = (np.float32(0.25), np.float32(0.0625))
"""Parts of the two best fields' bits, and of all fields' bits, that support the event type's."""

STRONG: Final = np.float32(0.75)
"""Part of the strong pairs' bits that supports the event type's."""

NUMBERS: Final = (np.float32(0.25), np.float32(2.0))
"""Part of the numbers' bits that supports the event type's, and the bits that each number has to have first."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Roles of the pairs, in their order; what is left after them gives ordinary support.

    Attributes
    ----------
    event_pairs
        How many leading pairs tell of the event type; the best of them counts.
    alone_pairs
        How many pairs after those may carry a row alone but give no support.
    strong_pairs
        How many pairs after those support more than others: whether a field is there at all, what came of it.
    named_pairs
        How many pairs there are before the slots; 0 when there are no slots.
    slot
        Columns of a slot behind the named pairs. The last one holds a number: it does not carry a row alone,
        but all numbers of a row add up.
    spread
        Place of the event pair whose bits tell how few of all sources have the context of another pair, and
        the place of that other pair; (-1, -1) for none. See `RarityArrays`.
    """

    event_pairs: int
    alone_pairs: int = 0
    strong_pairs: int = 0
    named_pairs: int = 0
    slot: int = 0
    spread: tuple[int, int] = (-1, -1)

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Roles":
        """Roles as an artifact's card states them."""
        numbers = {field.name: int(parameters[field.name]) for field in fields(cls) if field.name != "spread"}
        whole, part = parameters["spread"]
        return cls(**numbers, spread=(int(whole), int(part)))

    def spreads(self, pair: NDArray[np.int16]) -> tuple[int, int] | None:
        """Columns of the two pairs of the spread among those asked; None where they are not both asked."""
        found = [np.flatnonzero(pair == place) for place in self.spread]
        return (int(found[0][0]), int(found[1][0])) if all(len(at) for at in found) else None

    def numbers(self, width: int) -> NDArray[np.bool_]:
        """Which of *width* columns hold numbers."""
        place = np.arange(width) - self.named_pairs
        if not self.slot:
            return np.zeros(width, np.bool_)
        numbers: NDArray[np.bool_] = (place >= 0) & (place % self.slot == self.slot - 1)
        return numbers


def corrections(width: int) -> NDArray[np.float32]:
    """Bits to take off the best of *m* looks, for m = 0 .. width (Bonferroni: log2 of m).

    Parameters
    ----------
    width
        Largest number of looks.

    Returns
    -------
    NDArray[np.float32]
        [width + 1], 0 for m = 0.
    """
    return np.log2(np.maximum(np.arange(width + 1), 1).astype(np.float64)).astype(np.float32)


def combine(bits: NDArray[np.float32], of: NDArray[np.int64], roles: Roles) -> NDArray[np.float32]:
    """One score per row.

    The larger of two readings: the event type's bits, supported by a part of its fields' bits; and the best
    single field, corrected for how many were looked at, which may thus carry a row alone. A plain sum over
    all fields would let event types with many fields win; numbers are summed up all the same, each less what
    any number may have by chance, since an unusual connection or transaction is unusual in many of its
    amounts at once. The parts were chosen on development data.

    Parameters
    ----------
    bits
        [n, pairs] tail-mass bits.
    of
        [n, pairs] observations behind them; a pair without any was no look.
    roles
        Of the pairs.

    Returns
    -------
    NDArray[np.float32]
        [n], at least 0.
    """
    width = bits.shape[1]
    first = roles.event_pairs + roles.alone_pairs
    number = roles.numbers(width)
    others = [at for at in range(roles.event_pairs, width) if not number[at]]
    # Sums of bits are exact in float32 (see `rarity_arrays.GRAIN`), so columns are added one by one, each a
    # stretch of memory when the matrix lies by columns.
    best = np.zeros(len(bits), np.float32)
    if others:
        looks, most = np.zeros(len(bits), np.int16), np.zeros(len(bits), np.float32)
        for at in others:
            looks += of[:, at] > 0
            np.maximum(most, bits[:, at], out=most)
        best = np.maximum(best, most - corrections(width)[looks])
    if roles.event_pairs:
        event = bits[:, : roles.event_pairs].max(axis=1)
        event = event + STRONG * bits[:, first : first + roles.strong_pairs].sum(axis=1)
        support = [at for at in others if at >= first + roles.strong_pairs]
        if len(support) > 1:
            one, two, total = np.zeros((3, len(bits)), np.float32)
            for at in support:
                np.maximum(two, np.minimum(one, bits[:, at]), out=two)
                np.maximum(one, bits[:, at], out=one)
                total += bits[:, at]
            event = event + SUPPORT[0] * (one + two) + SUPPORT[1] * total
        if number.any():
            amounts = np.zeros(len(bits), np.float32)
            for at in np.flatnonzero(number).tolist():
                amounts += np.maximum(bits[:, at] - NUMBERS[1], np.float32(0))
            event = event + NUMBERS[0] * amounts
        best = np.maximum(best, event)
    return best
