"""The colours of a heat map: blue through near white to orange, which no common colour blindness confuses.

Two states are no score and must not look like one: unreliable cells are hatched grey, what was not looked at is dark.
"""

import numpy as np
from numpy.typing import NDArray

from ..forge.launder import Pixels

__all__ = ["DARK", "diverging", "grey_levels", "hatched", "toned"]

# Stops from "recording" to "generated", rising then falling in lightness; blue and orange of ColorBrewer.
_STOPS = np.array(
    [(28, 92, 168), (74, 148, 206), (160, 205, 230), (246, 246, 243), (253, 198, 124), (240, 134, 48), (192, 84, 8)],
    dtype=np.float64,
)  # fmt: skip

DARK = 0.38
"""Brightness of the picture, 0..1, where it was not looked at."""

_DIMMEST = 0.62
_HATCH_EVERY, _HATCH_WIDE = 7, 2
_HATCH_LIGHT, _HATCH_DARK = 190.0, 140.0


def diverging(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colours of numbers from -1 (recording) over 0 (neutral) to 1 (generated); what lies outside gets the end colour.

    Returns
    -------
    numpy.ndarray
        float64 (..., 3), 0..255.
    """
    at = (np.clip(values, -1.0, 1.0) + 1.0) / 2.0
    places = np.linspace(0.0, 1.0, len(_STOPS))
    return np.stack([np.interp(at, places, _STOPS[:, channel]) for channel in range(3)], axis=-1)


def hatched(height: int, width: int) -> NDArray[np.float64]:
    """Grey with dark diagonals, float64 (height, width, 3), 0..255."""
    y, x = np.mgrid[:height, :width]
    line = (x + y) % _HATCH_EVERY < _HATCH_WIDE
    return np.repeat(np.where(line, _HATCH_DARK, _HATCH_LIGHT)[..., None], 3, axis=2)


def grey_levels(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Greys of reliabilities from 0 (dark grey) to 1 (white), float64 (..., 3), 0..255."""
    return np.repeat((70.0 + 185.0 * np.clip(values, 0.0, 1.0))[..., None], 3, axis=-1)


def toned(colours: NDArray[np.float64], luma: NDArray[np.float64]) -> Pixels:
    """Colours shaded with the picture beneath, so that one sees what they lie on.

    Parameters
    ----------
    colours : numpy.ndarray
        (height, width, 3), 0..255.
    luma : numpy.ndarray
        (height, width), 0..255; its own range is stretched, since a dark picture would blacken the colours.
    """
    low, high = np.percentile(luma, (2, 98))
    shade = _DIMMEST + (1.0 - _DIMMEST) * np.clip((luma[..., None] - low) / max(high - low, 1.0), 0.0, 1.0)
    return np.asarray(np.clip(np.rint(colours * shade), 0, 255), dtype=np.uint8)
