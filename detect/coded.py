"""The luminance of a picture as it was coded or is shown, upright, with where it lies in the picture that is shown."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .media import JpegFacts, Picture, Pixels
from .traces.grid import grids, luminance

__all__ = ["Coded", "coded", "decoded", "table_of"]

_LARGEST_SIDE = 4096
_GRID_SIDE = 768


@dataclass(frozen=True, slots=True)
class Coded:
    """Coded luminance in the frame of the shown picture.

    Attributes
    ----------
    luma : numpy.ndarray
        uint8 (h, w).
    table : tuple of int
        Its quantisation table, 64 steps in row order, turned with it; empty when the picture is no JPEG.
    clipped : numpy.ndarray
        bool (h, w): pixels with a channel at 0 or 255.
    x, y : int
        Where its upper left corner lies in the shown picture.
    origin : (int, int)
        Column and row at which the blocks begin, each 0..7.
    """

    luma: Pixels
    table: tuple[int, ...]
    clipped: NDArray[np.bool_]
    x: int
    y: int
    origin: tuple[int, int] = (0, 0)

    def middle(self, side: int) -> "Coded":
        """The square in the middle, of at most this side, cut on the blocks of a JPEG."""
        height, width = self.luma.shape
        left, top = (max(0, length - side) // 16 * 8 for length in (width, height))
        cut = np.s_[top : top + side // 8 * 8, left : left + side // 8 * 8]
        return Coded(self.luma[cut], self.table, self.clipped[cut], self.x + left, self.y + top)


def table_of(coding: JpegFacts, component: int) -> list[int]:
    """Quantisation table of a component; the first one when it names none that is there."""
    number = coding.components[component][2] if component < len(coding.components) else 0
    return coding.tables[number] if number < len(coding.tables) else coding.tables[0]


def coded(picture: Picture) -> Coded | None:
    """The coded luminance of a picture; None when it is no JPEG or its luminance could not be had."""
    coding = picture.facts.jpeg
    if coding is None or not coding.tables or not coding.components or picture.luma is None:
        return None
    facts = picture.facts
    height, width = picture.luma.shape
    # The decoder takes it from the middle, on the grid; what is missing at an end only is less than a block.
    left, top = ((facts.stored_width - width) // 16 * 8, (facts.stored_height - height) // 16 * 8)
    table = np.asarray(table_of(coding, 0)).reshape(8, 8)
    turned = _upright(picture.luma, facts.orientation)
    if facts.orientation >= 5:
        table = table.T
    # The corner of the plane that comes to lie at the upper left, in the frame of the shown picture.
    right, below = facts.stored_width - left - width, facts.stored_height - top - height
    x, y = _CORNER[facts.orientation](left, top, right, below)
    shown = picture.rgb[y : y + turned.shape[0], x : x + turned.shape[1]]
    if shown.shape[:2] != turned.shape:
        return None
    clipped = ((shown == 0) | (shown == 255)).any(axis=2)
    return Coded(turned, tuple(int(step) for step in table.ravel()), clipped, x, y)


def decoded(picture: Picture) -> Coded:
    """The luminance of a picture as it is shown, at most 4,096 x 4,096 from the middle, and where its grid begins."""
    height, width = picture.rgb.shape[:2]
    x, y = (max(0, length - _LARGEST_SIDE) // 2 for length in (width, height))
    rgb = np.ascontiguousarray(picture.rgb[y : y + _LARGEST_SIDE, x : x + _LARGEST_SIDE])
    luma = luminance(rgb)
    clipped = ((rgb == 0) | (rgb == 255)).any(axis=2)
    left, top = (max(0, length - _GRID_SIDE) // 2 for length in luma.shape[::-1])
    middle = np.ascontiguousarray(luma[top : top + _GRID_SIDE, left : left + _GRID_SIDE])
    main = grids(middle).main if min(middle.shape) >= 16 else None
    cut = main or (-left % 8, -top % 8)
    return Coded(luma, (), clipped, x, y, ((left + cut[0]) % 8, (top + cut[1]) % 8))


def _upright(plane: Pixels, orientation: int) -> Pixels:
    turn = {
        2: lambda p: p[:, ::-1], 3: lambda p: p[::-1, ::-1], 4: lambda p: p[::-1], 5: lambda p: p.T,
        6: lambda p: np.rot90(p, -1), 7: lambda p: p[::-1, ::-1].T, 8: lambda p: np.rot90(p, 1),
    }.get(orientation)  # fmt: skip
    return plane if turn is None else np.ascontiguousarray(turn(plane))


_CORNER = {
    1: lambda left, top, right, below: (left, top), 2: lambda left, top, right, below: (right, top),
    3: lambda left, top, right, below: (right, below), 4: lambda left, top, right, below: (left, below),
    5: lambda left, top, right, below: (top, left), 6: lambda left, top, right, below: (below, left),
    7: lambda left, top, right, below: (below, right), 8: lambda left, top, right, below: (top, right),
}  # fmt: skip
