"""Where may the heat map be believed?

Reliability of a cell = texture x constancy, 0..1:

- *texture*: what a generator leaves behind lies in fine structure. Below a standard deviation of the luma of 1.25 there
  is none (0), from 5 on there is enough (1), linear between; the share of clipped pixels is taken off.
- *constancy*: the chance that one more look would put the cell on the same side of the neutral score, by the rule of
  succession: (looks that agree + 1) / (looks + 2). Looks are the overlapping crops, where there are at least two, and
  each laundering of the exhibit whose crops reach the cell. A cell without any such look has 1/2.

So a textured cell that nothing tested has 0.5; one that two launderings confirm 0.75, one that both turn 0.25.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..crops import FLAT
from ..forge.launder import Pixels
from .heat import PATCH, Grid, Patches, heat, laid

__all__ = ["LEAST_RELIABLE", "Shifted", "reliability", "texture"]

LEAST_RELIABLE = 0.4
"""Cells below are greyed out in the picture and not counted as reliable: flat, or on the other side at another look."""

NO_TEXTURE, ENOUGH_TEXTURE = FLAT / 2, FLAT * 2
"""Standard deviations of the luma in a patch, 0..255, between which texture rises from 0 to 1."""

CLIPPED_LOW, CLIPPED_HIGH = 2, 254
"""A pixel whose largest channel is at most the first, or at least the second, is clipped."""


@dataclass(frozen=True, slots=True)
class Shifted:
    """What the patches said after one laundering.

    Attributes
    ----------
    fields : sequence of Patches
        In the pixels of the exhibit.
    neutral : float
        Score at which nothing is said either way, in the tier that the laundering leads to.
    """

    fields: Sequence[Patches]
    neutral: float


def texture(pixels: Pixels) -> NDArray[np.float64]:
    """How much fine, unclipped structure each patch of a crop has, 0..1.

    Parameters
    ----------
    pixels : numpy.ndarray
        Crop as the network sees it, uint8 (height, width, 3), sides multiples of 16.
    """
    rows, columns = pixels.shape[0] // PATCH, pixels.shape[1] // PATCH
    luma = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float64)
    deviation = luma.reshape(rows, PATCH, columns, PATCH).std(axis=(1, 3))
    top = pixels.max(axis=2)
    clipped = (top <= CLIPPED_LOW) | (top >= CLIPPED_HIGH)
    share = clipped.reshape(rows, PATCH, columns, PATCH).mean(axis=(1, 3))
    rise = np.clip((deviation - NO_TEXTURE) / (ENOUGH_TEXTURE - NO_TEXTURE), 0.0, 1.0)
    return np.asarray(rise * (1.0 - share), dtype=np.float64)


def reliability(
    grid: Grid,
    fields: Sequence[Patches],
    textures: Sequence[Patches],
    shifted: Sequence[Shifted],
    neutral: float,
) -> NDArray[np.float32]:
    """Reliability of the heat map of `fields`; see the module for its definition.

    Parameters
    ----------
    grid : Grid
        Of the exhibit.
    fields : sequence of Patches
        Patch scores of its crops.
    textures : sequence of Patches
        Texture of the same crops.
    shifted : sequence of Shifted
        One for each laundering that was scored.
    neutral : float
        Score at which nothing is said either way.

    Returns
    -------
    numpy.ndarray
        float32, shape of the grid, 0..1; NaN where nothing was looked at.
    """
    generated = heat(grid, fields) > neutral
    looks, agreeing = np.zeros(grid.shape), np.zeros(grid.shape)
    for field in fields:
        one = laid(grid, field)
        there = np.isfinite(one.values)
        looks[one.rows, one.columns] += there
        same = (one.values > neutral) == generated[one.rows, one.columns]
        agreeing[one.rows, one.columns] += there & same
    alone = looks < 2
    looks[alone] = agreeing[alone] = 0.0
    for view in shifted:
        seen = heat(grid, view.fields)
        there = np.isfinite(seen)
        looks += there
        agreeing += there & ((seen > view.neutral) == generated)
    constancy = (agreeing + 1.0) / (looks + 2.0)
    return np.asarray(heat(grid, textures) * constancy, dtype=np.float32)
