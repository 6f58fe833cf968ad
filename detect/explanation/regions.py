"""The picture of a finding that names regions: the exhibit beside itself, with what was found tinted and numbered."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forge.launder import Pixels
from .drawing import WIDTH, Caption
from .page import Page

__all__ = ["draw_regions"]

_MARGIN, _GAP = 16, 16
_PANEL = (WIDTH - 2 * _MARGIN - _GAP) // 2
_TALLEST = 2000
_TINT = np.array((240, 134, 48), np.float64)
_NUMBERED = 9


def draw_regions(
    rgb: Pixels, mask: NDArray[np.bool_], boxes: Sequence[tuple[int, int, int, int]], caption: Caption
) -> Pixels:
    """Draw where something was found.

    Parameters
    ----------
    rgb : numpy.ndarray
        The exhibit, uint8 (height, width, 3).
    mask : numpy.ndarray
        bool (height, width): pixels of the regions.
    boxes : sequence of (x, y, width, height)
        In pixels of the exhibit, the most significant first; at most nine are numbered.
    caption : Caption
        Its side is not used.

    Returns
    -------
    numpy.ndarray
        uint8 (height, 1000, 3), sRGB.
    """
    page = Page(WIDTH, _TALLEST)
    top = page.text(_MARGIN, _MARGIN, caption.title, size=22, width=WIDTH - 2 * _MARGIN) + 8
    height, width = mask.shape
    factor = min(_PANEL / width, _PANEL / height, 3.0)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    found = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_AREA).astype(bool)
    grey = np.repeat(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.float64)
    shown = np.where(found[..., None], 0.45 * grey + 0.55 * _TINT, 0.75 * grey)
    page.text(_MARGIN, top, "The exhibit", width=_PANEL)
    top = page.text(_MARGIN + _PANEL + _GAP, top, "What was found", width=_PANEL) + 2
    page.panel(_MARGIN, top, small)
    x = _MARGIN + _PANEL + _GAP
    below = page.panel(x, top, np.asarray(np.rint(shown), dtype=np.uint8)) + _GAP
    for number, (left, upper, wide, tall) in reversed(list(enumerate(boxes[:_NUMBERED], start=1))):
        right, lower = round((left + wide) * factor), round((upper + tall) * factor)
        page.outline(
            (x + round(left * factor), top + round(upper * factor), x + right, top + lower), str(number)
        )
    below = page.text(_MARGIN, below, caption.words, size=16, width=WIDTH - 2 * _MARGIN)
    page.text(_MARGIN, below + 4, caption.foot, size=13, width=WIDTH - 2 * _MARGIN, faint=True)
    return page.finished(_MARGIN)
