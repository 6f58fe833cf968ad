"""Was a part of the picture copied to another place in it?

Keypoints whose descriptors are nearly alike but lie apart are matched; matches that agree on one shift, turn and scale
are a candidate. Repeated patterns agree as well (windows, tiles, print), so each candidate is checked densely: the
picture is laid over itself by that transform, refined to a fraction of a pixel, and only where the *fine grain* of both
places correlates, even in their quiet half, was one copied from the other. Two chairs of a kind have the same outline,
but not the same noise. (Keypoints: Amerini, Ballan, Caldelli, Del Bimbo and Serra, *A SIFT-based forensic method for
copy-move attack detection and transformation recovery*, TIFS 2011; dense check: Christlein, Riess, Jordan, Riess and
Angelopoulou, *An evaluation of popular copy-move forgery detection approaches*, TIFS 2012.)
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .blocks import on_lattice
from .matching import Places, matched
from .transform import LEAST_MATCHES, Box, box_of, is_shift, near, plausible, refined, transform

__all__ = ["Copies", "Copy", "copies", "copy_map"]

_WORKED = 1600
"""Longest side looked at, in pixels; larger pictures are shrunk to it."""
_MOST_COPIES = 8
_MOST_CANDIDATES = 24
_WINDOW = 15
"""Side of the window in which fine grain is correlated, in pixels."""
_ALIKE = 0.55
"""Correlation from which a window belongs to the part."""
_LEAST_MEDIAN, _LEAST_QUIET = 0.80, 0.50
"""Correlation that a copy has over its part, and over the quiet half of it, in which no outline helps."""
_SHIFT_MEDIAN, _SHIFT_QUIET = 0.70, 0.40
"""The same for a shift by whole pixels: what is merely alike seldom lies so exactly."""
_LEAST_GRAIN = 0.6
"""Standard deviation of the fine grain, in grey levels, below which a window says nothing."""
_LEAST_AREA = 600
_MOST_OVERLAP = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """One part that occurs twice.

    Attributes
    ----------
    matrix : numpy.ndarray
        float64 (2, 3): from the place of one part to that of the other, in pixels as worked on.
    matches : int
        Keypoints that agree on it.
    correlation, quiet : float
        Median correlation of the fine grain within the part; correlation in the half of it with the least detail.
    boxes : tuple of two (x, y, width, height)
        Both places, in pixels as worked on. Which of them is the original does not show.
    mask : numpy.ndarray
        bool (h, w), as worked on: pixels of both.
    """

    matrix: NDArray[np.float64]
    matches: int
    correlation: float
    quiet: float
    boxes: tuple[Box, Box]
    mask: NDArray[np.bool_]

    @property
    def turn(self) -> float:
        """Angle between the two, in degrees."""
        return float(
            np.degrees(np.arctan2(self.matrix[1, 0] - self.matrix[0, 1], np.trace(self.matrix[:, :2])))
        )

    @property
    def scale(self) -> float:
        """Size of the second relative to the first."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))

    @property
    def shift(self) -> bool:
        """Whether it is a shift by whole pixels, to within what can be measured."""
        return is_shift(self.matrix, self.boxes[0])


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """The copied parts of one picture.

    Attributes
    ----------
    found : tuple of Copy
        The largest first, at most eight.
    mask : numpy.ndarray
        bool (h, w), as worked on: pixels of all of them.
    factor : float
        Size as worked on relative to the picture, at most 1.
    """

    found: tuple[Copy, ...]
    mask: NDArray[np.bool_]
    factor: float


def copies(luma: NDArray[np.uint8]) -> Copies:
    """Find parts that occur twice.

    Parameters
    ----------
    luma : numpy.ndarray
        uint8 (height, width), at least 64 x 64, as large as it came.
    """
    factor = min(1.0, _WORKED / max(luma.shape))
    if factor < 1.0:
        size = (round(luma.shape[1] * factor), round(luma.shape[0] * factor))
        luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    first, second = matched(luma)
    grain = _grain(luma)
    found: list[Copy] = []
    for _ in range(_MOST_CANDIDATES):
        if len(first) < LEAST_MATCHES or len(found) == _MOST_COPIES:
            break
        matrix, inside = transform(first, second)
        if matrix is None:
            break
        if plausible(matrix):
            copy = _checked(luma, grain, matrix, first[inside])
            if copy is not None and not any(
                (copy.mask & other.mask).sum() > 0.5 * copy.mask.sum() for other in found
            ):
                found.append(copy)
        # Each pair stands in the list both ways round; what agrees with the inverse goes as well.
        back = near(second, first, matrix)
        first, second = first[~(inside | back)], second[~(inside | back)]
    found.sort(key=lambda copy: -int(copy.mask.sum()))
    mask = np.zeros(luma.shape, np.bool_)
    for copy in found:
        mask |= copy.mask
    return Copies(tuple(found), mask, factor)


