"""Labelled scores: the input of every metric, checked once, with errors that say what to repair."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import AssayError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class MetricInputError(AssayError):
    """Scores, labels or arguments that no metric can answer for: shape, NaN, other labels than 0 and 1."""

    code = "metric-input"


class SingleClassError(AssayError):
    """The metric compares two classes and only one is there."""

    code = "metric-single-class"


def checked(scores: ArrayLike, labels: ArrayLike, *, both: bool = True) -> tuple[Floats, Bools]:
    """Scores as float64 and labels as bool, both of shape ``[n]``, n >= 1.

    Raises
    ------
    MetricInputError
        Other shapes, no rows, NaN, a label that is neither 0 nor 1.
    SingleClassError
        Only when `both`: one of the classes has no row.
    """
    values = np.asarray(scores, dtype=np.float64)
    marks = np.asarray(labels)
    if values.ndim != 1 or values.shape != marks.shape:
        raise MetricInputError(
            f"scores {values.shape} and labels {marks.shape} must be flat and of one length"
        )
    if values.size == 0:
        raise MetricInputError("no rows: a metric needs at least one score")
    if np.isnan(values).any():
        raise MetricInputError(
            f"{int(np.isnan(values).sum())} of {values.size} scores are NaN; drop or repair these rows first"
        )
    truth = marks.astype(np.bool_)
    if not np.array_equal(truth, marks):
        raise MetricInputError("labels must be 0 (H2) or 1 (H1)")
    if both and (truth.all() or not truth.any()):
        raise SingleClassError(
            f"all {truth.size} labels are {int(truth[0])}; this metric needs rows of both classes"
        )
    return values, truth


def share(value: float, name: str) -> float:
    """`value` if it lies in 0..1.

    Raises
    ------
    MetricInputError
        It does not, or is NaN.
    """
    if not 0 <= value <= 1:
        raise MetricInputError(f"{name} must be between 0 and 1, not {value}")
    return value
