"""Pool adjacent violators: the best non-decreasing step function through weighted labels.

One small routine that the isotonic calibrator, the minimum of Cllr and the convex hull of the ROC all rest on
(Ayer et al., 1955; Brümmer and du Preez, 2013, "The PAV algorithm optimizes binary proper scoring rules").
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Blocks:
    """Pooled blocks in ascending order of score, arrays of shape ``[blocks]``.

    Attributes
    ----------
    first, last
        Lowest and highest score of the block.
    positive, negative
        Weight of the rows of the block that are labelled 1 and 0. The ratio ``positive / negative`` rises
        strictly from block to block.
    """

    first: NDArray[np.float64]
    last: NDArray[np.float64]
    positive: NDArray[np.float64]
    negative: NDArray[np.float64]


def distinct(
    scores: NDArray[np.float64], positive: NDArray[np.float64], negative: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Sum the weights of equal scores: ``(values, positive, negative)`` in ascending order of value.

    Parameters
    ----------
    scores
        Shape ``[n]``, any order, may be infinite, not NaN.
    positive, negative
        Shape ``[n]``: weight of each row as a positive and as a negative.
    """
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[starts], np.add.reduceat(positive[order], starts), np.add.reduceat(negative[order], starts)


def pool(scores: NDArray[np.float64], positive: NDArray[np.float64], negative: NDArray[np.float64]) -> Blocks:
    """Pool until the share of positives rises strictly with the score; equal scores never part.

    Parameters
    ----------
    scores
        Shape ``[n]``, n >= 1, any order, not NaN.
    positive, negative
        Shape ``[n]``, >= 0: weight of each row as a positive and as a negative. Rows without weight are
        dropped.
    """
    values, up, down = distinct(scores, positive, negative)
    kept = up + down > 0
    firsts: list[int] = []
    ups: list[float] = []
    downs: list[float] = []
    index = np.flatnonzero(kept)
    for row, gain, loss in zip(index.tolist(), up[index].tolist(), down[index].tolist(), strict=True):
        first = row
        # Compare ratios by cross products: a block without negatives has an infinite ratio and needs no
        # special case.
        while ups and ups[-1] * loss >= gain * downs[-1]:
            gain += ups.pop()
            loss += downs.pop()
            first = firsts.pop()
        firsts.append(first)
        ups.append(gain)
        downs.append(loss)
    starts = np.asarray(firsts, dtype=np.int64)
    position = np.searchsorted(index, starts)
    ends = index[np.append(position[1:] - 1, index.size - 1)] if starts.size else starts
    return Blocks(values[starts], values[ends], np.asarray(ups, np.float64), np.asarray(downs, np.float64))
