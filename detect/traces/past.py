"""With which steps was a picture rounded before, and what does each of its blocks say to that?

For each of 14 frequencies the earlier step is looked for that best explains which multiples of the present step are
empty and which are crowded (:mod:`~assay.detect.traces.rounding`). The present step is that of the file, or 1 when the
picture was kept without loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .coefficients import Coefficients
from .rounding import LARGEST_STEP, REACH, STRAYS, Envelope, odds, tell

__all__ = ["LEAST_BLOCKS", "LEAST_VOTES", "Past", "Sized", "last_save", "past", "sized"]

LEAST_VOTES = 4
"""Frequencies that must agree before a past is told."""

LEAST_BLOCKS = 100
"""Fewest blocks, on the grid and off it, and fewest coefficients of a frequency that are looked at."""

_LEAST_GAIN = 10.0
"""What all coefficients of a frequency must tell together, natural logarithm."""

_LEAST_MEAN = 0.05
"""And each on average."""

_MANY_STRAYS = 0.3


@dataclass(frozen=True, slots=True)
class Sized:
    """Coefficients of one frequency, counted in steps of the present save.

    Attributes
    ----------
    present : int
        The step.
    sizes : numpy.ndarray
        intp (rows, columns); 0 for blocks that are not usable and coefficients beyond reach.
    counts : numpy.ndarray
        intp (n,): how often each size occurs.
    envelope : Envelope
        How they would be spread without any rounding.
    """

    present: int
    sizes: NDArray[np.intp]
    counts: NDArray[np.intp]
    envelope: Envelope

    @property
    def number(self) -> int:
        """Coefficients that are not zero."""
        return int(self.counts[1:].sum())

    def odds(self, earlier: int) -> NDArray[np.float64]:
        """How much more probable each size is with an earlier step, see :func:`~assay.detect.traces.rounding.odds`."""
        return odds(self.envelope, self.present, earlier)

    def gain(self, ratio: NDArray[np.float64], strays: float = STRAYS) -> float:
        """What all coefficients tell, given these odds, natural logarithm."""
        return float(self.counts @ tell(ratio, strays))

    def expected(self, ratio: NDArray[np.float64]) -> float:
        """What one that is not zero tells on average where there is no such past, given these odds; 0 or less."""
        plain = self.envelope.rounded(self.present)[1:]
        return min(0.0, float(plain @ tell(ratio)[1:]) / max(float(plain.sum()), 1e-9))

    def ratios(self, ratio: NDArray[np.float64]) -> NDArray[np.float32]:
        """What each tells, float32 (rows, columns)."""
        return np.asarray(tell(ratio)[self.sizes], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Past:
    """What a picture shows of an earlier save.

    Attributes
    ----------
    earlier : tuple of int
        Earlier step at each frequency; 0 where none shows.
    places : int
        Frequencies with enough coefficients to be looked at.
    gain : float
        What a coefficient that is not zero tells on average, natural logarithm.
    ratios : numpy.ndarray
        float32 (rows, columns): of each block; 0 where it tells nothing, and everywhere when no past shows.
    without : numpy.ndarray
        float32 (rows, columns): what `ratios` would be on average if the block had no such past; 0 or less.
    """

    earlier: tuple[int, ...]
    places: int
    gain: float
    ratios: NDArray[np.float32]
    without: NDArray[np.float32]

    @property
    def votes(self) -> int:
        """Frequencies at which an earlier step shows."""
        return sum(step > 0 for step in self.earlier)

    @property
    def found(self) -> bool:
        """Whether there are signs of an earlier save."""
        return self.votes >= LEAST_VOTES


def sized(here: Coefficients, present: Sequence[int]) -> tuple[Sized, ...] | None:
    """Coefficients of a picture counted in present steps; None when too few blocks can be used."""
    if here.usable.sum() < LEAST_BLOCKS or here.moved.shape[1] < LEAST_BLOCKS:
        return None
    made = []
    for values, moved, step in zip(here.values, here.moved, present, strict=True):
        sizes = np.rint(np.abs(values) / step).astype(np.intp)
        sizes[(sizes > REACH // step) | ~here.usable] = 0
        counts = np.bincount(sizes.ravel(), minlength=REACH // step + 1)
        made.append(Sized(step, sizes, counts, Envelope(moved)))
    return tuple(made)


def past(given: Sequence[Sized]) -> Past:
    """The past that a picture has in common."""
    ratios = np.zeros(given[0].sizes.shape, np.float32)
    without = np.zeros_like(ratios)
    earlier: list[int] = []
    gain, number = 0.0, 0
    for one in given:
        best, step = _earlier_step(one)
        enough = best >= _LEAST_GAIN and best >= _LEAST_MEAN * one.number
        earlier.append(step if enough else 0)
        if enough:
            gain, number = gain + best, number + one.number
            ratio = one.odds(step)
            ratios += one.ratios(ratio)
            without += np.float32(one.expected(ratio)) * (one.sizes > 0)
    if sum(step > 0 for step in earlier) < LEAST_VOTES:
        ratios[:] = without[:] = 0.0
    places = sum(one.number >= LEAST_BLOCKS for one in given)
    return Past(tuple(earlier), places, gain / max(number, 1), ratios, without)


def last_save(here: Coefficients) -> tuple[int, ...] | None:
    """Steps of the last save of a picture that was kept without loss since, at `PLACES`; None when they do not show.

    A step of 1 leaves no multiples empty; it is what a place gets where nothing shows.
    """
    given = sized(here, (1,) * len(here.values))
    if given is None:
        return None
    found = past(given)
    return tuple(max(1, step) for step in found.earlier) if found.votes > len(given) // 2 else None


def _earlier_step(given: Sized) -> tuple[float, int]:
    largest = int(np.flatnonzero(given.counts).max(initial=0)) * given.present
    best, step = 0.0, 0
    for candidate in range(given.present + 1, min(LARGEST_STEP, 2 * largest) + 1):
        ratio = given.odds(candidate)
        gain = max(given.gain(ratio), given.gain(ratio, _MANY_STRAYS))
        if gain > best:
            best, step = gain, candidate
    return best, step
