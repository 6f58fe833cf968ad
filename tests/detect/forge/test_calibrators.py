"""Calibrators, threshold and figures of left-out scores."""

import numpy as np
import pytest

from assay.detect.forge.calibrators import calibrate, figures, gain, macros, threshold
from assay.detect.forge.folds import LeftOut, macro, macro_by_fold
from assay.detect.forge.launder import TIERS


def left_out(n: int = 600, apart: float = 2.0, seed: int = 0) -> LeftOut:
    """Two folds of two sources each, in every tier over one crop and over three, which scatter less."""
    rng = np.random.default_rng(seed)
    item = np.arange(n)
    source = np.array(["r1", "f1", "r2", "f2"])[item % 4]
    synthetic = item % 2 == 1
    kind = np.where(synthetic, "drawn", "photo")
    parts = []
    for tier in range(3):
        for crops in (1, 3):
            score = apart * synthetic + rng.normal(size=n) / np.sqrt(crops)
            parts.append((score, item, np.full(n, tier), kind, source, item % 4 // 2, np.full(n, crops)))
    return LeftOut(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def test_more_than_the_asked_share_of_real_pictures_is_right_in_every_tier_over_all_and_over_sources() -> (
    None
):
    scores = left_out()
    hard = (scores.source == "r1") & (scores.item % 8 == 0)
    scores.score[hard] += 2
    found = threshold(scores, {1, 3}, 0.95)
    for tier in range(3):
        for crops in (1, 3):
            mine = (scores.tier == tier) & (scores.crops == crops) & ~scores.synthetic
            right = scores.score[mine] < found
            assert right.mean() > 0.95
            assert np.mean([right[scores.source[mine] == s].mean() for s in ("r1", "r2")]) > 0.95
    below = np.nextafter(found, -np.inf)
    shares = [
        (scores.score[(scores.tier == t) & (scores.crops == c) & ~scores.synthetic] < below).mean()
        for t in range(3)
        for c in (1, 3)
    ]
    assert min(shares) <= 0.95 + 1 / 300


def test_a_small_hard_source_counts_as_much_as_a_large_easy_one() -> None:
    scores = left_out()
    few = (scores.source == "r1") & (scores.item % 40 == 0)
    only = scores.part((scores.source != "r1") | few)
    pooled = threshold(only, {1}, 0.95)
    only.score[only.source == "r1"] += 1.5
    assert threshold(only, {1}, 0.95) > pooled + 0.5


def test_tied_scores_at_the_threshold_are_on_one_side() -> None:
    scores = left_out()
    scores.score[~scores.synthetic] = np.round(scores.score[~scores.synthetic])
    found = threshold(scores, {1}, 0.95)
    assert (scores.score[~scores.synthetic & (scores.crops == 1)] < found).mean() > 0.95


def test_means_over_three_crops_weigh_more_per_unit_of_score() -> None:
    found = calibrate(left_out(), {1, 3})
    assert set(found) == {"default", *TIERS, *(f"{tier}-3" for tier in TIERS)}
    for tier in TIERS:
        assert found[f"{tier}-3"].parameters["slope"] > 1.5 * found[tier].parameters["slope"]


def test_a_well_calibrated_scorer_stays_near_its_noise_floor() -> None:
    found = {(f.name, f.tier): f.interval.value for f in figures(left_out(), {1})}
    for tier in TIERS:
        assert found["ece", tier] < found["ece-noise-floor", tier] + 0.05
        assert 0 <= found["cllr-cal", tier] < 0.1
        assert found["cllr", tier] < 0.8


def test_the_gain_over_a_worse_recipe_is_paired() -> None:
    good = left_out(seed=1)
    rng = np.random.default_rng(2)
    worse = LeftOut(good.score + rng.normal(0, 2, len(good.score)), *list(_columns(good))[1:])
    found = {(f.name, f.tier): f.interval for f in gain(good, worse, "gain", ["f1", "f2"])}
    assert found["gain", "clean"].low > 0
    value = {f.tier: f.interval.value for f in macros(good, "auc", [])}
    assert value["web"] == pytest.approx(macro(good)["web"])


def test_each_fold_is_measured_on_its_own() -> None:
    fold = np.repeat([0, 1], 4)
    synthetic = np.array([False, False, True, True] * 2)
    score = np.array([0, 1, 2, 3, 10, 11, 12, 13], dtype=float)
    source = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    assert macro_by_fold(score, synthetic, source, fold) == 1.0


def _columns(scores: LeftOut) -> list[np.ndarray]:
    return [getattr(scores, name) for name in LeftOut.__dataclass_fields__]
