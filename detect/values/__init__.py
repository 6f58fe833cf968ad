"""The values that flow from findings to a verdict."""

from .finding import Applicability, Explanation, Finding, Part, Reason
from .likelihood import LikelihoodRatio, Proposition, support_words
from .verdict import Answer, ArtifactRef, FaceTrack, Film, Outcome, Profile, Verdict

__all__ = [
    "Answer",
    "Applicability",
    "ArtifactRef",
    "Explanation",
    "FaceTrack",
    "Film",
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
