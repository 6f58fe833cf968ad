"""The radial power spectrum of a picture, and a soft correction of a twin towards its photo's.

Most decoders and super-resolvers draw a little softer than a camera. Twins that are softer than their photos teach a
detector that soft pictures are generated; with the spectrum brought near the photo's, that way is shut.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from .launder import Pixels

Floats = NDArray[np.float32]

RINGS = 24
"""Rings of equal width from zero to the highest frequency along an axis; the corners belong to the last one."""

MOST_GAIN = 2.0
"""No frequency is raised or lowered by more than this factor: noise that a network never drew cannot be given back."""

_ROUNDING = 1 / 12
"""Power that rounding to whole levels puts into every coefficient."""


def rings(rgb: Pixels) -> Floats:
    """Root mean square amplitude of the luma in each ring, (RINGS,), in levels of 0..255, from low to high."""
    return np.sqrt(_powers(_transform(_parts(rgb)[..., 0])))


def sharpness(twin: Pixels, photo: Pixels) -> float:
    """Amplitude of the twin's upper half of rings as a share of the photo's, mean over the rings; 1 is as sharp."""
    given = np.maximum(rings(photo), float(np.sqrt(_ROUNDING)))
    return float(np.mean((rings(twin) / given)[RINGS // 2 :]))


def match(twin: Pixels, photo: Pixels, most: float = MOST_GAIN) -> Pixels:
    """Scale every ring of the twin towards the photo's amplitude.

    Parameters
    ----------
    twin, photo
        Pictures of one shape, (height, width, 3), 0..255.
    most
        Bound of the gain, see `MOST_GAIN`.

    Returns
    -------
    The corrected twin, same shape.
    """
    drawn, given = _parts(twin), _parts(photo)
    for channel in range(3):
        coefficients = _transform(drawn[..., channel])
        power = _powers(_transform(given[..., channel])) + _ROUNDING
        gain = np.clip(np.sqrt(power / (_powers(coefficients) + _ROUNDING)), 1 / most, most)
        radius = _radius(*coefficients.shape)
        smooth = np.interp(radius.ravel() * RINGS, np.arange(RINGS) + 0.5, gain).reshape(radius.shape)
        # The mean is not the spectrum's business.
        smooth[0, 0] = 1
        back = cv2.idct((coefficients * smooth).astype(np.float32))
        drawn[..., channel] = back[: drawn.shape[0], : drawn.shape[1]]
    rgb = cv2.cvtColor(drawn / 255, cv2.COLOR_YCrCb2RGB)
    return np.asarray(np.rint(rgb.clip(0, 1) * 255), dtype=np.uint8)


def _parts(rgb: Pixels) -> Floats:
    """Luma and colour differences, in levels."""
    parts = cv2.cvtColor(np.divide(rgb, 255, dtype=np.float32), cv2.COLOR_RGB2YCrCb)
    return np.asarray(parts, dtype=np.float32) * 255


def _transform(plane: Floats) -> Floats:
    """Orthonormal cosine transform, whose mirrored ends add no edge of their own; odd sides are mirrored out by one."""
    height, width = plane.shape
    return np.asarray(cv2.dct(np.pad(plane, ((0, height % 2), (0, width % 2)), mode="symmetric")), np.float32)


def _radius(height: int, width: int) -> Floats:
    down, across = np.arange(height) / height, np.arange(width) / width
    return np.hypot(down[:, None], across[None]).astype(np.float32)


def _powers(coefficients: Floats) -> Floats:
    ring = np.minimum((_radius(*coefficients.shape) * RINGS).astype(np.int64), RINGS - 1).ravel()
    total = np.bincount(ring, coefficients.ravel().astype(np.float64) ** 2, minlength=RINGS)
    return (total / np.maximum(1, np.bincount(ring, minlength=RINGS))).astype(np.float32)
