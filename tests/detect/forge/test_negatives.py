"""Hard negatives: what they do to a photo, how big it stays, and that a seed names the result."""

import zlib

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from assay.detect.forge.negatives import NEGATIVES, SMALLEST, hard_negative
from assay.detect.forge.twins import psnr

PHOTO = np.asarray(load_sample_image("china.jpg"), dtype=np.uint8)[100:340, 200:456]


def changed(name: str, rgb: np.ndarray, seed: int = 0) -> np.ndarray:
    return NEGATIVES[name].apply(rgb, np.random.default_rng(seed))


def detail(rgb: np.ndarray) -> float:
    """Mean step between neighbours: falls when a picture is smoothed, rises when it is sharpened."""
    return float(np.abs(np.diff(rgb.astype(np.float32), axis=1)).mean())


@pytest.mark.parametrize("name", NEGATIVES)
def test_a_change_changes_repeats_and_leaves_the_photo_alone(name: str) -> None:
    before = PHOTO.copy()
    one, again, other = (changed(name, PHOTO, seed) for seed in (1, 1, 2))
    assert one.dtype == np.uint8
    assert np.array_equal(one, again)
    assert one.shape != PHOTO.shape or not np.array_equal(one, PHOTO)
    assert one.shape != other.shape or not np.array_equal(one, other)
    assert np.array_equal(PHOTO, before)


@pytest.mark.parametrize("name", NEGATIVES)
@pytest.mark.parametrize("size", [(224, 301), (90, 120)])
def test_room_for_a_crop_is_kept_and_small_photos_never_shrink(name: str, size: tuple[int, int]) -> None:
    photo = PHOTO[: size[0]] if size[1] > 256 else PHOTO[: size[0], : size[1]]
    photo = np.ascontiguousarray(photo)
    for seed in range(4):
        assert min(changed(name, photo, seed).shape[:2]) >= min(SMALLEST, *photo.shape[:2])


@pytest.mark.parametrize("name", sorted(NEGATIVES.keys() - {"enlarged", "zoomed", "screenshot", "scan"}))
def test_the_photo_stays_the_same_photo(name: str) -> None:
    for seed in range(3):
        done = changed(name, PHOTO, seed)
        assert done.shape == PHOTO.shape
        corr = np.corrcoef(PHOTO.mean(axis=2).ravel(), done.mean(axis=2).ravel())[0, 1]
        assert corr > 0.9


@pytest.mark.parametrize("name", ["non-local-means", "bilateral", "median", "beauty"])
def test_smoothing_takes_detail_and_sharpening_gives_it(name: str) -> None:
    rng = np.random.default_rng(0)
    noisy = (PHOTO + rng.normal(0, 8, PHOTO.shape)).clip(0, 255).astype(np.uint8)
    assert detail(changed(name, noisy)) < detail(noisy) < detail(changed("sharpened", noisy))


def test_denoising_comes_nearer_to_the_noiseless_photo() -> None:
    smooth = np.asarray(Image.fromarray(PHOTO[::8, ::8]).resize((256, 240)))
    noisy = (smooth + np.random.default_rng(0).normal(0, 5, smooth.shape)).clip(0, 255).astype(np.uint8)
    assert psnr(smooth, changed("non-local-means", noisy, 3)) > psnr(smooth, noisy) + 1


def test_enlarging_grows_by_the_promised_factors() -> None:
    for seed in range(5):
        height, width = changed("enlarged", PHOTO, seed).shape[:2]
        assert 1.29 < height / PHOTO.shape[0] < 2.01
        assert width / PHOTO.shape[1] == pytest.approx(height / PHOTO.shape[0], abs=0.01)


def test_draws_follow_the_generator_and_reach_every_change() -> None:
    tiny = np.ascontiguousarray(PHOTO[:64, :64])
    names, pixels = zip(
        *(hard_negative(tiny, np.random.default_rng(seed)) for seed in range(250)), strict=True
    )
    again = hard_negative(tiny, np.random.default_rng(7))
    assert again[0] == names[7]
    assert np.array_equal(again[1], pixels[7])
    parts = [name.split("+") for name in names]
    assert {one for part in parts for one in part} == set(NEGATIVES)
    chains = [part for part in parts if len(part) == 2]
    assert 0.15 < len(chains) / len(parts) < 0.4
    for first, second in chains:
        assert NEGATIVES[first].family != NEGATIVES[second].family
        assert NEGATIVES[first].family != "format"


def test_results_do_not_depend_on_what_was_changed_before() -> None:
    digests = [zlib.crc32(changed("heic", PHOTO, 5).tobytes()) for _ in range(2)]
    changed("avif", PHOTO, 6)
    assert digests == [zlib.crc32(changed("heic", PHOTO, 5).tobytes())] * 2
