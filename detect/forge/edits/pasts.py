"""What a picture went through before it was edited, or before a part of it was pasted: sizes, noise, saves.

A host and a donor have each their own. What differs between them inside and outside of a region is what there is to
find; what both went through afterwards is none of it.
"""

import cv2
import numpy as np

from ..launder import Pixels, reencode, sharpened
from ..negatives import hard_negative

_KERNELS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_LANCZOS4)


def host(rgb: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """A square of `side` pixels out of a photo after a past of its own; its last save, if any, is on its own grid.

    One photo in five is first changed as people change photos as a whole (`negatives`); that is no edit of a region.
    """
    if rng.random() < 0.2:
        rgb = hard_negative(rgb, rng)[1]
    rgb = square(scaled(rgb, side, float(rng.uniform(0.8, 1.25)), rng), side, rng)
    if rng.random() < 0.8:
        rgb = reencode(rgb, int(rng.integers(60, 99)), full_colour=bool(rng.random() < 0.4))
    return rgb


def donor(rgb: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """A square of `side` pixels out of another picture, whose saves lie on any grid."""
    rgb = scaled(rgb, side + 8, float(np.exp(rng.uniform(np.log(0.6), np.log(1.8)))), rng)
    if rng.random() < 0.25:
        rgb = soft_or_sharp(rgb, rng)
    if rng.random() < 0.25:
        rgb = grainy(rgb, float(rng.uniform(1, 7)), rng)
    rgb = square(rgb, side + 8, rng)
    if rng.random() < 0.7:
        rgb = reencode(rgb, int(rng.integers(45, 99)), full_colour=bool(rng.random() < 0.4))
    return square(rgb, side, rng)


def scaled(rgb: Pixels, least: int, factor: float, rng: np.random.Generator) -> Pixels:
    """Scale a picture, but never below `least` pixels on its shorter side."""
    height, width = rgb.shape[:2]
    factor = max(factor, least / min(height, width))
    size = (max(least, round(width * factor)), max(least, round(height * factor)))
    if size == (width, height):
        return rgb
    way = _KERNELS[int(rng.integers(len(_KERNELS)))]
    return np.asarray(cv2.resize(rgb, size, interpolation=way), dtype=np.uint8)


def square(rgb: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """A random square of `side` pixels."""
    y, x = (int(rng.integers(length - side + 1)) for length in rgb.shape[:2])
    return np.ascontiguousarray(rgb[y : y + side, x : x + side])


def soft_or_sharp(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Blurred a little, or sharpened."""
    width = float(rng.uniform(0.4, 1.4))
    if rng.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(rgb, (0, 0), width), dtype=np.uint8)
    return sharpened(rgb, width, float(rng.uniform(0.4, 1.5)))


def grainy(rgb: Pixels, deviation: float, rng: np.random.Generator) -> Pixels:
    """With noise of that standard deviation, in two of three draws alike in all colours."""
    shape = (*rgb.shape[:2], 1 if rng.random() < 0.66 else 3)
    noise = rng.normal(0, deviation, shape)
    return np.asarray(np.clip(np.rint(rgb + noise), 0, 255), dtype=np.uint8)
