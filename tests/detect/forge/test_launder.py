"""Launderings: sizes, determinism, and that both classes get the same chain."""

import numpy as np
import pytest

from assay.detect.forge.launder import (
    DELIVERIES,
    LONGEST_WEBP,
    TIER_LAUNDERINGS,
    TIERS,
    Laundering,
    delivery,
    random_laundering,
    reencode,
)
from assay.detect.forge.views import training_view
from assay.detect.stability import tier_after


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


@pytest.mark.parametrize("tier", TIERS)
def test_a_named_delivery_leaves_the_tier_that_it_is_listed_under(tier: str) -> None:
    for named in DELIVERIES[tier]:
        assert tier_after("clean", named) == tier
        assert delivery(named.name) is named
        done = named.apply(picture())
        assert min(done.shape[:2]) >= 224
        assert not np.array_equal(done, picture())
        assert np.array_equal(done, named.apply(picture()))


def test_webp_is_another_codec_and_takes_what_it_cannot_hold_smaller() -> None:
    webp, jpeg = (Laundering("x", 70, codec=codec).apply(picture()) for codec in ("webp", "jpeg"))
    assert webp.shape == jpeg.shape
    assert not np.array_equal(webp, jpeg)
    wide = np.zeros((300, LONGEST_WEBP + 200, 3), dtype=np.uint8)
    assert Laundering("x", 70, codec="webp").apply(wide).shape[1] == LONGEST_WEBP


def test_a_chain_does_the_earlier_step_first() -> None:
    first = Laundering("first", 50, longest=800)
    chain = Laundering("second", 90, longest=600, before=first)
    by_hand = Laundering("second", 90, longest=600).apply(first.apply(picture()))
    assert np.array_equal(chain.apply(picture()), by_hand)
    assert chain.worst == 50


def test_a_messenger_shrinks_twice_and_never_enlarges() -> None:
    large = np.asarray(np.random.default_rng(0).integers(0, 255, (1000, 2000, 3)), dtype=np.uint8)
    assert delivery("messenger").apply(large).shape == (640, 1280, 3)
    assert delivery("messenger").apply(picture(300, 400)).shape == (300, 400, 3)


@pytest.mark.parametrize("tier", TIERS)
def test_draws_near_named_deliveries_stay_in_their_tier_and_reach_all(tier: str) -> None:
    draws = [random_laundering(tier, np.random.default_rng(seed)) for seed in range(600)]
    named = [one for one in draws if one.name != tier or one.longest is not None]
    assert {tier_after("clean", one) for one in named} == {tier}
    assert {one.name for one in named} == {one.name for one in DELIVERIES[tier]}
    assert 0.1 < len(named) / len(draws) < 0.3
