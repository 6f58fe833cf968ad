"""The native crops that the picture detectors look at; the same code in training and in use.

A picture is never shrunk to fit a network: what a generator leaves behind lies in the pixels, and shrinking wipes it
out. Instead a few crops are taken at their native size, away from flat or clipped areas and from one another, and every
crop gets the same last JPEG, so that the format it came in cannot speak.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import AssayError
from .forge.launder import Pixels, reencode

SIDE = 224
"""Side of a crop, in pixels."""

QUALITY = 90
"""JPEG quality of the last save that every crop gets."""

BLOCK = 16
"""Texture is judged in blocks of this many pixels."""

FLAT = 2.5
"""A block whose luma deviates less than this (standard deviation, 0..255) is flat: sky, paper, clipped light."""

STRIP = 32 * BLOCK
"""Rows of pixels whose texture is judged at once: bounds the memory on very large pictures."""

MOST_PLACES = 12
"""Places that are looked at per axis, at most: bounds the work on very large pictures."""


class PictureTooSmall(AssayError):
    """The picture is smaller than one crop."""

    code = "picture-too-small"


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of the picture at its native size.

    Attributes
    ----------
    x, y
        Left and upper edge in the picture, in pixels.
    pixels
        (224, 224, 3), RGB, 0..255, after the last JPEG that every crop gets.
    """

    x: int
    y: int
    pixels: Pixels


def crops(rgb: Pixels, count: int) -> list[Crop]:
    """Take up to `count` native crops, the most telling first.

    The first is the least flat place nearest to the middle; each further one trades texture against overlap with those
    already taken. A picture with room for fewer distinct places gives fewer crops.

    Parameters
    ----------
    rgb
        Picture, (height, width, 3), 0..255, upright.
    count
        How many crops at most, 1 or more.

    Returns
    -------
    Crops in the order in which they were chosen; the same for the same pixels, always.

    Raises
    ------
    PictureTooSmall
        One side is shorter than a crop.
    """
    return [
        Crop(x, y, reencode(np.ascontiguousarray(rgb[y : y + SIDE, x : x + SIDE]), QUALITY))
        for x, y in places(rgb, count)
    ]


def places(rgb: Pixels, count: int) -> list[tuple[int, int]]:
    """Where `crops` looks: left and upper edges, in pixels; see there."""
    height, width = rgb.shape[:2]
    if min(height, width) < SIDE:
        raise PictureTooSmall(
            f"the picture is {width} x {height} pixels: crops of {SIDE} pixels are looked at without enlarging, "
            "give the original in its full size"
        )
    candidates = [(x, y) for y in _positions(height) for x in _positions(width)]
    telling = _telling(rgb)
    # Steps of a tenth: small differences in texture shall not outweigh where a crop lies.
    texture = np.array([round(10 * _share(telling, x, y)) for x, y in candidates], dtype=np.float64) / 10
    middle = np.array([_distance((x, y), (width, height)) for x, y in candidates])
    overlap = np.zeros(len(candidates))
    taken: list[tuple[int, int]] = []
    while len(taken) < min(count, len(candidates)):
        best = int(np.lexsort((middle, overlap, -(texture - overlap)))[0])
        taken.append(candidates[best])
        overlap = np.maximum(overlap, [_overlap(place, candidates[best]) for place in candidates])
        texture[best] = -np.inf
    return taken


def _positions(length: int) -> list[int]:
    """Evenly spread starts along one axis: half-overlapping where that is not too many."""
    slack = length - SIDE
    steps = min(MOST_PLACES - 1, -(-slack // (SIDE // 2)))
    return [0] if steps == 0 else [round(slack * i / steps) for i in range(steps + 1)]


def telling_share(rgb: Pixels) -> float:
    """Share of the blocks of 16 pixels of a picture that are not flat, 0..1."""
    return float(_telling(rgb).mean())


def _telling(rgb: Pixels) -> NDArray[np.bool_]:
    """Blocks of 16 pixels that are not flat, (height // 16, width // 16); in strips, so that memory stays small."""
    height, width = (side // BLOCK * BLOCK for side in rgb.shape[:2])
    strips = [_deviating(rgb[top : min(top + STRIP, height), :width]) for top in range(0, height, STRIP)]
    return np.concatenate(strips)


def _deviating(rgb: Pixels) -> NDArray[np.bool_]:
    """Blocks that are not flat, in a strip whose sides are multiples of a block."""
    luma = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY).astype(np.float32)
    size = (rgb.shape[1] // BLOCK, rgb.shape[0] // BLOCK)
    mean = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    square = cv2.resize(luma * luma, size, interpolation=cv2.INTER_AREA)
    return np.asarray(square - mean * mean > FLAT**2, dtype=np.bool_)


def _share(telling: NDArray[np.bool_], x: int, y: int) -> float:
    part = telling[y // BLOCK : (y + SIDE) // BLOCK, x // BLOCK : (x + SIDE) // BLOCK]
    return float(part.mean()) if part.size else 0.0


def _distance(place: tuple[int, int], size: tuple[int, int]) -> float:
    return float(np.hypot(place[0] + SIDE / 2 - size[0] / 2, place[1] + SIDE / 2 - size[1] / 2))


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Share of a crop that two places have in common, 0..1."""
    return max(0, SIDE - abs(a[0] - b[0])) * max(0, SIDE - abs(a[1] - b[1])) / SIDE**2
