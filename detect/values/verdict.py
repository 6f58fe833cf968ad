"""What all findings together say of one exhibit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from .finding import Finding, Reason
from .likelihood import LikelihoodRatio, Proposition, support_words

Profile = Literal["fast", "standard", "full"]


class Outcome(StrEnum):
    """What is said of an exhibit: three answers, or why there is none."""

    CONSISTENT = "consistent"
    INCONSISTENT = "inconsistent"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"
    FAILED = "failed"


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
class FaceTrack:
    """One face that was followed through a video.

    Attributes
    ----------
    track : int
        From 0, in order of appearance.
    begin, end : float
        Seconds from the first frame, of the first and the last frame in which it was seen.
    score : float | None
        Probability of a replaced or driven face, 0..1; None where it was not assessed.
    detail : Mapping[str, Any]
        What else is known of it, JSON values only.
    """

    track: int
    begin: float
    end: float
    score: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Film:
    """A short video that was drawn for people.

    Attributes
    ----------
    data : bytes
        The whole file.
    ending : str
        Of its name: ``webm`` or ``mp4``.
    """

    data: bytes
    ending: str


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
    timeline : tuple of (float, float)
        Of a video: seconds from the first frame, and a score of 0..1 for that frame by itself, as `score`.
    faces : tuple of FaceTrack
        Of a video: faces that were followed.
    overlay : Film | None
        Of a video: the frames that were looked at, with what was seen on them; None when no pictures were asked for. It
        follows from the rest and takes no part in comparisons.
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
    timeline: tuple[tuple[float, float], ...] = ()
    faces: tuple[FaceTrack, ...] = ()
    overlay: Film | None = field(default=None, compare=False)

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
