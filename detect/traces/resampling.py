"""Was the picture, or a part of it alone, enlarged or shrunk?

Interpolated pixels are weighted means of their neighbours, and how much they are one changes from pixel to pixel with
the period of the new lattice over the old. So the size of the second derivative has that period, in step along all
rows. For each frequency the spectra of the rows are added with their phases and compared with the sum of their powers:
what is no interpolation is out of step from row to row, whatever its spectrum. A frequency stands out if it is in step
so much more than its neighbours, along the rows *and* along the columns: a fence or a cloth seldom has the same period
both ways. Multiples of 1/8 are left out, since the blocks of JPEG have them. In a picture that was resized as a whole
no part is claimed: multiples of its frequency, and blocks of an earlier JPEG that were resized with it, show here and
there. (Period of the derivative: Gallagher,
*Detection of linear and cubic interpolation in JPEG compressed images*, CRV 2005; Popescu and Farid, *Exposing digital
forgeries by detecting traces of resampling*, TSP 2005; Kirchner, *Fast and reliable resampling detection by spectral
analysis of fixed linear predictor residue*, MM&Sec 2008.)
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .blocks import BLOCK, lattice, middle, placed

__all__ = ["Resampled", "Resampling", "resampling", "resampling_map"]

_WINDOWS = ((1200, 128), (3000, 256))
"""Side of a window, in pixels, for pictures up to such a long side; 512 for larger ones. They overlap by half."""
_LARGEST = 1024
"""Side of the middle of the picture that is looked at as a whole."""
_LOWEST, _HIGHEST = 0.068, 0.445
_BESIDE = (2, 14)
"""Neighbours in the spectrum that a frequency is compared with: from, and up to so many bins away."""
_JPEG_BINS = 2.5
_LEAST_STEP = 0.3
"""Least level of neighbours: 1 is that of rows out of step; less is chance."""
_SINGLE, _PAIR = 9.0, 6.0
"""Strength of one window, and of each of several overlapping ones, from which a part is claimed."""
_WHOLE = 12.0
"""Strength of a frequency of the whole picture from which it is told."""
_QUIET, _DOUBTED = 8.0, 5.0
"""The same, from which no part is claimed, and from which only those of that frequency are: they may have made it."""
_SHARED = 3.5
"""Strength of a frequency in a window that counts as having it as well."""
_MOST_SHARED = 0.25
"""Share of the other windows that may have the frequency of a part; if more do, the whole picture was resampled."""


@dataclass(frozen=True, slots=True)
class Resampled:
    """A part with the period of an interpolation that the rest has not.

    Attributes
    ----------
    x, y, width, height : int
        Its box, in pixels; it is known to half a window only.
    frequency : float
        In cycles a pixel, 0..0.5.
    strength : float
        Of its strongest window: how much more in step this frequency is than those beside it; 1 by chance.
    windows : int
        That show it.
    """

    x: int
    y: int
    width: int
    height: int
    frequency: float
    strength: float
    windows: int

    @property
    def factors(self) -> tuple[float, ...]:
        """Factors of size that leave this frequency."""
        return factors(self.frequency)


@dataclass(frozen=True, slots=True, eq=False)
class Resampling:
    """Traces of interpolation in one picture.

    Attributes
    ----------
    frequency : float | None
        Of the whole picture, in cycles a pixel; None when none stands out.
    strength : float
        Of the strongest frequency of the whole.
    parts : tuple of Resampled
        The strongest first.
    strongest : numpy.ndarray
        float32 (rows, columns): of each window the strength of the frequency that the rest does not share.
    side : int
        Of a window, in pixels; they begin half a side apart.
    """

    frequency: float | None
    strength: float
    parts: tuple[Resampled, ...]
    strongest: NDArray[np.float32]
    side: int

    @property
    def factors(self) -> tuple[float, ...]:
        """Factors of size that leave the frequency of the whole picture."""
        return () if self.frequency is None else factors(self.frequency)


def factors(frequency: float) -> tuple[float, ...]:
    """Factors of size that leave a frequency; several do, since frequencies fold at one half."""
    return (1 / (1 - frequency), 1 / frequency, 1 / (1 + frequency))


def resampling(luma: NDArray[np.uint8]) -> Resampling:
    """Find interpolation in the whole picture and in parts of it.

    Parameters
    ----------
    luma : numpy.ndarray
        uint8 (height, width), at least 128 x 128, as large as it came.
    """
    height, width = luma.shape
    if min(height, width) < _WINDOWS[0][1]:
        raise ValueError("resampling needs a plane of at least 128 x 128 pixels")
    top, left, tall, wide = middle(height, width)
    luma = luma[top : top + tall, left : left + wide]
    across, down = _derivative(luma), _derivative(np.ascontiguousarray(luma.T))
    whole = _whole(across, down)
    side = next((side for longest, side in _WINDOWS if max(height, width) <= longest), 512)
    side = side if side <= min(height, width) else _WINDOWS[0][1]
    strengths = np.minimum(_strengths(across, side), _strengths(down, side).transpose(1, 0, 2))
    frequency, strength = whole
    parts, strongest = _parts(strengths, side, (left, top))
    if strength >= _DOUBTED:
        parts = [part for part in parts if abs(part.frequency - frequency) < 1.5 / side]
    if strength >= _QUIET:
        parts, strongest = [], np.zeros_like(strongest)
    return Resampling(frequency if strength >= _WHOLE else None, strength, tuple(parts), strongest, side)


def resampling_map(found: Resampling, height: int, width: int) -> NDArray[np.float32]:
    """Strength of interpolation that the rest does not share, 0..1, on the lattice of :mod:`.blocks`; 1 from 12 on."""
    half = found.side // 2
    rows, columns = found.strongest.shape
    cells = np.zeros((rows + 1, columns + 1), np.float32)
    # A cell of half a window lies in up to four windows: the middle of them says most of where.
    padded = np.pad(found.strongest, 1, mode="edge")
    for y in range(rows + 1):
        for x in range(columns + 1):
            cells[y, x] = np.median(padded[y : y + 2, x : x + 2])
    scaled = np.clip((cells - 2.0) / 10.0, 0.0, 1.0)
    times = half // BLOCK
    large = np.kron(scaled, np.ones((times, times), np.float32))
    _, _, tall, wide = middle(height, width)
    rows, columns = lattice(tall, wide)
    return placed(large[:rows, :columns], height, width)


def _derivative(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Size of the second derivative along the rows, without its slow part."""
    values = luma.astype(np.float32)
    size = np.zeros_like(values)
    size[:, 1:-1] = np.log1p(np.abs(values[:, :-2] - 2 * values[:, 1:-1] + values[:, 2:]))
    return np.asarray(size - cv2.blur(size, (9, 1)), dtype=np.float32)


