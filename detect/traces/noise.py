"""How noisy is each block of the picture, and is there a part whose noise is not that of the rest?

Noise is read from the finest diagonal detail (HH of the Haar transform). In even blocks, whose coarser detail is no
stronger, it is that of the sensor, and depends on brightness alone: it is compared with other even blocks of the
picture. Texture has such detail as well; its level is compared with what blocks of the same brightness and the same
coarser detail have in this very picture, by a robust regression. Connected blocks that all lie far from what is
expected are a part with another noise: brought in from elsewhere, smoothed, sprinkled with noise, or of another
material. (Noise from the finest detail: Donoho
and Johnstone, *Ideal spatial adaptation by wavelet shrinkage*, Biometrika 1994; by block, for splices: Mahdian and
Saic, *Using noise inconsistencies for blind image forensics*, Image and Vision Computing 2009; dependence on
brightness: Foi, Trimeche, Katkovnik and Egiazarian, *Practical Poissonian-Gaussian noise modeling*, TIP 2008.)
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .blocks import BLOCK, middle, placed

__all__ = ["Noise", "NoisePart", "noise", "noise_map"]

_FLOOR = 0.3
"""Added to every level, in grey levels: below it rounding speaks, not the sensor."""
_TRIMMED = 0.514
"""Mean of the smallest three quarters of |x| for x normal with unit variance."""
_CLIPPED = (12, 243)
"""Mean brightness of a block outside of which noise is cut off."""
LEAST_BLOCKS = 60
"""Readable blocks below which nothing is said."""
LEAST_EVEN = 48
"""Even blocks below which they are compared like the others."""
_EVEN = (1.4, 2.0)
"""Most that diagonal detail of the second and the third scale exceeds the finest by in an even block; 1 in the mean for
white noise. Diagonal, since shades run across and down."""
_STILL = 0.5
"""Level, in grey levels, below which a block is no measure of noise: rounded or coded away."""
_ROUNDS = 8
_LEAST_SPREAD = 0.25
"""Binary logarithm: what is expected is never known better."""
_FAR = 1.5
"""Spreads from which a block may belong to a part."""
_CLAIMED = {1: 3.0, -1: 5.0}
"""Spreads at which the middle of a part must lie, above and below: being soft is ordinary, cameras and lenses do it."""
_LEAST_RATIO = 1.0
"""Binary logarithm of the least factor between a part and what is expected."""
_LEAST_SIZE, _LARGEST = 16, 0.4


@dataclass(frozen=True, slots=True)
class NoisePart:
    """Connected blocks whose noise differs from what is expected.

    Attributes
    ----------
    x, y, width, height : int
        Its box, in pixels.
    blocks : int
        Number of blocks.
    ratio : float
        Noise in it relative to what is expected, median over the blocks.
    distance : float
        Its binary logarithm, in spreads of the blocks of the picture; > 0.
    """

    x: int
    y: int
    width: int
    height: int
    blocks: int
    ratio: float
    distance: float


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """The noise of one picture by blocks of 16 pixels, of its middle if it is very large; those at the edge that
    are not whole are left out.

    Attributes
    ----------
    level : numpy.ndarray
        float32 (rows, columns): strength of the finest diagonal detail, in grey levels.
    readable : numpy.ndarray
        bool, same shape: whether it says something of noise there.
    beyond, distance : numpy.ndarray
        float32, same shape: binary logarithm of level to what is expected, as it is and in spreads of its kind of
        block; 0 where it cannot be read.
    spread : float
        Of the binary logarithm in blocks that are not even; NaN when too few can be read.
    even : int
        Blocks compared as even ones; 0 when they are too few.
    parts : tuple of NoisePart
        That differ, the farthest first.
    mask : numpy.ndarray
        bool, same shape: blocks of these.
    """

    level: NDArray[np.float32]
    readable: NDArray[np.bool_]
    beyond: NDArray[np.float32]
    distance: NDArray[np.float32]
    spread: float
    even: int
    parts: tuple[NoisePart, ...]
    mask: NDArray[np.bool_]


def noise(luma: NDArray[np.uint8]) -> Noise:
    """Measure noise by blocks and find the parts that differ.

    Parameters
    ----------
    luma : numpy.ndarray
        uint8 (height, width), at least 16 x 16, as large as it came.
    """
    top, left, height, width = middle(*luma.shape)
    luma = luma[top : top + height, left : left + width]
    rows, columns = height // BLOCK, width // BLOCK
    if not rows or not columns:
        raise ValueError("noise needs a plane of at least 16 x 16 pixels")
    plane = luma[: rows * BLOCK, : columns * BLOCK].astype(np.float32)
    brightness = plane.reshape(rows, BLOCK, columns, BLOCK).mean(axis=(1, 3))
    (fine, _, _), rest = _haar(plane)
    second, rest = _haar(rest)
    third, _ = _haar(rest)
    level = _strength(fine, rows, columns)
    coarser = (
        _strength(second[0], rows, columns),
        np.hypot(_strength(second[1], rows, columns), _strength(second[2], rows, columns)),
        np.sqrt(_power(third[1], rows, columns) + _power(third[2], rows, columns)),
    )
    readable = (brightness > _CLIPPED[0]) & (brightness < _CLIPPED[1])
    nothing = np.zeros((rows, columns), np.float32)
    if readable.sum() < LEAST_BLOCKS:
        return Noise(level, readable, nothing, nothing, float("nan"), 0, (), nothing.astype(np.bool_))
    logs = [np.log2(one + _FLOOR).astype(np.float64) for one in (level, *coarser)]
    shade = brightness.astype(np.float64) / 255
    known = np.stack([np.ones_like(shade), *logs[1:], logs[1] ** 2, shade, shade**2], axis=-1)[readable]
    more, spread = _regressed(known, logs[0][readable])
    beyond, distance = nothing.copy(), nothing.copy()
    beyond[readable], distance[readable] = more, more / spread
    even = readable & (level > _STILL) & (coarser[0] + _FLOOR < _EVEN[0] * (level + _FLOOR))
    even &= np.sqrt(_power(third[0], rows, columns)) < _EVEN[1] * level
    number = int(even.sum())
    if number >= LEAST_EVEN:
        more, close = _regressed(known[even[readable]][:, [0, 5, 6]], logs[0][even])
        beyond[even], distance[even] = more, more / close
    parts, mask = _parts(beyond, distance, (left, top))
    return Noise(
        level, readable, beyond, distance, spread, number if number >= LEAST_EVEN else 0, tuple(parts), mask
    )


def noise_map(found: Noise, height: int, width: int) -> NDArray[np.float32]:
    """How far the noise of each block lies from what is expected, 0..1, on the lattice of :mod:`.blocks`.

    1 from four spreads on, either way; 0 where it cannot be read.
    """
    return placed(np.clip(np.abs(_smoothed(found.distance)) / 4, 0.0, 1.0), height, width)


def _haar(
    plane: NDArray[np.float32],
) -> tuple[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]:
    """Diagonal, horizontal and vertical detail, and the rest of half the size; orthonormal."""
    a, b, c, d = plane[::2, ::2], plane[::2, 1::2], plane[1::2, ::2], plane[1::2, 1::2]
    half = np.float32(0.5)
    return (half * (a - b - c + d), half * (a + b - c - d), half * (a - b + c - d)), half * (a + b + c + d)


def _blocks(detail: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    side = detail.shape[0] // rows
    return detail.reshape(rows, side, columns, side).transpose(0, 2, 1, 3).reshape(rows, columns, -1)


def _strength(detail: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Standard deviation by block, from the three quarters of the detail that are smallest: edges are left out."""
    blocks = _blocks(np.abs(detail), rows, columns)
    kept = blocks.shape[2] * 3 // 4
    return np.asarray(
        np.partition(blocks, kept - 1, axis=2)[:, :, :kept].mean(axis=2) / _TRIMMED, dtype=np.float32
    )


