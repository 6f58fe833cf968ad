"""The picture of a finding that is a picture itself: the exhibit beside it."""

import cv2
import numpy as np

from ..forge.launder import Pixels
from .drawing import WIDTH, Caption
from .page import Page

__all__ = ["draw_beside"]

_MARGIN, _GAP = 16, 16
_PANEL = (WIDTH - 2 * _MARGIN - _GAP) // 2
_TALLEST = 2000


def draw_beside(rgb: Pixels, other: Pixels, name: str, caption: Caption) -> Pixels:
    """Draw two pictures of the same size beside each other.

    Parameters
    ----------
    rgb, other : numpy.ndarray
        The exhibit and what is shown of it, both uint8 (height, width, 3).
    name : str
        What stands above the other one.
    caption : Caption
        Its side is not used.

    Returns
    -------
    numpy.ndarray
        uint8 (height, 1000, 3), sRGB.
    """
    page = Page(WIDTH, _TALLEST)
    top = page.text(_MARGIN, _MARGIN, caption.title, size=22, width=WIDTH - 2 * _MARGIN) + 8
    height, width = rgb.shape[:2]
    factor = min(_PANEL / width, _PANEL / height, 3.0)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    page.text(_MARGIN, top, "The exhibit", width=_PANEL)
    top = page.text(_MARGIN + _PANEL + _GAP, top, name, width=_PANEL) + 2
    below = top
    for x, shown in ((_MARGIN, rgb), (_MARGIN + _PANEL + _GAP, other)):
        small = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        below = page.panel(x, top, small) + _GAP
    below = page.text(_MARGIN, below, caption.words, size=16, width=WIDTH - 2 * _MARGIN)
    page.text(_MARGIN, below + 4, caption.foot, size=13, width=WIDTH - 2 * _MARGIN, faint=True)
    return page.finished(_MARGIN)
