"""Where does the grid of 8 x 8 blocks lie that an earlier JPEG left, and does it lie there everywhere?

After JPEG compression many DCT coefficients of a block are nearly zero, but only if the block is cut where the coder
cut it. Every pixel votes for the cut of the 64 possible ones whose block around it has the most zeros. Were there no
grid, each cut would get one vote in 64, so a number of false alarms (NFA) tells how often chance alone would bring as
many votes for one cut, in the picture or in a part of it. A part whose votes agree on *another* cut than the rest was
brought there from elsewhere, or moved. (Method: Nikoukhah, Anger, Colom, Morel and Grompone von Gioi, *ZERO: a local
JPEG grid origin detector based on the number of DCT zeros and its applications in image forensics*, IPOL 2021.)
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Grids", "Region", "grids"]

_ZERO = 0.5
"""A coefficient nearer to 0 than this counts as zero: decoded pixels are rounded."""

_REACH = 9
"""Votes no farther apart than this, in pixels, belong to one region."""

_LEAST_VOTES = 256
"""Votes of a region below which it is not looked at: four blocks."""

NO_VOTE = 255
"""In the map of votes: the pixel voted for no cut."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the picture whose grid is not that of the rest.

    Attributes
    ----------
    x, y, width, height : int
        Its box, in pixels.
    cut : (int, int)
        Where its grid begins: column and row, each 0..7.
    votes : int
        Pixels that voted for it.
    log10_nfa : float
        Decimal logarithm of the number of false alarms; below 0 for every region that is given.
    """

    x: int
    y: int
    width: int
    height: int
    cut: tuple[int, int]
    votes: int
    log10_nfa: float


@dataclass(frozen=True, slots=True)
class Grids:
    """The grids of one picture.

    Attributes
    ----------
    main : (int, int) | None
        Where the grid of the picture begins, column and row; None when none is significant.
    log10_nfa : float
        Of the best cut.
    share : float
        Of the votes, how many it has, 0..1; by chance 1/64.
    regions : tuple of Region
        With another grid, most significant first.
    mask : numpy.ndarray
        bool (height, width): pixels of these regions.
    """

    main: tuple[int, int] | None
    log10_nfa: float
    share: float
    regions: tuple[Region, ...]
    mask: NDArray[np.bool_]


def grids(luma: NDArray[np.uint8]) -> Grids:
    """Find the grid of a picture and the parts that do not keep to it.

    Parameters
    ----------
    luma : numpy.ndarray
        uint8 (height, width), at least 16 x 16, never resized since it was decoded.

    Returns
    -------
    Grids
        With every significance at most one false alarm per picture expected by chance.
    """
    if luma.ndim != 2 or min(luma.shape) < 16:
        raise ValueError("a grid needs a plane of at least 16 x 16 pixels")
    votes = _votes(luma)
    counts = np.bincount(votes[votes != NO_VOTE], minlength=64)[:64]
    best, total = int(counts.argmax()), int(counts.sum())
    significance = _log10_nfa(np.log10(64.0), total, int(counts[best]))
    share = float(counts[best]) / max(total, 1)
    main = best if significance < 0.0 else None
    regions, mask = _foreign(votes, main)
    return Grids(None if main is None else _cut(main), significance, share, tuple(regions), mask)


def luminance(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luminance of BT.601 as JPEG codes it, rounded; uint8 (height, width)."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _votes(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut that each pixel votes for, 8 * row + column, or `NO_VOTE`; uint8 (height, width)."""
    height, width = luma.shape
    values = luma.astype(np.float32)
    zeros, flat = _zeros(values), _flat(values)
    rows, columns = np.arange(zeros.shape[0]) % 8, np.arange(zeros.shape[1]) % 8
    cut = (8 * rows[:, None] + columns[None, :]).astype(np.int16)
    # The most zeros win; among equals first the largest, then the smallest cut: the same one if one wins alone.
    high = _largest_around(zeros * 64 + cut, height, width)
    low = _largest_around(zeros * 64 + (63 - cut), height, width)
    first, last = high & 63, 63 - (low & 63)
    # A block that is flat along one axis has its zeros whatever the cut. Left out alone, it would leave the vote to
    # cuts half a block away, whose blocks hold one step and zeros from its symmetry: its pixels abstain.
    # So do those at the edge, around which there are not 64 cuts.
    silent = _largest_around(flat.astype(np.int16), height, width) > 0
    silent |= first != last
    silent[:7] = silent[:, :7] = silent[-7:] = silent[:, -7:] = True
    return np.where(silent, NO_VOTE, first).astype(np.uint8)


