"""Patch scores on the grid of a picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.detect.explanation.heat import PATCH, Grid, Patches, heat, laid, patch_scores

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=(14, 14))


def test_the_mean_of_a_crops_patches_is_its_score() -> None:
    made = patch_scores(2.5, VALUES.astype(np.float32))
    assert made.mean() == pytest.approx(2.5)
    assert np.ptp(made - VALUES) == pytest.approx(0, abs=1e-5)


def test_patches_on_the_grid_stay_as_they_are() -> None:
    one = laid(Grid(480, 640), Patches(3 * PATCH, 5 * PATCH, PATCH, PATCH, VALUES))
    assert (one.rows, one.columns) == (slice(5, 19), slice(3, 17))
    np.testing.assert_allclose(one.values, VALUES)


def test_patches_between_cells_are_shared_out_by_area() -> None:
    one = laid(Grid(480, 640), Patches(8, 0, PATCH, PATCH, VALUES))
    np.testing.assert_allclose(one.values[:, 1:14], (VALUES[:, :-1] + VALUES[:, 1:]) / 2)
    # Half a cell at either end is covered: that is enough, and it has the value of the patch that covers it.
    np.testing.assert_allclose(one.values[:, [0, 14]], VALUES[:, [0, 13]])
    less = laid(Grid(480, 640), Patches(9, 0, PATCH, PATCH, VALUES))
    assert np.isnan(less.values[:, 0]).all() and np.isfinite(less.values[:, 1:]).all()


def test_patches_of_a_shrunk_copy_are_larger() -> None:
    one = laid(Grid(480, 640), Patches(0, 0, 2 * PATCH, 2 * PATCH, VALUES))
    np.testing.assert_allclose(one.values, np.kron(VALUES, np.ones((2, 2))))


def test_the_last_cells_of_a_picture_are_smaller() -> None:
    grid = Grid(230, 230)
    assert grid.shape == (15, 15)
    one = heat(grid, [Patches(6, 6, PATCH, PATCH, np.ones((14, 14)))])
    # 6 of the last 6 pixels and 10 of the first 16 count as looked at, 10 x 10 in the corner do not.
    assert np.isfinite(one[1:]).all() and np.isfinite(one[0, 1:]).all() and np.isnan(one[0, 0])


def test_overlapping_crops_are_averaged_and_the_rest_is_unknown() -> None:
    same = np.ones((14, 14))
    made = heat(Grid(448, 448), [Patches(0, 0, PATCH, PATCH, same), Patches(112, 0, PATCH, PATCH, 3 * same)])
    assert made.dtype == np.float32 and made.shape == (28, 28)
    np.testing.assert_array_equal(made[:14, :7], 1)
    np.testing.assert_array_equal(made[:14, 7:14], 2)
    np.testing.assert_array_equal(made[:14, 14:21], 3)
    assert np.isnan(made[14:]).all() and np.isnan(made[:, 21:]).all()


@given(
    st.integers(224, 900), st.integers(224, 900), st.floats(0, 1), st.floats(0, 1), st.sampled_from([1.0, 1.3, 4.0])
)  # fmt: skip
def test_no_value_leaves_the_range_of_the_patches_wherever_they_lie(
    height: int, width: int, x: float, y: float, pitch: float
) -> None:
    grid = Grid(height, width)
    made = heat(grid, [Patches(x * (width - 224), y * (height - 224), PATCH * pitch, PATCH * pitch, VALUES)])
    seen = made[np.isfinite(made)]
    assert made.shape == grid.shape and seen.size >= 13 * 13
    assert VALUES.min() - 1e-5 <= seen.min() <= seen.max() <= VALUES.max() + 1e-5
