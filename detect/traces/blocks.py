"""Maps of traces on one lattice of blocks, so that they can be laid over each other."""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "MOST_SIDE", "lattice", "middle", "on_lattice", "placed", "spread"]

BLOCK = 16
"""Side of a block of every map, in pixels of the picture as shown, from its upper left corner."""


MOST_SIDE = 4096
"""Longest side of the middle of a picture that traces read by blocks are looked for in, in pixels: bounds memory."""


def lattice(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the map of a picture: blocks at the lower and right edge may stand over."""
    return -(-height // BLOCK), -(-width // BLOCK)


def middle(height: int, width: int) -> tuple[int, int, int, int]:
    """The part of a picture that is looked at: its y, x, height and width, the first two in whole pairs of blocks."""
    tall, wide = min(height, MOST_SIDE), min(width, MOST_SIDE)
    step = 2 * BLOCK
    return (height - tall) // 2 // step * step, (width - wide) // 2 // step * step, tall, wide


def placed(blocks: NDArray[np.generic], height: int, width: int) -> NDArray[np.float32]:
    """Values of the whole blocks of the middle of a picture, on the lattice of the picture.

    Blocks at the edge that are not whole have the value of those beside them; beyond the middle all is 0.
    """
    top, left, tall, wide = middle(height, width)
    rows, columns = lattice(tall, wide)
    whole = np.pad(blocks, ((0, rows - blocks.shape[0]), (0, columns - blocks.shape[1])), mode="edge")
    full = np.zeros(lattice(height, width), np.float32)
    full[top // BLOCK : top // BLOCK + rows, left // BLOCK : left // BLOCK + columns] = whole
    return full


def spread(mask: NDArray[np.bool_], height: int, width: int) -> NDArray[np.bool_]:
    """A mask of whole blocks of the middle of a picture, as a mask of its pixels."""
    top, left, _, _ = middle(height, width)
    pixels = np.zeros((height, width), np.bool_)
    rows, columns = mask.shape
    large = cv2.resize(mask.astype(np.uint8), (columns * BLOCK, rows * BLOCK), interpolation=cv2.INTER_NEAREST)
    pixels[top : top + rows * BLOCK, left : left + columns * BLOCK] = large > 0
    return pixels


def on_lattice(plane: NDArray[np.generic], height: int, width: int) -> NDArray[np.float32]:
    """A plane of any resolution, as means over blocks.

    Parameters
    ----------
    plane : numpy.ndarray
        bool or number (h, w), over the whole picture.
    height, width : int
        Of the picture, in pixels.

    Returns
    -------
    numpy.ndarray
        float32, shaped as `lattice` says.
    """
    rows, columns = lattice(height, width)
    values = plane.astype(np.float32)
    # The part that blocks of the edge stand over is filled with the edge, so that each keeps its place.
    down, right = (
        round(side * (number * BLOCK - length) / length)
        for side, number, length in ((values.shape[0], rows, height), (values.shape[1], columns, width))
    )
    if down or right:
        values = np.asarray(cv2.copyMakeBorder(values, 0, down, 0, right, cv2.BORDER_REPLICATE), np.float32)
    larger = values.shape[0] >= rows and values.shape[1] >= columns
    how = cv2.INTER_AREA if larger else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(values, (columns, rows), interpolation=how), dtype=np.float32)
