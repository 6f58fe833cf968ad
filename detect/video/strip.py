"""Pictures of a video for people: the frames that were scored in a row, and each face at its best moment."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..explanation.page import FAINT, INK, Page
from ..media import Pixels

__all__ = ["MOST", "STILL", "Still", "shrunk_to", "strip"]

WIDTH = 1000
"""Width of a drawing, in pixels."""

MOST = 24
"""Most stills of a drawing."""

_MARGIN, _GAP, _ACROSS = 16, 12, 4
_TALLEST = 4000
STILL = (WIDTH - 2 * _MARGIN - (_ACROSS - 1) * _GAP) // _ACROSS
"""Width of a still, in pixels."""


@dataclass(frozen=True, slots=True)
class Still:
    """A small picture with a line below it.

    Attributes
    ----------
    pixels : numpy.ndarray
        uint8 (height, width, 3), at most :data:`STILL` wide and high.
    words : str
        What stands below it.
    strongest : bool
        Whether it is framed.
    """

    pixels: Pixels
    words: str
    strongest: bool = False


def shrunk_to(rgb: Pixels) -> Pixels:
    """A copy that fits into a still."""
    height, width = rgb.shape[:2]
    factor = min(1.0, STILL / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def strip(stills: Sequence[Still], title: str, words: str, foot: str) -> Pixels:
    """Stills in rows with a line below each, uint8 (height, width, 3)."""
    page = Page(WIDTH, _TALLEST)
    inner = WIDTH - 2 * _MARGIN
    y = page.text(_MARGIN, _MARGIN, title, size=19, width=inner) + 8
    for begin in range(0, min(len(stills), MOST), _ACROSS):
        row = stills[begin : min(begin + _ACROSS, MOST)]
        below = y + max(int(still.pixels.shape[0]) for still in row)
        for place, still in enumerate(row):
            x = _MARGIN + place * (STILL + _GAP)
            # A thick frame is the mark of the strongest: it can be told without colour.
            page.panel(x, y, still.pixels, INK if still.strongest else FAINT, 4 if still.strongest else 1)
            page.text(x, below + 6, still.words, size=13, width=STILL)
        y = page.lowest + _GAP
    y = page.text(_MARGIN, y, words, size=14, width=inner) + 6
    page.text(_MARGIN, y, foot, size=12, width=inner, faint=True)
    return page.finished(_MARGIN)
