"""Every metric against scikit-learn where it has the same one, else against its definition by brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as peer
from sklearn.isotonic import IsotonicRegression

from assay.models import metrics
from assay.models.metrics import MetricInputError, SingleClassError
from assay.models.metrics.pav import pool

RANKING = [
    metrics.auc,
    metrics.eer,
    metrics.average_precision,
    metrics.roc,
    metrics.cllr,
    metrics.cllr_min,
    lambda s, y: metrics.tpr_at_fpr(s, y, 0.05),
    lambda s, y: metrics.balanced_accuracy(s, y, 0.0),
]
TOTAL = [
    lambda s, y: metrics.precision_at_k(s, y, 1),
    lambda s, y: metrics.accuracy(s, y, 0.0),
    lambda s, y: metrics.coverage_and_error(s, y, low=0.0, high=1.0),
]


@st.composite
def labelled(draw, *, grid=None, infinite=False):
    """Scores with many ties (a small grid) and labels of both classes."""
    n = draw(st.integers(2, 60))
    finite = st.integers(-4, 4).map(float) if grid is None else grid
    one = st.one_of(finite, st.sampled_from([-np.inf, np.inf])) if infinite else finite
    scores = np.array(draw(st.lists(one, min_size=n, max_size=n)))
    labels = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    labels[0], labels[1] = 0, 1
    return scores, labels


@given(labelled())
def test_ranking_metrics_equal_scikit_learn_with_ties(case):
    scores, labels = case
    assert metrics.auc(scores, labels) == pytest.approx(peer.roc_auc_score(labels, scores), abs=1e-12)
    assert metrics.average_precision(scores, labels) == pytest.approx(
        peer.average_precision_score(labels, scores), abs=1e-12
    )
    fpr, tpr, thresholds = peer.roc_curve(labels, scores, drop_intermediate=False)
    ours = metrics.roc(scores, labels)
    np.testing.assert_allclose(ours.fpr, fpr, atol=1e-12)
    np.testing.assert_allclose(ours.tpr, tpr, atol=1e-12)
    np.testing.assert_array_equal(ours.threshold, thresholds)
    for limit in (0.0, 0.05, 0.5, 1.0):
        assert metrics.tpr_at_fpr(scores, labels, limit) == pytest.approx(tpr[fpr <= limit].max())


@given(labelled(grid=st.integers(0, 20).map(lambda v: v / 20)))
def test_brier_equals_scikit_learn(case):
    probabilities, labels = case
    assert metrics.brier(probabilities, labels) == pytest.approx(peer.brier_score_loss(labels, probabilities))


@given(labelled(), st.data())
def test_pooling_equals_scikit_learn_isotonic_regression(case, data):
    scores, labels = case
    weights = np.array(
        data.draw(st.lists(st.integers(1, 5), min_size=len(scores), max_size=len(scores))), float
    )
    blocks = pool(scores, weights * labels, weights * (1 - labels))
    expected = IsotonicRegression().fit(scores, labels, sample_weight=weights).predict(scores)
    place = np.searchsorted(blocks.last, scores)
    share = blocks.positive / (blocks.positive + blocks.negative)
    np.testing.assert_allclose(share[place], expected, atol=1e-9)
    assert (blocks.first <= blocks.last).all()
    assert (np.diff(share) > 0).all()
    assert np.isin(blocks.first, scores).all() and np.isin(blocks.last, scores).all()


@given(labelled(infinite=True))
def test_infinite_scores_are_ordinary_values_at_the_ends(case):
    scores, labels = case
    tame = np.clip(scores, -9, 9)
    for metric in (metrics.auc, metrics.average_precision, metrics.eer, metrics.cllr_min):
        assert metric(scores, labels) == metric(tame, labels)
    assert metrics.tpr_at_fpr(scores, labels, 0.2) == metrics.tpr_at_fpr(tame, labels, 0.2)
    assert metrics.precision_at_k(scores, labels, 2) == metrics.precision_at_k(tame, labels, 2)


@given(labelled(infinite=True), st.randoms(use_true_random=False))
def test_no_metric_depends_on_the_order_of_the_rows(case, random):
    scores, labels = case
    order = list(range(len(scores)))
    random.shuffle(order)
    for metric in (metrics.auc, metrics.average_precision, metrics.eer, metrics.cllr_min, metrics.cllr):
        assert metric(scores[order], labels[order]) == pytest.approx(metric(scores, labels), rel=1e-12)
    for k in (1, 3, 100):
        assert metrics.precision_at_k(scores[order], labels[order], k) == pytest.approx(
            metrics.precision_at_k(scores, labels, k)
        )


@given(labelled(), st.integers(1, 8))
def test_precision_at_k_is_the_mean_over_all_orders_of_tied_rows(case, k):
    scores, labels = case
    scores, labels = scores[:6], labels[:6]
    found = []
    for order in itertools.permutations(range(len(scores))):
        ranked = sorted(order, key=lambda row: -scores[row])
        found.append(sum(labels[row] for row in ranked[:k]) / k)
    assert metrics.precision_at_k(scores, labels, k) == pytest.approx(np.mean(found))


@given(labelled())
def test_eer_is_where_the_lower_hull_of_the_error_curve_meets_the_diagonal(case):
    scores, labels = case
    curve = metrics.roc(scores, labels)
    alarm, miss = curve.fpr, 1 - curve.tpr
    # Minimax of the hull: the EER is the largest Bayes error over all priors (Brümmer, 2010).
    priors = np.linspace(0, 1, 2001)[:, None]
    worst = (priors * miss + (1 - priors) * alarm).min(axis=1).max()
    assert metrics.eer(scores, labels) == pytest.approx(worst, abs=1e-3)
    assert 0 <= metrics.eer(scores, labels) <= 0.5


@given(labelled())
def test_threshold_at_fpr_keeps_its_promise(case):
    scores, labels = case
    for limit in (0.0, 0.1, 0.4):
        threshold = metrics.threshold_at_fpr(scores, labels, limit)
        assert (scores[labels == 0] >= threshold).mean() <= limit
        assert (scores[labels == 1] >= threshold).mean() == pytest.approx(
            metrics.tpr_at_fpr(scores, labels, limit)
        )


def test_cllr_of_known_cases():
    labels = np.array([0, 0, 1, 1])
    assert metrics.cllr(np.zeros(4), labels) == pytest.approx(1.0)
    assert metrics.cllr(np.array([-np.inf, -np.inf, np.inf, np.inf]), labels) == 0.0
    assert metrics.cllr(np.array([-1.0, np.inf, 1.0, 1.0]), labels) == math.inf
    # By the formula of the paper: LR 10 for both H1 rows, 0.1 for both H2 rows.
    assert metrics.cllr(np.array([-1.0, -1.0, 1.0, 1.0]), labels) == pytest.approx(np.log2(1.1))


@given(labelled())
def test_cllr_splits_into_discrimination_and_calibration(case):
    log10_lr, labels = case
    least = metrics.cllr_min(log10_lr, labels)
    assert 0 <= least <= 1 + 1e-12
    assert metrics.cllr(log10_lr, labels) >= least - 1e-12
    assert metrics.cllr_cal(log10_lr, labels) == pytest.approx(metrics.cllr(log10_lr, labels) - least)
    # No monotone mapping helps or hurts the minimum.
    assert metrics.cllr_min(np.exp(log10_lr), labels) == pytest.approx(least)


def test_cllr_min_is_reached_by_the_isotonic_mapping_of_scikit_learn():
    generator = np.random.default_rng(4)
    labels = np.repeat([0, 1], [300, 200])
    scores = generator.normal(labels * 1.5).round(1)
    weights = np.where(labels == 1, 0.5 / 200, 0.5 / 300)
    mapped = IsotonicRegression().fit(scores, labels, sample_weight=weights).predict(scores)
    with np.errstate(divide="ignore"):
        log10_lr = np.log10(mapped) - np.log10(1 - mapped)
    assert metrics.cllr(log10_lr, labels) == pytest.approx(metrics.cllr_min(scores, labels), abs=1e-9)


@pytest.mark.parametrize("by", ["width", "mass"])
@given(case=labelled(grid=st.integers(0, 20).map(lambda v: v / 20)))
def test_ece_by_its_definition(by, case):
    probabilities, labels = case
    if by == "width":
        place = [min(int(p * 10), 9) for p in probabilities]
    else:
        edges = np.quantile(probabilities, np.linspace(0, 1, 11)[1:-1])
        place = [int((edges <= p).sum()) for p in probabilities]
    total = 0.0
    for bin_ in set(place):
        inside = np.array([p == bin_ for p in place])
        total += inside.mean() * abs(labels[inside].mean() - probabilities[inside].mean())
    assert metrics.ece(probabilities, labels, by=by) == pytest.approx(total, abs=1e-12)


def test_noise_floor_is_what_a_calibrated_scorer_shows():
    generator = np.random.default_rng(5)
    probabilities = generator.beta(0.8, 0.8, 500)
    seen = [metrics.ece(probabilities, generator.random(500) < probabilities) for _ in range(400)]
    floor = metrics.ece_noise_floor(500, probabilities)
    assert floor == pytest.approx(np.mean(seen), rel=0.08)
    assert metrics.ece_noise_floor(500, probabilities, quantile=0.95) == pytest.approx(
        np.quantile(seen, 0.95), rel=0.15
    )
    assert metrics.ece_noise_floor(500, probabilities) == floor
    # Four times the rows halve what chance alone shows.
    assert metrics.ece_noise_floor(2000, probabilities) == pytest.approx(floor / 2, rel=0.15)


def test_noise_floor_of_certain_probabilities_is_zero():
    assert metrics.ece_noise_floor(50, np.array([0.0, 1.0])) == 0.0


def test_coverage_counts_answers_and_errors():
    scores = np.array([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, -3.0])
    labels = np.array([0, 1, 0, 1, 0, 1, 1])
    found = metrics.coverage_and_error(scores, labels, low=-1.0, high=1.0)
    assert (found.answered, found.n, found.false_alarms, found.misses) == (5, 7, 1, 2)
    assert found.coverage == pytest.approx(5 / 7) and found.error == pytest.approx(3 / 5)
    withheld = metrics.coverage_and_error(
        scores, labels, low=-1.0, high=1.0, answered=np.array([1, 0, 1, 1, 0, 1, 0], bool)
    )
    assert (withheld.answered, withheld.error) == (2, 0.0)
    nothing = metrics.coverage_and_error(scores, labels, low=-9.0, high=9.0)
    assert nothing.coverage == 0 and math.isnan(nothing.error)


def test_accuracies():
    scores, labels = np.array([0.1, 0.6, 0.7, 0.5]), np.array([0, 0, 1, 1])
    assert metrics.accuracy(scores, labels, 0.5) == pytest.approx(3 / 4)
    assert metrics.balanced_accuracy(scores[1:], labels[1:], 0.5) == pytest.approx(
        peer.balanced_accuracy_score(labels[1:], scores[1:] >= 0.5)
    )


@pytest.mark.parametrize("metric", RANKING)
@pytest.mark.parametrize("label", [0, 1])
def test_one_class_is_a_coded_error(metric, label):
    with pytest.raises(SingleClassError) as caught:
        metric([0.1, 0.2], [label, label])
    assert caught.value.code == "metric-single-class"


@pytest.mark.parametrize("metric", RANKING + TOTAL)
@pytest.mark.parametrize(
    ("scores", "labels"),
    [([np.nan, 1.0], [0, 1]), ([], []), ([1.0], [0, 1]), ([1.0, 2.0], [0, 2]), ([[1.0], [2.0]], [[0], [1]])],
)
def test_bad_input_is_a_coded_error(metric, scores, labels):
    with pytest.raises(MetricInputError) as caught:
        metric(scores, labels)
    assert caught.value.code == "metric-input"


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.precision_at_k([1.0], [1], 0),
        lambda: metrics.tpr_at_fpr([1.0, 2.0], [0, 1], 1.5),
        lambda: metrics.brier([1.5], [1]),
        lambda: metrics.ece([0.5], [1], bins=0),
        lambda: metrics.ece([0.5], [1], by="size"),
        lambda: metrics.ece_noise_floor(0, [0.5]),
        lambda: metrics.coverage_and_error([1.0], [1], low=1.0, high=1.0),
        lambda: metrics.coverage_and_error([1.0], [1], low=0.0, high=1.0, answered=[True, False]),
    ],
)
def test_bad_arguments_are_coded_errors(call):
    with pytest.raises(MetricInputError):
        call()


@pytest.mark.parametrize("most_fpr", [0.05, 0.2, 1.0])
def test_partial_auc_against_scikit_learn(most_fpr: float) -> None:
    rng = np.random.default_rng(5)
    labels = np.arange(400) % 3 == 0
    scores = np.round(labels + rng.normal(size=400), 1)
    expected = peer.roc_auc_score(labels, scores, max_fpr=most_fpr)
    assert metrics.partial_auc(scores, labels, most_fpr) == pytest.approx(expected, abs=1e-12)


def test_a_perfect_scorer_lies_at_its_floor_and_a_boastful_one_above() -> None:
    rng = np.random.default_rng(3)
    ratios = rng.normal(0, 0.6, 3000)
    labels = rng.random(3000) < 1 / (1 + 10.0**-ratios)
    floor = metrics.cllr_cal_noise_floor(3000, ratios, replicates=40)
    assert 0 < floor < 0.02
    assert metrics.cllr_cal(ratios, labels) == pytest.approx(floor, abs=0.006)
    assert metrics.cllr_cal(3 * ratios, labels) > floor + 0.1
    assert metrics.cllr_cal_noise_floor(300, ratios, replicates=40) > 3 * floor
