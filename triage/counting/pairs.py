"""The distinct (context, value) pairs of a block, collected question by question."""

import numpy as np

from ...models.networks.rarity_tables import Int64, entry_keys, mix
from .keys import joined


class Pairs:
    """Collects the pairs of a block; contexts are keyed all at once at the end."""

    def __init__(self) -> None:
        self.height = 0
        self._owners: list[tuple[np.int64, tuple[Int64, ...]]] = []
        self._width = 0
        self._left: list[Int64] = []
        self._value: list[Int64] = []
        self._count: list[Int64] = []

    def add(
        self, owner_salt: np.int64, owner: tuple[Int64, ...], left: Int64, value: Int64, count: Int64
    ) -> int:
        """Add distinct pairs; gives the number of those before them."""
        before = self.height
        self._owners.append((owner_salt, owner))
        self._left.append(left + self._width)
        self._width += len(owner[0]) if owner else 1
        self._value.append(value)
        self._count.append(count)
        self.height += len(value)
        return before

    def keyed(self) -> tuple[Int64, Int64, Int64]:
        """Keys of the pairs, keys of their contexts, counts."""
        context = np.empty(self._width, np.int64)
        lengths = [len(keys[0]) if keys else 1 for _, keys in self._owners]
        starts = np.cumsum([0, *lengths])
        for arity in range(3):
            chosen = [at for at, (_, keys) in enumerate(self._owners) if len(keys) == arity]
            if not chosen:
                continue
            salts = np.repeat(np.array([self._owners[at][0] for at in chosen]), [lengths[at] for at in chosen])
            columns = [np.concatenate([self._owners[at][1][place] for at in chosen]) for place in range(arity)]
            made = mix(joined(salts, *columns))
            place = 0
            for at in chosen:
                context[starts[at] : starts[at + 1]] = made[place : place + lengths[at]]
                place += lengths[at]
        owner = context[np.concatenate(self._left)]
        return entry_keys(owner, np.concatenate(self._value)), owner, np.concatenate(self._count)
