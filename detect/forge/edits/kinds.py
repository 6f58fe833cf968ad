"""Kinds of edits: each draws the whole picture anew, and only what lies in the region is taken from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..launder import Pixels, reencode, sharpened
from . import pasts
from .outlines import Alpha

LEAST_CHANGE = 1.5
"""Mean absolute change of the pixels in a region below which nothing was edited, in levels of 255."""

_BAND = 5
_OFFSETS = 24


@dataclass(frozen=True, slots=True)
class Scene:
    """What an edit is made of.

    Attributes
    ----------
    host
        The photo after its past, (height, width, 3), 0..255.
    alpha
        The region, 0..1.
    donor
        Another picture of the same size after its own past.
    redrawn
        The host as the decoder of a latent auto-encoder draws it; None where there is none.
    """

    host: Pixels
    alpha: Alpha
    donor: Pixels
    redrawn: Pixels | None = None

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Pixels of the region."""
        return np.asarray(self.alpha > 0.5)


def edited(scene: Scene, kind: str, rng: np.random.Generator) -> Pixels | None:
    """The host with its region edited; None when hardly anything changed."""
    other = KINDS[kind](scene, rng)
    if other is None:
        return None
    share = scene.alpha[..., None]
    mixed = np.rint(scene.host * (1 - share) + other * share).astype(np.uint8)
    change = np.abs(mixed.astype(np.int16) - scene.host)[scene.inside]
    return mixed if change.size and float(change.mean()) >= LEAST_CHANGE else None


def _splice(scene: Scene, rng: np.random.Generator) -> Pixels | None:
    other = scene.donor
    if rng.random() < 0.5:
        other = _matched(other, scene, float(rng.uniform(0.4, 1.0)))
    if rng.random() < 0.1:
        return _cloned(other, scene)
    return other


def _copy_move(scene: Scene, rng: np.random.Generator) -> Pixels | None:
    """Another place of the host, in half of the draws turned, scaled or mirrored."""
    height, width = scene.alpha.shape
    rows, columns = np.nonzero(scene.inside)
    if not len(rows):
        return None
    centre = (float(columns.mean()), float(rows.mean()))
    turned, scale, mirrored = 0.0, 1.0, False
    if rng.random() < 0.5:
        turned = float(rng.normal(0, 15))
        scale = float(np.exp(rng.normal(0, 0.2)))
        mirrored = bool(rng.random() < 0.3)
    inside = scene.inside.astype(np.uint8)
    for _ in range(10):
        shift = rng.uniform(-0.6, 0.6, 2) * (width, height)
        matrix = cv2.getRotationMatrix2D(centre, turned, scale)
        if mirrored:
            matrix = np.asarray(matrix @ np.array([[-1, 0, 2 * centre[0]], [0, 1, 0], [0, 0, 1]], np.float64))
        matrix[:, 2] += np.rint(shift)
        # The region, seen from its source, must lie in the picture and mostly beside itself.
        back = cv2.warpAffine(np.ones_like(inside), matrix, (width, height), flags=cv2.INTER_NEAREST)
        over = cv2.warpAffine(inside, matrix, (width, height), flags=cv2.INTER_NEAREST)
        if float(back[scene.inside].mean()) > 0.98 and float(over[scene.inside].mean()) < 0.35:
            way = cv2.INTER_NEAREST if turned == 0.0 and not mirrored else cv2.INTER_CUBIC
            return np.asarray(
                cv2.warpAffine(scene.host, matrix, (width, height), flags=way, borderMode=cv2.BORDER_REFLECT),
                dtype=np.uint8,
            )
    return None


def _inpaint(scene: Scene, rng: np.random.Generator) -> Pixels | None:
    """Filled from the border by diffusion (Telea, Navier-Stokes); for small or thin regions, as people use it."""
    if float(scene.alpha.mean()) > 0.15:
        return _fill(scene, rng)
    mask = np.asarray((scene.alpha > 0.02) * np.uint8(255))
    way = cv2.INPAINT_TELEA if rng.random() < 0.5 else cv2.INPAINT_NS
    filled = np.asarray(cv2.inpaint(scene.host, mask, 3, way), dtype=np.uint8)
    return pasts.grainy(filled, float(rng.uniform(1, 4)), rng) if rng.random() < 0.3 else filled


