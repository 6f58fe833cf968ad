"""Where the network looks only for the map: evenly over the picture, a bounded number of times."""

import math

import numpy as np

from ..crops import QUALITY, SIDE, Crop
from ..forge.launder import Pixels, reencode
from .heat import PATCH

__all__ = ["MOST_TILES", "tile_places", "tiles"]

MOST_TILES = 24
"""Tiles of a picture at most; a large one is then covered in part, evenly."""


def tiles(rgb: Pixels, taken: set[tuple[int, int]]) -> tuple[Crop, ...]:
    """Native crops for the map alone; they get the same last JPEG as scored crops and never enter the score.

    Parameters
    ----------
    rgb : numpy.ndarray
        Picture, uint8 (height, width, 3), both sides at least 224.
    taken : set of (x, y)
        Places that are looked at already.
    """
    height, width = rgb.shape[:2]
    return tuple(
        Crop(x, y, reencode(np.ascontiguousarray(rgb[y : y + SIDE, x : x + SIDE]), QUALITY))
        for x, y in tile_places(height, width)
        if (x, y) not in taken
    )


def tile_places(height: int, width: int) -> list[tuple[int, int]]:
    """Left and upper edges of the tiles of a picture, in pixels.

    As many as cover it, and one more along each axis where the bound allows, since where tiles overlap it shows whether
    they agree. They lie on the grid of patches, which is also the block grid of the picture's own last JPEG.
    """
    across, down = -(-width // SIDE), -(-height // SIDE)
    if (across + 1) * (down + 1) <= MOST_TILES:
        across, down = across + (width > SIDE), down + (height > SIDE)
    elif across * down > MOST_TILES:
        across = min(across, MOST_TILES, max(1, round(math.sqrt(MOST_TILES * width / height))))
        down = min(down, MOST_TILES // across)
        across = min(-(-width // SIDE), MOST_TILES // down)
    return [(x, y) for y in _starts(height, down) for x in _starts(width, across)]


def _starts(length: int, count: int) -> list[int]:
    """Evenly spread starts along one axis, in whole patches: fewer than a patch may be left over at the end."""
    slack = (length - SIDE) // PATCH
    if count == 1:
        return [slack // 2 * PATCH]
    return sorted({round(slack * step / (count - 1)) * PATCH for step in range(count)})
