"""The picture of a map of edits: the exhibit, the heat map over it, and how far each part of it can be relied on."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forge.launder import Pixels
from ..values import Explanation
from .drawing import WIDTH, Caption
from .page import Page
from .palette import diverging, grey_levels, hatched, toned

__all__ = ["draw_edited"]

_MARGIN, _GAP = 16, 18
_LEFT, _RIGHT = 640, 310
_TALLEST = 2400
_NUMBERED = 9
_BAR = 14


def draw_edited(
    rgb: Pixels,
    explanation: Explanation,
    boxes: Sequence[tuple[int, int, int, int]],
    least_sure: float,
    caption: Caption,
) -> Pixels:
    """Draw a map of edits.

    Parameters
    ----------
    rgb : numpy.ndarray
        The exhibit, uint8 (height, width, 3).
    explanation : Explanation
        Its maps ``heat`` (logits) and ``reliability``.
    boxes : sequence of (x, y, width, height)
        Regions, in pixels of the exhibit, the clearest first; at most nine are numbered.
    least_sure : float
        Reliability below which a cell is hatched.
    caption : Caption
        Its side is not used.

    Returns
    -------
    numpy.ndarray
        uint8 (height, 1000, 3), sRGB.
    """
    page = Page(WIDTH, _TALLEST)
    top = page.text(_MARGIN, _MARGIN, caption.title, size=22, width=WIDTH - 2 * _MARGIN) + 8
    page.text(_MARGIN, top, "Heat map: orange differs from the rest of the picture", width=_LEFT)
    start = page.text(WIDTH - _MARGIN - _RIGHT, top, "The exhibit", width=_RIGHT) + 4
    heat, factor = _overlaid(rgb, explanation, least_sure, _LEFT)
    left = page.panel(_MARGIN, start, heat)
    for number, (x, y, width, height) in reversed(list(enumerate(boxes[:_NUMBERED], start=1))):
        corners = [round(value * factor) for value in (x, y, x + width, y + height)]
        page.outline(
            (_MARGIN + corners[0], start + corners[1], _MARGIN + corners[2], start + corners[3]), str(number)
        )
    right = _right(page, start, rgb, explanation, least_sure)
    below = page.text(_MARGIN, max(left, right) + _GAP, caption.words, size=16, width=WIDTH - 2 * _MARGIN)
    page.text(_MARGIN, below + 4, caption.foot, size=13, width=WIDTH - 2 * _MARGIN, faint=True)
    return page.finished(_MARGIN)


def _right(page: Page, top: int, rgb: Pixels, explanation: Explanation, least_sure: float) -> int:
    x = WIDTH - _MARGIN - _RIGHT
    small, _ = _sized(rgb, _RIGHT)
    y = page.panel(x, top, small) + _GAP
    y = page.text(x, y, "Reliability of the map", width=_RIGHT) + 4
    trust = _spread(explanation.maps["reliability"], explanation.patch, rgb.shape[:2], small.shape[:2])
    y = page.panel(x, y, np.asarray(np.rint(grey_levels(trust)), dtype=np.uint8)) + 8
    bar = np.asarray(grey_levels(np.linspace(0, 1, _RIGHT)), dtype=np.uint8)
    y = page.panel(x, y, np.repeat(bar[None], _BAR, axis=0)) + 4
    page.centred(x, y, "0 never right", anchor="la")
    page.centred(x + _RIGHT, y, "always right 1", anchor="ra")
    y += 26
    ramp = np.asarray(diverging(np.linspace(-1, 1, _RIGHT)), dtype=np.uint8)
    y = page.panel(x, y, np.repeat(ramp[None], _BAR, axis=0)) + 4
    page.centred(x, y, "like the rest", anchor="la")
    page.centred(x + _RIGHT, y, "differs", anchor="ra")
    y += 26
    page.panel(x, y, np.asarray(hatched(20, 30), dtype=np.uint8))
    return page.text(x + 40, y, f"reliability below {least_sure:g}: do not read it", width=_RIGHT - 40) + 8


def _overlaid(rgb: Pixels, explanation: Explanation, least_sure: float, side: int) -> tuple[Pixels, float]:
    small, factor = _sized(rgb, side)
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float64)
    heat, trust = (
        _spread(explanation.maps[name], explanation.patch, rgb.shape[:2], small.shape[:2])
        for name in ("heat", "reliability")
    )
    colours = diverging((heat - explanation.neutral) / explanation.reach)
    doubtful = trust < least_sure
    colours[doubtful] = hatched(*heat.shape)[doubtful]
    return toned(colours, luma), factor


def _sized(rgb: Pixels, side: int) -> tuple[Pixels, float]:
    """The exhibit in a square of `side` pixels, small ones enlarged at most threefold."""
    height, width = rgb.shape[:2]
    factor = min(side / width, side / height, 3.0)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, size, interpolation=way), dtype=np.uint8), factor


def _spread(
    cells: NDArray[np.float32], cell: int, whole: tuple[int, ...], shown: tuple[int, ...]
) -> NDArray[np.float64]:
    """Values of cells at every pixel that is shown; the rim that no cell covers takes those of its neighbours."""
    places = [
        np.minimum((np.arange(seen) + 0.5) * size / seen // cell, count - 1).astype(np.intp)
        for seen, size, count in zip(shown[:2], whole[:2], cells.shape, strict=True)
    ]
    return cells[np.ix_(*places)].astype(np.float64)
