"""Conformal p: equal to its definition, valid by simulation, mergeable, never too small after thinning."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.models.calibration.conformal import CalibrationFormatError, CalibrationInputError, ConformalP

tied = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=40)
free = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)
reference = st.one_of(tied, free)
asked = st.one_of(st.integers(-6, 6).map(float), st.floats(allow_nan=False))


def defined(scores, score):
    return (sum(s >= score for s in scores) + 1) / (len(scores) + 1)


@given(reference, st.lists(asked, min_size=1))
def test_p_is_its_definition(scores, new):
    p = ConformalP(scores)
    assert p.p_many(new).tolist() == [defined(scores, one) for one in new]
    assert p.p(new[0]) == defined(scores, new[0])


@given(reference, reference, reference, st.lists(asked, min_size=1))
def test_merging_equals_giving_all_rows_at_once_in_any_order(one, two, three, new):
    a, b, c = ConformalP(one), ConformalP(two), ConformalP(three)
    assert a + b + c == ConformalP(one + two + three) == c + (b + a)
    assert (a + b).p_many(new).tolist() == [defined(one + two, score) for score in new]


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=30, max_size=200), st.lists(asked, min_size=1), st.integers(2, 12)
)
def test_thinning_only_rounds_up_and_stays_monotone(scores, new, knots):
    thin, exact = ConformalP(scores, knots=knots), ConformalP(scores)
    assert (thin.p_many(new) >= exact.p_many(new)).all()
    assert (np.diff(thin.p_many(np.sort(new))) <= 0).all()
    assert len(thin.to_json()["scores"]) <= knots + 1
    merged = thin.merge(ConformalP(new and [0.0]), knots=knots)
    assert (merged.p_many(new) >= ConformalP([*scores, 0.0]).p_many(new)).all()


@given(reference)
def test_json_gives_the_same_back_bit_for_bit(scores):
    p = ConformalP(scores)
    again = ConformalP.from_json(json.loads(json.dumps(p.to_json())))
    assert again == p and hash(again) == hash(p)


def test_p_is_valid_under_exchangeability_and_sharp():
    generator = np.random.default_rng(0)
    found = []
    for _ in range(4000):
        rows = generator.lognormal(size=100).round(1)
        found.append(ConformalP(rows[:99], knots=40).p(rows[99]))
    for level in (0.01, 0.05, 0.2, 0.5):
        share = np.mean(np.array(found) <= level)
        # Valid: at most the level (three standard errors of 4000 draws); useful: not far under it.
        assert share <= level + 3 * np.sqrt(level * (1 - level) / 4000)
        assert share >= 0.6 * level


def test_a_large_reference_stays_small_and_its_tail_exact():
    generator = np.random.default_rng(1)
    scores = generator.normal(size=200_000)
    p = ConformalP(scores)
    assert len(p.to_json()["scores"]) <= 513
    ranked = np.sort(scores)
    for rank in (1, 2, 10, 40):
        assert p.p(ranked[-rank]) == (rank + 1) / 200_001
    new = generator.normal(size=500)
    exact = np.array([defined_fast(ranked, score) for score in new])
    assert (p.p_many(new) >= exact).all()
    assert (p.p_many(new) <= exact * 1.05).all()


def defined_fast(ranked, score):
    return (ranked.size - np.searchsorted(ranked, score, side="left") + 1) / (ranked.size + 1)


@pytest.mark.parametrize("scores", [[], [np.nan], [np.inf, 1.0], [[1.0]]])
def test_a_bad_reference_is_refused(scores):
    with pytest.raises(CalibrationInputError):
        ConformalP(scores)


def test_a_score_that_is_nan_has_no_p_and_infinite_ones_do():
    p = ConformalP([1.0, 2.0, 3.0])
    with pytest.raises(CalibrationInputError):
        p.p(float("nan"))
    assert p.p(np.inf) == 1 / 4 and p.p(-np.inf) == 1.0


@pytest.mark.parametrize(
    "change",
    [
        {"n": 0},
        {"n": 4},
        {"n": "3"},
        {"scores": [1.0, 1.0, 3.0]},
        {"scores": [1.0, 2.0]},
        {"scores": []},
        {"scores": [1.0, 2.0, float("nan")]},
        {"at_least": [3, 3, 1]},
        {"at_least": [3, 2, 10**30]},
        {"above": [2, 1, -1]},
        {"above": [3, 1, 0]},
        {"more": 1},
    ],
)
def test_a_stored_reference_that_no_scores_can_have_is_refused(change):
    good = ConformalP([1.0, 2.0, 3.0]).to_json()
    assert ConformalP.from_json(good).n == 3
    with pytest.raises(CalibrationFormatError):
        ConformalP.from_json(good | change)
