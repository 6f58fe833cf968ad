"""The probe, its weights, and leave-source-out."""

import numpy as np
import pytest

from assay.detect.forge.folds import check, leave_out, macro
from assay.detect.forge.probe import balance, fit, fit_path
from assay.detect.forge.recipe import Recipe
from assay.detect.forge.rows import Rows
from assay.detect.forge.trial import Trial, share
from assay.intake.manifest import ManifestError
from assay.models.metrics import auc


def test_sources_weigh_alike_within_their_kind_and_made_kinds_get_their_share() -> None:
    kinds = np.array(["photo"] * 6 + ["drawn"] * 3 + ["latent"] * 3 + ["negative"] * 2)
    sources = np.array(["a"] * 5 + ["b"] + ["c"] * 2 + ["d"] + ["a"] * 3 + ["a", "b"])
    weights = balance(kinds, sources, {"latent": 0.25, "negative": 0.1})
    assert weights.mean() == pytest.approx(1)
    real = np.isin(kinds, ["photo", "negative"])
    assert weights[real].sum() == pytest.approx(weights[~real].sum())
    assert weights[:5].sum() == pytest.approx(weights[5])
    assert weights[6:8].sum() == pytest.approx(weights[8])
    assert weights[kinds == "latent"].sum() == pytest.approx(0.25 * weights[~real].sum())
    assert weights[kinds == "negative"].sum() == pytest.approx(0.1 * weights[real].sum())


def test_a_kind_without_a_share_weighs_nothing_and_an_absent_one_leaves_its_share() -> None:
    kinds, sources = np.array(["photo", "drawn", "latent"]), np.array(["a", "b", "a"])
    assert balance(kinds, sources, {}).tolist() == pytest.approx([1.5, 1.5, 0])
    assert balance(kinds, sources, {"superres": 0.5}).tolist() == pytest.approx([1.5, 1.5, 0])


def test_whitening_finds_a_faint_trace_under_a_loud_subject() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(400) % 2 == 0
    loud = rng.normal(size=(400, 1)) @ rng.normal(size=(1, 12)) * 10
    faint = np.zeros((400, 12))
    faint[:, 3] = labels
    features = (loud + faint + rng.normal(scale=0.4, size=(400, 12))).astype(np.float32)
    plain, white = (
        auc(
            fit(features[:200], labels[:200], np.ones(200), 1e-3, shrinkage).logits(features[200:]),
            labels[200:],
        )
        for shrinkage in (1.0, 0.01)
    )
    assert white > plain + 0.1


def test_a_probe_is_the_same_whatever_the_scale_of_its_features() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2 == 0
    features = (rng.normal(size=(200, 5)) + labels[:, None]).astype(np.float32)
    scale = np.array([1, 10, 100, 0.1, 5], dtype=np.float32)
    one = fit(features, labels, np.ones(200), 0.1).logits(features)
    other = fit(features * scale + 3, labels, np.ones(200), 0.1).logits(features * scale + 3)
    assert np.allclose(one, other, atol=1e-2)


def test_a_weaker_penalty_gives_larger_weights() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(100) % 2 == 0
    features = (rng.normal(size=(100, 3)) + labels[:, None]).astype(np.float32)
    sizes = [np.abs(p.weight).sum() for p in fit_path(features, labels, np.ones(100), [1e-4, 1e-2, 1.0])]
    assert sizes[0] < sizes[1] < sizes[2]


def rows(leak: float, seed: int = 0) -> Rows:
    """Four sources; nothing but the source shows in the features: each moves all columns its own way by `leak`."""
    rng = np.random.default_rng(seed)
    source = np.repeat(np.array(["r1", "r2", "f1", "f2"]), 30)
    kind = np.where(np.char.startswith(source, "f"), "drawn", "photo")
    features = rng.normal(size=(120, 6)).astype(np.float32)
    for name in ("r1", "r2", "f1", "f2"):
        features[source == name] += leak * rng.normal(size=6).astype(np.float32)
    return Rows(features, np.arange(120), np.arange(120) % 3, kind, source, np.zeros(120, dtype=int))


def test_a_leak_of_the_source_gains_nothing_when_the_source_is_left_out() -> None:
    folds, recipe = [["r1", "f1"], ["r2", "f2"]], Recipe(0.1)
    left_out, seen = [], []
    for seed in range(40):
        pool = rows(3.0, seed)
        left_out.append(macro(leave_out(pool, folds, recipe, [6]))["clean"])
        logits = fit(pool.features, pool.synthetic, np.ones(120), 0.1).logits(pool.features)
        seen.append(auc(logits, pool.synthetic))
    assert np.mean(seen) > 0.95
    assert 0.3 < np.mean(left_out) < 0.7


@pytest.mark.parametrize(
    "folds", [[["r1", "f1"]], [["r1", "f1"], ["r2", "f2", "f1"]], [["r1", "r2"], ["f1", "f2"]]]
)
def test_folds_that_do_not_cover_every_source_once_are_refused(folds: list[list[str]]) -> None:
    with pytest.raises(ManifestError):
        check(folds, rows(0.0))


def test_only_the_named_blocks_are_used() -> None:
    assert Recipe(1.0, blocks=(8,)).columns(12, (6, 8)).tolist() == [False] * 6 + [True] * 6


def test_figures_of_a_perfect_scorer() -> None:
    truth = np.array([False, True] * 30)
    trial = Trial(truth.astype(float), np.zeros(60, dtype=int), truth, np.array(["a", "a", "b", "b"] * 15))
    found = {(f.name, f.source): f.interval for f in trial.figures(0.5, {"a": ["a"], "b": ["b"]})}
    assert found["auc-macro", None].value == 1
    assert found["false-alarms", "a"].value == 0
    assert 0.1 < found["false-alarms", "a"].high < 0.3


def test_interval_of_a_share_against_a_published_value() -> None:
    # Wilson's interval of 8 of 10 at 95 %: 0.490 to 0.943.
    interval = share(8, 10)
    assert (round(interval.low, 3), round(interval.high, 3)) == (0.490, 0.943)
