"""Places of one picture that look alike: keypoints and their nearest likes elsewhere."""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Places", "matched"]

Places = NDArray[np.float64]
"""Points [n, 2], x and y in pixels."""

_KEYPOINTS = 6000
_RATIO = 0.7
"""A match must be this much nearer than the next one (Lowe's ratio test, over all but the point itself)."""
_FARTHEST = 0.45
_APART = 24.0
"""Least distance of the two places, in pixels: nearer ones are alike because pictures are smooth."""
_ROWS = 1024


def matched(luma: NDArray[np.uint8]) -> tuple[Places, Places]:
    """Places and those of their nearest like, every pair both ways round.

    Parameters
    ----------
    luma : numpy.ndarray
        uint8 (height, width).

    Notes
    -----
    A part that occurs three times has two likes as near as each other; the ratio test then loses these points.
    """
    sift = cv2.SIFT.create(nfeatures=_KEYPOINTS, contrastThreshold=0.01)
    points, described = sift.detectAndCompute(luma, None)
    if described is None or len(points) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    points, described = points[:_KEYPOINTS], described[:_KEYPOINTS]
    place = np.array([point.pt for point in points], np.float32)
    # Square roots of the normed histograms: their dot product is the Bhattacharyya coefficient (Arandjelović 2012).
    root = np.sqrt(described / np.maximum(described.sum(axis=1, keepdims=True), 1e-6)).astype(np.float32)
    pairs: list[NDArray[np.intp]] = []
    for start in range(0, len(root), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(root)))
        squared = np.maximum(2.0 - 2.0 * (root[rows] @ root.T), 0.0)
        # One place has several keypoints, of other scales and turns: they are no rivals and no match.
        across, down = (place[rows, None, axis] - place[None, :, axis] for axis in (0, 1))
        squared[across * across + down * down < _APART**2] = np.inf
        nearest = squared.argmin(axis=1)
        best = squared[np.arange(len(rows)), nearest]
        squared[np.arange(len(rows)), nearest] = np.inf
        good = (best < _RATIO**2 * squared.min(axis=1)) & (best < _FARTHEST**2)
        pairs.append(np.stack([rows[good], nearest[good]], axis=1))
    both = np.concatenate(pairs)
    both = np.unique(np.concatenate([both, both[:, ::-1]]), axis=0)
    return place[both[:, 0]].astype(np.float64), place[both[:, 1]].astype(np.float64)