def copy_map(found: Copies, height: int, width: int) -> NDArray[np.float32]:
    """Share of each block that was copied, or copied from, 0..1, on the lattice of :mod:`.blocks`."""
    return on_lattice(found.mask, height, width)


def _grain(luma: NDArray[np.uint8], fineness: float = 1.5) -> NDArray[np.float32]:
    """What is finer than a blur of so many pixels: detail and noise."""
    values = luma.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), fineness), dtype=np.float32)


def _checked(
    luma: NDArray[np.uint8], grain: NDArray[np.float32], matrix: NDArray[np.float64], points: Places
) -> Copy | None:
    """The copy that a transform names; None when the grain of the two places does not bear it out."""
    rough = _part(grain, matrix, points)
    if rough is None:
        return None
    matrix = refined(grain, matrix, rough[0], rough[1])
    found = _part(grain, matrix, points)
    if found is None:
        return None
    part, moved, correlation = found
    boxes = box_of(part), box_of(moved)
    shift = is_shift(matrix, boxes[0])
    if correlation < (_SHIFT_MEDIAN if shift else _LEAST_MEDIAN):
        return None
    quiet = _quiet(luma, matrix, part)
    if quiet < (_SHIFT_QUIET if shift else _LEAST_QUIET):
        return None
    return Copy(matrix, len(points), correlation, quiet, boxes, part | moved)


def _part(
    grain: NDArray[np.float32], matrix: NDArray[np.float64], points: Places
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], float] | None:
    """The part whose grain is that of its like, where the like is, and the median correlation."""
    height, width = grain.shape
    # The warped picture has at each place of the first what lies at its place of the second.
    other = cv2.warpAffine(grain, matrix, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    ones = np.ones(grain.shape, np.uint8)
    inside = cv2.warpAffine(ones, matrix, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    correlation = _correlation(grain, np.asarray(other, dtype=np.float32))
    alike = ((correlation > _ALIKE) & (inside > 0)).astype(np.uint8)
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    alike = np.asarray(
        cv2.morphologyEx(cv2.morphologyEx(alike, cv2.MORPH_OPEN, shape), cv2.MORPH_CLOSE, shape),
        dtype=np.uint8,
    )
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(alike, connectivity=8)
    x, y = (
        np.clip(np.rint(points[:, axis]).astype(int), 0, side - 1) for axis, side in ((0, width), (1, height))
    )
    held = np.bincount(labels[y, x], minlength=len(boxes))
    held[0] = 0
    label = int(held.argmax())
    if held[label] < LEAST_MATCHES // 2 or boxes[label, cv2.CC_STAT_AREA] < _LEAST_AREA:
        return None
    part = labels == label
    moved = cv2.warpAffine(part.astype(np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST).astype(
        np.bool_
    )
    # A pattern that repeats within the part (a fence, an edge along itself) lies over itself; a copy lies elsewhere.
    if not moved.any() or (part & moved).sum() > _MOST_OVERLAP * part.sum():
        return None
    return part, moved, float(np.median(correlation[part]))


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlation in a window around each pixel; 0 where either has no grain."""

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(values, (_WINDOW, _WINDOW)), dtype=np.float32)

    first, second = mean(one), mean(other)
    spread = [
        np.maximum(mean(part * part) - middle * middle, 0.0)
        for part, middle in ((one, first), (other, second))
    ]
    together = mean(one * other) - first * second
    told = (spread[0] > _LEAST_GRAIN**2) & (spread[1] > _LEAST_GRAIN**2)
    return np.where(told, together / np.sqrt(np.maximum(spread[0] * spread[1], 1e-6)), 0.0).astype(np.float32)


def _quiet(luma: NDArray[np.uint8], matrix: NDArray[np.float64], part: NDArray[np.bool_]) -> float:
    """Correlation of the finest grain in the half of a part that has the least detail."""
    x, y, width, height = box_of(part)
    inside = part[y : y + height, x : x + width]
    here = matrix.copy()
    here[:, 2] += matrix[:, :2] @ np.array((x, y), np.float64)
    other = cv2.warpAffine(luma, here, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    own = np.ascontiguousarray(luma[y : y + height, x : x + width])
    busy = cv2.blur(np.abs(_grain(own, 2.0)), (7, 7))[inside]
    calm = busy < np.median(busy)
    one, two = (_grain(np.asarray(each, dtype=np.uint8), 1.0)[inside][calm] for each in (own, other))
    spread = float(one.std() * two.std())
    return 0.0 if spread < 1e-3 else float(np.mean((one - one.mean()) * (two - two.mean())) / spread)
