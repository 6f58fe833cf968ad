"""Stated probabilities, checked, and the bins that they are compared with what happened in."""

import numpy as np
from numpy.typing import NDArray

from .labelled import Floats, MetricInputError


def stated(values: Floats) -> Floats:
    if values.size and not ((values >= 0) & (values <= 1)).all():
        raise MetricInputError(
            "probabilities must lie between 0 and 1; pass calibrated probabilities, not raw scores"
        )
    return values


def binned(values: Floats, bins: int, by: str) -> NDArray[np.int64]:
    if bins < 1:
        raise MetricInputError(f"bins must be at least 1, not {bins}")
    if by == "width":
        return np.minimum((values * bins).astype(np.int64), bins - 1)
    if by != "mass":
        raise MetricInputError(f'by must be "width" or "mass", not "{by}"')
    edges = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(edges, values, side="right").astype(np.int64)
