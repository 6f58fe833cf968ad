"""Launderings: sizes, determinism, and that both classes get the same chain."""

import numpy as np
import pytest

from assay.detect.forge.launder import TIER_LAUNDERINGS, TIERS, Laundering, random_laundering, reencode
from assay.detect.forge.views import training_view


def picture(height: int = 700, width: int = 1000) -> np.ndarray:
    ramp = np.linspace(0, 255, width)[None, :, None] * np.ones((height, 1, 3))
    return np.asarray(ramp + np.random.default_rng(0).normal(0, 8, ramp.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(("tier", "longest"), [("clean", 1000), ("web", 768), ("hard", 512)])
def test_tiers_limit_the_longer_side(tier: str, longest: int) -> None:
    assert max(TIER_LAUNDERINGS[tier].apply(picture()).shape) == longest


def test_nothing_is_enlarged() -> None:
    assert TIER_LAUNDERINGS["web"].apply(picture(300, 400)).shape == (300, 400, 3)


def test_the_shorter_side_keeps_room_for_a_crop() -> None:
    assert min(Laundering("x", 80, scale=0.1).apply(picture(300, 400)).shape[:2]) == 224


def test_lower_quality_changes_more() -> None:
    original = picture().astype(np.float32)
    errors = [np.mean((reencode(picture(), q) - original) ** 2) for q in (95, 60, 30)]
    assert errors[0] < errors[1] < errors[2]


@pytest.mark.parametrize("tier", TIERS)
def test_a_seed_names_a_chain(tier: str) -> None:
    draws = [random_laundering(tier, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_a_photo_and_its_twin_go_through_one_chain() -> None:
    photo = picture(384, 384)
    same = [training_view(photo, 0, "web", "a.jpg", 3, 1).crops[0] for _ in range(2)]
    other = training_view(photo, 0, "web", "b.jpg", 3, 1).crops[0]
    assert np.array_equal(*same)
    assert not np.array_equal(same[0], other)
