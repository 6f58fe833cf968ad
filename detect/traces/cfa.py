"""Does the picture show the pattern of a camera's colour filters, and does it show it everywhere alike?

Most sensors see one colour at a pixel, green at every other one like the fields of a chessboard, and the camera
computes the rest from neighbours. So green is smoother on the fields of one colour than on those of the other. Every
block votes for the fields that hold the measured values: those that differ more from the mean of their four neighbours.
Without a pattern each vote is the toss of a coin, so a number of false alarms (NFA) tells how often chance would bring
as many for one side. A part whose votes go to the other side was moved by an odd number of pixels or comes from another
picture; one whose votes are split, in a picture where they are not, never passed through this camera's filters, or was
resized or smoothed. (Interpolation error on the two fields: Ferrara, Bianchi, De Rosa and Piva, *Image forgery
localization via fine-grained analysis of CFA artifacts*, TIFS 2012; votes and NFA: Bammey, Grompone von Gioi and Morel,
*An adaptive neural network for unsupervised mosaic consistency analysis in image forensics*, CVPR 2020.)
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from .blocks import BLOCK, lattice, middle, placed

__all__ = ["Filters", "FiltersPart", "filters", "filters_map"]

_LEAST_ERROR = 0.4
"""Mean interpolation error of a block, in grey levels, below which it abstains: even, or cut off."""
_LEAST_SHARE = 0.65
"""Share of the votes from which the pattern of the picture is told; a weak one says nothing of parts."""
_LEAST_WITH_PARTS, _CLEAR = 0.80, 0.93
"""Share of the whole, and share outside of a part, from which the part is told: a weak pattern has holes of its own."""
_ORDINARY, _MORE = 0.10, 1.5
"""Share of dissent that a part may have in a clear pattern, for its own texture: so much, and so many times that of the
rest."""
_WINDOW = 5
_DISSENT = {"other": 0.5, "none": 0.3}
"""Share of dissent among blocks around from which a block belongs to a part."""
_LEAST_VOTES = 12
_LARGEST = 0.5
_LEAST_LOG10_NFA = -2.0


@dataclass(frozen=True, slots=True)
class FiltersPart:
    """A part that does not keep to the pattern.

    Attributes
    ----------
    x, y, width, height : int
        Its box, in pixels.
    kind : "other" | "none"
        Votes for the other side, or split.
    votes, dissent : int
        Blocks that voted, and those that voted for the other side.
    log10_nfa : float
        Decimal logarithm of the number of false alarms.
    """

    x: int
    y: int
    width: int
    height: int
    kind: Literal["other", "none"]
    votes: int
    dissent: int
    log10_nfa: float


@dataclass(frozen=True, slots=True, eq=False)
class Filters:
    """The pattern of colour filters of one picture.

    Attributes
    ----------
    side : int | None
        0 when green was measured where x + y is even, 1 where it is odd; None when no pattern shows.
    share : float
        Of the votes that its side has.
    log10_nfa : float
        Of that side.
    votes : numpy.ndarray
        int8 (rows, columns) by whole blocks of 16 pixels, of the middle of a very large picture.
        1 for the side of the picture, -1 against, 0 abstains.
    parts : tuple of FiltersPart
        Most significant first.
    mask : numpy.ndarray
        bool, same shape: blocks of these.
    """

    side: int | None
    share: float
    log10_nfa: float
    votes: NDArray[np.int8]
    parts: tuple[FiltersPart, ...]
    mask: NDArray[np.bool_]


def filters(rgb: NDArray[np.uint8]) -> Filters:
    """Look for the pattern of colour filters.

    Parameters
    ----------
    rgb : numpy.ndarray
        uint8 (height, width, 3), at least 64 x 64, as large as the camera made it.
    """
    top, left, height, width = middle(*rgb.shape[:2])
    rows, columns = height // BLOCK, width // BLOCK
    if min(rows, columns) < 4:
        raise ValueError("colour filters need a picture of at least 64 x 64 pixels")
    green = rgb[top : top + rows * BLOCK, left : left + columns * BLOCK, 1].astype(np.float32)
    cross = np.array(((0, 1, 0), (1, 0, 1), (0, 1, 0)), np.float32) / 4
    error = np.abs(green - cv2.filter2D(green, cv2.CV_32F, cross))
    even = (np.add.outer(np.arange(BLOCK), np.arange(BLOCK)) % 2 == 0)[None, :, None, :]
    blocks = error.reshape(rows, BLOCK, columns, BLOCK)
    sums = [np.where(field, blocks, 0).sum(axis=(1, 3)) for field in (even, ~even)]
    told = sums[0] + sums[1] > _LEAST_ERROR * BLOCK * BLOCK
    ballot = np.where(told, np.sign(sums[0] - sums[1]), 0).astype(np.int8)
    for_even, for_odd = int((ballot > 0).sum()), int((ballot < 0).sum())
    total, most = for_even + for_odd, max(for_even, for_odd)
    share = most / max(total, 1)
    significance = _log10_nfa(np.log10(2.0), total, most, 0.5)
    if significance > _LEAST_LOG10_NFA or share < _LEAST_SHARE:
        return Filters(None, share, significance, np.zeros_like(ballot), (), np.zeros(ballot.shape, np.bool_))
    side = 0 if for_even >= for_odd else 1
    votes = ballot if side == 0 else (-ballot).astype(np.int8)
    parts, mask = _parts(votes, (left, top)) if share >= _LEAST_WITH_PARTS else ([], np.zeros(votes.shape, np.bool_))
    return Filters(side, share, significance, votes, tuple(parts), mask)


def filters_map(found: Filters, height: int, width: int) -> NDArray[np.float32]:
    """Share of dissent around each block, 0..1, on the lattice of :mod:`.blocks`; 0 where no pattern shows."""
    if found.side is None:
        return np.zeros(lattice(height, width), np.float32)
    return placed(np.clip(2 * (_dissent(found.votes)[0] - (1 - found.share)), 0.0, 1.0), height, width)


def _dissent(votes: NDArray[np.int8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Share of dissent among the votes around each block, and how many there are."""
    window = np.ones((_WINDOW, _WINDOW), np.float32)
    around = [
        cv2.filter2D(side.astype(np.float32), cv2.CV_32F, window, borderType=cv2.BORDER_CONSTANT)
        for side in (votes < 0, votes != 0)
    ]
    return np.asarray(around[0] / np.maximum(around[1], 1), dtype=np.float32), np.asarray(around[1], dtype=np.float32)


