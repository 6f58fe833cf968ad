"""The stored form of calibrators: what calibration.json must hold before a number of it is believed."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PositiveInt, model_validator

from .sample import LARGEST_SCORE

SCHEMA_VERSION = 1
MAX_BYTES = 4 << 20
"""Most bytes of a calibration.json that are read."""
MAX_KNOTS = 4096
"""Most knots of a curve."""

_Curve = Annotated[list[FiniteFloat], Field(min_length=1, max_length=MAX_KNOTS)]
_Effective = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class StoredRows(BaseModel):
    """See `calibration_set.Rows`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    h1: PositiveInt
    h2: PositiveInt
    effective_h1: _Effective
    effective_h2: _Effective


class StoredCalibrator(BaseModel):
    """See `calibration.Calibrator`; curves that are not monotone, ordered and bounded are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)

    method: Literal["logistic", "isotonic"]
    raw: _Curve
    log10_lr: _Curve
    low: _Curve
    high: _Curve
    bound: Annotated[list[FiniteFloat], Field(min_length=2, max_length=2)]
    level: Annotated[float, Field(gt=0, lt=1)]
    rows: StoredRows
    parameters: dict[str, FiniteFloat]
    reference: dict[str, Any]

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if not len(self.raw) == len(self.log10_lr) == len(self.low) == len(self.high):
            raise ValueError("raw, log10_lr, low and high must have one length")
        raw, point, low, high = (np.asarray(c) for c in (self.raw, self.log10_lr, self.low, self.high))
        if np.abs(raw).max() > LARGEST_SCORE or not (np.diff(raw) > 0).all():
            raise ValueError(f"raw scores of knots must rise and stay within ±{LARGEST_SCORE:g}")
        if not all((np.diff(curve) >= 0).all() for curve in (point, low, high)):
            raise ValueError("a curve falls; a higher score must never mean less")
        if not ((low <= point).all() and (point <= high).all()):
            raise ValueError("low <= log10_lr <= high must hold at every knot")
        if not self.bound[0] <= min(low[0], 0) or not self.bound[1] >= max(high[-1], 0):
            raise ValueError("the curves leave the bound, or it does not hold 0")
        return self


class StoredCalibrators(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    schema_version: Literal[1]
    calibrators: Annotated[dict[str, dict[str, Any]], Field(min_length=1, max_length=64)]
