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

__all__ = ["LARGEST_STEP", "REACH", "Envelope", "tell"]

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
        self._sums = np.concatenate([[0.0], np.cumsum(counts + 0.5)])

    def between(self, low: NDArray[Any], high: NDArray[Any]) -> NDArray[np.float64]:
        """How many lie between two sizes."""
        ends = [np.interp(np.clip(end, 0.0, REACH + 1.0), _EDGES, self._sums) for end in (low, high)]
        return np.asarray(ends[1] - ends[0])


def tell(envelope: Envelope, present: int, earlier: int, strays: float = STRAYS) -> NDArray[np.float64]:
    """What each multiple of the present step tells of an earlier one.

    Parameters
    ----------
    envelope : Envelope
        Of the frequency.
    present : int
        Step of the present save; 1 when it was kept without loss.
    earlier : int
        Step of the earlier save, above the present one.
    strays : float
        Share of coefficients that do not keep to it, 0..1.

    Returns
    -------
    numpy.ndarray
        float64 (n,): natural logarithm of the ratio of probabilities, with the earlier step against without, for sizes
        0, 1, ... times the present step. 0 for 0.
    """
    multiples = np.arange(REACH // present + 1)
    plain = envelope.between((multiples - 0.5) * present, (multiples + 0.5) * present)
    centres = np.arange(REACH // earlier + 1)
    masses = envelope.between((centres - 0.5) * earlier, (centres + 0.5) * earlier)
    rounded = _spread(present, earlier) @ masses
    plain, rounded = plain[1:] / max(plain[1:].sum(), 1e-9), rounded[1:] / max(rounded[1:].sum(), 1e-9)
    told = np.log((1.0 - strays) * rounded / np.maximum(plain, 1e-12) + strays)
    return np.concatenate([[0.0], told])


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
