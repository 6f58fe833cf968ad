"""What training and validation see of a picture: its crops after a delivery, in every tier."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..crops import SIDE, crops
from .launder import TIER_LAUNDERINGS, Laundering, Pixels, Tier, random_laundering


@dataclass(frozen=True, slots=True)
class View:
    """Crops of one picture after one delivery.

    Attributes
    ----------
    item
        Which picture: its place in the list that was asked for.
    tier
        How it was delivered.
    crops
        (224, 224, 3) each, most telling first.
    """

    item: int
    tier: Tier
    crops: tuple[Pixels, ...]


def load(path: Path) -> Pixels:
    """Read a training picture as RGB, (height, width, 3), 0..255."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def fits(rgb: Pixels) -> bool:
    """Whether the picture has room for one crop."""
    return bool(min(rgb.shape[:2]) >= SIDE)


def training_view(rgb: Pixels, item: int, tier: Tier, name: str, seed: int, count: int) -> View:
    """Launder by a chain drawn from `name` and `seed`, and crop.

    A photo and its twin are given one `name`: both then go through the same chain.
    """
    return _view(rgb, item, tier, _drawn(name, tier, seed), count)


def validation_view(rgb: Pixels, item: int, tier: Tier, count: int) -> View:
    """Launder by the tier's fixed chain, and crop."""
    return _view(rgb, item, tier, TIER_LAUNDERINGS[tier], count)


def stacked(views: Sequence[View]) -> tuple[list[Pixels], list[tuple[int, Tier]]]:
    """All crops in order, and for each the item and tier it belongs to."""
    pixels = [crop for view in views for crop in view.crops]
    return pixels, [(view.item, view.tier) for view in views for _ in view.crops]


def _view(rgb: Pixels, item: int, tier: Tier, chain: Laundering, count: int) -> View:
    laundered = chain.apply(rgb)
    if not fits(laundered):
        return View(item, tier, ())
    return View(item, tier, tuple(crop.pixels for crop in crops(laundered, count)))


def _drawn(name: str, tier: Tier, seed: int) -> Laundering:
    state = hashlib.sha256(f"{seed}\0{tier}\0{name}".encode()).digest()
    return random_laundering(tier, np.random.default_rng(list(state)))
