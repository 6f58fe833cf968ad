"""The lowest frequencies of the 8 x 8 blocks of a picture, on its grid and off it.

What an earlier JPEG rounded is seen on the grid of its blocks; what the picture would look like without that is
estimated from the same picture moved by four pixels, where no block of the JPEG falls on one of ours (Lukáš and
Fridrich, *Estimation of primary quantization matrix in double compressed JPEG images*, DFRWS 2003).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["PLACES", "Coefficients", "coefficients", "steps_at"]

PLACES = tuple((row, column) for row in range(5) for column in range(5) if 0 < row + column <= 4)
"""Row and column of the 14 frequencies looked at. The mean of a block tells of flat areas only, and is left out."""

MOVED_BLOCKS = 40_000
"""Most blocks off the grid that are looked at: enough for a histogram."""

_STRIP = 512


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Coefficients of one picture.

    Attributes
    ----------
    values : numpy.ndarray
        float32 (14, rows, columns): of each block on the grid.
    usable : numpy.ndarray
        bool (rows, columns): blocks without clipped pixels, whose coefficients nobody else has changed.
    moved : numpy.ndarray
        float32 (14, n): of blocks off the grid.
    origin : (int, int)
        Column and row at which the grid begins, each 0..7.
    """

    values: NDArray[np.float32]
    usable: NDArray[np.bool_]
    moved: NDArray[np.float32]
    origin: tuple[int, int]


def coefficients(
    luma: NDArray[np.uint8], clipped: NDArray[np.bool_] | None = None, origin: tuple[int, int] = (0, 0)
) -> Coefficients:
    """Coefficients on the grid that begins at `origin`, and off it.

    Parameters
    ----------
    luma : numpy.ndarray
        uint8 (height, width), never resized since it was decoded; at least 24 x 24.
    clipped : numpy.ndarray, optional
        bool (height, width): pixels with a channel at its end; by default those whose luminance is 0 or 255.
    origin : (int, int)
        Column and row.
    """
    if luma.ndim != 2 or min(luma.shape) < 24:
        raise ValueError("coefficients need a plane of at least 24 x 24 pixels")
    ends = (luma == 0) | (luma == 255) if clipped is None else clipped
    column, row = origin
    values = _transformed(luma[row:, column:])
    usable = _whole(ends[row:, column:])
    # Four pixels on, and only as many rows of blocks as a histogram needs, spread over the picture.
    off, bad = luma[row + 4 :, column + 4 :], ends[row + 4 :, column + 4 :]
    rows, columns = off.shape[0] // 8, off.shape[1] // 8
    every = max(1, rows * columns // MOVED_BLOCKS)
    kept = np.arange(rows * 8).reshape(rows, 8)[::every].ravel()
    moved = _transformed(off[kept])
    clean = _whole(bad[kept])
    return Coefficients(values, usable, np.ascontiguousarray(moved[:, clean]), origin)


def steps_at(table: Sequence[int]) -> tuple[int, ...]:
    """Steps of a quantisation table, 64 in row order, at `PLACES`."""
    return tuple(max(1, int(table[8 * row + column])) for row, column in PLACES)


def _transformed(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    rows, columns = luma.shape[0] // 8, luma.shape[1] // 8
    out = np.empty((len(PLACES), rows, columns), np.float32)
    for top in range(0, rows, _STRIP // 8):
        strip = luma[8 * top : 8 * top + _STRIP, : columns * 8].astype(np.float32)
        strip = strip[: strip.shape[0] // 8 * 8]
        across = strip.reshape(-1, columns, 8) @ _BASIS.T
        both = np.einsum("ki,aibl->klab", _BASIS, across.reshape(-1, 8, columns, 5), optimize=True)
        for at, (row, column) in enumerate(PLACES):
            out[at, top : top + both.shape[2]] = both[row, column]
    return out


def _whole(ends: NDArray[np.bool_]) -> NDArray[np.bool_]:
    rows, columns = ends.shape[0] // 8, ends.shape[1] // 8
    blocks = ends[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8)
    return np.asarray(~blocks.any(axis=(1, 3)))


def _basis() -> NDArray[np.float32]:
    rows = [np.cos((2 * np.arange(8) + 1) * frequency * np.pi / 16) / 2 for frequency in range(5)]
    rows[0] = rows[0] * np.sqrt(0.5)
    return np.asarray(rows, dtype=np.float32)


_BASIS = _basis()
