"""Was a JPEG saved before on the same grid, with which steps, and was every part of it?

A part whose coefficients do not keep to the steps of the earlier save was saved only once: it came in, or was changed,
between the two saves. (Lin, He, Tang and Tang, *Fast, automatic and fine-grained tampered JPEG image detection via DCT
coefficient analysis*, Pattern Recognition 2009; Bianchi and Piva, IEEE TIFS 2012.)

It sees an earlier save whose steps are larger than the present ones: mostly one of *lower* quality. It cannot see one
of higher quality, on another grid, or of a picture that was resized since.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .coefficients import Coefficients, steps_at
from .parts import Parts, parts, share
from .past import Past, last_save, past, sized

__all__ = ["LEAST_MEAN", "LOG10_NFA", "Doubled", "doubled"]

LOG10_NFA = -12.0
"""Parts more significant than this are told."""

LEAST_MEAN = 2.0
"""And whose blocks tell this much on average, natural logarithm. Of 300 looks at training photos that nobody had edited
in part, saved twice, three times, or brightened in between, the worst part beyond `LOG10_NFA` reached 1.6."""


@dataclass(frozen=True, slots=True)
class Doubled:
    """What was found.

    Attributes
    ----------
    past : Past
        The earlier save that most of the picture shares.
    map : numpy.ndarray
        float32 (rows, columns), blocks of 8 pixels from `origin`: how much the neighbourhood of a block speaks against
        the past of the rest, 0..1; 0.5 where it tells nothing, and everywhere when no earlier save shows.
    once : Parts
        Parts that do not share the earlier save.
    origin : (int, int)
        Column and row of the first block.
    """

    past: Past
    map: NDArray[np.float32]
    once: Parts
    origin: tuple[int, int]


def doubled(here: Coefficients, table: Sequence[int] | None) -> Doubled | None:
    """Look for an earlier save, and for parts without it.

    Parameters
    ----------
    here : Coefficients
        Of the luminance as coded, on the grid of the present save.
    table : sequence of int | None
        Quantisation table of the present save, 64 steps in row order. None for a picture that was kept without loss
        since: its last save is then told from its coefficients.

    Returns
    -------
    Doubled | None
        None when there are too few blocks without clipped pixels, or no last save shows.
    """
    present = last_save(here) if table is None else steps_at(table)
    given = None if present is None else sized(here, present)
    if given is None:
        return None
    found = past(given)
    once = parts(found.ratios, here.origin, LOG10_NFA, LEAST_MEAN, found.without)
    return Doubled(found, share(found.ratios), once, here.origin)
