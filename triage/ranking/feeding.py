"""The network and its input: keys of rows in, scores out, one batch after the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..counting.encoding import Encoded

Columns = Mapping[str, NDArray[Any]]
Job = TypeVar("Job")


class Scores(Protocol):
    """What an engine gives back for one batch."""

    @property
    def raw(self) -> NDArray[Any]:
        """One score per row."""

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The other outputs by name."""


class ColumnEngine(Protocol):
    """The part of `assay.models.engine.Engine` that is used here."""

    def score_columns(self, batches: Iterable[Columns]) -> Iterator[Scores]:
        """Outputs per batch, in order."""


def feeds(encoded: Encoded, burst: NDArray[np.float32] | None = None) -> dict[str, NDArray[Any]]:
    """The network's input.

    Parameters
    ----------
    encoded
        Keys of n rows.
    burst
        Bits of the window's size, [n]; none is 0.

    Returns
    -------
    dict
        ``entry, context, index, pair, burst``.
    """
    if burst is None:
        burst = np.zeros(len(encoded.index), np.float32)
    return {
        "entry": encoded.entry,
        "context": encoded.context,
        "index": encoded.index,
        "pair": encoded.pair,
        "burst": burst,
    }


def led(column: NDArray[Any]) -> NDArray[Any]:
    """The column behind a 0, which stands for no pair."""
    return np.concatenate((np.zeros(1, column.dtype), column))


def beside(jobs: Iterator[Job]) -> Iterator[Job]:
    """The same, each made while the one before it is scored."""
    with ThreadPoolExecutor(1, thread_name_prefix="assay-blocks") as pool:
        waiting = pool.submit(next, jobs, None)
        while (job := waiting.result()) is not None:
            waiting = pool.submit(next, jobs, None)
            yield job


def paired(
    engine: ColumnEngine, jobs: Iterator[Job], prepare: Callable[[Job], Columns]
) -> Iterator[tuple[Job, Scores]]:
    """Each job with its scores; the engine may read ahead of what it has answered."""
    waiting: list[Job] = []

    def inputs() -> Iterator[Columns]:
        for job in jobs:
            waiting.append(job)
            yield prepare(job)

    for scores in engine.score_columns(inputs()):
        yield waiting.pop(0), scores
