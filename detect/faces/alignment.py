"""Aligned crops of faces: the same square for the same face, however it stands; one code for training and for use."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ..media import Pixels

__all__ = ["NEAR", "PLACES", "aligned", "moved", "similarity"]

PLACES = np.array([[0.36, 0.42], [0.64, 0.42], [0.50, 0.57], [0.39, 0.71], [0.61, 0.71]], dtype=np.float64)
"""Where the five landmarks of a face that looks ahead lie in a crop, as shares of its side: chin, hair and some of
what is behind belong to it, since a replaced face shows at its rim."""

NEAR = np.array([0.5, 0.5]) + (PLACES - np.array([0.5, 0.55])) * 1.35
"""The same places, nearer: from the forehead to the chin, with a little of what is behind. What looks for replaced
faces sees them so, and has more pixels for each."""


def similarity(
    marks: NDArray[np.float32], side: int, places: NDArray[np.float64] = PLACES
) -> NDArray[np.float64]:
    """The turn, scale and shift that bring landmarks nearest to their places (Umeyama, IEEE PAMI 1991).

    Parameters
    ----------
    marks : numpy.ndarray
        (5, 2), x and y in pixels of the picture.
    side : int
        Of the crop, in pixels.
    places : numpy.ndarray
        (5, 2), shares of the side: where they are to lie.

    Returns
    -------
    numpy.ndarray
        float64 (2, 3), from the picture to the crop. Landmarks that all lie in one place give a mere shift.
    """
    source, target = marks.astype(np.float64), places * side
    at, to = source.mean(axis=0), target.mean(axis=0)
    from_middle, to_middle = source - at, target - to
    spread = float((from_middle**2).sum())
    if spread < 1e-9:
        return np.hstack([np.eye(2), (to - at)[:, None]])
    # Of a turn by an angle a with scale s: s cos a and s sin a by least squares, never a mirror image.
    cosine = float((from_middle * to_middle).sum()) / spread
    sine = float((from_middle[:, 0] * to_middle[:, 1] - from_middle[:, 1] * to_middle[:, 0]).sum()) / spread
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.hstack([turn, (to - turn @ at)[:, None]])


def moved(points: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Where points (n, 2) of a picture come to lie by a matrix (2, 3) that the picture is warped by."""
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], dtype=np.float32)


def aligned(
    rgb: Pixels,
    marks: NDArray[np.float32],
    side: int = 256,
    places: NDArray[np.float64] = PLACES,
    *,
    mirrored: bool = False,
) -> Pixels:
    """The crop of a face, uint8 (side, side, 3).

    Where it reaches over the edge of the picture it is black, or, if `mirrored`, goes on as in a mirror.
    """
    matrix = similarity(marks, side, places)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    # Much smaller than the picture shows it: pixels between would be skipped, so averages are taken first.
    if scale < 0.5:
        factor = max(2 * scale, 1e-3)
        size = (max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor)))
        real = np.array([size[0] / rgb.shape[1], size[1] / rgb.shape[0]])
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        matrix = similarity((marks * real).astype(np.float32), side, places)
    border = cv2.BORDER_REFLECT_101 if mirrored else cv2.BORDER_CONSTANT
    crop = cv2.warpAffine(rgb, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(crop, dtype=np.uint8)
