"""The test for an earlier JPEG save, on made files whose history is known, and parts that do not share it."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from assay.detect.traces.coefficients import PLACES, coefficients, steps_at
from assay.detect.traces.doubled import LOG10_NFA, Doubled, doubled


def _saved(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def _history(data: bytes) -> Doubled | None:
    picture = Image.open(io.BytesIO(data))
    table = list(picture.quantization[0])
    rgb = np.asarray(_opened(data))
    picture.draft("L", picture.size)
    height, width = (side // 8 * 8 for side in rgb.shape[:2])
    clipped = ((rgb == 0) | (rgb == 255)).any(axis=2)
    return doubled(coefficients(np.asarray(picture)[:height, :width], clipped[:height, :width]), table)


def _covered(found: Doubled, truth: NDArray[np.bool_]) -> float:
    mask = np.kron(found.once.mask, np.ones((8, 8))) > 0
    truth = truth[: mask.shape[0], : mask.shape[1]]
    return float((mask & truth).sum() / (mask | truth).sum())


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
            assert found is not None and not found.past.found and not found.once.found, quality
            assert np.all(found.map == 0.5)


@pytest.mark.parametrize(
    ("first", "second"), [(60, 75), (70, 85), (75, 90), (60, 90), (80, 85), (85, 90), (90, 95)]
)
def test_an_earlier_coarser_save_is_found_and_is_no_edit(
    fresh: list[Image.Image], first: int, second: int
) -> None:
    found = [_history(_saved(_opened(_saved(picture, first)), second)) for picture in fresh]
    assert all(one is not None and one.past.found and not one.once.found for one in found)


def test_the_earlier_steps_are_estimated(fresh: list[Image.Image]) -> None:
    first = _saved(fresh[0], 70)
    steps = steps_at(Image.open(io.BytesIO(first)).quantization[0])
    found = _history(_saved(_opened(first), 90))
    assert found is not None and found.past.votes == len(PLACES)
    assert sum(one == other for one, other in zip(found.past.earlier, steps, strict=True)) >= 12


def test_a_shifted_or_finer_past_is_not_seen(fresh: list[Image.Image]) -> None:
    for picture in fresh:
        shifted = _opened(_saved(picture, 60)).crop((3, 5, picture.width, picture.height))
        finer = _opened(_saved(picture, 95))
        for past in (shifted, finer):
            found = _history(_saved(past, 75))
            assert found is not None and not found.past.found and not found.once.found


@pytest.mark.parametrize(("first", "second"), [(60, 80), (75, 95), (85, 95)])
@pytest.mark.parametrize("past", [None, 70])
def test_a_part_that_was_saved_once_is_found_where_it_is(
    fresh: list[Image.Image], first: int, second: int, past: int | None
) -> None:
    ground = np.asarray(_opened(_saved(fresh[1], first))).copy()
    other = fresh[3] if past is None else _opened(_saved(fresh[3], past))
    ground[83:163, 101:181] = np.asarray(other)[40:120, 96:176]
    truth = np.zeros(ground.shape[:2], bool)
    truth[83:163, 101:181] = True
    found = _history(_saved(Image.fromarray(ground), second))
    assert found is not None and found.past.found and found.once.found[0].log10_nfa < LOG10_NFA
    assert _covered(found, truth) > 0.35
    inside = np.zeros(found.map.shape, bool)
    inside[11:20, 13:22] = True
    assert np.median(found.map[inside]) > 0.9 and np.mean(found.map[~inside] > 0.5) < 0.1


def test_too_few_blocks_give_no_answer() -> None:
    assert doubled(coefficients(np.zeros((72, 72), np.uint8)), [1] * 64) is None
    with pytest.raises(ValueError, match="24 x 24"):
        coefficients(np.zeros((16, 64), np.uint8))


@pytest.mark.parametrize("step", [0, 1, 255, 65535])
def test_any_table_is_survived(step: int) -> None:
    noise = np.random.default_rng(0).integers(20, 230, (256, 256), dtype=np.uint8)
    found = doubled(coefficients(noise), [step] * 64)
    assert found is not None and not found.past.found