def _zeros(values: NDArray[np.float32]) -> NDArray[np.int16]:
    """Zero coefficients of the block that begins at each pixel, 0..64."""
    height, width = values.shape[0] - 7, values.shape[1] - 7
    zeros = np.zeros((height, width), np.int16)
    basis = [_basis(frequency) for frequency in range(8)]
    for row in range(8):
        along = cv2.filter2D(values, cv2.CV_32F, basis[row][:, None], anchor=(0, 0))[:height]
        for column in range(8):
            plane = cv2.filter2D(along, cv2.CV_32F, basis[column][None, :], anchor=(0, 0))[:, :width]
            zeros += cv2.inRange(plane, -_ZERO, _ZERO).view(np.bool_)
    return zeros


def _flat(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether the block that begins at each pixel does not change along one axis."""
    height, width = values.shape[0] - 7, values.shape[1] - 7
    down = cv2.dilate(np.abs(np.diff(values, axis=0)), np.ones((7, 8), np.uint8), anchor=(0, 0))
    across = cv2.dilate(np.abs(np.diff(values, axis=1)), np.ones((8, 7), np.uint8), anchor=(0, 0))
    return np.asarray((down[:height, :width] == 0) | (across[:height, :width] == 0))


def _largest_around(codes: NDArray[np.int16], height: int, width: int) -> NDArray[np.int16]:
    """Largest code of all blocks that hold each pixel; negative where none holds it."""
    padded = np.full((height, width), -64, np.int16)
    padded[: codes.shape[0], : codes.shape[1]] = codes
    kernel = np.ones((8, 8), np.uint8)
    # Blocks begin up to seven pixels before the pixel, so the window ends at it.
    around = cv2.dilate(padded, kernel, anchor=(7, 7), borderType=cv2.BORDER_CONSTANT, borderValue=(-64.0,))
    return np.asarray(around, dtype=np.int16)


def _foreign(votes: NDArray[np.uint8], main: int | None) -> tuple[list[Region], NDArray[np.bool_]]:
    height, width = votes.shape
    area = height * width
    # Every rectangle could have been the region, and every other cut its own.
    tests = np.log10(64.0) + 1.5 * np.log10(area)
    mask = np.zeros(votes.shape, np.bool_)
    regions: list[Region] = []
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_REACH, _REACH))
    counts = np.bincount(votes[votes != NO_VOTE], minlength=64)[:64]
    for number in range(64):
        if number == main or counts[number] < _LEAST_VOTES:
            continue
        own = (votes == number).astype(np.uint8)
        near = cv2.dilate(own, kernel)
        found, labels, boxes, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
        inside = np.bincount(labels[own > 0], minlength=found)
        for label in np.flatnonzero(inside >= _LEAST_VOTES):
            if label == 0:
                continue
            x, y, wide, tall = (int(boxes[label, at]) for at in range(4))
            size = wide * tall
            if main is None and size > area // 2:
                continue  # nearly the whole picture: that would be the main grid, and it is not significant
            significance = _log10_nfa(tests, size, int(inside[label]))
            if significance < 0.0:
                regions.append(Region(x, y, wide, tall, _cut(number), int(inside[label]), significance))
                mask |= (labels == label) & (near > 0)
    regions.sort(key=lambda region: region.log10_nfa)
    return regions, mask


def _log10_nfa(log10_tests: float, pixels: int, votes: int) -> float:
    """Bound on the number of false alarms: tests times the tail of a binomial, by Hoeffding's inequality.

    Votes of neighbours are not independent, but those of pixels 8 apart nearly are: of n pixels n / 64 count.
    """
    n, k, p = pixels / 64.0, votes / 64.0, 1.0 / 64.0
    share = k / n if n else 0.0
    if share <= p:
        return float(log10_tests)
    tail = share * np.log(share / p) + ((1 - share) * np.log((1 - share) / (1 - p)) if share < 1 else 0.0)
    return float(log10_tests - n * tail / np.log(10.0))


def _basis(frequency: int) -> NDArray[np.float32]:
    scale = np.sqrt(1 / 8) if frequency == 0 else np.sqrt(2 / 8)
    return np.asarray(scale * np.cos((2 * np.arange(8) + 1) * frequency * np.pi / 16), dtype=np.float32)


def _cut(number: int) -> tuple[int, int]:
    return number % 8, number // 8
