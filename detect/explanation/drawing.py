"""The picture of a finding: the exhibit under its heat map, how far to believe that, and the crops that told most."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forge.launder import Pixels
from ..samples import Samples
from ..values import Explanation, Part
from .page import Page
from .palette import DARK, diverging, grey_levels, hatched, toned
from .reliability import LEAST_RELIABLE
from .words import place

__all__ = ["FULL_COLOUR", "WIDTH", "Caption", "draw"]

WIDTH = 1000
"""Width of the picture, in pixels: all of its text can be read at this size."""

FULL_COLOUR = 1.5
"""Colours end at this many times the reach of the score, because single patches scatter more than means of crops."""

_TALLEST = 2400
_MARGIN, _GAP = 16, 18
_LEFT, _RIGHT = 640, 310
_SMALL = (_LEFT - _GAP) // 2
_BAR = 18


@dataclass(frozen=True, slots=True)
class Caption:
    """What is written on the picture: above, below, in small print at the end, and the side that the finding is on."""

    title: str
    side: str
    words: str
    foot: str


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The exhibit at the size of a panel, and for each pixel the cell of the maps that it lies in."""

    rgb: Pixels
    luma: NDArray[np.float64]
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    factor: float

    def spread(self, cells: NDArray[np.float32]) -> NDArray[np.float64]:
        """Values of cells at every pixel: squares, since a patch has one value and no shades of it."""
        return cells[np.ix_(self.rows, self.columns)].astype(np.float64)


def draw(samples: Samples, explanation: Explanation, caption: Caption) -> Pixels:
    """Draw a finding for people.

    Parameters
    ----------
    samples : Samples
        With the small copy of the exhibit, and the crops.
    explanation : Explanation
        With maps.
    caption : Caption
        ASCII.

    Returns
    -------
    numpy.ndarray
        uint8 (height, 1000, 3), sRGB.
    """
    page = Page(WIDTH, _TALLEST)
    top = page.text(_MARGIN, _MARGIN, caption.title, size=22, width=WIDTH - 2 * _MARGIN) + 6
    left = _left(page, top, samples, explanation)
    right = _right(page, top, samples, explanation, caption.side)
    below = max(left, right) + _GAP
    below = page.text(_MARGIN, below, caption.words, size=16, width=WIDTH - 2 * _MARGIN)
    page.text(_MARGIN, below + 4, caption.foot, size=13, width=WIDTH - 2 * _MARGIN, faint=True)
    return page.finished(_MARGIN)


def overlay(sheet: "_Sheet", explanation: Explanation) -> Pixels:
    """The exhibit in the colours of its map: hatched where that is unreliable, dark where nothing was looked at."""
    heat, trust = (sheet.spread(explanation.maps[name]) for name in ("heat", "reliability"))
    seen = np.isfinite(heat)
    colours = diverging(np.where(seen, _strength(heat, explanation), 0.0))
    doubtful = seen & (trust < LEAST_RELIABLE)
    colours[doubtful] = hatched(*heat.shape)[doubtful]
    return np.where(seen[..., None], toned(colours, sheet.luma), _dark(sheet))


def _strength(scores: NDArray[np.float64], explanation: Explanation) -> NDArray[np.float64]:
    return np.asarray((scores - explanation.neutral) / (FULL_COLOUR * explanation.reach))


def _trusted(sheet: "_Sheet", explanation: Explanation) -> Pixels:
    trust = sheet.spread(explanation.maps["reliability"])
    seen = np.isfinite(trust)
    levels = np.asarray(np.rint(grey_levels(np.where(seen, trust, 0.0))), dtype=np.uint8)
    return np.where(seen[..., None], levels, _dark(sheet))


def _dark(sheet: "_Sheet") -> Pixels:
    return np.repeat(np.asarray(sheet.luma * DARK, dtype=np.uint8)[..., None], 3, axis=2)


