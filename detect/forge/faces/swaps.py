"""Kinds of replaced faces: the face over its own twin, another person's face, and one that a network drew."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from ..launder import Pixels, reencode, sharpened
from .masks import PUBLISHED, WIDE, Alpha, mask
from .mesh import PARTS, Points

Kind = Literal["self", "faint", "person", "redrawn"]
"""`self`: a self-blend as Shiohara and Yamasaki publish it. `faint`: one that differs less, or in a part of the face.
`person`: another's face. `redrawn`: what an auto-encoder makes of the face."""

SHARES: Mapping[Kind, float] = {"self": 0.34, "faint": 0.34, "person": 0.32}
"""How often each is made for training; `redrawn` is kept for validation, so that one family is new there."""

LEAST_CHANGE = 3.0
"""Mean absolute change of the pixels that are drawn over, in levels of 255, below which nothing was replaced."""

_TRIES = 4
_COARSE = 60.0
_SAME = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32)
_ANCHORS = tuple(range(0, 468, 13)) + PARTS["oval"][::3]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a swap is made of.

    Attributes
    ----------
    host
        uint8 (height, width, 3).
    mesh
        Of the host's face, (468, 2).
    donor, donor_mesh
        Another person's face and its mesh.
    redrawn
        The host as the decoder of a latent auto-encoder draws it, where there is one.
    """

    host: Pixels
    mesh: Points
    donor: Pixels | None = None
    donor_mesh: Points | None = None
    redrawn: Pixels | None = None


def swapped(scene: Scene, kind: Kind, rng: np.random.Generator) -> tuple[Pixels, Pixels, Alpha]:
    """Replace the face, or a part of it.

    Returns
    -------
    The host (which may have been changed as a whole), the host with its face replaced, and how much of each pixel is.
    """
    for strength in range(_TRIES):
        host, other = _drawn(scene, kind, rng, 1 + 0.5 * strength)
        brush = PUBLISHED if kind == "self" else WIDE
        alpha = mask(scene.mesh, host.shape[:2], rng, brush, full=kind in ("person", "redrawn"))
        blend = _cloned if kind == "person" and rng.random() < 0.35 else _mixed
        made = blend(other, host, alpha)
        inside = alpha > 0.2
        if (
            inside.any()
            and float(np.abs(made[inside].astype(np.int16) - host[inside]).mean()) >= LEAST_CHANGE
        ):
            return host, made, alpha
    return host, made, alpha


def _drawn(scene: Scene, kind: Kind, rng: np.random.Generator, strength: float) -> tuple[Pixels, Pixels]:
    """The host and the picture that its face is taken from, on the same grid."""
    host = scene.host
    eyes = float(np.linalg.norm(scene.mesh[263] - scene.mesh[33])) or 1.0
    if kind == "person":
        assert scene.donor is not None and scene.donor_mesh is not None
        other = _fitted(scene.donor, scene.donor_mesh, scene.mesh, host.shape[:2])
        other = _matched(other, host, scene.mesh, float(rng.uniform(0.5, 1.0)))
        return host, _worn(other, eyes, rng, 0.5)
    if kind == "redrawn":
        assert scene.redrawn is not None
        other = scene.redrawn
        if rng.random() < 0.5:
            other = _coloured(other, rng, 0.5)
        return host, _moved(other, eyes, rng)
    changed = _jittered(host, eyes, rng) if kind == "self" else _worn(_coloured(host, rng, strength), eyes, rng, 0.75)
    # The twin is changed or the rest of the picture is: neither may come to mean anything.
    other, host = (changed, host) if rng.random() < 0.5 else (host, changed)
    return host, _moved(other, eyes, rng)


def _jittered(rgb: Pixels, eyes: float, rng: np.random.Generator) -> Pixels:
    """Other light and colours, and coarser or sharper: both always, by the published bounds."""
    values = rgb.astype(np.float32)
    if rng.random() < 0.3:
        values = values + rng.uniform(-20, 20, 3).astype(np.float32)
    values = values * (1 + rng.uniform(-0.1, 0.1)) + 255 * rng.uniform(-0.1, 0.1)
    rgb = np.asarray(np.clip(np.rint(values), 0, 255), dtype=np.uint8)
    if rng.random() < 0.5:
        # By four only where a face is left.
        factor = 2 if eyes < _COARSE or rng.random() < 0.5 else 4
        height, width = rgb.shape[:2]
        small = cv2.resize(rgb, (max(8, width // factor), max(8, height // factor)), interpolation=cv2.INTER_NEAREST)
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    share, middle = float(rng.uniform(0.2, 0.5)), 8 + float(rng.uniform(0.5, 1.0))
    kernel = np.full((3, 3), -1.0, np.float32)
    kernel[1, 1] = middle
    sharp = cv2.filter2D(rgb, cv2.CV_32F, (1 - share) * _SAME + share * kernel)
    return np.asarray(np.clip(np.rint(sharp), 0, 255), dtype=np.uint8)


def _coloured(rgb: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Channels shifted; hue, saturation and value; brightness and contrast: each perhaps."""
    values = rgb.astype(np.float32)
    if rng.random() < 0.5:
        values = values + rng.uniform(-20, 20, 3).astype(np.float32) * strength
    if rng.random() < 0.5:
        hsv = cv2.cvtColor(np.clip(values, 0, 255).astype(np.uint8), cv2.COLOR_RGB2HSV).astype(np.float32)
        hsv[..., 0] = (hsv[..., 0] + rng.uniform(-7, 7) * strength) % 180
        hsv[..., 1:] *= 1 + rng.uniform(-0.25, 0.25, 2).astype(np.float32) * strength
        values = cv2.cvtColor(np.clip(hsv, 0, (179, 255, 255)).astype(np.uint8), cv2.COLOR_HSV2RGB).astype(
            np.float32
        )
    if rng.random() < 0.5:
        middle = float(values.mean())
        values = (
            (values - middle) * (1 + rng.uniform(-0.2, 0.2) * strength)
            + middle
            + rng.uniform(-20, 20) * strength
        )
    return np.asarray(np.clip(np.rint(values), 0, 255), dtype=np.uint8)


