"""Counts of values in contexts: bounded, mergeable, without any text.

Counting is addition, so a baseline of two periods is the sum of their baselines, in any order. What is
kept is one row per (context, value) pair seen: two 64-bit keys and a number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...models.networks.rarity_tables import Int64

Run = tuple[Int64, Int64, Int64]
"""Keys of pairs, keys of their contexts, counts."""

CAP: Final = 4_000_000
"""Most (context, value) pairs kept by default: 96 MB on disk."""

PENDING: Final = 6_000_000
"""Pairs collected before they are merged into the sums."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over some records.

    Attributes
    ----------
    entries
        Columns `key`, `context` (int64) and `count`, ascending by key.
    contexts
        Columns `context`, `total` and `spilled`, ascending by context. `spilled` observations were
        dropped to stay within the cap; they count as values seen once.
    """

    entries: pl.DataFrame
    contexts: pl.DataFrame

    @property
    def spilled(self) -> int:
        """Observations dropped to stay within the cap."""
        return int(self.contexts["spilled"].sum())

    def __len__(self) -> int:
        return self.entries.height

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            _summed([self.entries, other.entries], "key"),
            pl.concat([self.contexts, other.contexts])
            .group_by("context")
            .agg(pl.col("total").sum(), pl.col("spilled").sum())
            .sort("context"),
        )

    def capped(self, cap: int = CAP) -> "Counts":
        """Drop the least telling entries when there are more than `cap`.

        Dropped first are values seen once, in the contexts where most values are seen once: those carry
        next to no bits. Ties go by key, so the result does not depend on order of arrival.

        Parameters
        ----------
        cap
            Most entries to keep.

        Returns
        -------
        Counts
            Itself when nothing had to go.
        """
        if len(self) <= cap:
            return self
        share = (
            self.entries.lazy()
            .group_by("context")
            .agg(singles=(pl.col("count") == 1).sum())
            .join(self.contexts.lazy(), on="context")
            .select("context", share=(pl.col("singles") + pl.col("spilled")) / pl.col("total"))
        )
        ranked = (
            self.entries.lazy()
            .join(share, on="context")
            .sort("count", "share", "key", descending=[True, False, False])
            .collect()
        )
        gone = ranked[cap:].group_by("context").agg(gone=pl.col("count").sum())
        contexts = (
            self.contexts.join(gone, on="context", how="left")
            .select("context", "total", spilled=pl.col("spilled") + pl.col("gone").fill_null(0))
            .sort("context")
        )
        return Counts(ranked[:cap].select("key", "context", "count").sort("key"), contexts)

    def state(self) -> dict[str, NDArray[Any]]:
        """Tensors for an artifact, as `assay.models.networks.rarity_tables.STATE` names them."""
        return {
            "entry_key": self.entries["key"].to_numpy(),
            "entry_context": self.entries["context"].to_numpy(),
            "entry_count": self.entries["count"].to_numpy(),
            "context_key": self.contexts["context"].to_numpy(),
            "context_total": self.contexts["total"].to_numpy(),
            "context_spilled": self.contexts["spilled"].to_numpy(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, NDArray[Any]]) -> "Counts":
        """The inverse of `state`.

        Parameters
        ----------
        state
            Tensors of an opened artifact.

        Returns
        -------
        Counts
        """
        return cls(
            pl.DataFrame(
                {"key": state["entry_key"], "context": state["entry_context"], "count": state["entry_count"]}
            ),
            pl.DataFrame(
                {
                    "context": state["context_key"],
                    "total": state["context_total"],
                    "spilled": state["context_spilled"],
                }
            ),
        )


EMPTY: Final = Counts(
    pl.DataFrame(schema={"key": pl.Int64(), "context": pl.Int64(), "count": pl.Int64()}),
    pl.DataFrame(schema={"context": pl.Int64(), "total": pl.Int64(), "spilled": pl.Int64()}),
)
"""Counts of nothing."""


class Counter:
    """Collects pairs and sums them up in bounded memory.

    Parameters
    ----------
    cap
        Most entries of the result; see `Counts.capped`.
    """

    def __init__(self, cap: int = CAP) -> None:
        self._cap = cap
        self._pending: list[Run] = []
        self._height = 0
        self._sums: Run | None = None
        self._counts = EMPTY

    def add(self, entry: Int64, context: Int64, count: Int64) -> None:
        """Count pairs.

        Parameters
        ----------
        entry, context
            Keys of pairs and of their contexts, int64 [m]; repeats add up.
        count
            How often each was seen, [m].
        """
        self._pending.append((entry, context, count))
        self._height += len(entry)
        if self._height > PENDING:
            self._merge()

    def counts(self) -> Counts:
        """The sums so far."""
        self._merge()
        self._fold()
        return self._counts

    def _merge(self) -> None:
        if self._pending:
            made = summed(self._pending)
            self._sums = made if self._sums is None else summed([self._sums, made])
            self._pending, self._height = [], 0
            if len(self._sums[0]) > PENDING:
                self._fold()

    def _fold(self) -> None:
        """Cap what has been summed up: memory follows the cap, however many different pairs come."""
        if self._sums is None:
            return
        key, context, count = self._sums
        self._sums = None
        entries = pl.DataFrame({"key": key, "context": context, "count": count})
        contexts = (
            entries.group_by("context")
            .agg(total=pl.col("count").sum(), spilled=pl.lit(0, pl.Int64))
            .sort("context")
        )
        made = Counts(entries, contexts)
        self._counts = (made if not len(self._counts) else self._counts + made).capped(self._cap)


def summed(runs: Sequence[Run]) -> Run:
    """Add up pairs.

    Parameters
    ----------
    runs
        Keys of pairs, keys of their contexts, counts.

    Returns
    -------
    Run
        Keys ascending and unique.
    """
    key = np.concatenate([run[0] for run in runs])
    # Sorted runs are merged; the stable sort of numpy finds them.
    order = np.argsort(key, kind="stable" if len(runs) == 2 else None)
    key = key[order]
    first = np.flatnonzero(np.concatenate((np.ones(min(len(key), 1), np.bool_), key[1:] != key[:-1])))
    context = np.concatenate([run[1] for run in runs])[order[first]]
    count = np.concatenate([run[2] for run in runs])[order]
    return key[first], context, np.add.reduceat(count, first) if len(first) else count


def _summed(frames: Iterable[pl.DataFrame], key: str) -> pl.DataFrame:
    return (
        pl.concat(list(frames))
        .group_by(key)
        .agg(pl.col("context").min(), pl.col("count").sum())
        .sort(key)
        .select("key", "context", "count")
    )
