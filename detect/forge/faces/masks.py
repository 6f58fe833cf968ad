"""Where a face is drawn over: hulls of its landmarks, whole or in part, deformed, grown or shrunk, and softened.

After Li et al., *Face X-ray* (CVPR 2020), and Shiohara and Yamasaki, *Detecting deepfakes with self-blended images*
(CVPR 2022).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .mesh import PARTS, Points

Alpha = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Brush:
    """How regions are drawn.

    Attributes
    ----------
    shares
        How often each region is drawn over: the whole face, up to the brows, eyes to mouth, its lower part, the
        mouth, its upper part.
    ratios
        How much of the drawn face comes through; each as likely.
    eroded
        How often the region is shrunk; it is grown in four of ten of the other cases.
    soft
        Width of the edge, in distances of the eyes; drawn evenly over its logarithm.
    """

    shares: Mapping[str, float]
    ratios: tuple[float, ...]
    eroded: float
    soft: tuple[float, float]


PUBLISHED = Brush({"face": 0.5, "brow": 0.3, "inner": 0.2}, (0.25, 0.5, 0.75, 1.0, 1.0, 1.0), 1.0, (0.02, 0.08))
"""As self-blends are published: hulls of the whole face, always shrunk, edges neither hard nor wide."""

WIDE = Brush(
    {"face": 0.34, "brow": 0.2, "inner": 0.18, "lower": 0.1, "mouth": 0.1, "upper": 0.08},
    (0.25, 0.5, 0.75, 0.75, 1.0, 1.0, 1.0, 1.0),
    0.6,
    (0.012, 0.18),
)
"""Parts of faces too, with edges from hard to hardly there."""


def mask(
    mesh: Points, shape: tuple[int, int], rng: np.random.Generator, brush: Brush, *, full: bool = False
) -> Alpha:
    """Draw how much of each pixel is replaced.

    Parameters
    ----------
    mesh
        (468, 2), pixels.
    shape
        Height and width.
    rng
        Decides everything.
    brush
        How regions are drawn.
    full
        Leave out the share of the ratio: what is replaced is another face, not a shade of the same.

    Returns
    -------
    float32 (height, width), 0..1.
    """
    kinds = list(brush.shares)
    kind = kinds[int(rng.choice(len(kinds), p=list(brush.shares.values())))]
    eyes = float(np.linalg.norm(mesh[263] - mesh[33])) or 1.0
    drawn = np.zeros(shape, np.uint8)
    hull = cv2.convexHull(np.rint(_region(mesh, kind)).astype(np.int32))
    cv2.fillConvexPoly(drawn, hull, 255)
    bent = _bent(np.asarray(drawn / 255, dtype=np.float32), eyes, rng)
    size = max(1, round(eyes * float(rng.uniform(0.02, 0.16))))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * size + 1,) * 2)
    if rng.random() < brush.eroded:
        bent = np.asarray(cv2.erode(bent, kernel), dtype=np.float32)
    elif rng.random() < 0.4:
        bent = np.asarray(cv2.dilate(bent, kernel), dtype=np.float32)
    soft = eyes * float(np.exp(rng.uniform(*np.log(brush.soft))))
    bent = np.asarray(cv2.GaussianBlur(bent, (0, 0), soft), dtype=np.float32)
    ratio = 1.0 if full and rng.random() < 0.8 else brush.ratios[int(rng.integers(len(brush.ratios)))]
    peak = float(bent.max())
    return np.asarray(bent / max(peak, 1e-6) * max(ratio, 0.5 if full else 0.0), dtype=np.float32)


def _region(mesh: Points, kind: str) -> Points:
    down = mesh[152] - mesh[10]
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    heights = mesh @ down
    nose, mouth = float(heights[1]), float(heights[list(PARTS["lips"])].mean())
    if kind == "face":
        return mesh
    if kind == "brow":
        top = float(heights[list(PARTS["brows"])].min())
        return np.asarray(mesh[heights >= top], dtype=np.float32)
    if kind == "inner":
        parts = [*PARTS["brows"], *PARTS["nose"], *PARTS["lips"], *PARTS["eyes"]]
        return np.asarray(mesh[parts], dtype=np.float32)
    if kind == "lower":
        return np.asarray(mesh[heights >= nose], dtype=np.float32)
    if kind == "upper":
        return np.asarray(mesh[heights <= nose + 0.3 * (mouth - nose)], dtype=np.float32)
    lips = mesh[list(PARTS["lips"])]
    middle = lips.mean(axis=0)
    return np.asarray(middle + (lips - middle) * 1.5, dtype=np.float32)


def _bent(drawn: Alpha, eyes: float, rng: np.random.Generator) -> Alpha:
    """Elastic and affine: the edge of a real mask follows nothing exactly."""
    height, width = drawn.shape
    coarse = (max(2, round(height / eyes * 1.5)), max(2, round(width / eyes * 1.5)))
    strength = eyes * float(rng.uniform(0.0, 0.08))
    moves = [
        cv2.resize(
            rng.normal(0, strength, coarse).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
        for _ in range(2)
    ]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    scale = 1 + rng.uniform(-0.05, 0.05, 2)
    shift = rng.uniform(-0.05, 0.05, 2) * eyes
    centre = (width / 2, height / 2)
    mapped_x = (x - centre[0]) * scale[0] + centre[0] + shift[0] + moves[0]
    mapped_y = (y - centre[1]) * scale[1] + centre[1] + shift[1] + moves[1]
    return np.asarray(
        cv2.remap(drawn, mapped_x.astype(np.float32), mapped_y.astype(np.float32), cv2.INTER_LINEAR),
        dtype=np.float32,
    )
