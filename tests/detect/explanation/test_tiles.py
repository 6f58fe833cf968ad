"""Where the network looks for the map alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from assay.detect.crops import SIDE, crops
from assay.detect.explanation.tiles import MOST_TILES, tile_places, tiles


@given(st.integers(SIDE, 13_000), st.integers(SIDE, 13_000))
def test_places_lie_in_the_picture_and_are_few(height: int, width: int) -> None:
    places = tile_places(height, width)
    assert 1 <= len(places) == len(set(places)) <= MOST_TILES
    assert all(x % 16 == y % 16 == 0 for x, y in places)
    assert all(0 <= x <= width - SIDE and 0 <= y <= height - SIDE for x, y in places)


@pytest.mark.parametrize(
    ("size", "least"),
    [((224, 224), 1), ((304, 240), 1), ((300, 225), 0.95), ((512, 512), 1), ((800, 800), 1),
     ((1024, 1024), 0.8), ((3000, 4000), 0.09), ((224, 12_000), 0.4)],
)  # fmt: skip
def test_small_pictures_are_covered_and_large_ones_evenly_in_part(
    size: tuple[int, int], least: float
) -> None:
    covered = np.zeros(size, dtype=bool)
    for x, y in tile_places(*size):
        covered[y : y + SIDE, x : x + SIDE] = True
    assert covered.mean() >= least
    assert (
        len({covered[: size[0] // 2].mean().round(1), covered[size[0] // 2 :].mean().round(1)}) == 1
        or least >= 0.95
    )


def test_small_pictures_cost_few_looks() -> None:
    assert [len(tile_places(side, side)) for side in (224, 300, 512)] == [1, 9, 16]


def test_tiles_are_made_like_crops_and_not_taken_twice(photo: Image.Image) -> None:
    picture = np.asarray(photo.resize((224, 224)))
    (crop,) = crops(picture, 3)
    (tile,) = tiles(picture, set())
    np.testing.assert_array_equal(tile.pixels, crop.pixels)
    assert tiles(picture, {(0, 0)}) == ()
