"""Maps that need no training, as open tools draw them: error level analysis, noise level, JPEG ghosts.

Each gives a number a pixel, more where the picture differs. They have no threshold of their own; the fixed one here is
the mean plus two standard deviations of the map itself.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.detect.forge.launder import Pixels, reencode

Map = NDArray[np.float64]

GHOSTS = tuple(range(50, 100, 5))
_WINDOW = 16


def error_level(rgb: Pixels) -> Map:
    """How much each place changes when the picture is saved again at quality 90 (Krawetz, 2007)."""
    change = np.abs(reencode(rgb, 90, full_colour=True).astype(np.float64) - rgb).mean(2)
    return cv2.blur(change, (_WINDOW, _WINDOW))


def noise_level(rgb: Pixels) -> Map:
    """How far the local noise is from that of the picture: log of the mean absolute Laplacian, less its median."""
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float64)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float64)
    level = np.log(cv2.blur(np.abs(cv2.filter2D(luma, -1, kernel)), (_WINDOW, _WINDOW)) + 0.5)
    return np.asarray(np.abs(level - np.median(level)))


def ghosts(rgb: Pixels) -> Map:
    """How much darker each place is than the picture at some quality of a new save (Farid, IEEE TIFS 2009)."""
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float64)
    layers = []
    for quality in GHOSTS:
        again = cv2.cvtColor(reencode(rgb, quality), cv2.COLOR_RGB2GRAY).astype(np.float64)
        layers.append(cv2.blur((again - luma) ** 2, (_WINDOW, _WINDOW)))
    stack = np.stack(layers)
    low, high = stack.min(0), stack.max(0)
    shares = (stack - low) / np.maximum(high - low, 1e-6)
    typical = np.median(shares, axis=(1, 2))
    return np.asarray((typical[:, None, None] - shares).max(0))


PEERS = {"error level (ELA)": error_level, "noise level": noise_level, "JPEG ghosts": ghosts}
