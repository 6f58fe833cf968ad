"""The picture of a finding: its colours say what the numbers say, and everything is on it."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from assay.detect.crops import Crop
from assay.detect.explanation.drawing import WIDTH, Caption, draw
from assay.detect.explanation.palette import diverging, hatched
from assay.detect.samples import Samples, View, shrunk
from assay.detect.values import Applicability, Explanation, Part

CAPTION = Caption("Title", "a camera recording", "Some words. " * 20, "Foot")


def _drawn(rgb: np.ndarray, heat: np.ndarray, trust: np.ndarray, caption: Caption = CAPTION) -> np.ndarray:
    height, width = rgb.shape[:2]
    crop = Crop(0, 0, np.ascontiguousarray(rgb[:224, :224]))
    view = View(None, "clean", (crop,), height, width)
    samples = Samples(Applicability(True), None, (view,), shown=shrunk(rgb))
    maps = {"heat": heat.astype(np.float32), "reliability": trust.astype(np.float32)}
    return draw(samples, Explanation((Part(0, 0, 224, 1.0, True),), 0.5, 2.0, 16, maps=maps), caption)


def _cells(value: float, shape: tuple[int, int] = (30, 40)) -> np.ndarray:
    return np.full(shape, value)


@pytest.fixture(scope="module")
def grey() -> np.ndarray:
    rng = np.random.default_rng(4)
    return np.repeat(rng.integers(60, 200, (480, 640, 1), dtype=np.uint8), 3, axis=2)


def _main(picture: np.ndarray) -> np.ndarray:
    """The lower right part of the heat map, which no outline crosses; the map is as wide as the exhibit here."""
    return picture[360:500, 400:640].astype(int)


def test_blue_is_a_recording_orange_is_generated_white_is_neither(grey: np.ndarray) -> None:
    sure = _cells(0.9)
    blue, white, orange = (_main(_drawn(grey, _cells(value), sure)) for value in (-9.0, 0.5, 9.0))
    assert (blue[..., 2] > blue[..., 0] + 50).all()
    assert (orange[..., 0] > orange[..., 2] + 70).all()
    assert (np.ptp(white, axis=2) < 10).all() and white.mean() > 150


def test_what_is_unreliable_is_grey_and_what_was_not_looked_at_is_dark(grey: np.ndarray) -> None:
    unreliable = _main(_drawn(grey, _cells(9.0), _cells(0.3)))
    assert (np.ptp(unreliable, axis=2) == 0).all() and 90 < unreliable.mean() < 170
    unseen = _main(_drawn(grey, _cells(np.nan), _cells(np.nan)))
    assert (np.ptp(unseen, axis=2) == 0).all() and unseen.mean() < 60


def test_each_patch_keeps_its_place_in_the_picture(grey: np.ndarray) -> None:
    heat = _cells(-9.0)
    heat[25, 30] = 9.0
    drawn = _drawn(grey, heat, _cells(0.9)).astype(int)
    orange = drawn[..., 0] > drawn[..., 2] + 70
    rows, columns = np.nonzero(orange[250:560, :650])
    top = 250 + rows.min() - 25 * 16
    assert np.ptp(rows) == np.ptp(columns) == 15 and columns.min() == 16 + 30 * 16 and 30 < top < 110


@pytest.mark.parametrize("size", [(224, 224), (3000, 240), (240, 3000), (900, 1600), (1600, 900)])
def test_every_shape_gives_a_page_of_the_same_width(size: tuple[int, int], photo: Image.Image) -> None:
    rgb = np.asarray(photo.resize((size[1], size[0])))
    shape = (-(-size[0] // 16), -(-size[1] // 16))
    drawn = _drawn(rgb, _cells(1.0, shape), _cells(0.6, shape))
    assert drawn.dtype == np.uint8 and drawn.shape[1:] == (WIDTH, 3) and 500 < drawn.shape[0] < 1400
    # The last rows are margin, and just above it is the small print.
    assert (drawn[-10:] == 255).all() and (drawn[-40:-10] < 200).any()


def test_longer_words_make_a_longer_page_and_none_is_cut_off(grey: np.ndarray) -> None:
    short, long = (
        _drawn(grey, _cells(1.0), _cells(0.6), Caption("Title", "a side", "many words " * count, "Foot"))
        for count in (5, 60)
    )
    assert long.shape[0] > short.shape[0] + 60
    assert (long[:, -12:] == 255).all()


def test_it_is_the_same_every_time(photo: Image.Image) -> None:
    rgb = np.asarray(photo.filter(ImageFilter.GaussianBlur(1)))
    one, other = (_drawn(rgb, _cells(1.0, (27, 40)), _cells(0.6, (27, 40))) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_the_colours_are_told_apart_without_red_or_green_cones() -> None:
    # What both kinds still see is the axis from blue to yellow: here blue minus the mean of the others.
    axis = [
        float(colour[2] - colour[:2].mean()) for colour in diverging(np.array([-1.0, -0.5, 0.0, 0.5, 1.0]))
    ]
    assert axis == sorted(axis, reverse=True) and axis[1] - axis[3] > 80
    assert np.ptp(hatched(20, 20), axis=2).max() == 0
