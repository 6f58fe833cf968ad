"""Calibrators: monotone, ordered, bounded by what the rows support, calibrated, and the same after JSON."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from assay.models.calibration import (
    CalibrationFormatError,
    CalibrationInputError,
    Calibrator,
    balance,
    dump_calibrators,
    load_calibrators,
    probability,
)
from assay.models.calibration.conformal import ConformalP
from assay.models.jsontext import JsonError
from assay.models.metrics import MetricInputError, SingleClassError, cllr, cllr_min

FITS = [Calibrator.fit_logistic, Calibrator.fit_isotonic]
fits = pytest.mark.parametrize("fit", FITS, ids=["logistic", "isotonic"])


def normals(n, shift=2.0, seed=0):
    """Two unit normals `shift` apart: log10 LR of x is exactly (shift * x - shift^2 / 2) / ln 10."""
    generator = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    return generator.normal(labels * shift), labels


@st.composite
def rows(draw):
    n = draw(st.integers(2, 40))
    scale = draw(st.sampled_from([1.0, 1e-200, 1e-6, 1e9, 1e99]))
    value = st.one_of(st.integers(-3, 3).map(float), st.floats(-10, 10))
    scores = np.array(draw(st.lists(value, min_size=n, max_size=n))) * scale
    labels = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    labels[0], labels[1] = 0, 1
    weights = draw(st.none() | st.lists(st.floats(0.01, 100), min_size=n, max_size=n))
    return scores, labels, weights


@fits
@settings(max_examples=60, deadline=None)
@given(case=rows(), extra=st.lists(st.floats(allow_nan=False), max_size=20))
def test_monotone_ordered_and_bounded_for_any_rows(fit, case, extra):
    scores, labels, weights = case
    calibrator = fit(scores, labels, weights=weights, replicates=15)
    fine = np.linspace(calibrator.raw[0], calibrator.raw[-1], 300)
    asked = np.unique(np.concatenate((extra, scores, fine, np.nextafter(scores, np.inf), [-np.inf, np.inf])))
    found = calibrator.apply_many(asked)
    for curve in (found.log10_lr, found.low, found.high):
        assert (np.diff(curve) >= 0).all()
        assert (curve >= calibrator.bound[0]).all() and (curve <= calibrator.bound[1]).all()
    assert (found.low <= found.log10_lr).all() and (found.log10_lr <= found.high).all()
    assert (np.diff(found.p) <= 0).all() and (found.p > 0).all() and (found.p <= 1).all()
    n1, n0 = labels.sum(), (1 - labels).sum()
    assert -np.log10(n1 + 1) <= calibrator.bound[0] <= 0 <= calibrator.bound[1] <= np.log10(n0 + 1)
    stored = json.loads(json.dumps(calibrator.to_json()))
    again = Calibrator.from_json(stored)
    assert again == calibrator and again.to_json() == calibrator.to_json()
    for name in ("log10_lr", "low", "high", "p"):
        assert getattr(again.apply_many(asked), name).tobytes() == getattr(found, name).tobytes()


@fits
def test_one_score_is_the_same_as_many(fit):
    calibrator = fit(*normals(200))
    raw = np.linspace(-3, 5, 17)
    many = calibrator.apply_many(raw)
    for index, value in enumerate(raw):
        one = calibrator.apply(float(value))
        assert (one.log10_lr, one.low, one.high, one.p) == (
            many.log10_lr[index],
            many.low[index],
            many.high[index],
            many.p[index],
        )
        assert one.probability(0.01) == many.probability(0.01)[index]
    assert calibrator.apply_many(raw.reshape(1, 17, 1)).low.shape == (1, 17, 1)


@fits
def test_the_true_likelihood_ratio_is_found_within_the_bounds(fit):
    calibrator = fit(*normals(4000))
    raw = np.linspace(-0.2, 2.2, 25)
    truth = (2 * raw - 2) / np.log(10)
    found = calibrator.apply_many(raw)
    # A line is within its sampling error; the steps of PAV are also as coarse as their blocks.
    assert np.abs(found.log10_lr - truth).max() < (0.12 if fit == Calibrator.fit_logistic else 0.35)
    inside = ((found.low <= truth) & (truth <= found.high)).mean()
    assert inside >= 0.8


@fits
def test_new_rows_are_calibrated(fit):
    calibrator = fit(*normals(3000, seed=1))
    scores, labels = normals(20000, seed=2)
    log10_lr = calibrator.apply_many(scores).log10_lr
    assert cllr(log10_lr, labels) - cllr_min(scores, labels) < 0.02
    stated = probability(log10_lr)
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        inside = (stated >= low) & (stated < high)
        assert labels[inside].mean() == pytest.approx(stated[inside].mean(), abs=0.04)


@fits
@pytest.mark.parametrize(("n", "least", "most"), [(100, 0.8, 1.8), (2000, 2.0, 3.0), (20000, 2.6, 4.0)])
def test_the_bound_grows_with_the_calibration_set_and_not_with_the_scores(fit, n, least, most):
    scores, labels = normals(n, shift=5.0)
    calibrator = fit(scores, labels, replicates=5)
    assert least < calibrator.bound[1] <= most and least < -calibrator.bound[0] <= most
    # Ten times the separation says nothing more about rows that nobody has seen.
    wide = fit(scores * 10, labels, replicates=5)
    np.testing.assert_allclose(wide.bound, calibrator.bound, atol=1e-6)
    assert calibrator.apply(1e50).log10_lr <= calibrator.bound[1]


@fits
def test_perfect_separation_is_bounded_by_one_more_misleading_row(fit):
    scores = np.concatenate((np.linspace(-2, -1, 500), np.linspace(1, 2, 500)))
    labels = np.repeat([0, 1], 500)
    calibrator = fit(scores, labels, replicates=5)
    assert np.log10(400) < calibrator.bound[1] <= np.log10(501)
    assert -np.log10(501) <= calibrator.bound[0] < -np.log10(400)


@fits
def test_the_interval_at_the_bound_has_a_width(fit):
    scores, labels = normals(400)
    calibrator = fit(scores, labels)
    top, bottom = calibrator.apply(1e6), calibrator.apply(-1e6)
    assert top.log10_lr == top.high == calibrator.bound[1] and top.low < top.high - 0.05
    assert bottom.log10_lr == bottom.low == calibrator.bound[0] and bottom.high > bottom.low + 0.05


@fits
def test_scores_without_information_say_so(fit):
    scores, labels = normals(400)
    falling = fit(-scores, labels)
    constant = fit(np.ones(400), labels)
    for calibrator in (falling, constant):
        found = calibrator.apply_many(np.linspace(-5, 5, 11))
        assert np.abs(found.log10_lr).max() < 0.02
    assert constant.apply(1.0).probability(0.3) == pytest.approx(0.3)


def test_logistic_equals_scikit_learn_with_the_same_weights_and_ridge():
    scores, labels = normals(300, seed=3)
    weights = np.random.default_rng(3).uniform(0.2, 3, 300)
    ours = Calibrator.fit_logistic(scores, labels, weights=weights, ridge=2.0, replicates=1)
    balanced = weights * 150 / np.where(labels == 1, weights[labels == 1].sum(), weights[labels == 0].sum())
    spread = scores.std()
    peer = LogisticRegression(C=1 / 2.0, tol=1e-10, max_iter=1000)
    peer.fit((scores / spread)[:, None], labels, sample_weight=balanced)
    assert ours.parameters["slope"] == pytest.approx(peer.coef_[0, 0] / spread, rel=1e-5)
    assert ours.parameters["intercept"] == pytest.approx(peer.intercept_[0], abs=1e-5)
    raw = np.linspace(-0.5, 2.5, 50)
    line = (ours.parameters["intercept"] + ours.parameters["slope"] * raw) / np.log(10)
    np.testing.assert_allclose(ours.apply_many(raw).log10_lr, np.clip(line, *ours.bound), atol=1e-12)


@fits
def test_whole_number_weights_are_repeated_rows(fit):
    scores, labels = normals(120, seed=4)
    times = np.random.default_rng(4).integers(1, 4, 120)
    weighted = fit(scores, labels, weights=times, replicates=2)
    groups = np.repeat(np.arange(120), times)
    repeated = fit(np.repeat(scores, times), np.repeat(labels, times), groups=groups, replicates=2)
    raw = np.linspace(-2, 4, 40)
    if fit == Calibrator.fit_isotonic:
        assert weighted.rows.effective_h1 == pytest.approx(repeated.rows.effective_h1)
        np.testing.assert_allclose(
            weighted.apply_many(raw).log10_lr, repeated.apply_many(raw).log10_lr, atol=1e-9
        )
    else:
        np.testing.assert_allclose(
            weighted.apply_many(raw).log10_lr, repeated.apply_many(raw).log10_lr, atol=0.02
        )


def test_balance_lets_every_source_weigh_the_same_within_its_class():
    labels = np.array([0] * 90 + [0] * 10 + [1] * 50)
    sources = np.array(["a"] * 90 + ["b"] * 10 + ["c"] * 25 + ["a"] * 25)
    weights = balance(labels, sources)
    cells = [
        weights[(labels == y) & (sources == s)].sum() for y, s in ((0, "a"), (0, "b"), (1, "a"), (1, "c"))
    ]
    np.testing.assert_allclose(cells, cells[0])
    assert weights.mean() == pytest.approx(1)
    # The lone small source decides as much as the large one, so the fit moves and the bound shrinks.
    scores = np.where(labels == 1, 2.0, np.where(sources == "b", 1.5, 0.0))
    scores = scores + np.random.default_rng(5).normal(size=150) * 0.5
    plain, even = (
        Calibrator.fit_logistic(scores, labels),
        Calibrator.fit_logistic(scores, labels, weights=weights),
    )
    assert even.apply(1.5).log10_lr < plain.apply(1.5).log10_lr - 0.2
    assert even.rows.effective_h2 < 0.5 * plain.rows.effective_h2
    assert even.bound[1] < plain.bound[1]


@fits
def test_groups_widen_the_interval_and_shrink_the_bound(fit):
    scores, labels = normals(60, seed=6)
    many, truth, groups = np.repeat(scores, 20), np.repeat(labels, 20), np.repeat(np.arange(60), 20)
    blind, aware = fit(many, truth), fit(many, truth, groups=groups)
    assert aware.bound[1] <= np.log10(31) < blind.bound[1] + 1
    assert aware.rows.effective_h2 == pytest.approx(30) and blind.rows.effective_h2 == pytest.approx(600)
    at = 1.0
    assert aware.apply(at).high - aware.apply(at).low > 1.5 * (blind.apply(at).high - blind.apply(at).low)


@fits
def test_the_seed_decides_the_interval(fit):
    case = normals(150)
    assert fit(*case, seed=1) == fit(*case, seed=1) != fit(*case, seed=2)


def test_p_is_that_of_the_h2_rows():
    scores, labels = normals(500)
    calibrator = Calibrator.fit_logistic(scores, labels)
    raw = np.linspace(-3, 6, 50)
    np.testing.assert_array_equal(calibrator.apply_many(raw).p, ConformalP(scores[labels == 0]).p_many(raw))


def test_probability_is_bayes_rule():
    assert probability(np.log10(4.0), 0.2) == pytest.approx(0.5)
    assert probability(0.0, 0.3) == pytest.approx(0.3)
    assert probability(np.array([-np.inf, np.inf])).tolist() == [0, 1]
    for prior in (0.0, 1.0, -1.0, float("nan")):
        with pytest.raises(CalibrationInputError):
            probability(0.0, prior)


@fits
@pytest.mark.parametrize(
    ("scores", "labels", "options", "error"),
    [
        ([1.0, np.nan], [0, 1], {}, MetricInputError),
        ([1.0, 2.0], [1, 1], {}, SingleClassError),
        ([1.0, np.inf], [0, 1], {}, CalibrationInputError),
        ([1.0, 1e101], [0, 1], {}, CalibrationInputError),
        ([1.0, 2.0], [0, 1], {"weights": [1.0]}, CalibrationInputError),
        ([1.0, 2.0], [0, 1], {"weights": [1.0, -1.0]}, CalibrationInputError),
        ([1.0, 2.0], [0, 1], {"weights": [0.0, 1.0]}, CalibrationInputError),
        ([1.0, 2.0], [0, 1], {"replicates": 0}, CalibrationInputError),
        ([1.0, 2.0], [0, 1], {"level": 1.0}, CalibrationInputError),
        ([1.0, 2.0], [0, 1], {"groups": [1]}, MetricInputError),
    ],
)
def test_bad_rows_are_coded_errors(fit, scores, labels, options, error):
    with pytest.raises(error):
        fit(scores, labels, **options)


def test_nan_is_not_calibrated():
    calibrator = Calibrator.fit_logistic(*normals(50))
    with pytest.raises(CalibrationInputError, match="NaN"):
        calibrator.apply(float("nan"))


def test_the_file_gives_the_same_calibrators_back(tmp_path):
    calibrators = {
        "clean": Calibrator.fit_logistic(*normals(80)),
        "default": Calibrator.fit_isotonic(*normals(90)),
    }
    path = tmp_path / "calibration.json"
    path.write_bytes(dump_calibrators(calibrators))
    assert load_calibrators(path) == calibrators
    assert dump_calibrators(load_calibrators(path)) == path.read_bytes()
    assert json.loads(path.read_bytes())["schema_version"] == 1
    assert path.stat().st_size < 60_000


def damaged(**changes):
    document = json.loads(dump_calibrators({"default": Calibrator.fit_logistic(*normals(60))}))
    document["calibrators"]["default"] |= changes
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "data",
    [
        lambda: b"",
        lambda: b"[]",
        lambda: b'{"schema_version": 1, "calibrators": {}}',
        lambda: damaged().replace(b'"schema_version": 1', b'"schema_version": 2'),
        lambda: damaged(more=1),
        lambda: damaged(method="spline"),
        lambda: damaged(raw=[1.0]),
        lambda: damaged(raw=[2.0, 1.0], log10_lr=[0, 0], low=[0, 0], high=[0, 0]),
        lambda: damaged(raw=[1.0, 2.0], log10_lr=[0.1, 0], low=[0, 0], high=[0.2, 0.2]),
        lambda: damaged(raw=[1.0], log10_lr=[0.1], low=[0.2], high=[0.3]),
        lambda: damaged(raw=[1.0], log10_lr=[9.0], low=[9.0], high=[9.0]),
        lambda: damaged(raw=[1e101], log10_lr=[0.0], low=[0.0], high=[0.0]),
        lambda: damaged(bound=[0.1, 0.2]),
        lambda: damaged(level=2.0),
        lambda: damaged(reference={}),
        lambda: damaged(rows={"h1": 0, "h2": 1, "effective_h1": 1.0, "effective_h2": 1.0}),
        lambda: damaged().replace(b'"level": 0.95', b'"level": NaN'),
        lambda: b" " * (5 << 20),
    ],
)
def test_a_file_that_does_not_hold_calibrators_is_refused(tmp_path, data):
    path = tmp_path / "calibration.json"
    path.write_bytes(data())
    with pytest.raises((CalibrationFormatError, JsonError)):
        load_calibrators(path)


def test_applying_needs_neither_scikit_learn_nor_scipy_nor_torch():
    code = (
        "import sys; import assay.models.calibration, assay.models.metrics, assay.models.metrics.bootstrap; "
        "print([m for m in ('sklearn', 'scipy', 'torch') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
