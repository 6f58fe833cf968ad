"""Native crops: where they lie, that they never change, and what is refused."""

import tracemalloc

import numpy as np
import pytest

import assay.detect.crops as module
from assay.detect.crops import QUALITY, SIDE, PictureTooSmall, crops, places
from assay.detect.forge.launder import reencode


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_crop_is_the_picture_itself_after_one_jpeg() -> None:
    picture = noise(300, 500)
    for crop in crops(picture, 3):
        part = picture[crop.y : crop.y + SIDE, crop.x : crop.x + SIDE]
        assert crop.pixels.shape == (SIDE, SIDE, 3)
        assert np.array_equal(crop.pixels, reencode(np.ascontiguousarray(part), QUALITY))


def test_the_same_pixels_give_the_same_crops() -> None:
    picture = noise(700, 900)
    first, second = crops(picture, 4), crops(picture.copy(), 4)
    assert [(c.x, c.y) for c in first] == [(c.x, c.y) for c in second]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(first, second, strict=True))


def test_fewer_crops_are_the_first_of_more() -> None:
    picture = noise(700, 900)
    assert places(picture, 4)[:2] == places(picture, 2)


def test_flat_areas_are_left_for_textured_ones() -> None:
    picture = np.full((900, 1200, 3), 235, dtype=np.uint8)
    picture[600:860, 900:1180] = noise(260, 280)
    x, y = places(picture, 1)[0]
    assert x + SIDE > 1000
    assert y + SIDE > 700


def test_crops_of_a_large_picture_do_not_overlap() -> None:
    spots = places(noise(1500, 2000), 5)
    for i, (x, y) in enumerate(spots):
        assert all(abs(x - a) >= SIDE or abs(y - b) >= SIDE for a, b in spots[:i])


def test_the_smallest_picture_gives_one_crop() -> None:
    assert places(noise(SIDE, SIDE), 5) == [(0, 0)]


def test_texture_is_judged_in_strips_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = noise(1500, 640)
    picture[480:800, 100:500] = 90
    picture[1000:1100] //= 32
    whole = places(picture, 6)
    for strip in (16, 48, 512):
        monkeypatch.setattr(module, "STRIP", strip)
        assert places(picture, 6) == whole
        assert np.array_equal(module._telling(picture), module._deviating(picture[:1488]))


def test_memory_does_not_grow_with_a_copy_of_a_large_picture() -> None:
    picture = np.zeros((6000, 4000, 3), dtype=np.uint8)
    tracemalloc.start()
    try:
        module._telling(picture)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < picture.nbytes / 2


@pytest.mark.parametrize("shape", [(223, 400), (400, 223)])
def test_a_picture_smaller_than_a_crop_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(PictureTooSmall, match=f"{shape[1]} x {shape[0]}"):
        crops(noise(*shape), 1)
