"""Likelihood ratios, probabilities and words."""

import pytest

from assay.detect.values import LikelihoodRatio, Proposition, support_words


@pytest.mark.parametrize(
    ("log10", "words"),
    [
        (0.0, "no support for either a generated picture or a camera recording"),
        (0.3, "no support for either a generated picture or a camera recording"),
        (0.31, "weak support for a generated picture"),
        (-0.99, "weak support for a camera recording"),
        (1.0, "moderate support for a generated picture"),
        (-2.5, "moderately strong support for a camera recording"),
        (3.2, "strong support for a generated picture"),
        (5.0, "very strong support for a generated picture"),
        (6.0, "extremely strong support for a generated picture"),
    ],
)
def test_words_follow_the_scale(log10: float, words: str) -> None:
    assert support_words(Proposition.SYNTHETIC, LikelihoodRatio(log10, log10, log10)) == words


def test_no_ratio_no_words() -> None:
    assert support_words(Proposition.EDITED, None) == "not assessed"


def test_probability_is_bayes() -> None:
    assert LikelihoodRatio(0.0, 0, 0).probability(0.3) == pytest.approx(0.3)
    assert LikelihoodRatio(1.0, 0, 0).probability(0.5) == pytest.approx(10 / 11)
    assert LikelihoodRatio(-2.0, 0, 0).probability(0.9) == pytest.approx(0.09 / 1.09)
