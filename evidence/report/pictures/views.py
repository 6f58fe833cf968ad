"""Two views of a picture that no score comes from: how it changes when it is saved again, and how noisy it is.

Error level: Krawetz (2007). Both are laid on blocks of 8 x 8 pixels, in the colours of cividis, which look alike to all
eyes (Nuñez, Anderton and Renslow, 2018); the stops below are a few of its points.
"""

import io
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ....detect.media import Pixels
from ..limits import DEFAULT

__all__ = ["View", "jpeg", "noise"]

_BLOCK: Final = 8
_QUALITY: Final = 90
_MOST_PIXELS: Final = 24_000_000
_STOPS: Final = np.array(
    [(0, 32, 77), (39, 59, 108), (87, 93, 109), (124, 123, 120), (166, 156, 117), (211, 193, 100), (255, 233, 69)],
    dtype=np.float64,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """A drawing and the values at both ends of its colours, in grey levels."""

    pixels: Pixels
    low: float
    high: float


def jpeg(rgb: Pixels) -> View:
    """Mean absolute change of each block when the picture is saved as JPEG of quality 90."""
    picture = _bounded(rgb)
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=_QUALITY, subsampling=0)
    again = np.asarray(Image.open(io.BytesIO(stream.getvalue())).convert("RGB"), dtype=np.int16)
    return _drawn(_blocks(np.abs(again - picture).mean(axis=2).astype(np.float32)))


def noise(rgb: Pixels) -> View:
    """Mean absolute value of what a median of 3 x 3 pixels takes away, for each block."""
    luma = cv2.cvtColor(_bounded(rgb), cv2.COLOR_RGB2GRAY)
    rest = np.abs(luma.astype(np.int16) - cv2.medianBlur(luma, 3)).astype(np.float32)
    return _drawn(_blocks(rest))


def _bounded(rgb: Pixels) -> Pixels:
    """The picture itself, or, where it has more pixels than a view needs, its middle."""
    height, width = rgb.shape[:2]
    if height * width <= _MOST_PIXELS:
        return rgb
    factor = float(np.sqrt(_MOST_PIXELS / (height * width)))
    rows, columns = int(height * factor), int(width * factor)
    top, left = (height - rows) // 2 // _BLOCK * _BLOCK, (width - columns) // 2 // _BLOCK * _BLOCK
    return np.ascontiguousarray(rgb[top : top + rows, left : left + columns])


def _blocks(values: NDArray[np.float32]) -> NDArray[np.float64]:
    height, width = values.shape
    size = (max(1, width // _BLOCK), max(1, height // _BLOCK))
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), dtype=np.float64)


def _drawn(cells: NDArray[np.float64]) -> View:
    low, high = 0.0, max(float(np.percentile(cells, 99)), 0.5)
    at = np.clip((cells - low) / (high - low), 0.0, 1.0)
    places = np.linspace(0.0, 1.0, len(_STOPS))
    colours = np.stack([np.interp(at, places, _STOPS[:, channel]) for channel in range(3)], axis=-1)
    factor = DEFAULT.picture_side / max(cells.shape)
    size = (max(1, round(cells.shape[1] * factor)), max(1, round(cells.shape[0] * factor)))
    way = cv2.INTER_NEAREST if factor >= 1 else cv2.INTER_AREA
    return View(np.asarray(np.rint(cv2.resize(colours, size, interpolation=way)), dtype=np.uint8), low, high)