def _left(page: Page, top: int, samples: Samples, explanation: Explanation) -> int:
    main = _sheet(samples, explanation, _LEFT, _LEFT)
    y = page.text(_MARGIN, top, "Heat map: what the network saw, patch by patch", width=_LEFT) + 2
    x = _MARGIN + (_LEFT - main.rgb.shape[1]) // 2
    y_end = page.panel(x, y, overlay(main, explanation))
    for rank, part in reversed(list(enumerate(_scored(explanation), start=1))):
        page.outline(_box(part, main.factor, x, y), str(rank))
    small = _sheet(samples, explanation, _SMALL, _SMALL)
    y = y_end + _GAP
    page.text(_MARGIN, y, "The exhibit", width=_SMALL)
    y = page.text(_MARGIN + _SMALL + _GAP, y, "Reliability of the map", width=_SMALL) + 2
    page.panel(_MARGIN, y, small.rgb)
    y_end = page.panel(_MARGIN + _SMALL + _GAP, y, _trusted(small, explanation))
    bar = np.asarray(grey_levels(np.linspace(0, 1, small.rgb.shape[1])), dtype=np.uint8)
    y = page.panel(_MARGIN + _SMALL + _GAP, y_end + 8, np.repeat(bar[None], 10, axis=0)) + 4
    x = _MARGIN + _SMALL + _GAP
    page.centred(x, y, "0 none", anchor="la")
    page.centred(x + small.rgb.shape[1], y, "full 1", anchor="ra")
    return y + 18


def _right(page: Page, top: int, samples: Samples, explanation: Explanation, side: str) -> int:
    x = WIDTH - _MARGIN - _RIGHT
    y = page.text(x, top, "Score of a patch", width=_RIGHT) + 2
    ramp = np.asarray(diverging(np.linspace(-1, 1, _RIGHT)), dtype=np.uint8)
    y = page.panel(x, y, np.repeat(ramp[None], _BAR, axis=0)) + 4
    for at, anchor in ((-1, "la"), (0, "ma"), (1, "ra")):
        value = explanation.neutral + at * FULL_COLOUR * explanation.reach
        page.centred(x + (at + 1) * _RIGHT // 2, y, f"{value:.1f}", anchor=anchor)
    y += 18
    for at, word, anchor in ((0, "recording", "la"), (1, "neither", "ma"), (2, "generated", "ra")):
        page.centred(x + at * _RIGHT // 2, y, word, size=15, anchor=anchor)
    y += 30
    swatches = (
        (np.asarray(hatched(20, 30), dtype=np.uint8), "not reliable: do not read it"),
        (np.full((20, 30, 3), 48, dtype=np.uint8), "not looked at"),
    )
    for pixels, word in swatches:
        page.panel(x, y, pixels)
        y = page.text(x + 40, y, word, width=_RIGHT - 40) + 8
    scored = _scored(explanation)
    shown = [("Tells most", 1, scored[0])]
    if len(scored) > 1:
        shown.append(("Tells least", len(scored), scored[-1]))
    view = samples.views[0]
    pixels_at = {(crop.x, crop.y): crop.pixels for crop in view.crops}
    for name, rank, part in shown:
        where = place(part, view.height, view.width)
        y = (
            page.text(
                x, y + 6, f"{name} for {side}: crop {rank}, {where}, score {part.score:.1f}", width=_RIGHT
            )
            + 4
        )
        colour = diverging(_strength(np.array(part.score), explanation))
        enlarged = cv2.resize(
            pixels_at[part.x, part.y], (_RIGHT - 8, _RIGHT - 8), interpolation=cv2.INTER_CUBIC
        )
        red, green, blue = (int(value) for value in colour)
        y = page.panel(x + 4, y + 4, np.asarray(enlarged, dtype=np.uint8), (red, green, blue), 4) + 8
    return y


def _scored(explanation: Explanation) -> list[Part]:
    return [part for part in explanation.parts if part.scored]


def _sheet(samples: Samples, explanation: Explanation, width: int, height: int) -> _Sheet:
    """The exhibit in a box, small ones enlarged at most threefold."""
    assert samples.shown is not None
    view = samples.views[0]
    factor = min(width / view.width, height / view.height, 3.0)
    size = (max(1, round(view.width * factor)), max(1, round(view.height * factor)))
    way = cv2.INTER_AREA if size[0] < samples.shown.shape[1] else cv2.INTER_CUBIC
    rgb = np.asarray(cv2.resize(samples.shown, size, interpolation=way), dtype=np.uint8)
    luma = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.float64)
    cells = explanation.maps["heat"].shape
    rows = np.minimum((np.arange(size[1]) + 0.5) / factor // explanation.patch, cells[0] - 1)
    columns = np.minimum((np.arange(size[0]) + 0.5) / factor // explanation.patch, cells[1] - 1)
    return _Sheet(rgb, luma, rows.astype(np.intp), columns.astype(np.intp), factor)


def _box(part: Part, factor: float, x: int, y: int) -> tuple[int, int, int, int]:
    left, top = round(part.x * factor), round(part.y * factor)
    right, bottom = round((part.x + part.side) * factor), round((part.y + part.side) * factor)
    return x + left, y + top, x + right - 1, y + bottom - 1
