"""The tier of an exhibit, told from its size, its tables and the traces of an earlier save."""

import io

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

from assay.detect.forge.launder import TIER_LAUNDERINGS, reencode
from assay.detect.tiers import earlier_quality, estimate, quality_of

PHOTOS = [np.asarray(image, dtype=np.uint8) for image in load_sample_images().images]


@pytest.mark.parametrize("tier", ["clean", "web", "hard"])
def test_a_delivered_photo_is_told_from_its_pixels(tier: str) -> None:
    for photo in PHOTOS:
        assert estimate(TIER_LAUNDERINGS[tier].apply(photo)).tier == tier


def test_a_better_save_does_not_hide_a_worse_one() -> None:
    hidden = reencode(TIER_LAUNDERINGS["hard"].apply(PHOTOS[0]), 92)
    found = estimate(hidden, _tables(hidden, 92))
    assert (found.tier, found.saved_quality, found.earlier_quality) == ("hard", 92, 40)


@pytest.mark.parametrize("quality", [20, 40, 60, 75, 90, 97])
def test_quality_is_read_from_the_table(quality: int) -> None:
    assert quality_of(_tables(PHOTOS[0], quality)[0]) == quality


def test_noise_has_no_earlier_save() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    assert earlier_quality(noise) is None


def test_a_thumbnail_is_not_clean() -> None:
    assert estimate(PHOTOS[0][:240, :320]).tier == "web"


def _tables(rgb: np.ndarray, quality: int) -> dict[int, list[int]]:
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", quality=quality)
    stream.seek(0)
    with Image.open(stream) as picture:
        return {number: list(table) for number, table in picture.quantization.items()}
