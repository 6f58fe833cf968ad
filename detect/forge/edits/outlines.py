"""Where an edit lies: random outlines of regions as people select them, with hard or soft borders."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from ..launder import Pixels

Alpha = NDArray[np.float32]
Mask = NDArray[np.uint8]

LEAST_AREA, MOST_AREA = 0.01, 0.4
"""Share of the picture that a region covers."""

_TRIES = 12


def outline(rgb: Pixels, rng: np.random.Generator) -> tuple[str, Alpha]:
    """Draw a region of a picture.

    Parameters
    ----------
    rgb
        Picture, (height, width, 3), 0..255; object-like outlines follow its colours.
    rng
        Decides everything.

    Returns
    -------
    The name of the kind, and how much of each pixel belongs to it, float32 (height, width), 0..1.
    """
    names = list(OUTLINES)
    height, width = rgb.shape[:2]
    for _ in range(_TRIES):
        name = names[int(rng.choice(len(names), p=[0.3, 0.12, 0.1, 0.13, 0.35]))]
        mask = OUTLINES[name](rgb, rng)
        if LEAST_AREA <= float(mask.mean()) / 255 <= MOST_AREA:
            return name, softened(mask, rng)
    mask = np.zeros((height, width), np.uint8)
    y, x = int(rng.integers(height // 2)), int(rng.integers(width // 2))
    mask[y : y + height // 3, x : x + width // 3] = 255
    return "rectangle", softened(mask, rng)


def softened(mask: Mask, rng: np.random.Generator) -> Alpha:
    """The mask (0 or 255) as shares 0..1, in two of three draws with a border that is 1 to 7 pixels wide."""
    alpha: Alpha = np.asarray(mask, dtype=np.float32) / np.float32(255)
    if rng.random() < 0.65:
        sigma = float(rng.choice([0.7, 1.0, 1.5, 2.5], p=[0.4, 0.3, 0.2, 0.1]))
        alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), sigma), dtype=np.float32)
    return np.asarray(np.minimum(alpha, 1), dtype=np.float32)


def _centre(rgb: Pixels, rng: np.random.Generator) -> tuple[float, float, float]:
    """x, y and a radius, in pixels; small radii are as frequent as large ones."""
    height, width = rgb.shape[:2]
    radius = min(height, width) * float(np.exp(rng.uniform(np.log(0.08), np.log(0.36))))
    return float(rng.uniform(0.1, 0.9)) * width, float(rng.uniform(0.1, 0.9)) * height, radius


def _polygon(rgb: Pixels, rng: np.random.Generator) -> Mask:
    """A closed curve round a point, smooth or with corners."""
    x, y, radius = _centre(rgb, rng)
    count = int(rng.integers(5, 14))
    angles = np.sort(rng.uniform(0, 2 * np.pi, count))
    radii = radius * rng.uniform(0.45, 1.3, count)
    if rng.random() < 0.6:
        fine = np.linspace(0, 2 * np.pi, 90, endpoint=False)
        radii = np.interp(fine, angles, radii, period=2 * np.pi)
        radii, angles = np.convolve(np.r_[radii[-4:], radii, radii[:4]], np.ones(9) / 9, "valid"), fine
    stretch = float(rng.uniform(0.6, 1.6))
    points = np.stack([x + stretch * radii * np.cos(angles), y + radii * np.sin(angles)], axis=1)
    mask = np.zeros(rgb.shape[:2], np.uint8)
    return np.asarray(cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 255), dtype=np.uint8)


def _ellipse(rgb: Pixels, rng: np.random.Generator) -> Mask:
    x, y, radius = _centre(rgb, rng)
    axes = (round(radius * float(rng.uniform(0.5, 1.2))), round(radius * float(rng.uniform(0.5, 1.2))))
    mask = np.zeros(rgb.shape[:2], np.uint8)
    turned = float(rng.uniform(0, 180))
    return np.asarray(cv2.ellipse(mask, (round(x), round(y)), axes, turned, 0, 360, 255, -1), dtype=np.uint8)


def _rectangle(rgb: Pixels, rng: np.random.Generator) -> Mask:
    x, y, radius = _centre(rgb, rng)
    size = (radius * float(rng.uniform(0.7, 2.2)), radius * float(rng.uniform(0.7, 2.2)))
    turned = 0.0 if rng.random() < 0.6 else float(rng.uniform(0, 90))
    corners = cv2.boxPoints(((x, y), size, turned))
    mask = np.zeros(rgb.shape[:2], np.uint8)
    return np.asarray(cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 255), dtype=np.uint8)


def _strokes(rgb: Pixels, rng: np.random.Generator) -> Mask:
    """A brush that goes to and fro."""
    height, width = rgb.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    thick = int(rng.integers(10, 36))
    at, way = rng.uniform(0.15, 0.85, 2) * (width, height), float(rng.uniform(0, 2 * np.pi))
    for _ in range(int(rng.integers(3, 10))):
        way += float(rng.normal(0, 0.8))
        to = at + float(rng.uniform(15, 60)) * np.array((np.cos(way), np.sin(way)))
        cv2.line(
            mask, tuple(np.rint(at).astype(int).tolist()), tuple(np.rint(to).astype(int).tolist()), 255, thick
        )
        at = np.clip(to, 0, (width, height))
    return mask


def _object(rgb: Pixels, rng: np.random.Generator) -> Mask:
    """A part that hangs together in colour and place: what a person would cut out."""
    height, width = rgb.shape[:2]
    small = cv2.resize(rgb, (80, max(1, round(80 * height / width))), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1.0), cv2.COLOR_RGB2LAB).astype(np.float32)
    rows, columns = np.mgrid[: small.shape[0], : small.shape[1]].astype(np.float32)
    nearness = float(rng.uniform(0.4, 1.6))
    values = np.dstack([lab, nearness * columns, nearness * rows]).reshape(-1, 5)
    count = int(rng.integers(4, 14))
    cv2.setRNGSeed(int(rng.integers(2**31 - 1)))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, labels, _ = cv2.kmeans(
        values, count, np.zeros((len(values), 1), np.int32), stop, 1, cv2.KMEANS_RANDOM_CENTERS
    )
    chosen = labels.reshape(small.shape[:2]) == int(rng.integers(count))
    number, parts, figures, _ = cv2.connectedComponentsWithStats(chosen.astype(np.uint8))
    if number < 2:
        return np.zeros((height, width), np.uint8)
    biggest = parts == 1 + int(np.argmax(figures[1:, cv2.CC_STAT_AREA]))
    whole = cv2.morphologyEx(biggest.astype(np.uint8) * 255, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    large = cv2.resize(whole, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray((cv2.GaussianBlur(large, (0, 0), 2.0) > 127) * np.uint8(255), dtype=np.uint8)


OUTLINES: Mapping[str, Callable[[Pixels, np.random.Generator], Mask]] = {
    "polygon": _polygon,
    "ellipse": _ellipse,
    "rectangle": _rectangle,
    "strokes": _strokes,
    "object": _object,
}
"""Kinds of outlines by name: picture and generator to a mask of 0 and 255."""
