"""Conformal p: how often reference rows score as high as this one, valid without any model of the scores.

Vovk, Gammerman and Shafer (2005), "Algorithmic Learning in a Random World": if a new row is exchangeable with
the `n` held-out reference rows, then ``p = (k + 1) / (n + 1)``, with `k` the reference scores that are as
high or higher, satisfies ``P(p <= a) <= a`` for every `a`.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, FiniteFloat, PositiveInt, ValidationError

from ...errors import AssayError

KNOTS = 512
"""Most reference scores that are stored; more are thinned so that no p becomes too small."""


class CalibrationInputError(AssayError):
    """Scores that cannot be calibrated or calibrated with: NaN, infinite or absurd ones, wrong shapes."""

    code = "calibration-input"


class CalibrationFormatError(AssayError):
    """A stored calibration that does not say what a calibration must say; it is refused as a whole."""

    code = "calibration-format"


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    n: PositiveInt
    scores: list[FiniteFloat]
    at_least: list[int]
    above: list[int]


class ConformalP:
    """Reference scores reduced to steps of their upper tail; immutable; two references merge into one.

    Parameters
    ----------
    scores
        Held-out reference scores, shape ``[n]``, n >= 1, finite, any order. They must not be rows that the
        scorer was fitted on.
    knots
        Most steps that are kept. Up to that many distinct scores every p is exact. Beyond, steps are thinned
        geometrically: the far tail stays exact and elsewhere p is rounded *up*, by about ``log(n) / knots``
        of itself, so validity never suffers.

    Attributes
    ----------
    n
        Reference rows.
    """

    __slots__ = ("_above", "_at_least", "_scores", "n")

    n: int
    _scores: NDArray[np.float64]
    _at_least: NDArray[np.int64]
    _above: NDArray[np.int64]

    def __init__(self, scores: ArrayLike, *, knots: int = KNOTS) -> None:
        values = np.asarray(scores, dtype=np.float64)
        if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
            raise CalibrationInputError(
                "the reference needs a flat list of at least one finite score; drop NaN and infinite ones"
            )
        steps, ties = np.unique(values, return_counts=True)
        at_least = np.cumsum(ties[::-1])[::-1].astype(np.int64)
        self._fill(values.size, steps, at_least, at_least - ties, knots)

    def _fill(
        self,
        n: int,
        scores: NDArray[np.float64],
        at_least: NDArray[np.int64],
        above: NDArray[np.int64],
        knots: int,
    ) -> None:
        if scores.size > knots:
            # Wanted tail counts, dense where p is small; the lowest step always stays.
            wanted = np.unique(np.geomspace(1, n, max(knots, 2)).round())
            kept = np.unique(np.append(np.searchsorted(-at_least, -wanted), 0))
            kept = kept[kept < scores.size]
            scores, at_least, above = scores[kept], at_least[kept], above[kept]
        self.n = n
        self._scores, self._at_least, self._above = scores, at_least, above
        for array in (scores, at_least, above):
            array.setflags(write=False)

    def p_many(self, scores: ArrayLike) -> NDArray[np.float64]:
        """p of each score, shape as given, 1 / (n + 1) .. 1, non-increasing in the score.

        Raises
        ------
        CalibrationInputError
            A score is NaN.
        """
        values = np.asarray(scores, dtype=np.float64)
        return (self._count(values, equal=True) + 1) / (self.n + 1)

    def p(self, score: float) -> float:
        """p of one score, see `p_many`."""
        return float(self.p_many(np.asarray(score)))

    def merge(self, other: "ConformalP", *, knots: int = KNOTS) -> "ConformalP":
        """The reference of the rows of both, as if they had been given at once (up to thinning)."""
        scores = np.union1d(self._scores, other._scores)
        merged = object.__new__(ConformalP)
        merged._fill(
            self.n + other.n,
            scores,
            self._count(scores, equal=True) + other._count(scores, equal=True),
            self._count(scores, equal=False) + other._count(scores, equal=False),
            knots,
        )
        return merged

    def __add__(self, other: "ConformalP") -> "ConformalP":
        return self.merge(other)

    def _count(self, values: NDArray[np.float64], *, equal: bool) -> NDArray[np.int64]:
        """Reference rows at (`equal`) or above each value: exact at a step, never too few between steps."""
        if np.isnan(values).any():
            raise CalibrationInputError("a score is NaN; a row without a score has no p")
        step = np.searchsorted(self._scores, values, side="right") - 1
        place = np.maximum(step, 0)
        count = self._above[place]
        if equal:
            count = np.where(self._scores[place] == values, self._at_least[place], count)
        return np.where(step < 0, self.n, count)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON value; `from_json` gives an equal reference back, bit for bit."""
        return {
            "n": self.n,
            "scores": self._scores.tolist(),
            "at_least": self._at_least.tolist(),
            "above": self._above.tolist(),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        CalibrationFormatError
            A missing or unknown key, a wrong type, or steps that no list of scores can have.
        """
        try:
            stored = _Stored.model_validate(document)
        except ValidationError as error:
            raise CalibrationFormatError(f"conformal reference: {error}") from error
        scores = np.asarray(stored.scores, dtype=np.float64)
        try:
            at_least = np.asarray(stored.at_least, dtype=np.int64)
            above = np.asarray(stored.above, dtype=np.int64)
        except OverflowError as error:
            raise CalibrationFormatError("conformal reference: a count is beyond 64 bits") from error
        if not scores.size == at_least.size == above.size > 0:
            raise CalibrationFormatError(
                "conformal reference: its three lists must have one length, 1 or more"
            )
        rising = (np.diff(scores) > 0).all()
        counted = at_least[0] == stored.n and (above >= 0).all() and (at_least > above).all()
        nested = (at_least[1:] <= above[:-1]).all()
        if not (rising and counted and nested):
            raise CalibrationFormatError("conformal reference: scores must rise and their tail counts fall")
        found = object.__new__(cls)
        found._fill(stored.n, scores, at_least, above, scores.size)
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ConformalP) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.n, self._scores.tobytes(), self._at_least.tobytes()))

    def __repr__(self) -> str:
        return f"ConformalP(n={self.n}, steps={self._scores.size})"
