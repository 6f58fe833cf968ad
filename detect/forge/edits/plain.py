"""Photos of a thing before a plain background, as nobody edited them: a wall, a defocused room, paper, a poster.

An even ground has hardly any noise and a thing before it has, which looks much like a region that was pasted. Here both
went through the same camera: the scene is put together, smoothed and shrunk as a whole, so that no old noise and no old
save is left, and only then it gets its noise, its tone and its saves. What is edited afterwards is edited as any host.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from ..launder import Pixels, reencode
from . import pasts
from .outlines import outline

Light = NDArray[np.float32]

_SHRUNK = (1.25, 1.9)
_SHIFT = 8


def plain_host(rgb: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """A square of `side` pixels that shows something of a photo before a plain background.

    Parameters
    ----------
    rgb
        The photo, (height, width, 3), 0..255.
    side
        Of the result, in pixels.
    rng
        Decides everything.
    """
    large = round((side + _SHIFT) * float(rng.uniform(*_SHRUNK)))
    thing = pasts.square(pasts.scaled(rgb, large, float(rng.uniform(0.8, 1.6)), rng), large, rng)
    scene = _smooth(_composed(thing, rng), rng)
    whole = cv2.resize(scene, (side + _SHIFT,) * 2, interpolation=cv2.INTER_AREA)
    taken = _taken(np.asarray(whole, dtype=np.float32), rng)
    if rng.random() < 0.35:
        taken = pasts.soft_or_sharp(taken, rng)
    if rng.random() < 0.5:
        taken = reencode(taken, int(rng.integers(70, 99)), full_colour=bool(rng.random() < 0.4))
    cut = pasts.square(taken, side, rng)
    if rng.random() < 0.8:
        cut = reencode(cut, int(rng.integers(60, 99)), full_colour=bool(rng.random() < 0.4))
    return cut


def _composed(thing: Pixels, rng: np.random.Generator) -> Light:
    """The thing before its background, with a soft shadow in half of the draws; a poster has flat shapes as well."""
    ground = _ground(thing, rng)
    if rng.random() < 0.2:
        for _ in range(int(rng.integers(1, 4))):
            shape = outline(thing, rng)[1][..., None]
            ground = ground * (1 - shape) + rng.uniform(0, 255, 3).astype(np.float32) * shape
    alpha = outline(thing, rng)[1]
    if rng.random() < 0.4:
        # Two parts make larger and more ragged things than one.
        alpha = np.maximum(alpha, outline(thing, rng)[1])
    if rng.random() < 0.5:
        side = len(thing)
        shift = np.array([[1, 0, rng.normal(0, side / 30)], [0, 1, abs(rng.normal(0, side / 30))]])
        moved = cv2.warpAffine(alpha, shift, (side, side))
        dark = cv2.GaussianBlur(moved, (0, 0), side * float(rng.uniform(0.01, 0.06)))
        ground = ground * (1 - np.float32(rng.uniform(0.05, 0.4)) * dark[..., None])
    share = cv2.GaussianBlur(alpha, (0, 0), float(rng.uniform(0.6, 2.5)))[..., None]
    return np.asarray(ground * (1 - share) + thing * share, dtype=np.float32)


def _ground(thing: Pixels, rng: np.random.Generator) -> Light:
    side = len(thing)
    if rng.random() < 0.4:
        far = cv2.GaussianBlur(thing, (0, 0), side * float(rng.uniform(0.03, 0.12)))
        return np.asarray(far, dtype=np.float32)
    colour = rng.uniform(0, 255, 3) if rng.random() < 0.4 else rng.uniform(20, 255) + rng.normal(0, 6, 3)
    corners = np.clip(colour + rng.normal(0, float(rng.uniform(1, 20)), (2, 2, 1)), 0, 255)
    lit = cv2.resize(np.broadcast_to(corners, (2, 2, 3)).astype(np.float32), (side, side))
    if rng.random() < 0.5:
        grain = cv2.GaussianBlur(rng.normal(0, 1, (side, side)), (0, 0), float(rng.uniform(1.5, 12)))
        lit = lit + (grain / grain.std() * float(rng.uniform(0.3, 4)))[..., None]
    return np.asarray(np.clip(lit, 0, 255), dtype=np.float32)


def _smooth(scene: Light, rng: np.random.Generator) -> Light:
    """All of it smoothed, so that the old noise of the thing goes."""
    kept = cv2.bilateralFilter(scene, 7, float(rng.uniform(15, 40)), 3)
    return np.asarray(cv2.GaussianBlur(kept, (0, 0), float(rng.uniform(0.5, 1.0))), dtype=np.float32)


def _taken(scene: Light, rng: np.random.Generator) -> Pixels:
    """Taken by a camera: noise that grows with the light, exposure that may clip, denoising, a tone curve."""
    exposed = scene * float(rng.uniform(0.7, 1.0) if rng.random() < 0.5 else rng.uniform(1.0, 1.5))
    read, shot = float(np.exp(rng.uniform(np.log(0.2), np.log(4)))), float(rng.uniform(0, 0.25))
    deviation = np.sqrt(read**2 + shot**2 * np.maximum(exposed, 0))
    noise = rng.normal(0, 1, (*scene.shape[:2], 3))
    if rng.random() < 0.5:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), float(rng.uniform(0.4, 1.0))), dtype=np.float64)
    noisy = np.asarray(np.clip(np.rint(exposed + deviation * noise), 0, 255), dtype=np.uint8)
    if rng.random() < 0.3:
        noisy = np.asarray(cv2.bilateralFilter(noisy, 5, float(rng.uniform(8, 25)), 3), dtype=np.uint8)
    bend = float(np.exp(rng.normal(0, 0.2)))
    curve = np.rint(255 * (np.arange(256) / 255) ** bend).astype(np.uint8)
    return np.asarray(curve[noisy], dtype=np.uint8)
