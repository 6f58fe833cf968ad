"""Crops as training sees them, one row each: features by the frozen encoder, and what the crop is of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import kinds, pool, trial, views
from .features import Features, FeatureStore
from .launder import TIERS, Pixels
from .probe import Probe
from .seen import Seen
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Rows:
    """Crops as training sees them, one row each.

    Attributes
    ----------
    features
        (n, d).
    item
        Which picture of the pool the crop belongs to, (n,); what was made of a photo has its number.
    tier
        How it was delivered, (n,), as a number in `TIERS`.
    kind
        What the row is, (n,), see `kinds.Kind`; the label follows from it.
    source
        Source of the picture, or of the photo that it was made of, (n,).
    crop
        Number of the crop in its picture and tier, (n,). Probes are fitted on the first, number 0; the others are there
        to be averaged.
    """

    features: Features
    item: NDArray[np.int64]
    tier: NDArray[np.int64]
    kind: NDArray[np.str_]
    source: NDArray[np.str_]
    crop: NDArray[np.int64]

    @property
    def synthetic(self) -> NDArray[np.bool_]:
        """Label, (n,)."""
        return kinds.synthetic(self.kind)


def gather(seen: Sequence[Seen], settings: Settings, store: FeatureStore, say: Callable[..., None]) -> Rows:
    """Features of the first crop of every picture in every tier, and of further ones of those that calibrate."""
    origin: list[tuple[int, int, int]] = []
    own = [place for place, one in enumerate(seen) if one.kind in kinds.OWN]
    order = pool.spread(range(len(own)), [seen[place].picture for place in own])
    averaged = {own[number] for number in order[: settings.calibration_pictures]}

    def crops() -> Iterator[Pixels]:
        for place, one in enumerate(seen):
            rgb = one.load(settings.seed)
            count = settings.test_crops if place in averaged else 1
            for number, tier in enumerate(TIERS):
                view = views.training_view(rgb, one.item, tier, one.picture.name, settings.seed, count)
                for turn, pixels in enumerate(view.crops):
                    origin.append((place, number, turn))
                    yield pixels

    features = _collected(store.encode(crops()), len(seen) * len(TIERS), say)
    places = np.array([place for place, *_ in origin])
    return Rows(
        features=features,
        item=np.array([seen[p].item for p in places]),
        tier=np.array([number for _, number, _ in origin]),
        kind=np.array([seen[p].kind for p in places]),
        source=np.array([seen[p].picture.source for p in places]),
        crop=np.array([turn for *_, turn in origin]),
    )


def score_pictures(
    pictures: Sequence[pool.Picture],
    store: FeatureStore,
    head: Probe,
    count: int,
    say: Callable[..., None],
) -> trial.Trial:
    """Score pictures after the fixed delivery of every tier; those without room for a crop are left out."""
    origin: list[tuple[int, int]] = []

    def crops() -> Iterator[Pixels]:
        for place, picture in enumerate(pictures):
            rgb = views.load(picture.path)
            if not views.fits(rgb):
                continue
            for number, tier in enumerate(TIERS):
                for pixels in views.validation_view(rgb, place, tier, count).crops:
                    origin.append((place, number))
                    yield pixels

    logits = head.logits(_collected(store.encode(crops()), len(pictures) * len(TIERS), say))
    keys, first, group = np.unique(
        [place * len(TIERS) + number for place, number in origin], return_index=True, return_inverse=True
    )
    shown = [pictures[key // len(TIERS)] for key in keys]
    return trial.Trial(
        score=np.bincount(group, logits) / np.bincount(group),
        tier=np.array([origin[i][1] for i in first]),
        synthetic=np.array([picture.synthetic for picture in shown]),
        source=np.array([picture.source for picture in shown]),
    )


def _collected(rows: Iterator[Features], expected: int, say: Callable[..., None]) -> Features:
    features: list[Features] = []
    for row in rows:
        features.append(row)
        if len(features) % 1000 == 0:
            say(f"features: {len(features)} crops of about {expected} or more")
    return np.stack(features)
