"""The test for an earlier JPEG save, on made files whose history is known."""

import io

import numpy as np
import pytest
from PIL import Image

from assay.detect.requantised import Requantised, requantised


def _saved(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _history(data: bytes) -> Requantised | None:
    picture = Image.open(io.BytesIO(data))
    table = list(picture.quantization[0])
    picture.draft("L", picture.size)
    luma = np.asarray(picture)
    height, width = (side // 8 * 8 for side in luma.shape)
    return requantised(luma[:height, :width], table)


@pytest.fixture(scope="module")
def fresh(photo: Image.Image, flower: Image.Image) -> list[Image.Image]:
    """Pictures without a JPEG past: shrunk by odd factors."""
    return [
        picture.resize((int(640 * k), int(427 * k)), Image.Resampling.LANCZOS)
        for picture in (photo, flower)
        for k in (0.53, 0.61)
    ]


def test_one_save_is_never_called_two(fresh: list[Image.Image]) -> None:
    for picture in fresh:
        for quality in range(50, 100, 5):
            found = _history(_saved(picture, quality))
            assert found is not None and not found.found, (quality, found)


@pytest.mark.parametrize(("first", "second"), [(60, 75), (70, 85), (75, 90), (60, 90)])
def test_an_earlier_coarser_save_is_found(fresh: list[Image.Image], first: int, second: int) -> None:
    found = [_history(_saved(Image.open(io.BytesIO(_saved(picture, first))), second)) for picture in fresh]
    assert sum(one is not None and one.found for one in found) >= 3


def test_the_earlier_steps_are_estimated(fresh: list[Image.Image]) -> None:
    first = _saved(fresh[0], 70)
    table = Image.open(io.BytesIO(first)).quantization[0]
    found = _history(_saved(Image.open(io.BytesIO(first)), 90))
    assert found is not None and found.found
    right = [
        found.earlier_steps[place] == table[8 * int(place[0]) + int(place[2])]
        for place in found.earlier_steps
    ]
    assert np.mean(right) >= 0.7


def test_a_shifted_or_finer_past_is_not_seen(fresh: list[Image.Image]) -> None:
    for picture in fresh:
        shifted = Image.open(io.BytesIO(_saved(picture, 60))).crop((3, 5, picture.width, picture.height))
        finer = Image.open(io.BytesIO(_saved(picture, 95)))
        for past in (shifted, finer):
            found = _history(_saved(past, 75))
            assert found is not None and not found.found


def test_too_few_blocks_give_no_answer() -> None:
    assert requantised(np.zeros((80, 80), np.uint8), [1] * 64) is None


def test_a_table_of_zeros_is_survived() -> None:
    noise = np.random.default_rng(0).integers(20, 230, (256, 256), dtype=np.uint8)
    found = requantised(noise, [0] * 64)
    assert found is not None and found.places == 0 and not found.found
