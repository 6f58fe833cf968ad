"""Calibrator: a raw score becomes a bounded log10 likelihood ratio with an interval, a probability and a p.

A calibrator is a table of monotone curves over the raw score, whatever fitted it; applying it needs numpy
only. Beyond the scores that it was fitted on nothing is extrapolated: the outermost value holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ValidationError

from ..jsontext import read_json, write_json
from ..metrics.labelled import Floats
from .calibrated import Calibrated as Calibrated
from .calibrated import CalibratedMany as CalibratedMany
from .calibrated import probability as probability
from .conformal import CalibrationFormatError, CalibrationInputError, ConformalP
from .curves import Isotonic, Logistic
from .curves import balance as balance
from .sample import CalibrationSet, Rows
from .stored import MAX_BYTES, MAX_KNOTS, SCHEMA_VERSION, StoredCalibrator, StoredCalibrators

_LN10 = float(np.log(10.0))


@dataclass(frozen=True, slots=True, eq=False)
class Calibrator:
    """Monotone curves from raw score to log10 LR; make one by `fit_logistic`, `fit_isotonic` or `from_json`.

    Attributes
    ----------
    method
        "logistic" or "isotonic".
    raw
        Knots, shape ``[knots]``, strictly rising raw scores.
    log10_lr, low, high
        Shape ``[knots]``, non-decreasing, ``low <= log10_lr <= high``; linear between knots, constant
        outside.
    bound
        Lowest (<= 0) and highest (>= 0) log10 LR that the calibration set supports, see `elub`.
    level
        Nominal coverage of the interval, 0..1.
    rows
        Size of the calibration set.
    parameters
        What was fitted, for the record (slope and intercept of the natural log LR; ridge).
    reference
        The H2 rows of the calibration set, for p.
    """

    method: Literal["logistic", "isotonic"]
    raw: Floats
    log10_lr: Floats
    low: Floats
    high: Floats
    bound: tuple[float, float]
    level: float
    rows: Rows
    parameters: Mapping[str, float]
    reference: ConformalP

    @classmethod
    def fit_logistic(
        cls,
        scores: ArrayLike,
        labels: ArrayLike,
        *,
        weights: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        ridge: float = 0.1,
        replicates: int = 400,
        level: float = 0.95,
        seed: int = 0,
    ) -> Self:
        """Straight line from raw score to log LR (logistic regression at equal priors), then bounded.

        Parameters
        ----------
        scores, labels
            Shape ``[n]``: finite raw scores of rows that the scorer was *not* trained on; 1 is H1, 0 is H2.
        weights
            Optional, shape ``[n]``, >= 0, such as ``balance(labels, sources)``.
        groups
            Optional, shape ``[n]``: rows that depend on one another (frames of a video, twins); they are
            drawn together in the bootstrap and count as one row of their class in the bound.
        ridge
            Penalty of the standardised slope; only matters for small or separable sets.
        replicates, level, seed
            Bootstrap of the calibration set for the interval.

        Raises
        ------
        MetricInputError, SingleClassError, CalibrationInputError
            NaN, infinite or absurd scores, other labels, one class only, bad weights or arguments.
        """
        fit = CalibrationSet.of(scores, labels, weights, groups, replicates, level, seed)
        if not ridge >= 0:
            raise CalibrationInputError(f"ridge must be 0 or more, not {ridge}")
        line = Logistic(fit.raw, fit.labels, [fit.weights[None, :]], ridge)
        low, high = fit.bounds(line.curves(fit.raw)[0])
        knots = fit.grid()
        fitted = line.parameters()
        if fitted["slope"] > 0:
            # The corners where the line meets the bounds, so that the table is the line and not nearly the
            # line.
            corners = (np.array([low, high]) * _LN10 - fitted["intercept"]) / fitted["slope"]
            knots = np.union1d(knots, corners[(corners > knots[0]) & (corners < knots[-1])])
        drawn = Logistic(fit.raw, fit.labels, fit.replicates(), ridge, line)
        limits = fit.resampled_bounds(lambda number: drawn.curves(fit.raw, number)[0], (low, high))
        curve, spread = line.curves(knots)[0], drawn.curves(knots)
        return cls._of("logistic", fit, knots, curve, spread, limits, (low, high), fitted | {"ridge": ridge})

    @classmethod
    def fit_isotonic(
        cls,
        scores: ArrayLike,
        labels: ArrayLike,
        *,
        weights: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        replicates: int = 200,
        level: float = 0.95,
        seed: int = 0,
    ) -> Self:
        """Best monotone curve (PAV), then bounded; needs more rows than `fit_logistic`, assumes no shape.

        Parameters and errors as for `fit_logistic`.
        """
        fit = CalibrationSet.of(scores, labels, weights, groups, replicates, level, seed)
        extra = (1 / fit.rows.effective_h1, 1 / fit.rows.effective_h2)
        steps = Isotonic(fit.raw, fit.labels, fit.weights, *extra)
        bound = fit.bounds(steps.curve(fit.raw))
        knots = steps.raw
        if knots.size > MAX_KNOTS:
            knots = knots[np.unique(np.linspace(0, knots.size - 1, MAX_KNOTS).round().astype(np.int64))]
        drawn = [
            Isotonic(fit.raw, fit.labels, weight, *extra) for chunk in fit.replicates() for weight in chunk
        ]
        limits = fit.resampled_bounds(lambda number: drawn[number].curve(fit.raw), bound)
        spread = np.asarray([each.curve(knots) for each in drawn])
        return cls._of("isotonic", fit, knots, steps.curve(knots), spread, limits, bound, {})

    @classmethod
    def _of(
        cls,
        method: Literal["logistic", "isotonic"],
        fit: CalibrationSet,
        knots: Floats,
        curve: Floats,
        spread: Floats,
        limits: Floats,
        bound: tuple[float, float],
        parameters: Mapping[str, float],
    ) -> Self:
        if len(spread) == 0:
            raise CalibrationInputError(
                "no bootstrap replicate holds both classes; give more groups of each class"
            )
        tail = (1 - fit.level) / 2
        # Each replicate within its own bounds: how far the rows may be trusted is uncertain too, and an interval
        # of no width at the bound would claim otherwise.
        within = np.clip(spread, limits[:, :1], limits[:, 1:])
        ends = np.quantile(within, [tail, 1 - tail], axis=0)
        point = np.maximum.accumulate(np.clip(curve, *bound))
        low = np.minimum(np.maximum.accumulate(ends[0]), point)
        high = np.maximum(np.maximum.accumulate(ends[1]), point)
        reference = ConformalP(fit.raw[~fit.labels])
        return cls(
            method, *_frozen(knots, point, low, high), bound, fit.level, fit.rows, dict(parameters), reference
        )

    def apply_many(self, raw: ArrayLike) -> CalibratedMany:
        """Calibrate raw scores of any shape; infinite ones are beyond every knot.

        Raises
        ------
        CalibrationInputError
            A score is NaN.
        """
        values = np.asarray(raw, dtype=np.float64)
        p = self.reference.p_many(values)
        inside = np.clip(values, self.raw[0], self.raw[-1])
        left = np.clip(np.searchsorted(self.raw, inside, side="right") - 1, 0, max(self.raw.size - 2, 0))
        right = np.minimum(left + 1, self.raw.size - 1)
        span = self.raw[right] - self.raw[left]
        share = np.divide(inside - self.raw[left], span, out=np.zeros_like(inside), where=span > 0)

        def between(curve: Floats) -> Floats:
            # Each rounding step is monotone in `share`; the minimum stops the last one from passing the knot.
            found: Floats = np.minimum(curve[left] + share * (curve[right] - curve[left]), curve[right])
            return found

        point = between(self.log10_lr)
        return CalibratedMany(
            point, np.minimum(between(self.low), point), np.maximum(between(self.high), point), p
        )

    def apply(self, raw: float) -> Calibrated:
        """Calibrate one raw score, see `apply_many`."""
        many = self.apply_many(np.asarray(raw, dtype=np.float64))
        return Calibrated(float(many.log10_lr), float(many.low), float(many.high), float(many.p))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON value; `from_json` gives an equal calibrator back, bit for bit."""
        return {
            "method": self.method,
            "raw": self.raw.tolist(),
            "log10_lr": self.log10_lr.tolist(),
            "low": self.low.tolist(),
            "high": self.high.tolist(),
            "bound": list(self.bound),
            "level": self.level,
            "rows": asdict(self.rows),
            "parameters": dict(self.parameters),
            "reference": self.reference.to_json(),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        CalibrationFormatError
            A missing or unknown key, a wrong type, or curves that are not monotone, ordered and within the
            bound.
        """
        try:
            stored = StoredCalibrator.model_validate(document)
        except ValidationError as error:
            raise CalibrationFormatError(f"calibrator: {error}") from error
        return cls(
            stored.method,
            *_frozen(stored.raw, stored.log10_lr, stored.low, stored.high),
            (stored.bound[0], stored.bound[1]),
            stored.level,
            Rows(**stored.rows.model_dump()),
            stored.parameters,
            ConformalP.from_json(stored.reference),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calibrator) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.method, self.raw.tobytes(), self.log10_lr.tobytes(), self.bound))


def _frozen(*curves: Sequence[float] | Floats) -> tuple[Floats, Floats, Floats, Floats]:
    raw, point, low, high = (np.array(curve, dtype=np.float64) for curve in curves)
    for array in (raw, point, low, high):
        array.setflags(write=False)
    return raw, point, low, high


def dump_calibrators(calibrators: Mapping[str, Calibrator]) -> bytes:
    """The bytes of calibration.json: named calibrators, such as one a tier and "default"."""
    named = {name: calibrator.to_json() for name, calibrator in calibrators.items()}
    return write_json({"schema_version": SCHEMA_VERSION, "calibrators": named})


def load_calibrators(path: Path) -> dict[str, Calibrator]:
    """Read a calibration.json.

    Raises
    ------
    JsonError, CalibrationFormatError
        Not strict JSON, or not what `dump_calibrators` writes.
    """
    with path.open("rb") as stream:
        document = read_json(stream.read(MAX_BYTES + 1), limit=MAX_BYTES, what=path.name)
    try:
        stored = StoredCalibrators.model_validate(document)
    except ValidationError as error:
        raise CalibrationFormatError(f"{path.name}: {error}") from error
    return {name: Calibrator.from_json(value) for name, value in stored.calibrators.items()}
