"""Noise by blocks: measured, expected from brightness and detail, and found where it differs."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from assay.detect.traces.grid import luminance
from assay.detect.traces.noise import noise, noise_map

Pixels = NDArray[np.uint8]


def _scene(seed: int, sigma: float, side: int = 384) -> NDArray[np.float64]:
    """Soft shapes of all brightnesses with white noise."""
    random = np.random.default_rng(seed)
    scene = cv2.GaussianBlur(random.normal(0, 1, (side, side)), (0, 0), 12)
    return 60 + 130 * (scene - scene.min()) / np.ptp(scene) + random.normal(0, sigma, scene.shape)


def _pixels(scene: NDArray[np.float64]) -> Pixels:
    return np.clip(np.rint(scene), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("sigma", [2.0, 5.0, 10.0])
def test_the_level_is_that_of_the_noise(sigma: float) -> None:
    found = noise(_pixels(_scene(1, sigma)))
    assert float(np.median(found.level)) == pytest.approx(sigma, rel=0.05)
    assert found.parts == () and not found.mask.any()


@pytest.mark.parametrize("seed", range(4))
def test_noise_that_grows_with_brightness_is_expected(seed: int) -> None:
    clean = _scene(seed, 0.0)
    noisy = clean + np.random.default_rng(9).normal(0, 1, clean.shape) * np.sqrt(0.1 * clean)
    assert noise(_pixels(noisy)).parts == ()


@pytest.mark.parametrize(("inside", "more"), [(8.0, True), (0.7, False)])
def test_a_part_with_another_noise_is_found(inside: float, more: bool) -> None:
    scene, other = _scene(2, 3.0), _scene(2, inside)
    scene[96:224, 128:256] = other[96:224, 128:256]
    found = noise(_pixels(scene))
    truth = np.zeros(found.mask.shape, np.bool_)
    truth[6:14, 8:16] = True
    assert (found.mask & truth).sum() > 0.7 * (found.mask | truth).sum()
    assert (found.parts[0].ratio > 1) == more and len(found.parts) == 1
    shares = noise_map(found, 390, 384)
    assert shares.shape == (25, 24) and np.median(shares[7:13, 9:15]) > 0.9 and np.median(shares) < 0.3


def test_photos_hold_no_such_part(photo: Image.Image, flower: Image.Image) -> None:
    for each in (photo, flower):
        assert noise(luminance(np.asarray(each))).parts == ()


def test_nothing_is_said_where_nothing_can_be_read() -> None:
    for plane in (np.zeros((300, 300), np.uint8), np.full((64, 64), 128, np.uint8)):
        found = noise(plane)
        assert np.isnan(found.spread) and found.parts == ()
    assert noise(np.full((300, 300), 128, np.uint8)).parts == ()


def test_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="16 x 16"):
        noise(np.zeros((15, 64), np.uint8))
