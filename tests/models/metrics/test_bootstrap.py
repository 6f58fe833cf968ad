"""Intervals cover what they promise to, clusters count as one, and the same seed gives the same interval."""

import time

import numpy as np
import pytest

from assay.models.metrics import MetricInputError, SingleClassError, auc, cllr, precision_at_k
from assay.models.metrics.bootstrap import Units, bootstrap, paired_bootstrap


def scored(generator, n=200, shift=1.0):
    labels = np.arange(n) % 2
    return generator.normal(labels * shift), labels


def mean(values):
    return float(np.mean(values))


def test_value_is_the_metric_itself_and_the_seed_decides_the_rest():
    scores, labels = scored(np.random.default_rng(0))
    first = bootstrap(auc, scores, labels, seed=3)
    assert first.value == auc(scores, labels)
    assert first.low < first.value < first.high
    assert (first.n, first.units) == (200, 200)
    assert bootstrap(auc, scores, labels, seed=3) == first
    assert bootstrap(auc, scores, labels, seed=4) != first


def test_the_order_of_the_rows_does_not_matter():
    generator = np.random.default_rng(1)
    scores, labels = scored(generator)
    order = generator.permutation(scores.size)
    assert bootstrap(auc, scores[order], labels[order]) == bootstrap(auc, scores, labels)


def test_interval_of_a_mean_is_the_textbook_one():
    values = np.random.default_rng(2).normal(size=400)
    half = 1.96 * values.std() / 20
    for method in ("percentile", "bca"):
        found = bootstrap(mean, values, n=4000, method=method)
        assert found.low == pytest.approx(values.mean() - half, abs=0.012)
        assert found.high == pytest.approx(values.mean() + half, abs=0.012)


@pytest.mark.parametrize(("method", "least"), [("percentile", 0.885), ("bca", 0.885)])
def test_nominal_coverage_is_kept(method, least):
    generator = np.random.default_rng(3)
    # Two unit normals one apart: AUC = Phi(1 / sqrt 2).
    truth = 0.7602499389
    held = 0
    for seed in range(200):
        scores, labels = scored(generator, 120)
        found = bootstrap(auc, scores, labels, strata=labels, n=200, seed=seed, method=method)
        held += found.low <= truth <= found.high
    # 200 tries at 95 %: fewer than 177 right would happen once in 10,000 times.
    assert least <= held / 200


def test_bca_moves_the_ends_of_a_skewed_statistic_to_the_right():
    values = np.random.default_rng(4).lognormal(sigma=1.2, size=80)
    plain = bootstrap(mean, values, n=3000)
    moved = bootstrap(mean, values, n=3000, method="bca")
    assert moved.high > plain.high and moved.low > plain.low


def test_clusters_widen_the_interval_as_far_as_the_clusters_alone_would():
    generator = np.random.default_rng(5)
    scores, labels = scored(generator, 60)
    groups = np.repeat(np.arange(60), 10)
    many, truth = np.repeat(scores, 10), np.repeat(labels, 10)
    alone = bootstrap(auc, scores, labels, n=2000)
    clustered = bootstrap(auc, many, truth, groups=groups, n=2000)
    blind = bootstrap(auc, many, truth, n=2000)
    assert (clustered.n, clustered.units) == (600, 60)
    assert clustered.high - clustered.low == pytest.approx(alone.high - alone.low, rel=0.15)
    assert blind.high - blind.low < 0.5 * (alone.high - alone.low)


def test_strata_and_groups_keep_their_sizes_in_every_replicate():
    groups = np.array([0, 0, 1, 1, 2, 3, 3, 4, 5])
    strata = np.array([0, 1, 0, 1, 0, 1, 1, 1, 0])
    units = Units(9, groups, strata)
    # Groups 0 and 1 span both classes, 2 and 5 hold only class 0, 3 and 4 only class 1.
    assert sorted(sorted(stratum.tolist()) for stratum in units.strata) == [[0, 1], [2, 5], [3, 4]]
    generator = np.random.default_rng(6)
    for _ in range(50):
        counts = units.counts(generator)
        assert counts[0] == counts[1] and counts[2] == counts[3] and counts[5] == counts[6]
        assert counts[0] + counts[2] == 2 and counts[4] + counts[8] == 2 and counts[5] + counts[7] == 2


def test_a_pair_is_compared_on_the_same_rows():
    generator = np.random.default_rng(7)
    labels = np.arange(300) % 2
    common = generator.normal(labels * 1.0)
    better = common + 0.3 * labels
    found = paired_bootstrap(auc, better, common, labels, n=500)
    assert found.value == pytest.approx(auc(better, labels) - auc(common, labels))
    assert found.low > 0
    apart = bootstrap(auc, common, labels, n=500)
    assert found.high - found.low < 0.5 * (apart.high - apart.low)
    same = paired_bootstrap(auc, common, common, labels, n=100)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_other_metrics_and_many_columns():
    generator = np.random.default_rng(8)
    scores, labels = scored(generator)
    assert bootstrap(cllr, scores, labels, n=200).low > 0
    top = bootstrap(lambda s, y: precision_at_k(s, y, 10), scores, labels, n=200)
    assert 0 <= top.low <= top.high <= 1
    weighted = bootstrap(lambda x, w: float(np.sum(x * w) / np.sum(w)), scores, np.abs(scores), n=200)
    assert weighted.low < weighted.value < weighted.high


def test_a_rare_class_is_redrawn_and_a_hopeless_one_refused():
    scores, labels = np.arange(30.0), np.zeros(30, int)
    labels[29] = 1
    found = bootstrap(auc, scores, labels, n=200)
    assert found.value == 1 and found.high <= 1
    with pytest.raises(SingleClassError):
        bootstrap(auc, scores, np.zeros(30))

    calls = []

    def only_once(values):
        calls.append(1)
        if len(calls) > 1:
            raise SingleClassError("one class")
        return 0.0

    with pytest.raises(MetricInputError, match="strata=labels"):
        bootstrap(only_once, scores, n=5)


@pytest.mark.parametrize(
    "call",
    [
        lambda: bootstrap(mean),
        lambda: bootstrap(mean, []),
        lambda: bootstrap(auc, [1.0, 2.0], [1]),
        lambda: bootstrap(mean, [1.0, 2.0], n=1),
        lambda: bootstrap(mean, [1.0, 2.0], level=1.0),
        lambda: bootstrap(mean, [1.0, 2.0], method="studentized"),
        lambda: bootstrap(mean, [1.0, 2.0], groups=[1]),
    ],
)
def test_bad_arguments_are_coded_errors(call):
    with pytest.raises(MetricInputError):
        call()


def test_a_thousand_replicates_of_a_few_thousand_rows_are_quick():
    scores, labels = scored(np.random.default_rng(9), 4000)
    start = time.process_time()
    bootstrap(auc, scores, labels, n=1000)
    assert time.process_time() - start < 5
