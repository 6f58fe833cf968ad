"""Columns through a backend in runs of a chosen size: cut, padded, joined again, and compared with the card."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..card import Card
from .backend import Arrays, Backend, BackendOutput
from .rows import padded
from .scores import BatchDependent

__all__ = ["COUNT_BATCH", "FREE_BATCH", "Runner"]

FREE_BATCH: Final = 32
"""Rows per run where neither the card nor determinism fixes their number."""

COUNT_BATCH: Final = 4096
"""Rows gathered for a network of counts, whose rows cannot touch each other."""


class Runner:
    """Runs columns of any length.

    A deterministic run, or one of a graph with a fixed number of rows, always has `batch` rows: what is missing is
    filled up with zeros, so that neither the number of rows nor the mates of a row choose another arithmetic. Counts
    are looked up row by row, so they need no such care.
    """

    def __init__(self, card: Card, backend: Backend, outputs: Sequence[str], *, deterministic: bool) -> None:
        self._id = card.id
        self._backend = backend
        self._outputs = tuple(outputs)
        self._tensors = {tensor.name: tensor for tensor in card.outputs}
        self._deterministic = deterministic
        self._whole = card.precision == "counts"
        free = COUNT_BATCH if self._whole else FREE_BATCH
        self.batch = card.batch or (1 if deterministic and not self._whole else free)
        """Rows of a run."""
        self._fixed = deterministic or card.batch is not None

    def run(self, columns: Arrays, count: int) -> dict[str, NDArray[Any]]:
        """Outputs [count, ...] of columns [count, ...]; `count` may be 0.

        Raises
        ------
        BackendOutput
            An output has another shape than the card states.
        """
        if count == 0:
            return {name: self._nothing(name) for name in self._outputs}
        if self._whole or (count == self.batch == 1):
            return self._once(columns, count)
        parts = []
        for start in range(0, count, self.batch):
            part = {name: array[start : start + self.batch] for name, array in columns.items()}
            size = min(self.batch, count - start)
            made = self._once(padded(part, self.batch), self.batch) if self._fixed else self._once(part, size)
            parts.append({name: array[:size] for name, array in made.items()})
        if len(parts) == 1:
            return parts[0]
        return {name: np.concatenate([part[name] for part in parts]) for name in self._outputs}

    def run_twice(self, columns: Arrays, count: int) -> dict[str, NDArray[Any]]:
        """`run`, and where rows share a deterministic run, prove that their places do not matter.

        Raises
        ------
        BatchDependent
            Rows in the opposite order gave other bits.
        """
        made = self.run(columns, count)
        if self._deterministic and self.batch > 1 and not self._whole:
            turned = self.run({name: array[::-1].copy() for name, array in columns.items()}, count)
            if any(not np.array_equal(made[name], turned[name][::-1]) for name in self._outputs):
                raise BatchDependent(
                    f"a score of {self._id} depends on its place in the batch; set batch to 1 in its card, or open "
                    "it with deterministic=False"
                )
        return made

    def _once(self, columns: Arrays, count: int) -> dict[str, NDArray[Any]]:
        made = self._backend.run(columns)
        for name in self._outputs:
            tensor = self._tensors[name]
            found = made[name].shape
            shape = tensor.shape if tensor.per == "batch" else (count, *tensor.shape)
            if len(found) != len(shape) or any(
                want is not None and have != want for have, want in zip(found, shape, strict=True)
            ):
                raise BackendOutput(
                    f"{self._id} gave {name} of shape {list(found)} for {count} rows; its card states "
                    f"{list(tensor.shape)} a {tensor.per}: correct the card or the network and write the artifact again"
                )
        return made

    def _nothing(self, name: str) -> NDArray[Any]:
        tensor = self._tensors[name]
        shape = tuple(size or 0 for size in tensor.shape)
        return np.zeros(shape if tensor.per == "batch" else (0, *shape), tensor.dtype)
