"""Interpolation: seen in the whole picture, in a part alone, and not where there is none."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from assay.detect.traces.grid import luminance
from assay.detect.traces.resampling import factors, resampling, resampling_map

Pixels = NDArray[np.uint8]


def _resized(picture: Image.Image, factor: float) -> Image.Image:
    return picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.BICUBIC)


def _saved(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


@pytest.mark.parametrize(
    ("factor", "quality"), [(1.1, None), (1.2, None), (1.3, None), (1.2, 90), (1.3, 90), (1.7, 90)]
)
def test_the_factor_of_the_whole_is_among_those_told(photo: Image.Image, factor: float, quality: int | None) -> None:
    picture = _resized(photo, factor)
    found = resampling(luminance(np.asarray(picture if quality is None else _saved(picture, quality))))
    assert found.frequency is not None and found.parts == ()
    # The strongest frequency may be a multiple of the first.
    told = {round(abs(number * found.frequency - round(number * found.frequency)), 2) for number in (1, 2, 3)}
    expected = {round(abs(number / factor - round(number / factor)), 2) for number in (1, 2, 3)}
    assert told & expected


def test_photos_as_they_came_show_none(photo: Image.Image, flower: Image.Image) -> None:
    for each in (photo, flower):
        found = resampling(luminance(np.asarray(each)))
        assert found.frequency is None and found.parts == () and found.factors == ()


def test_the_blocks_of_jpeg_are_no_interpolation(photo: Image.Image) -> None:
    for quality in (30, 60, 95):
        found = resampling(luminance(np.asarray(_saved(photo, quality))))
        assert found.frequency is None and found.parts == ()


@pytest.mark.parametrize("factor", [1.2, 1.45])
def test_a_part_that_was_resized_alone(photo: Image.Image, flower: Image.Image, factor: float) -> None:
    pixels = np.asarray(photo).copy()
    pixels[150:342, 330:522] = np.asarray(_resized(flower, factor))[200:392, 200:392]
    found = resampling(luminance(pixels))
    assert found.parts and found.frequency is None
    first = found.parts[0]
    assert abs(first.x + first.width / 2 - 426) < 64 and abs(first.y + first.height / 2 - 246) < 64
    assert min(abs(factor - told) for told in first.factors) < 0.05
    shares = resampling_map(found, *pixels.shape[:2])
    assert shares.shape == (27, 40) and shares[12:19, 23:30].mean() > 3 * shares[:, :18].mean()
    assert shares.min() >= 0.0 and shares.max() <= 1.0


def test_white_noise_is_in_step_by_chance_only() -> None:
    random = np.random.default_rng(3)
    for _ in range(5):
        found = resampling(random.integers(0, 256, (300, 400), np.uint8))
        assert found.parts == () and found.frequency is None and found.strength < 8


def test_flat_pictures_and_small_ones() -> None:
    assert resampling(np.full((200, 128), 9, np.uint8)).parts == ()
    with pytest.raises(ValueError, match="128 x 128"):
        resampling(np.zeros((127, 500), np.uint8))


def test_several_factors_leave_one_frequency() -> None:
    assert factors(0.2) == pytest.approx((1.25, 5.0, 1 / 1.2))
