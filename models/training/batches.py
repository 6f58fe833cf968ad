"""Batches of a training run: which rows when, with which seed, prepared ahead without changing a bit."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..engine.prefetch import ahead
from .config import TrainingConfig

Order = Callable[[int, np.random.Generator], NDArray[np.int64]]
"""Rows of an epoch in their order; called with the epoch and a generator seeded for it."""


class Dataset(Protocol):
    """What can be trained on: rows by index."""

    def __len__(self) -> int:
        """Number of rows."""
        ...

    def batch(self, rows: NDArray[np.int64], seed: int) -> Mapping[str, Any]:
        """Arrays (or tensors) whose first axis has the asked rows.

        Called from several threads when the config has loaders. Randomness (augmentation) must come from
        `seed` alone, which differs from step to step and is the same in every run.
        """
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's data: `values` by name, the epoch, the batch's number in it, and the seed of the step."""

    epoch: int
    place: int
    seed: int
    values: Mapping[str, Any]


def seed_of(seed: int, *place: int) -> int:
    """A seed for this place in the run, 0 .. 2^63 - 1, whatever ran before: nothing needs to be restored."""
    return int(np.random.SeedSequence([seed, *place]).generate_state(1, np.uint64)[0] >> np.uint64(1))


class Batches:
    """The batches of a run from any point on.

    Parameters
    ----------
    dataset, config
        What and how.
    order
        Optional order of the rows (balanced sampling, say), of the same length in every epoch; a permutation
        of all rows by default.
    """

    def __init__(self, dataset: Dataset, config: TrainingConfig, order: Order | None = None) -> None:
        self._dataset, self._config, self._order = dataset, config, order
        rows = len(self._rows(0))
        size = config.batch_size
        self.per_epoch = rows // size if config.drop_last else -(-rows // size)

    def _rows(self, epoch: int) -> NDArray[np.int64]:
        generator = np.random.default_rng([self._config.seed, 0, epoch])
        if self._order is None:
            return generator.permutation(len(self._dataset)).astype(np.int64)
        return np.asarray(self._order(epoch, generator), dtype=np.int64)

    def _places(self, step: int) -> Iterator[tuple[int, int, int, NDArray[np.int64]]]:
        size, epoch, place = self._config.batch_size, step // self.per_epoch, step % self.per_epoch
        while True:
            rows = self._rows(epoch)
            for index in range(place, self.per_epoch):
                yield step, epoch, index, rows[index * size : (index + 1) * size]
                step += 1
            epoch, place = epoch + 1, 0

    def _load(self, step: int, epoch: int, place: int, rows: NDArray[np.int64]) -> Batch:
        seed = seed_of(self._config.seed, 1, step)
        return Batch(epoch, place, seed, self._dataset.batch(rows, seed))

    def between(self, first: int, last: int) -> Iterator[Batch]:
        """Batches of the steps ``first .. last - 1``, in order."""
        places = self._places(first)
        if self._config.loaders == 0:
            for _ in range(first, last):
                yield self._load(*next(places))
            return
        steps = (next(places) for _ in range(first, last))
        with ThreadPoolExecutor(self._config.loaders) as pool:
            yield from ahead(steps, lambda step: self._load(*step), pool.submit, 2 * self._config.loaders)
