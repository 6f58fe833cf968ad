"""Patch scores of native crops, laid on the picture that the crops were taken from.

The network sees a crop as 14 x 14 patches. Its output ``map`` says what each patch adds to the logit; the rest of the
logit belongs to the crop as a whole and is given to all of its patches alike, so that the mean of a crop's patch scores
is the crop's score, in the unit of the raw score.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["PATCH", "Grid", "Laid", "Patches", "heat", "laid", "patch_scores"]

PATCH = 16
"""Side of a patch and of a cell of the grid, in pixels."""

LEAST_COVER = 0.5
"""A cell counts as looked at when a crop covers at least this share of it."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of 16 x 16 pixels over a picture, from its upper left corner; the last ones may be smaller.

    Attributes
    ----------
    height, width : int
        Of the picture, in pixels.
    """

    height: int
    width: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return -(-self.height // PATCH), -(-self.width // PATCH)


@dataclass(frozen=True, slots=True)
class Patches:
    """Numbers of the patches of one crop, and where they lie.

    Attributes
    ----------
    x, y : float
        Left and upper edge, in pixels of the picture that the grid belongs to.
    pitch_x, pitch_y : float
        Width and height of a patch in the same pixels: 16, or more when the crop comes from a shrunk copy.
    values : numpy.ndarray
        (rows, columns) of the crop's patches.
    """

    x: float
    y: float
    pitch_x: float
    pitch_y: float
    values: Numbers


@dataclass(frozen=True, slots=True)
class Laid:
    """A field in the cells of a grid: `values` stands at ``[rows, columns]``, NaN where a cell is not covered."""

    rows: slice
    columns: slice
    values: Numbers


def patch_scores(logit: float, given: NDArray[np.float32]) -> Numbers:
    """Scores of a crop's patches, whose mean is the crop's score.

    Parameters
    ----------
    logit : float
        Score of the crop.
    given : numpy.ndarray
        The network's ``map``, (rows, columns), in logits.
    """
    values = given.astype(np.float64)
    return np.asarray(values - values.mean() + logit, dtype=np.float64)


def laid(grid: Grid, field: Patches) -> Laid:
    """Lay a field on a grid: each cell gets the mean over the area that the patches have in it.

    Parameters
    ----------
    grid : Grid
        Where to.
    field : Patches
        Must begin within the picture; what sticks out is left off.
    """
    rows, down = _shares(field.y, field.pitch_y, field.values.shape[0], grid.height)
    columns, across = _shares(field.x, field.pitch_x, field.values.shape[1], grid.width)
    area = np.outer(down.sum(1), across.sum(1))
    total = down @ field.values @ across.T
    whole = np.outer(_sizes(rows, grid.height), _sizes(columns, grid.width))
    covered = area >= LEAST_COVER * whole
    return Laid(rows, columns, np.where(covered, total / np.where(covered, area, 1.0), np.nan))


def heat(grid: Grid, fields: Iterable[Patches]) -> NDArray[np.float32]:
    """Mean of all fields in every cell of a grid, float32; NaN where none lies."""
    total, count = np.zeros(grid.shape), np.zeros(grid.shape)
    for one in (laid(grid, field) for field in fields):
        there = np.isfinite(one.values)
        total[one.rows, one.columns] += np.where(there, one.values, 0.0)
        count[one.rows, one.columns] += there
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan).astype(np.float32)


def _shares(start: float, pitch: float, count: int, length: int) -> tuple[slice, Numbers]:
    """Cells that `count` patches reach along one axis, and how many pixels each patch (column) has in each (row)."""
    edges = start + pitch * np.arange(count + 1)
    first, last = int(start // PATCH), min(int(-(-edges[-1] // PATCH)), -(-length // PATCH))
    low = PATCH * np.arange(first, last)[:, None]
    high = np.minimum(low + PATCH, length)
    return slice(first, last), np.maximum(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0.0)


def _sizes(cells: slice, length: int) -> Numbers:
    start = PATCH * np.arange(cells.start, cells.stop, dtype=np.float64)
    return np.asarray(np.minimum(PATCH, length - start), dtype=np.float64)
