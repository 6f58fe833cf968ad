"""Ghosts of other qualities: found where they are, and not where they are not."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from assay.detect.traces.coefficients import coefficients
from assay.detect.traces.ghosts import Ghosts, ghosts
from assay.detect.traces.grid import luminance

Pixels = NDArray[np.uint8]
PART = np.s_[64:144, 96:176]


@pytest.fixture(scope="module")
def fresh(photo: Image.Image) -> Pixels:
    """A picture without a JPEG past."""
    return np.asarray(photo.resize((390, 260), Image.Resampling.LANCZOS))


def _saved(pixels: Pixels, quality: int) -> tuple[Pixels, list[int]]:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    with Image.open(io.BytesIO(stream.getvalue())) as opened:
        return np.asarray(opened.convert("RGB")), list(opened.quantization[0])


def _looked(rgb: Pixels, table: list[int] | None = None) -> Ghosts:
    clipped = ((rgb == 0) | (rgb == 255)).any(axis=2)
    found = ghosts(coefficients(luminance(rgb), clipped), table)
    assert found is not None
    return found


def _covered(mask: NDArray[np.bool_]) -> float:
    truth = np.zeros(mask.shape, bool)
    truth[8:18, 12:22] = True
    return float((mask & truth).sum() / (mask | truth).sum())


@pytest.mark.parametrize("quality", [50, 65, 80, 90])
def test_the_save_of_a_picture_kept_without_loss_is_named(fresh: Pixels, quality: int) -> None:
    found = _looked(_saved(fresh, quality)[0])
    assert found.past.found and found.quality is not None and abs(found.quality - quality) <= 1
    assert not found.own and not found.lacking.found


@pytest.mark.parametrize("last", [None, 88, 95])
def test_a_part_of_lower_quality_is_found_with_its_quality(fresh: Pixels, last: int | None) -> None:
    made = fresh.copy()
    made[PART] = _saved(fresh, 60)[0][PART]
    rgb, table = (made, None) if last is None else _saved(made, last)
    found = _looked(rgb, table)
    assert abs(found.own[0].quality - 60) <= 1 and _covered(found.own_mask) > 0.6
    assert np.median(found.map[8:18, 12:22]) > 0.9 and np.median(found.best[9:17, 13:21]) in (59, 60, 61)
    outside = np.ones(found.map.shape, bool)
    outside[7:19, 11:23] = False
    assert np.mean(found.map[outside] > 0.9) < 0.02


def test_a_part_without_the_past_of_the_rest_is_found(fresh: Pixels) -> None:
    made = _saved(fresh, 80)[0].copy()
    made[PART] = fresh[::-1][PART]
    found = _looked(made)
    assert found.lacking.found and _covered(found.lacking.mask) > 0.5 and not found.own


def test_pictures_with_one_past_or_none_raise_no_alarm(fresh: Pixels) -> None:
    twice = _saved(_saved(fresh, 70)[0], 90)
    for rgb, table in ((fresh, None), _saved(fresh, 75), twice, (twice[0], None)):
        found = _looked(rgb, table)
        assert not found.own and not found.lacking.found