def _fill(scene: Scene, rng: np.random.Generator) -> Pixels | None:
    """Content-aware fill: the shifted host whose pixels along the border fit best, blended in."""
    height, width = scene.alpha.shape
    inside = scene.inside.astype(np.uint8)
    grown = cv2.dilate(inside, np.ones((2 * _BAND + 1,) * 2, np.uint8))
    band = (grown > 0) & (inside == 0)
    best: tuple[float, Pixels] | None = None
    for _ in range(_OFFSETS):
        dx, dy = (int(value) for value in np.rint(rng.uniform(-0.6, 0.6, 2) * (width, height)))
        matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float64)
        size = (width, height)
        seen = cv2.warpAffine(1 - inside, matrix, size, flags=cv2.INTER_NEAREST)
        if float(seen[grown > 0].mean()) < 0.97:
            continue
        moved = np.asarray(
            cv2.warpAffine(scene.host, matrix, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT),
            dtype=np.uint8,
        )
        gap = float(np.abs(moved[band].astype(np.int16) - scene.host[band]).mean())
        if best is None or gap < best[0]:
            best = (gap, moved)
    if best is None:
        return None
    return _cloned(best[1], scene) if rng.random() < 0.6 else best[1]


def _redraw(scene: Scene, rng: np.random.Generator) -> Pixels | None:
    """What a diffusion inpainter leaves: the region comes out of its decoder, with other content or with its own."""
    return scene.redrawn


def _resample(scene: Scene, rng: np.random.Generator) -> Pixels | None:
    """The region at another resolution: made small and enlarged again, as an enlarged patch is."""
    height, width = scene.alpha.shape
    factor = float(rng.uniform(0.35, 0.85))
    small = cv2.resize(scene.host, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    way = cv2.INTER_CUBIC if rng.random() < 0.6 else cv2.INTER_LANCZOS4
    large = np.asarray(cv2.resize(small, (width, height), interpolation=way), dtype=np.uint8)
    return _sharper(large, rng) if rng.random() < 0.4 else large


def _retouch(scene: Scene, rng: np.random.Generator) -> Pixels | None:
    """The region smoothed, sharpened, made noisy, recoloured or saved again by itself."""
    way = int(rng.integers(5))
    if way == 0:
        return np.asarray(cv2.bilateralFilter(scene.host, 7, 40, 5), dtype=np.uint8)
    if way == 1:
        return pasts.soft_or_sharp(scene.host, rng)
    if way == 2:
        return pasts.grainy(scene.host, float(rng.uniform(3, 9)), rng)
    if way == 3:
        gain, lift = rng.uniform(0.75, 1.3, 3), float(rng.uniform(-25, 25))
        return np.asarray(np.clip(np.rint(scene.host * gain + lift), 0, 255), dtype=np.uint8)
    y, x = (int(value) for value in rng.integers(8, size=2))
    rolled = np.roll(scene.host, (-y, -x), (0, 1))
    return np.roll(reencode(rolled, int(rng.integers(35, 70))), (y, x), (0, 1))


def _sharper(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    return sharpened(rgb, 1.0, float(rng.uniform(0.3, 1.2)))


def _matched(other: Pixels, scene: Scene, share: float) -> Pixels:
    """Mean and spread of the colours moved towards those of the host round the region."""
    around = cv2.dilate(scene.inside.astype(np.uint8), np.ones((31, 31), np.uint8)) > 0
    here, there = scene.host[around & ~scene.inside], other[scene.inside]
    if not len(here) or not len(there):
        return other
    ratio = np.clip((here.std(0) + 1) / (there.std(0) + 1), 0.5, 2.0)
    moved = (other - there.mean(0)) * ratio + here.mean(0)
    return np.asarray(np.clip(np.rint(share * moved + (1 - share) * other), 0, 255), dtype=np.uint8)


def _cloned(other: Pixels, scene: Scene) -> Pixels | None:
    """Blended by gradients (Poisson)."""
    mask = np.asarray(scene.inside * np.uint8(255))
    mask[:2], mask[-2:], mask[:, :2], mask[:, -2:] = 0, 0, 0, 0
    x, y, width, height = cv2.boundingRect(mask)
    if width < 8 or height < 8:
        return None
    centre = (x + width // 2, y + height // 2)
    return np.asarray(cv2.seamlessClone(other, scene.host, mask, centre, cv2.NORMAL_CLONE), dtype=np.uint8)


KINDS: Mapping[str, Callable[[Scene, np.random.Generator], Pixels | None]] = {
    "splice": _splice,
    "copy-move": _copy_move,
    "inpaint": _inpaint,
    "fill": _fill,
    "redraw": _redraw,
    "resample": _resample,
    "retouch": _retouch,
}
"""Kinds of edits by name."""

SHARES: Mapping[str, float] = {
    "splice": 0.36, "copy-move": 0.17, "inpaint": 0.08, "fill": 0.09, "redraw": 0.14, "resample": 0.09, "retouch": 0.07,
}  # fmt: skip
"""How often each is made; where there is no auto-encoder, splices take the place of redrawn regions."""
