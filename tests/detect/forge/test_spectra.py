"""The spectrum of a twin comes near its photo's, within bounds and without moving anything else."""

import cv2
import numpy as np
import pytest

from assay.detect.forge.spectra import MOST_GAIN, RINGS, match, rings, sharpness
from assay.detect.forge.twins import psnr


def soft(rgb: np.ndarray, sigma: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), sigma), dtype=np.uint8)


def test_a_wave_lies_in_its_own_ring() -> None:
    place = 10.5 / RINGS
    wave = 128 + 60 * np.cos(np.pi * place * (np.arange(240) + 0.5))
    rgb = np.repeat(np.rint(wave).astype(np.uint8)[None, :, None], 240, axis=0).repeat(3, axis=2)
    spectrum = rings(rgb)
    assert spectrum.shape == (RINGS,)
    assert np.argsort(spectrum)[-2:].tolist() == [10, 0]


def test_a_soft_twin_becomes_as_sharp_as_its_photo(pixels: np.ndarray) -> None:
    twin = soft(pixels, 0.45)
    before, after = (np.abs(np.log2(rings(one) / rings(pixels))).max() for one in (twin, match(twin, pixels)))
    assert before > 0.5
    assert after < 0.15
    assert psnr(match(twin, pixels), pixels) > psnr(twin, pixels)


def test_a_sharp_twin_becomes_as_soft_as_its_photo(pixels: np.ndarray) -> None:
    photo = soft(pixels, 0.5)
    assert psnr(match(pixels, photo), photo) > psnr(pixels, photo)


def test_the_gain_is_bounded(pixels: np.ndarray) -> None:
    twin = soft(pixels, 2.0)
    gain = rings(match(twin, pixels)) / np.maximum(rings(twin), 1)
    assert gain.max() < MOST_GAIN * 1.1
    assert rings(match(twin, pixels))[-1] < 0.5 * rings(pixels)[-1]


@pytest.mark.parametrize("size", [(161, 210), (64, 65), (33, 32)])
def test_an_equal_twin_stays_as_it_is(pixels: np.ndarray, size: tuple[int, int]) -> None:
    photo = np.ascontiguousarray(pixels[: size[0], : size[1]])
    assert np.abs(match(photo, photo).astype(int) - photo).max() <= 1


def test_sharpness_falls_with_blur(pixels: np.ndarray) -> None:
    shares = [sharpness(soft(pixels, sigma), pixels) for sigma in (0.3, 0.6, 1.2)]
    assert sharpness(pixels, pixels) == pytest.approx(1)
    assert 1 > shares[0] > shares[1] > shares[2] > 0
