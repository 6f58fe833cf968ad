"""What a picture looks like, in 2 x 64 bits that survive delivery.

The hashes are those of the library `imagehash` (pHash: signs of the low frequencies around their median; dHash: signs
of the horizontal gradient), so that lists made with it fit. They are taken of the picture as shown: upright, in sRGB,
on white.
"""

from dataclasses import dataclass

import cv2
import imagehash
import numpy as np
from PIL import Image

from ..media import Pixels

__all__ = ["POSES", "Fingerprint", "fingerprint"]

BITS = 64
"""Bits of each hash."""

_SIDE = 32
"""Side of the small grey picture that pHash is made of, in pixels."""

_EVEN = 6.0
"""A small grey picture that deviates less than this (0..255) is too even: its hashes would be noise."""

POSES = {
    "as it is": None,
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "upside down and mirrored": Image.Transpose.FLIP_TOP_BOTTOM,
    "turned by half": Image.Transpose.ROTATE_180,
    "turned left": Image.Transpose.ROTATE_90,
    "turned right": Image.Transpose.ROTATE_270,
    "turned and mirrored": Image.Transpose.TRANSPOSE,
    "turned and mirrored the other way": Image.Transpose.TRANSVERSE,
}
"""How a picture may be turned and mirrored, with what is done to compare it; its own pose first."""

_SWAPPED = (
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.TRANSVERSE,
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Hashes of one picture.

    Attributes
    ----------
    phash, dhash : int
        64 bits each, of the picture as it is; the first bit of `imagehash` is the highest.
    poses : tuple of (str, int, int)
        The same for the other seven poses: name, pHash, dHash.
    """

    phash: int
    dhash: int
    poses: tuple[tuple[str, int, int], ...]


def fingerprint(rgb: Pixels) -> Fingerprint | None:
    """Hashes of a picture, uint8 (height, width, 3); None when it is too even to be told from others."""
    grey = Image.fromarray(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8))
    small = grey.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    if float(np.asarray(small).std()) < _EVEN:
        return None
    wide = grey.resize((9, 8), Image.Resampling.LANCZOS)
    tall = grey.resize((8, 9), Image.Resampling.LANCZOS)
    found = []
    for name, pose in POSES.items():
        if pose is None:
            found.append((name, _bits(imagehash.phash(small)), _bits(imagehash.dhash(wide))))
            continue
        gradient = (tall if pose in _SWAPPED else wide).transpose(pose)
        found.append((name, _bits(imagehash.phash(small.transpose(pose))), _bits(imagehash.dhash(gradient))))
    (_, phash, dhash), *others = found
    return Fingerprint(phash, dhash, tuple(others))


def _bits(found: imagehash.ImageHash) -> int:
    return int.from_bytes(np.packbits(found.hash.reshape(-1)).tobytes(), "big")
