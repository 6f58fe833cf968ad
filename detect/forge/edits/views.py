"""What training sees of a made edit: a part of the picture after a delivery, and where in it the edit lies.

An untouched host goes through the same deliveries as its edited twin, so that only the edit tells them apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..launder import TIERS, Pixels, Tier, reencode, resaved
from . import pasts
from .samples import SIDE, Samples

VIEW = 192
"""Side of a view, in pixels."""

CELL = 8
"""Side of a cell of the maps, in pixels: a block of JPEG."""

UNTOUCHED = 0.3
"""Share of the views that show the untouched host."""

UNTOUCHED_PLAIN = 0.6
"""The same of hosts before a plain background: what is to be learnt of them is that nothing was done."""

SHARES: Mapping[Tier, float] = {"clean": 0.55, "web": 0.3, "hard": 0.15}
"""How often a view is delivered so."""

_QUALITIES: Mapping[Tier, tuple[int, int]] = {"clean": (80, 100), "web": (60, 85), "hard": (35, 60)}
_LOSSLESS = 0.35
_OFF_GRID = 0.25
_RESIZED: Mapping[Tier, float] = {"clean": 0.15, "web": 0.4, "hard": 0.5}

Share = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class View:
    """One view.

    Attributes
    ----------
    pixels
        uint8 (192, 192, 3).
    cells
        Share of each cell that was edited, float32 (24, 24), 0..1.
    """

    pixels: Pixels
    cells: Share


def view(
    rgb: Pixels, region: NDArray[np.uint8], tier: Tier, rng: np.random.Generator, *, side: int = VIEW
) -> View:
    """Deliver a sample: cut, sometimes turned over, changed or resized as a whole, saved.

    Parameters
    ----------
    rgb
        uint8 (320, 320, 3).
    region
        uint8 (320, 320), 0..255.
    tier
        Which qualities; a clean picture is kept without loss in one of three draws.
    rng
        Decides the rest.
    side
        Of the result, in pixels, a multiple of 8.
    """
    cut = side
    if rng.random() < _RESIZED[tier]:
        cut = int(rng.integers(round(0.83 * side), SIDE + 1))
    step = 1 if rng.random() < _OFF_GRID else CELL
    y, x = (int(rng.integers((SIDE - cut) // step + 1)) * step for _ in range(2))
    rgb, region = rgb[y : y + cut, x : x + cut], region[y : y + cut, x : x + cut]
    if rng.random() < 0.5:
        rgb, region = rgb[:, ::-1], region[:, ::-1]
    turns = int(rng.integers(4)) if rng.random() < 0.3 else 0
    rgb, region = np.ascontiguousarray(np.rot90(rgb, turns)), np.ascontiguousarray(np.rot90(region, turns))
    if cut != side:
        way = cv2.INTER_AREA if cut > side and rng.random() < 0.5 else cv2.INTER_CUBIC
        rgb = np.asarray(cv2.resize(rgb, (side, side), interpolation=way), dtype=np.uint8)
        region = np.asarray(cv2.resize(region, (side, side), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    chance = float(rng.random())
    if chance < 0.12:
        rgb = pasts.soft_or_sharp(rgb, rng)
    elif chance < 0.2:
        rgb = pasts.grainy(rgb, float(rng.uniform(0.5, 4)), rng)
    return View(saved(rgb, tier, rng), shares(region))


def saved(rgb: Pixels, tier: Tier, rng: np.random.Generator) -> Pixels:
    """The last save of a picture that was edited."""
    quality = int(rng.integers(_QUALITIES[tier][0], _QUALITIES[tier][1] + 1))
    chance = float(rng.random())
    if tier == "clean" and chance < _LOSSLESS:
        return rgb
    if chance > 0.95:
        return resaved(rgb, "WEBP", quality=quality, method=2)
    return reencode(rgb, quality, full_colour=bool(rng.random() < 0.25))


def shares(region: NDArray[np.uint8]) -> Share:
    """Share of each cell of 8 x 8 pixels that lies in a region, float32, 0..1; sides are multiples of 8."""
    height, width = region.shape
    cells = region.reshape(height // CELL, CELL, width // CELL, CELL)
    return np.asarray(cells.mean((1, 3)) / 255, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Views:
    """Rows for the training loop: each sample, newly delivered every time, edited or not."""

    samples: Samples

    def __len__(self) -> int:
        return len(self.samples)

    def batch(self, rows: NDArray[np.int64], seed: int) -> Mapping[str, Any]:
        """``pixels`` uint8 (n, 192, 192, 3) and ``cells`` float32 (n, 24, 24)."""
        made = []
        for place, row in enumerate(rows.tolist()):
            rng = np.random.default_rng([seed, place])
            touched = rng.random() >= (UNTOUCHED_PLAIN if self.samples.facts[row].plain else UNTOUCHED)
            tier = TIERS[int(rng.choice(len(TIERS), p=[SHARES[tier] for tier in TIERS]))]
            rgb = (self.samples.edits if touched else self.samples.hosts)[row]
            region = self.samples.regions[row]
            made.append(view(rgb, region if touched else np.zeros_like(region), tier, rng))
        return {"pixels": np.stack([v.pixels for v in made]), "cells": np.stack([v.cells for v in made])}
