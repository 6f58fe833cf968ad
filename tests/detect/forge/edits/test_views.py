"""Views: an edit and its untouched host go the same way, and the cells stay where the edit is."""

import numpy as np
import pytest

from assay.detect.forge.edits.views import CELL, VIEW, shares, view
from assay.detect.forge.launder import TIERS


def _sample() -> tuple[np.ndarray, np.ndarray]:
    """A dark picture with a bright square, which is the region."""
    rgb, region = np.full((320, 320, 3), 40, np.uint8), np.zeros((320, 320), np.uint8)
    rgb[96:240, 80:200], region[96:240, 80:200] = 220, 255
    return rgb, region


@pytest.mark.parametrize("tier", TIERS)
def test_cells_follow_the_pixels(tier) -> None:
    rgb, region = _sample()
    for seed in range(25):
        made = view(rgb, region, tier, np.random.default_rng(seed))
        assert made.pixels.shape == (VIEW, VIEW, 3) and made.cells.shape == (VIEW // CELL, VIEW // CELL)
        bright = made.pixels.mean(2).reshape(VIEW // CELL, CELL, VIEW // CELL, CELL).mean((1, 3))
        sure = (made.cells < 0.02) | (made.cells > 0.98)
        assert np.array_equal(bright[sure] > 130, made.cells[sure] > 0.5)


def test_an_untouched_host_goes_the_same_way() -> None:
    rgb, region = _sample()
    for seed in range(10):
        one = view(rgb, region, "clean", np.random.default_rng(seed))
        other = view(rgb, np.zeros_like(region), "clean", np.random.default_rng(seed))
        assert np.array_equal(one.pixels, other.pixels) and other.cells.max() == 0


def test_shares_of_cells_are_exact() -> None:
    region = np.zeros((16, 24), np.uint8)
    region[:8, :12] = 255
    assert shares(region).tolist() == [[1.0, 0.5, 0.0], [0.0, 0.0, 0.0]]
