"""Windows of a whole picture, all of one size, and maps of them joined again.

A network that was calibrated on pictures of one size says nothing calibrated of larger ones: more of a scene differs
from the rest of it. So larger pictures are looked at in windows of that size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .crops import telling_share
from .media import Pixels

__all__ = ["Window", "joined", "windows"]


@dataclass(frozen=True, slots=True)
class Window:
    """One window.

    Attributes
    ----------
    x, y : int
        Left and upper edge, in pixels.
    pixels : numpy.ndarray
        uint8 (height, width, 3).
    telling : bool
        Whether enough of it is not flat.
    """

    x: int
    y: int
    pixels: Pixels
    telling: bool


def windows(rgb: Pixels, side: int, step: int, multiple: int, least: float) -> Iterator[Window]:
    """Evenly spread windows that cover a picture, row by row.

    Parameters
    ----------
    rgb : numpy.ndarray
        uint8 (height, width, 3), sides multiples of `multiple`.
    side : int
        Of a window, in pixels; less where the picture is smaller.
    step : int
        From one to the next, at most.
    multiple : int
        Edges of windows are multiples of it, so that blocks of JPEG stay whole.
    least : float
        Share of blocks of 16 pixels that are not flat below which a window is not telling, 0..1.
    """
    for y in _starts(rgb.shape[0], side, step, multiple):
        for x in _starts(rgb.shape[1], side, step, multiple):
            pixels = np.ascontiguousarray(rgb[y : y + side, x : x + side])
            yield Window(x, y, pixels, telling_share(pixels) >= least)


def joined(
    placed: Sequence[tuple[int, int, NDArray[np.float32]]], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Maps of windows as one map; where they overlap the mean, in which the middle of a window counts most.

    Parameters
    ----------
    placed : sequence of (row, column, map)
        Upper left cell and cells of each window.
    shape : (int, int)
        Rows and columns of the whole.
    """
    total, mass = np.zeros(shape), np.zeros(shape)
    for row, column, cells in placed:
        weight = np.minimum.outer(_from_edge(cells.shape[0]), _from_edge(cells.shape[1]))
        place = (slice(row, row + cells.shape[0]), slice(column, column + cells.shape[1]))
        total[place] += weight * cells
        mass[place] += weight
    return np.asarray(total / mass, dtype=np.float32)


def _starts(length: int, side: int, step: int, multiple: int) -> list[int]:
    slack = length - side
    if slack <= 0:
        return [0]
    count = -(-slack // step)
    return sorted({round(slack * n / count / multiple) * multiple for n in range(count + 1)})


def _from_edge(length: int) -> NDArray[np.float64]:
    """Distance of each cell from the nearer end, from 1 up."""
    places = np.arange(1, length + 1, dtype=np.float64)
    return np.minimum(places, places[::-1])
