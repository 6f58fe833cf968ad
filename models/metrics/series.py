"""How much a series of neighbouring values is worth."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["independent"]


def independent(values: NDArray[np.float64]) -> float:
    """How many independent values a series is worth, 1 to its length.

    The length over 1 plus twice the sum of autocorrelations, up to the first that is not positive (Geyer, Statistical
    Science 1992): frames that are alike count once.
    """
    count = len(values)
    if count < 3:
        return 1.0
    rest = values - values.mean()
    power = float(rest @ rest)
    if power <= 1e-12 * max(1.0, float(values @ values)):
        return 1.0
    total = 1.0
    for lag in range(1, count):
        share = float(rest[:-lag] @ rest[lag:]) / power
        if share <= 0:
            break
        total += 2.0 * share
    return float(np.clip(count / total, 1.0, count))
