"""What one analyzer says of one exhibit, and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..media import Pixels
from .likelihood import LikelihoodRatio, Proposition


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a stable code for programs, words for people."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Applicability:
    """Whether an analyzer can say anything about an exhibit, and if not, why."""

    applies: bool
    why_not: Reason | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A square of the exhibit that the network looked at.

    Attributes
    ----------
    x, y : int
        Left and upper edge, in pixels.
    side : int
        In pixels.
    score : float
        Raw score of this part alone, in the unit of the finding's.
    scored : bool
        Whether it entered the finding's score; the others were looked at for the map only.
    """

    x: int
    y: int
    side: int
    score: float
    scored: bool


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Where the score of a finding comes from. It shows what moved the network, not what was edited.

    Attributes
    ----------
    parts : tuple of Part
        Those that made the score, the most telling first; then those that were looked at for the map only.
    neutral : float
        Score that speaks for neither side, in the unit of the finding's.
    reach : float
        Distance from it beyond which more would not change the likelihood ratio; > 0.
    patch : int
        Side of a cell of the maps, in pixels.
    origin : (int, int)
        x and y of the upper left corner of cell [0, 0], in pixels of the upright picture.
    maps : Mapping[str, numpy.ndarray]
        Empty when the artifact has no map of patches. Else both float32 (rows, columns), NaN where nothing was looked
        at: ``heat``, scores of the patches in the unit of the finding's (above `neutral`: generated), and
        ``reliability``, 0..1, see :mod:`assay.detect.explanation.reliability`.
    """

    parts: tuple[Part, ...]
    neutral: float
    reach: float
    patch: int
    origin: tuple[int, int] = (0, 0)
    maps: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Equal in every number, NaN with NaN."""
        if not isinstance(other, Explanation):
            return NotImplemented
        return (
            (self.parts, self.neutral, self.reach, self.patch, self.origin)
            == (other.parts, other.neutral, other.reach, other.patch, other.origin)
            and self.maps.keys() == other.maps.keys()
            and all(np.array_equal(self.maps[name], other.maps[name], equal_nan=True) for name in self.maps)
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one analyzer says of one exhibit.

    Attributes
    ----------
    analyzer : str
        Its name.
    proposition : Proposition
        What it speaks to.
    applies : bool
        False: it could say nothing, and ``why_not`` says why; that is no information for either side.
    why_not : Reason | None
        See above.
    score : float | None
        Its raw score, in its own unit; None when it has none.
    ratio : LikelihoodRatio | None
        Calibrated; None for findings that are told but not weighed.
    words : str
        The finding in one or two sentences.
    reasons : tuple of Reason
        Coded observations, e.g. ``generator-mark``; the verdict passes them on.
    detail : Mapping[str, Any]
        Numbers and texts behind it, JSON values only.
    picture : numpy.ndarray | None
        A drawing for people, uint8 (height, width, 3), sRGB; None when it has none or none was asked for. It follows
        from the rest and takes no part in comparisons.
    explanation : Explanation | None
        Where the score comes from; None when it has none.
    """

    analyzer: str
    proposition: Proposition
    applies: bool
    why_not: Reason | None = None
    score: float | None = None
    ratio: LikelihoodRatio | None = None
    words: str = ""
    reasons: tuple[Reason, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    picture: Pixels | None = field(default=None, compare=False)
    explanation: Explanation | None = None

    @property
    def arrays(self) -> Mapping[str, NDArray[np.float32]]:
        """Maps of the explanation by name, see :class:`Explanation`; empty when there are none."""
        return {} if self.explanation is None else self.explanation.maps
