"""Were coefficients rounded to multiples of a step before? Likelihoods, for any step.

How coefficients of a frequency would be spread without any rounding is estimated off the grid (an envelope). Rounded to
multiples of an earlier step, decoded to whole pixels, and rounded to those of the present step, some multiples of the
present step stay nearly empty and others are crowded; saved once, none is. The logarithm of the ratio of both, for each
multiple, is what one coefficient tells. Zeros tell nothing here, since smooth places have them whatever their past.
(After Bianchi and Piva, *Image forgery localization via block-grained analysis of JPEG artifacts*, IEEE TIFS 2012.)
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST_STEP", "REACH", "STRAYS", "Envelope", "odds", "tell"]

LARGEST_STEP = 80
"""Largest earlier step that is looked for."""

REACH = 255
"""Coefficients beyond this size are left out: they are few, and far from zero every multiple looks like every other."""

NOISE = 0.4
"""Standard deviation of a coefficient after its pixels were rounded and went through another colour space."""

STRAYS = 0.05
"""Share of coefficients that need not keep to any past: bounds what one of them can say against it."""

# Edges of the envelope: even steps near zero, wider ones outwards, where there are few coefficients.
_EDGES = np.concatenate([np.arange(0.0, 6.0, 1.0), np.geomspace(6.0, REACH + 1.0, 16)])


class Envelope:
    """Spread of the sizes of coefficients that nothing has rounded.

    Parameters
    ----------
    moved : numpy.ndarray
        float32 (n,): coefficients off the grid.
    """

    def __init__(self, moved: NDArray[np.float32]) -> None:
        counts, _ = np.histogram(np.abs(moved), _EDGES)
        sums = np.concatenate([[0.0], np.cumsum(counts + 0.5)])
        # How many lie below each half of a unit: steps are whole, so their borders are halves.
        self._below = np.interp(np.arange(2 * (REACH + 1) + 1) / 2.0, _EDGES, sums)

    def rounded(self, step: int) -> NDArray[np.float64]:
        """How many are rounded to 0, 1, ... times a step, up to `REACH`."""
        borders = np.minimum((2 * np.arange(REACH // step + 1) + 1) * step, 2 * (REACH + 1))
        return np.diff(self._below[borders], prepend=self._below[0])


def odds(envelope: Envelope, present: int, earlier: int) -> NDArray[np.float64]:
    """How much more probable each multiple of the present step is with an earlier one than without.

    Parameters
    ----------
    envelope : Envelope
        Of the frequency.
    present : int
        Step of the present save; 1 when it was kept without loss.
    earlier : int
        Step of the earlier save, above the present one.

    Returns
    -------
    numpy.ndarray
        float64 (n,): ratio of probabilities for sizes 0, 1, ... times the present step. 1 for 0, which tells nothing.
    """
    plain = envelope.rounded(present)
    twice = _spread(present, earlier) @ envelope.rounded(earlier)
    plain[0] = twice[0] = 0.0
    ratio = twice * (max(plain.sum(), 1e-9) / max(twice.sum(), 1e-9)) / np.maximum(plain, 1e-12)
    ratio[0] = 1.0
    return np.asarray(ratio)


def tell(ratio: NDArray[np.float64], strays: float = STRAYS) -> NDArray[np.float64]:
    """What each multiple tells of the earlier step: natural logarithm of its odds, with a share of strays.

    Parameters
    ----------
    ratio : numpy.ndarray
        From :func:`odds`.
    strays : float
        Share of coefficients that do not keep to the earlier step, 0..1.
    """
    return np.asarray(np.log((1.0 - strays) * ratio + strays))


@cache
def _spread(present: int, earlier: int) -> NDArray[np.float64]:
    """Where multiples of the earlier step go among those of the present: (multiples, earlier multiples)."""
    multiples = np.arange(REACH // present + 1)[:, None] * float(present)
    centres = np.arange(REACH // earlier + 1)[None, :] * float(earlier)
    high = _normal((multiples + present / 2 - centres) / NOISE)
    low = _normal((multiples - present / 2 - centres) / NOISE)
    spread = high - low
    spread[1:, 0] *= 2.0  # around zero both signs have the same size
    return np.asarray(spread)


def _normal(z: NDArray[Any]) -> NDArray[np.float64]:
    # A logistic stands in for the normal distribution: their difference is below 0.01 everywhere.
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(1.702 * z, -60.0, 60.0))))
