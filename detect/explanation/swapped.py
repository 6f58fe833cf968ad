"""The picture of a finding on replaced faces: the exhibit with its faces boxed, and each face beside its heat map."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces.finder import Face
from ..faces.scoring import FaceScore
from ..forge.launder import Pixels
from .page import FAINT, INK, Page
from .palette import diverging, toned

__all__ = ["FaceLook", "draw_faces", "heated"]

WIDTH = 1000
_MARGIN, _GAP = 16, 14
_TALLEST = 4000
_WHOLE = 460
_CROP = 230
_DRAWN = 6
_REACH = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class FaceLook:
    """One face that was scored.

    Attributes
    ----------
    number : int
        As the finding counts, from 1.
    face : Face
        Where.
    score : FaceScore | None
        What was said of it.
    strongest : bool
        Whether it looks most like a replaced one.
    """

    number: int
    face: Face
    score: FaceScore | None
    strongest: bool


def heated(crop: Pixels, heat: NDArray[np.float32], side: int) -> Pixels:
    """A crop of a face in the colours of its heat map: orange looks drawn over, blue does not.

    Parameters
    ----------
    crop : numpy.ndarray
        uint8 (n, n, 3).
    heat : numpy.ndarray
        float32 (m, m), logits.
    side : int
        Of the result, in pixels.
    """
    large = np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    smooth = cv2.resize(heat, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float64)
    luma = np.asarray(cv2.cvtColor(large, cv2.COLOR_RGB2GRAY), dtype=np.float64)
    return toned(diverging(smooth / _REACH), luma)


def draw_faces(
    rgb: Pixels, looks: Sequence[FaceLook], crop: Callable[[Pixels, Face], Pixels], words: str, foot: str
) -> Pixels:
    """Draw the faces of a picture that were scored, the strongest first; at most six, uint8 (height, 1000, 3).

    Parameters
    ----------
    rgb : numpy.ndarray
        The exhibit.
    looks : sequence of FaceLook
        Its faces.
    crop : callable
        Cuts a face as the network takes it.
    words, foot : str
        What stands below; ASCII.
    """
    page = Page(WIDTH, _TALLEST)
    inner = WIDTH - 2 * _MARGIN
    top = page.text(_MARGIN, _MARGIN, "Faces: does one look replaced?", size=22, width=inner) + 8
    factor = min(_WHOLE / rgb.shape[1], _WHOLE / rgb.shape[0], 3.0)
    size = (max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor)))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    page.text(_MARGIN, top, "The exhibit", width=_WHOLE)
    start = (
        page.text(
            _MARGIN + _WHOLE + _GAP, top, "Each face, and its heat map: orange looks drawn over", width=_WHOLE
        )
        + 4
    )
    low = page.panel(_MARGIN, start, np.asarray(cv2.resize(rgb, size, interpolation=way), dtype=np.uint8))
    for look in looks:
        left, up, width, height = (float(value) * factor for value in look.face.box)
        corners = (left, up, left + width, up + height)
        limits = (size[0] - 1, size[1] - 1) * 2
        x0, y0, x1, y1 = (
            round(min(max(0.0, value), limit)) for value, limit in zip(corners, limits, strict=True)
        )
        page.outline((_MARGIN + x0, start + y0, _MARGIN + x1, start + y1), str(look.number))
    y = start
    for look in sorted(looks, key=lambda each: (not each.strongest, each.number))[:_DRAWN]:
        if look.score is None:
            continue
        own = crop(rgb, look.face)
        shown = np.asarray(cv2.resize(own, (_CROP, _CROP), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        colour, thick = (INK, 4) if look.strongest else (FAINT, 1)
        page.panel(_MARGIN + _WHOLE + _GAP, y, shown, colour, thick)
        beside = _MARGIN + _WHOLE + _GAP + _CROP + _GAP
        below = page.panel(beside, y, heated(own, look.score.heat, _CROP), colour, thick)
        told = f"face {look.number}: score {look.score.raw:.2f}, eyes {look.score.eyes:.0f} pixels apart"
        y = page.text(_MARGIN + _WHOLE + _GAP, below + 4, told, size=13, width=_WHOLE) + 8
    y = page.text(_MARGIN, max(y, low) + _GAP, words, size=16, width=inner) + 4
    page.text(_MARGIN, y, foot, size=13, width=inner, faint=True)
    return page.finished(_MARGIN)
