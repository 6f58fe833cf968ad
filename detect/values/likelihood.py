"""Propositions, how strongly something supports one, and in which words."""

import math
from dataclasses import dataclass
from enum import StrEnum


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
