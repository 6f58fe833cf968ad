"""Parts of a picture whose blocks speak against what the rest has in common.

Blocks bring natural logarithms of likelihood ratios: above zero where a block has what the picture has in common. Where
that is true of a block, the mean of exp(-ratio) is at most one, so by Markov's inequality a part with a sum of -s comes
by chance at most exp(-s) times. Times the number of parts that could have been it, this is a number of false alarms.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "Part", "Parts", "neighbourhood", "parts", "share"]

BLOCK = 8
"""Side of a block, in pixels."""

_LEAST_BLOCKS = 4

_LEAST_SHARE = 0.5
"""Of what a part without anything in common would tell."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part that speaks against it.

    Attributes
    ----------
    x, y, width, height : int
        Its box, in pixels of the plane that was looked at.
    blocks : int
        Blocks in it.
    log10_nfa : float
        Decimal logarithm of the number of false alarms.
    """

    x: int
    y: int
    width: int
    height: int
    blocks: int
    log10_nfa: float


@dataclass(frozen=True, slots=True)
class Parts:
    """All of them.

    Attributes
    ----------
    found : tuple of Part
        The most significant first.
    mask : numpy.ndarray
        bool (rows, columns): their blocks.
    least : float
        Decimal logarithm of the number of false alarms of the most significant candidate, whether it is told or not.
    """

    found: tuple[Part, ...]
    mask: NDArray[np.bool_]
    least: float


def parts(
    ratios: NDArray[np.float32],
    origin: tuple[int, int],
    most: float,
    least_mean: float,
    without: NDArray[np.float32] | None = None,
) -> Parts:
    """Find them.

    Parameters
    ----------
    ratios : numpy.ndarray
        float32 (rows, columns): natural logarithm of the likelihood ratio of each block; 0 where it tells nothing.
    origin : (int, int)
        Column and row of the first block, in pixels.
    most : float
        Decimal logarithm of the number of false alarms below which a part is told.
    least_mean : float
        And what its blocks must tell on average, natural logarithm: where the model is a little wrong, many blocks that
        tell next to nothing would add up.
    without : numpy.ndarray, optional
        float32 (rows, columns): what `ratios` would be on average in a part that has nothing in common with the rest. A
        part must come at least half as far.
    """
    against = (neighbourhood(ratios) < 0.0).astype(np.uint8)
    number, labels, boxes, _ = cv2.connectedComponentsWithStats(against, connectivity=8)
    sums = np.bincount(labels.ravel(), weights=ratios.ravel(), minlength=number)
    nothing = np.zeros_like(ratios) if without is None else without
    expected = np.bincount(labels.ravel(), weights=nothing.ravel(), minlength=number)
    # Any rectangle could have been the part.
    tests = 1.5 * np.log10(max(ratios.size, 2))
    mask = np.zeros(ratios.shape, np.bool_)
    found: list[Part] = []
    least = float(tests)
    for label in range(1, number):
        x, y, wide, tall, blocks = (int(boxes[label, at]) for at in range(5))
        if blocks < _LEAST_BLOCKS:
            continue
        significance = float(tests + sums[label] / np.log(10.0))
        least = min(least, significance)
        far = sums[label] <= _LEAST_SHARE * expected[label] and sums[label] < -least_mean * blocks
        if significance < most and far:
            left, top = origin[0] + BLOCK * x, origin[1] + BLOCK * y
            found.append(Part(left, top, BLOCK * wide, BLOCK * tall, blocks, significance))
            mask |= labels == label
    if found:
        closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        mask = np.asarray(closed > 0)
    found.sort(key=lambda part: part.log10_nfa)
    return Parts(tuple(found), mask, least)


def neighbourhood(ratios: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sums over 3 x 3 blocks."""
    return np.asarray(cv2.boxFilter(ratios, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT))


def share(ratios: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much the neighbourhood of each block speaks against it: 0 not at all, 0.5 it tells nothing, 1 wholly."""
    return np.asarray(1.0 / (1.0 + np.exp(np.clip(neighbourhood(ratios), -40.0, 40.0))), dtype=np.float32)
