"""Outlines: every kind draws regions of the stated size, by the generator alone."""

import numpy as np
import pytest

from assay.detect.forge.edits.outlines import LEAST_AREA, MOST_AREA, OUTLINES, outline


@pytest.fixture(scope="module")
def rgb() -> np.ndarray:
    draw = np.random.default_rng(1)
    picture = np.repeat(np.repeat(draw.integers(0, 256, (8, 8, 3)), 24, 0), 24, 1)
    return picture.astype(np.uint8)


@pytest.mark.parametrize("name", list(OUTLINES))
def test_each_kind_draws_a_mask(name: str, rgb: np.ndarray) -> None:
    masks = [OUTLINES[name](rgb, np.random.default_rng(seed)) for seed in range(12)]
    assert all(mask.dtype == np.uint8 and mask.shape == rgb.shape[:2] for mask in masks)
    assert {int(value) for mask in masks for value in np.unique(mask)} == {0, 255}
    assert len({mask.tobytes() for mask in masks}) > 6


def test_regions_have_the_stated_size_and_repeat(rgb: np.ndarray) -> None:
    for seed in range(20):
        name, alpha = outline(rgb, np.random.default_rng(seed))
        again, same = outline(rgb, np.random.default_rng(seed))
        assert name == again and np.array_equal(alpha, same)
        assert alpha.dtype == np.float32 and alpha.min() >= 0 and alpha.max() <= 1
        assert 0.5 * LEAST_AREA <= (alpha > 0.5).mean() <= 1.2 * MOST_AREA
