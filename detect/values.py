"""The values that flow from findings to a verdict."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .media import Pixels

__all__ = [
    "Answer",
    "Applicability",
    "ArtifactRef",
    "Explanation",
    "Finding",
    "LikelihoodRatio",
    "Outcome",
    "Part",
    "Profile",
    "Proposition",
    "Reason",
    "Verdict",
    "support_words",
]

Profile = Literal["fast", "standard", "full"]


class Outcome(StrEnum):
    """What is said of an exhibit: three answers, or why there is none."""

    CONSISTENT = "consistent"
    INCONSISTENT = "inconsistent"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"
    FAILED = "failed"


class Proposition(StrEnum):
    """What a finding speaks to. The first three have a likelihood ratio each; provenance is told, never weighed."""

    SYNTHETIC = "synthetic"
    FACE_SWAP = "face_swap"
    EDITED = "edited"
    PROVENANCE = "provenance"


# H1 and H2 of each proposition in few words, for sentences such as "weak support for ...".
_PAIRS = {
    Proposition.SYNTHETIC: ("a generated picture", "a camera recording"),
    Proposition.FACE_SWAP: ("a replaced or driven face", "an unchanged face"),
    Proposition.EDITED: ("an edited region", "no edited region"),
}

# Verbal scale of the ENFSI guideline for evaluative reporting (2015): least likelihood ratio for each word.
_SCALE = (
    (6, "extremely strong"),
    (4, "very strong"),
    (3, "strong"),
    (2, "moderately strong"),
    (1, "moderate"),
)
_LEAST = math.log10(2.0)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a stable code for programs, words for people."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """How much more probable the score is if H1 is true than if H2 is.

    Attributes
    ----------
    log10, low, high : float
        Decimal logarithm and its 95 % interval; each within the bound that the calibration set can support.
    """

    log10: float
    low: float
    high: float

    def probability(self, prior: float) -> float:
        """Probability of H1, 0..1, for a prior probability of H1 within 0..1."""
        return 1.0 / (1.0 + (1.0 - prior) / prior * math.pow(10.0, -self.log10))


def support_words(proposition: Proposition, ratio: LikelihoodRatio | None) -> str:
    """Likelihood ratio in the words of the ENFSI scale.

    Below a ratio of 2 in either direction the finding supports neither side.
    """
    if ratio is None:
        return "not assessed"
    for_h1, for_h2 = _PAIRS[proposition]
    size = abs(ratio.log10)
    if size < _LEAST:
        return f"no support for either {for_h1} or {for_h2}"
    word = next((word for least, word in _SCALE if size >= least), "weak")
    return f"{word} support for {for_h1 if ratio.log10 > 0 else for_h2}"


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


@dataclass(frozen=True, slots=True)
class Answer:
    """The fused answer to one proposition.

    Attributes
    ----------
    ratio : LikelihoodRatio | None
        None when no analyzer of this proposition applied.
    support : str
        In words.
    answered : bool
        Whether the ratio is far enough from 1, and stable enough, to be relied on.
    """

    ratio: LikelihoodRatio | None
    support: str
    answered: bool


@dataclass(frozen=True, slots=True)
class ArtifactRef:
    """Exactly which artifact took part."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one exhibit.

    Attributes
    ----------
    path : str
        As submitted.
    sha256 : str | None
        None when the file could not be read.
    kind : "image" | "video" | None
        By content; None when it is neither.
    outcome : Outcome
        Consistent, inconsistent or inconclusive with an untouched recording; or not applicable, or failed.
    score : float | None
        Probability of "not an untouched recording", 0..1, at the prior that the card states.
    proposition : Proposition | None
        The leading one, whose ratio stands at the top.
    tier : str | None
        ``clean``, ``web`` or ``hard``.
    reasons : tuple of Reason
        Why this outcome, the decisive one first.
    answers : Mapping[Proposition, Answer]
        One for each of the three propositions.
    findings : tuple of Finding
        One for each analyzer.
    artifacts : tuple of ArtifactRef
        What took part.
    seconds : float
        Time spent on this exhibit.
    """

    path: str
    sha256: str | None
    kind: Literal["image", "video"] | None
    outcome: Outcome
    reasons: tuple[Reason, ...]
    score: float | None = None
    proposition: Proposition | None = None
    tier: str | None = None
    answers: Mapping[Proposition, Answer] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    artifacts: tuple[ArtifactRef, ...] = ()
    seconds: float = 0.0

    @property
    def ratio(self) -> LikelihoodRatio | None:
        """Likelihood ratio of the leading proposition."""
        answer = None if self.proposition is None else self.answers.get(self.proposition)
        return None if answer is None else answer.ratio

    @property
    def support(self) -> str:
        """Support of the leading proposition in words."""
        if self.proposition is None or self.proposition not in self.answers:
            return support_words(Proposition.SYNTHETIC, None)
        return self.answers[self.proposition].support
