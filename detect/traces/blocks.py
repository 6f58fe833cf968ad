"""Maps of traces on one lattice of blocks, so that they can be laid over each other."""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "lattice", "on_lattice"]

BLOCK = 16
"""Side of a block of every map, in pixels of the picture as shown, from its upper left corner."""


def lattice(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the map of a picture: blocks at the lower and right edge may stand over."""
    return -(-height // BLOCK), -(-width // BLOCK)


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