def _worn(rgb: Pixels, eyes: float, rng: np.random.Generator, chance: float) -> Pixels:
    """Another resolution, softness, sharpness, noise or an earlier save: each perhaps."""
    if rng.random() > chance:
        return rgb
    height, width = rgb.shape[:2]
    way = rng.random()
    if way < 0.4:
        # Networks draw faces at a size of their own, enlarged into place.
        least = max(0.25, 16.0 / eyes)
        factor = float(rng.uniform(min(least, 0.9), 0.9))
        small = cv2.resize(rgb, (max(8, round(width * factor)), max(8, round(height * factor))),
                           interpolation=cv2.INTER_AREA)  # fmt: skip
        kernels = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_NEAREST)
        kernel = kernels[int(rng.choice(4, p=(0.4, 0.35, 0.2, 0.05)))]
        rgb = np.asarray(cv2.resize(small, (width, height), interpolation=kernel), dtype=np.uint8)
    elif way < 0.6:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(0.4, 1.6))), dtype=np.uint8)
    elif way < 0.85:
        more = float(rng.uniform(0.3, 1.2))
        rgb = sharpened(rgb, float(rng.uniform(0.6, 1.6)), more)
    if rng.random() < 0.25:
        noise = rng.normal(0, rng.uniform(1, 5), rgb.shape)
        rgb = np.asarray(np.clip(np.rint(rgb + noise), 0, 255), dtype=np.uint8)
    if rng.random() < 0.25:
        rgb = reencode(rgb, int(rng.integers(50, 96)))
    return rgb


def _moved(rgb: Pixels, eyes: float, rng: np.random.Generator) -> Pixels:
    """Shifted and scaled a little: a replaced face never sits exactly."""
    height, width = rgb.shape[:2]
    scale = 1 + rng.uniform(-0.05, 0.05)
    turn = rng.normal(0, 1.0)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    shift = rng.uniform(-0.06, 0.06, 2) * eyes
    matrix = np.asarray(matrix + np.array([[0, 0, shift[0]], [0, 0, shift[1]]]), dtype=np.float64)
    made = cv2.warpAffine(
        rgb, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(made, dtype=np.uint8)


def _fitted(donor: Pixels, there: Points, here: Points, shape: tuple[int, int]) -> Pixels:
    """The donor's face bent so that its landmarks lie where the host's are: a thin-plate spline over some of them."""
    height, width = shape
    step = 6
    y, x = np.mgrid[0 : height + step : step, 0 : width + step : step].astype(np.float64)
    anchors = list(_ANCHORS)
    spline = RBFInterpolator(here[anchors], there[anchors], kernel="thin_plate_spline", smoothing=1.0)
    places = spline(np.column_stack([x.ravel(), y.ravel()])).reshape(*x.shape, 2).astype(np.float32)
    matrix = np.array([[1.0 / step, 0, 0], [0, 1.0 / step, 0]])
    dense = cv2.warpAffine(
        places,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    across, down = np.ascontiguousarray(dense[..., 0]), np.ascontiguousarray(dense[..., 1])
    made = cv2.remap(donor, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(made, dtype=np.uint8)


def _matched(other: Pixels, host: Pixels, mesh: Points, share: float) -> Pixels:
    """Mean and spread of the colours of the face moved towards those of the host's."""
    drawn = np.zeros(host.shape[:2], np.uint8)
    cv2.fillConvexPoly(drawn, cv2.convexHull(np.rint(mesh).astype(np.int32)), 1)
    inside = drawn > 0
    if not inside.any():
        return other
    here = cv2.cvtColor(host, cv2.COLOR_RGB2LAB)[inside].astype(np.float32)
    lab = cv2.cvtColor(other, cv2.COLOR_RGB2LAB).astype(np.float32)
    there = lab[inside]
    ratio = np.clip((here.std(0) + 1) / (there.std(0) + 1), 0.5, 2.0)
    moved = np.clip((lab - there.mean(0)) * ratio + here.mean(0), 0, 255).astype(np.uint8)
    made = cv2.cvtColor(moved, cv2.COLOR_LAB2RGB)
    return np.asarray(cv2.addWeighted(made, share, other, 1 - share, 0), dtype=np.uint8)


def _mixed(other: Pixels, host: Pixels, alpha: Alpha) -> Pixels:
    share: NDArray[np.float32] = alpha[..., None]
    return np.asarray(np.rint(host * (1 - share) + other * share), dtype=np.uint8)


def _cloned(other: Pixels, host: Pixels, alpha: Alpha) -> Pixels:
    """Blended by gradients (Poisson), as face swapping programs do."""
    binary = np.asarray((alpha > 0.3) * np.uint8(255))
    binary[:2], binary[-2:], binary[:, :2], binary[:, -2:] = 0, 0, 0, 0
    x, y, width, height = cv2.boundingRect(binary)
    if width < 8 or height < 8:
        return _mixed(other, host, alpha)
    centre = (x + width // 2, y + height // 2)
    made = cv2.seamlessClone(other, host, binary, centre, cv2.NORMAL_CLONE)
    return np.asarray(made, dtype=np.uint8)
