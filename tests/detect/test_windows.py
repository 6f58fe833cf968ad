"""Windows cover a picture on whole blocks, and maps join to what they were cut from."""

import numpy as np
import pytest

from assay.detect.windows import joined, windows


@pytest.mark.parametrize(("height", "width"), [(64, 80), (288, 288), (296, 640), (1000, 1336)])
def test_windows_cover_the_picture(height: int, width: int) -> None:
    draw = np.random.default_rng(0)
    rgb = draw.integers(0, 256, (height, width, 3), dtype=np.uint8)
    seen = np.zeros((height, width), bool)
    for one in windows(rgb, 288, 192, 8, 0.25):
        assert one.x % 8 == one.y % 8 == 0 and one.telling
        assert one.pixels.shape == (min(height, 288), min(width, 288), 3)
        place = (slice(one.y, one.y + 288), slice(one.x, one.x + 288))
        assert np.array_equal(rgb[place], one.pixels)
        seen[place] = True
    assert seen.all()


def test_flat_windows_say_nothing() -> None:
    rgb = np.full((240, 480, 3), 200, np.uint8)
    rgb[:, :240] = np.random.default_rng(0).integers(0, 256, (240, 240, 3))
    for least, telling in ((0.25, [True, False]), (0.0, [True, True])):
        assert [one.telling for one in windows(rgb, 240, 240, 8, least)] == telling


def test_cut_maps_join_to_the_whole() -> None:
    whole = np.random.default_rng(0).normal(size=(37, 80)).astype(np.float32)
    rgb = np.zeros((37 * 8, 80 * 8, 3), np.uint8)
    cut = [
        (one.y // 8, one.x // 8, whole[one.y // 8 : one.y // 8 + 36, one.x // 8 : one.x // 8 + 36])
        for one in windows(rgb, 288, 192, 8, 0.25)
    ]
    np.testing.assert_allclose(joined(cut, (37, 80)), whole, rtol=1e-5)
