"""What the benchmark asks of a peer, and what it gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from views import Material, Seen

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """Scores of views, one each, more is more synthetic; and the seconds that scoring alone took."""

    values: Scores
    seconds: float


class Peer(Protocol):
    """A detector that is measured on the pictures of the benchmark.

    Attributes
    ----------
    name
        What tables call it.
    note
        What it is and how it was made, for the page.
    takes
        Looks at native crops, at the whole picture, or at the file only.
    modules
        The code that decides its scores: where it changes, cached scores are void.
    threshold
        Scores at or above it count as synthetic, None where it has none of its own. Known after `prepare`.
    """

    name: str
    note: str
    takes: Literal["crops", "whole picture", "file"]
    modules: tuple[ModuleType, ...]
    threshold: float | None

    def identity(self, material: Material) -> str:
        """What else decides its scores beside its code and the pictures: the hash of a model, a setting."""
        ...

    def prepare(self, material: Material, folder: Path) -> None:
        """Train, or find in `folder` what an earlier run trained."""
        ...

    def score(self, seen: Sequence[Seen]) -> Scored:
        """Score views, in order; only after `prepare`."""
        ...


def over_crops(logits: Scores, seen: Sequence[Seen]) -> Scores:
    """Mean over the crops of every view, from the logits of all crops in order."""
    counts = [len(view.crops) for view in seen]
    owner = np.repeat(np.arange(len(seen)), counts)
    return np.asarray(np.bincount(owner, logits, len(seen)) / np.array(counts), dtype=np.float64)