def _power(detail: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    return np.asarray((_blocks(detail, rows, columns) ** 2).mean(axis=2), dtype=np.float32)


def _regressed(known: NDArray[np.float64], told: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """What is left of the level beyond what is expected, and its spread; blocks far from it weigh little."""
    weight = np.ones(len(told))
    beyond, spread = told, 1.0
    for _ in range(_ROUNDS):
        weighted = known * weight[:, None]
        slope = np.linalg.solve(weighted.T @ known + 1e-3 * np.eye(known.shape[1]), weighted.T @ told)
        beyond = told - known @ slope
        spread = _spread(beyond)
        weight = 1.0 / np.maximum(1.0, np.abs(beyond) / (1.5 * spread)) ** 2
    return beyond, spread


def _spread(beyond: NDArray[np.float64]) -> float:
    return max(1.4826 * float(np.median(np.abs(beyond))), _LEAST_SPREAD)


def _smoothed(distance: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.medianBlur(distance, 3), dtype=np.float32)


def _parts(
    beyond: NDArray[np.float32], distance: NDArray[np.float32], corner: tuple[int, int]
) -> tuple[list[NoisePart], NDArray[np.bool_]]:
    mask = np.zeros(distance.shape, np.bool_)
    parts: list[NoisePart] = []
    near = _smoothed(distance)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    for sign in (1, -1):
        far = cv2.morphologyEx((sign * near > _FAR).astype(np.uint8), cv2.MORPH_OPEN, cross)
        number, labels, boxes, _ = cv2.connectedComponentsWithStats(np.asarray(far, np.uint8), connectivity=4)
        for label in range(1, number):
            own = labels == label
            size = int(own.sum())
            if size < _LEAST_SIZE or size > _LARGEST * own.size:
                continue
            middle, factor = (sign * float(np.median(plane[own])) for plane in (distance, beyond))
            if middle < _CLAIMED[sign] or factor < _LEAST_RATIO:
                continue
            x, y, width, height = (int(boxes[label, at]) * BLOCK for at in range(4))
            place = corner[0] + x, corner[1] + y, width, height
            parts.append(NoisePart(*place, size, float(2.0 ** (sign * factor)), middle))
            mask |= own
    parts.sort(key=lambda part: -part.distance)
    return parts, mask
