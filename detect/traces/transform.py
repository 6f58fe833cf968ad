"""The transform that takes one place of a picture to another: from matches, refined on the grain, told from a shift."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .matching import Places

__all__ = ["LEAST_MATCHES", "Box", "box_of", "is_shift", "near", "plausible", "refined", "transform"]

LEAST_MATCHES = 8
_RESIDUE = 3.0
"""Most distance, in pixels, of a match from the place that the transform names."""
_SLACK = 0.01
"""Correlation that a shift by whole pixels may lack and still be preferred: it has fewer ways to fit."""
_SCALES = (0.5, 2.0)

Box = tuple[int, int, int, int]
"""x, y, width and height, in pixels."""


def transform(first: Places, second: Places) -> tuple[NDArray[np.float64] | None, NDArray[np.bool_]]:
    """Shift, turn and scale that most matches agree on, and which; None when too few do."""
    cv2.setRNGSeed(0)
    matrix, inside = cv2.estimateAffinePartial2D(
        first, second, method=cv2.RANSAC, ransacReprojThreshold=_RESIDUE, maxIters=5000, confidence=0.999
    )
    if matrix is None or int(inside.sum()) < LEAST_MATCHES:
        return None, np.zeros(len(first), np.bool_)
    return np.asarray(matrix, np.float64), inside.ravel().astype(np.bool_)


def near(first: Places, second: Places, matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which matches lie where a transform says, to within a few pixels."""
    moved = first @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(np.hypot(*(moved - second).T) < _RESIDUE)


def plausible(matrix: NDArray[np.float64]) -> bool:
    """Whether it changes the size no more than copies are found at."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    return _SCALES[0] <= scale <= _SCALES[1]


def refined(
    grain: NDArray[np.float32], matrix: NDArray[np.float64], part: NDArray[np.bool_], like: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The same transform to a fraction of a pixel: keypoints name it too roughly for grain to lie on grain."""
    box = x, y, width, height = box_of(part)
    inside = part[y : y + height, x : x + width].astype(np.float32)
    template = grain[y : y + height, x : x + width] * inside
    corner = np.array((x, y), np.float64)
    start = matrix.copy()
    start[:, 2] += matrix[:, :2] @ corner
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)
    there = like.astype(np.uint8) * 255
    likeness, better = -1.0, matrix
    try:
        likeness, found = cv2.findTransformECC(
            template, grain, start.astype(np.float32), cv2.MOTION_AFFINE, stop, there, 1
        )
        moved = np.asarray(found, dtype=np.float64)
        moved[:, 2] -= moved[:, :2] @ corner
        better = moved if _drift(moved, matrix, box) < 2 * _RESIDUE else matrix
    except cv2.error:  # it found no better one
        pass
    shift = _shift(grain, template, inside, matrix, box)
    return better if shift is None or shift[1] < likeness - _SLACK else shift[0]


def _shift(
    grain: NDArray[np.float32],
    template: NDArray[np.float32],
    inside: NDArray[np.float32],
    matrix: NDArray[np.float64],
    box: Box,
) -> tuple[NDArray[np.float64], float] | None:
    """The shift by whole pixels nearest to a transform, and how well grain lies on grain; None when there is none."""
    x, y, width, height = box
    middle = np.array((x + width / 2, y + height / 2))
    way = np.rint(matrix[:, :2] @ middle + matrix[:, 2] - middle)
    if _drift(matrix, np.column_stack([np.eye(2), way]), box) > 2 * _RESIDUE:
        return None
    reach = int(_RESIDUE)
    left, top = x + int(way[0]) - reach, y + int(way[1]) - reach
    right, bottom = left + width + 2 * reach, top + height + 2 * reach
    if left < 0 or top < 0 or right > grain.shape[1] or bottom > grain.shape[0]:
        return None
    area = grain[top:bottom, left:right]
    _, best, _, place = cv2.minMaxLoc(cv2.matchTemplate(area, template, cv2.TM_CCORR_NORMED, mask=inside))
    way = np.array((left + place[0] - x, top + place[1] - y), np.float64)
    return np.column_stack([np.eye(2), way]), float(best)


def _drift(one: NDArray[np.float64], other: NDArray[np.float64], box: Box) -> float:
    """Most distance of the corners of a box under two transforms, in pixels along an axis."""
    x, y, width, height = box
    corners = np.array([(x, y), (x + width, y), (x, y + height), (x + width, y + height)], np.float64)
    return float(np.abs((one[:, :2] - other[:, :2]) @ corners.T + (one[:, 2] - other[:, 2])[:, None]).max())


def is_shift(matrix: NDArray[np.float64], box: Box) -> bool:
    """Whether it is a shift by whole pixels, to within what can be measured, over that box."""
    x, y, width, height = box
    middle = np.array((x + width / 2, y + height / 2))
    way = np.rint(matrix[:, :2] @ middle + matrix[:, 2] - middle)
    return _drift(matrix, np.column_stack([np.eye(2), way]), box) < 0.25


def box_of(mask: NDArray[np.bool_]) -> Box:
    """The box around what a mask holds."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