def _parts(votes: NDArray[np.int8], corner: tuple[int, int]) -> tuple[list[FiltersPart], NDArray[np.bool_]]:
    mask = np.zeros(votes.shape, np.bool_)
    parts: list[FiltersPart] = []
    dissent, number = _dissent(votes)
    # Every rectangle of blocks could have been the part, of either kind.
    tests = np.log10(2.0) + 1.5 * np.log10(votes.size)
    kinds: tuple[Literal["other", "none"], ...] = ("other", "none")
    for kind in kinds:
        candidate = ((dissent > _DISSENT[kind]) & (number >= _WINDOW) & ~mask).astype(np.uint8)
        count, labels, boxes, _ = cv2.connectedComponentsWithStats(candidate, connectivity=4)
        for label in range(1, count):
            own = labels == label
            voted, against = int((own & (votes != 0)).sum()), int((own & (votes < 0)).sum())
            if voted < _LEAST_VOTES or own.sum() > _LARGEST * own.size:
                continue
            rest = float((votes[~own] > 0).sum()) / max(1, int((votes[~own] != 0).sum()))
            if rest < _CLEAR:
                continue
            chance = 0.5 if kind == "other" else _ORDINARY + _MORE * (1 - rest)
            significance = _log10_nfa(tests, voted, against, chance)
            if significance <= _LEAST_LOG10_NFA:
                x, y, width, height = (int(boxes[label, at]) * BLOCK for at in range(4))
                place = corner[0] + x, corner[1] + y, width, height
                parts.append(FiltersPart(*place, kind, voted, against, significance))
                mask |= own
    parts.sort(key=lambda part: part.log10_nfa)
    return parts, mask


def _log10_nfa(log10_tests: float, number: int, votes: int, chance: float) -> float:
    """Bound on the number of false alarms: tests times the tail of a binomial, by Hoeffding's inequality."""
    share = votes / number if number else 0.0
    if share <= chance:
        return float(log10_tests)
    rest = (1 - share) * np.log((1 - share) / (1 - chance)) if share < 1 else 0.0
    return float(log10_tests - number * (share * np.log(share / chance) + rest) / np.log(10.0))
