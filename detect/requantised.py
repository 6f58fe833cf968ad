"""Was a JPEG compressed before? A test on the histograms of its coefficients.

A coefficient that was rounded to multiples of an earlier step and then to multiples of the present one leaves some
multiples empty and others crowded. What the histogram would look like after one compression only is estimated from the
picture itself, moved by four pixels, where the grid of either compression does not fall any more; the same estimate,
rounded to every possible earlier step first, says what two compressions would look like. (Idea: Lukáš and Fridrich,
*Estimation of primary quantization matrix in double compressed JPEG images*, DFRWS 2003.)

It sees an earlier compression on the same grid whose steps are larger than, and no divisor of, the present ones: mostly
an earlier *lower* quality. It cannot see one of higher quality, a moved grid, or a resized picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .media import Pixels

__all__ = ["Requantised", "requantised"]

# Low frequencies, (row, column): enough energy for a histogram.
_PLACES = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (0, 3), (3, 0))
_LARGEST_STEP = 64
_BINS = 40
_LEAST_BLOCKS = 400
_LEAST_SHARE = 0.10
"""Least share of coefficients that are not rounded to zero, for a histogram to say anything."""
_LEAST_SPREAD = 0.012
"""A histogram nearer than this to the single one is single (squared Hellinger distance)."""
_GAIN = 0.55
"""The best earlier step must explain the histogram this much better than none (share of the distance left)."""
LEAST_VOTES = 3
"""Places that must agree before anything is said."""


@dataclass(frozen=True, slots=True)
class Requantised:
    """Result of the test.

    Attributes
    ----------
    votes : int
        Places whose histogram an earlier compression explains much better.
    places : int
        Places that had enough coefficients to be looked at.
    earlier_steps : dict of str to int
        Estimated earlier step by place (row, column), for the places that voted.
    blocks : int
        8 x 8 blocks looked at.
    """

    votes: int
    places: int
    earlier_steps: dict[str, int]
    blocks: int

    @property
    def found(self) -> bool:
        """Whether there are signs of an earlier compression."""
        return self.votes >= LEAST_VOTES


def requantised(luma: Pixels, table: Sequence[int]) -> Requantised | None:
    """Look for an earlier compression.

    Parameters
    ----------
    luma : numpy.ndarray
        Luminance as coded, uint8 (h, w), multiples of 8, on the grid of the present compression.
    table : sequence of int
        Its quantisation table, 64 steps in row order.

    Returns
    -------
    Requantised | None
        None when there are too few blocks.
    """
    values = luma.astype(np.float32) - 128.0
    blocks = _blocks(values)
    # Clipped pixels are rounded by something else than the quantisation.
    whole = ((blocks > -127.5) & (blocks < 126.5)).all(axis=(1, 2))
    blocks = blocks[whole]
    if len(blocks) < _LEAST_BLOCKS:
        return None
    moved = _blocks(values[4:-4, 4:-4])
    votes, places = 0, 0
    steps: dict[str, int] = {}
    for row, column in _PLACES:
        step = table[8 * row + column]
        if step < 1:
            continue
        present = _histogram(np.rint(_coefficients(blocks, row, column) / step))
        if present[1 : _BINS + 1].sum() < _LEAST_SHARE:
            continue
        places += 1
        values_seen, weights = _grid(_coefficients(moved, row, column))
        single = _distance(present, _histogram(np.rint(values_seen / step), weights))
        best, earlier = single, 1
        for candidate in range(2, _LARGEST_STEP + 1):
            if step % candidate == 0:
                continue
            once = np.rint(values_seen / candidate)
            twice = _distance(present, _histogram(np.rint(once * (candidate / step)), weights))
            if twice < best:
                best, earlier = twice, candidate
        if single > _LEAST_SPREAD and best < _GAIN * single:
            votes += 1
            steps[f"{row},{column}"] = earlier
    return Requantised(votes, places, steps, len(blocks))


def _blocks(values: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = (side // 8 * 8 for side in values.shape)
    tiles = values[:height, :width].reshape(height // 8, 8, width // 8, 8)
    return np.ascontiguousarray(tiles.transpose(0, 2, 1, 3).reshape(-1, 8, 8))


def _basis(frequency: int) -> NDArray[np.float32]:
    scale = np.sqrt(1 / 8) if frequency == 0 else np.sqrt(2 / 8)
    return np.asarray(scale * np.cos((2 * np.arange(8) + 1) * frequency * np.pi / 16), dtype=np.float32)


def _coefficients(blocks: NDArray[np.float32], row: int, column: int) -> NDArray[np.float32]:
    plane = np.outer(_basis(row), _basis(column)).astype(np.float32)
    return blocks.reshape(len(blocks), 64) @ plane.ravel()


def _grid(coefficients: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Sizes of coefficients in quarters, each once, and how many there are: sixty earlier steps are tried on them."""
    quarters = np.bincount(np.rint(4 * np.abs(coefficients)).astype(np.int64))
    filled = np.flatnonzero(quarters)
    return (filled / 4).astype(np.float32), quarters[filled].astype(np.float64)


def _histogram(
    multiples: NDArray[np.float32], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Shares of -n..n folded to 0..n: signs carry nothing here."""
    folded = np.minimum(np.abs(multiples), _BINS + 1).astype(np.int64)
    counts = np.bincount(folded, weights, minlength=_BINS + 2)
    return counts / max(float(counts.sum()), 1.0)


def _distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Squared Hellinger distance of two histograms, 0..1."""
    return float(0.5 * ((np.sqrt(a) - np.sqrt(b)) ** 2).sum())
