"""Pictures as the network sees them: laundered, changed, cut and mirrored anew at every look, by seed alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...crops import QUALITY, SIDE, places
from ..kinds import TWINS
from ..launder import TIERS, Pixels, random_laundering, reencode
from ..negatives import hard_negative
from ..probe import balance
from ..seen import Seen
from ..views import load, validation_view
from .settings import Transforms

__all__ = ["Looks", "held_views", "order_of"]

_CHOICES = 4


class Looks:
    """The dataset of the common training loop: one crop of each asked picture.

    Parameters
    ----------
    seen
        Pictures, and what the forge made of them.
    transforms
        What is done to them.
    """

    def __init__(self, seen: Sequence[Seen], transforms: Transforms) -> None:
        self._seen, self._asked = tuple(seen), transforms
        weights = np.array([transforms.tiers.get(tier, 0.0) for tier in TIERS])
        self._tiers = weights / weights.sum()

    def __len__(self) -> int:
        return len(self._seen)

    def batch(self, rows: NDArray[np.int64], seed: int) -> Mapping[str, Any]:
        """``pixels`` uint8 (n, 224, 224, 3), ``synthetic`` and ``weight`` float32 (n,)."""
        looked = [
            self._look(self._seen[row], np.random.default_rng([seed, at])) for at, row in enumerate(rows)
        ]
        truth = [float(self._seen[row].kind != "photo") for row in rows]
        return {
            "pixels": np.stack(looked),
            "synthetic": np.array(truth, dtype=np.float32),
            "weight": np.ones(len(rows), dtype=np.float32),
        }

    def _look(self, one: Seen, rng: np.random.Generator) -> Pixels:
        rgb = load(one.path)
        if one.kind == "photo" and rng.random() < self._asked.negatives:
            rgb = hard_negative(rgb, rng)[1]
        laundered = random_laundering(TIERS[int(rng.choice(len(TIERS), p=self._tiers))], rng).apply(rgb)
        if min(laundered.shape[:2]) < SIDE:
            laundered = rgb
        # One of the most telling places: in use the first few are looked at.
        x, y = (found := places(laundered, _CHOICES))[int(rng.integers(len(found)))]
        pixels = reencode(np.ascontiguousarray(laundered[y : y + SIDE, x : x + SIDE]), QUALITY)
        return np.ascontiguousarray(pixels[:, ::-1]) if rng.random() < self._asked.mirror else pixels


def order_of(seen: Sequence[Seen]) -> Any:
    """Rows of an epoch drawn so that classes weigh alike, and sources within a class.

    Twins have a quarter of the weight of the fakes for each kind.
    """
    kinds = np.array([one.kind for one in seen])
    sources = np.array([one.picture.source for one in seen])
    shares: dict[str, float] = {kind: 0.25 for kind in TWINS if (kinds == kind).any()}
    weights = balance(kinds, sources, shares)

    def order(epoch: int, generator: np.random.Generator) -> NDArray[np.int64]:
        drawn = generator.choice(len(seen), size=len(seen), p=weights / weights.sum())
        return np.asarray(drawn, dtype=np.int64)

    return order


def held_views(seen: Sequence[Seen], count: int) -> list[tuple[int, int, tuple[Pixels, ...]]]:
    """Crops of held pictures after the fixed delivery of each tier: place in `seen`, number of the tier, crops."""
    found = []
    for place, one in enumerate(seen):
        rgb = load(one.path)
        for number, tier in enumerate(TIERS):
            view = validation_view(rgb, place, tier, count)
            if view.crops:
                found.append((place, number, view.crops))
    return found
