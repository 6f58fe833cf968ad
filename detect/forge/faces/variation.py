"""A portrait as another photo of a somewhat different person: what a network could know a face again by is changed.

A thousand faces are few. A network that meets each of them a hundred times learns how they look untouched, and is
worse on others. So the whole portrait gets other proportions, light, colours and sharpness before anything is
replaced in it: the real one of a pair as well as the other.
"""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ...faces.alignment import moved
from ..launder import Pixels, reencode, sharpened
from .portraits import Portrait

CHANCE = 0.8


def varied(portrait: Portrait, rng: np.random.Generator) -> Portrait:
    """Another photo out of one, or in one of five cases the same.

    Parameters
    ----------
    portrait
        Any.
    rng
        Decides everything.

    Returns
    -------
    Of the same size, with its landmarks moved along.
    """
    if rng.random() > CHANCE:
        return portrait
    pixels, matrix = _bent(portrait, rng)
    pixels = _lit(pixels, rng)
    pixels = _developed(pixels, rng)
    return replace(portrait, pixels=pixels, marks=moved(portrait.marks, matrix), mesh=moved(portrait.mesh, matrix))


def _bent(portrait: Portrait, rng: np.random.Generator) -> tuple[Pixels, NDArray[np.float64]]:
    """Wider or narrower, slanted and turned, about the middle of the face."""
    height, width = portrait.pixels.shape[:2]
    middle = portrait.marks.mean(axis=0).astype(np.float64)
    angle = rng.normal(0, 0.12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = np.array([[rng.uniform(0.88, 1.12), rng.uniform(-0.08, 0.08)], [0.0, rng.uniform(0.88, 1.12)]])
    linear = turn @ shape
    matrix = np.hstack([linear, (middle - linear @ middle)[:, None]])
    made = cv2.warpAffine(
        portrait.pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(made, dtype=np.uint8), matrix


def _lit(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Other light and colours: a curve for each channel, and more or less of the colour."""
    gamma = np.exp(rng.normal(0, 0.2) + rng.normal(0, 0.05, 3))
    levels = np.arange(256)[:, None] / 255.0
    gain = 1 + rng.uniform(-0.12, 0.12)
    curves = np.clip(np.rint(255 * gain * levels**gamma), 0, 255).astype(np.uint8)
    made = np.stack([curves[:, channel][rgb[..., channel]] for channel in range(3)], axis=2)
    share = float(rng.uniform(0.5, 1.4))
    grey = np.repeat(cv2.cvtColor(made, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    return np.asarray(cv2.addWeighted(made, share, grey, 1 - share, 0), dtype=np.uint8)


def _developed(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Softer, sharper, noisier or saved once before; or none of it."""
    way = rng.random()
    if way < 0.15:
        return np.asarray(cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(0.3, 0.9))), dtype=np.uint8)
    if way < 0.3:
        width = float(rng.uniform(0.6, 1.4))
        return sharpened(rgb, width, float(rng.uniform(0.2, 0.9)))
    if way < 0.45:
        noise = rng.normal(0, rng.uniform(1.0, 4.0), rgb.shape)
        return np.asarray(np.clip(np.rint(rgb + noise), 0, 255), dtype=np.uint8)
    if way < 0.65:
        return reencode(rgb, int(rng.integers(60, 99)))
    return rgb
