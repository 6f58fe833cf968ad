"""An answer that does not survive delivery is none."""

import numpy as np
import pytest
from PIL import Image

from assay.detect.stability import LAUNDERINGS, MOST_SPREAD, Shaken, tier_after, unstable
from assay.detect.values import LikelihoodRatio


def _shaken(*values: float) -> tuple[Shaken, ...]:
    return tuple(Shaken(f"l{i}", "web", 0.0, LikelihoodRatio(v, v, v)) for i, v in enumerate(values))


def _ratio(value: float) -> LikelihoodRatio:
    return LikelihoodRatio(value, value, value)


@pytest.mark.parametrize(
    ("value", "after", "code"),
    [
        (0.8, (0.5, 0.9), None),
        (-0.8, (-0.5, -0.1), None),
        (0.8, (), None),
        (0.8, (0.5, -0.01), "unstable-sign"),
        (-0.8, (0.2, -0.9), "unstable-sign"),
        (1.5, (0.4, 1.4), "unstable-spread"),
        (1.5, (1.5 - MOST_SPREAD, 1.5), None),
    ],
)
def test_turns_and_wide_ranges_are_told(value: float, after: tuple[float, ...], code: str | None) -> None:
    reason = unstable(_ratio(value), _shaken(*after))
    assert (None if reason is None else reason.code) == code


def test_the_profiles_launder_as_they_promise() -> None:
    assert LAUNDERINGS["fast"] == ()
    assert len(LAUNDERINGS["standard"]) == 2
    assert 6 <= len(LAUNDERINGS["full"]) <= 8
    assert set(LAUNDERINGS["standard"]) <= set(LAUNDERINGS["full"])
    names = [laundering.name for laundering in LAUNDERINGS["full"]]
    assert len(set(names)) == len(names)
    assert {"webp", "jpeg"} == {laundering.codec for laundering in LAUNDERINGS["full"]}
    assert any(laundering.before for laundering in LAUNDERINGS["full"])


def test_a_laundering_never_makes_the_tier_better(photo: Image.Image) -> None:
    order = ["clean", "web", "hard"]
    for laundering in LAUNDERINGS["full"]:
        for tier in order:
            assert order.index(tier_after(tier, laundering)) >= order.index(tier)
    assert tier_after("clean", LAUNDERINGS["standard"][1]) == "web"
    rgb = np.asarray(photo)
    assert all(laundering.apply(rgb).dtype == np.uint8 for laundering in LAUNDERINGS["full"])