def _in_step(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much more the rows (..., rows, length) are in step at each frequency than at those beside it."""
    length = rows.shape[-1]
    spectra = np.fft.rfft(rows * np.hanning(length).astype(np.float32), axis=-1)
    together = np.abs(spectra.sum(axis=-2)) ** 2
    step = together / np.maximum((np.abs(spectra) ** 2).sum(axis=-2), 1e-9)
    number = step.shape[-1]
    near, far = _BESIDE[0] + 1, _BESIDE[1]
    offsets = np.concatenate([np.arange(-far, -near + 1), np.arange(near, far + 1)])
    beside = np.clip(np.arange(number)[:, None] + offsets[None, :], 2, number - 1)
    # Of an exponential law the median is log 2 of the mean.
    level = np.median(step[..., beside], axis=-1) / np.log(2.0)
    told = step / np.maximum(level, _LEAST_STEP)
    frequencies = np.arange(number) / length
    silent = np.abs(frequencies - np.rint(frequencies * 8) / 8) * length < _JPEG_BINS
    silent |= (frequencies < _LOWEST) | (frequencies > _HIGHEST)
    told[..., silent] = 0.0
    return np.asarray(told, dtype=np.float32)


def _whole(across: NDArray[np.float32], down: NDArray[np.float32]) -> tuple[float, float]:
    """Frequency that stands out both ways in the middle of the picture, and its strength."""
    side = min(_LARGEST, *across.shape)
    spectra = []
    for plane in (across, down):
        top, left = ((length - side) // 2 for length in plane.shape)
        spectra.append(_in_step(plane[top : top + side, left : left + side]))
    both = np.minimum(*spectra)
    at = int(both.argmax())
    return at / side, float(both[at])


def _strengths(plane: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """For windows (rows, columns) how much each frequency stands out; float32 (rows, columns, frequencies)."""
    half = side // 2
    lines = []
    for top in range(0, plane.shape[0] - side + 1, half):
        windows = sliding_window_view(plane[top : top + side], side, axis=1)[:, ::half]
        lines.append(_in_step(np.ascontiguousarray(windows.transpose(1, 0, 2))))
    return np.stack(lines)


def _parts(
    strengths: NDArray[np.float32], side: int, corner: tuple[int, int]
) -> tuple[list[Resampled], NDArray[np.float32]]:
    half = side // 2
    rows, columns = strengths.shape[:2]
    # A period seldom lies on a bin: two neighbours share it.
    shared = np.maximum(strengths, np.maximum(np.roll(strengths, 1, axis=2), np.roll(strengths, -1, axis=2)))
    ordinary = (shared >= _SHARED).mean(axis=(0, 1)) > _MOST_SHARED
    own = np.where(ordinary, 0.0, strengths)
    parts: list[Resampled] = []
    taken = np.zeros((rows, columns), np.bool_)
    for at in np.argsort(-own.max(axis=(0, 1)))[:16]:
        peak = own[:, :, max(0, at - 1) : at + 2].max(axis=2)
        if peak.max() < _PAIR:
            break
        count, labels = cv2.connectedComponents((peak >= _PAIR).astype(np.uint8), connectivity=8)
        for label in range(1, count):
            members = (labels == label) & ~taken
            size, best = int(members.sum()), float(peak[members].max(initial=0.0))
            if not size or (size < 2 and best < _SINGLE):
                continue
            y, x = np.nonzero(members)
            first = corner[0] + int(x.min()) * half, corner[1] + int(y.min()) * half
            box = *first, int(np.ptp(x)) * half + side, int(np.ptp(y)) * half + side
            parts.append(Resampled(*box, float(at) / side, best, size))
            taken |= members
    parts.sort(key=lambda part: -part.strength)
    return parts, np.asarray(own.max(axis=2, initial=0.0), dtype=np.float32)
