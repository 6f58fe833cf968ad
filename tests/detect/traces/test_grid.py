"""JPEG grids: found where they are, not where they are not, and regions that have another."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from assay.detect.traces.grid import grids, luminance

Pixels = NDArray[np.uint8]


def _scene(seed: int, side: int = 320) -> Image.Image:
    """Something like a photograph: a spectrum falling with frequency, some noise, no grid."""
    random = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None, :])
    spectrum = np.fft.fft2(random.standard_normal((side, side, 3)), axes=(0, 1)) / (frequency[..., None] + 0.01)
    scene = np.fft.ifft2(spectrum, axes=(0, 1)).real
    scene = 128 + 45 * (scene - scene.mean()) / scene.std() + random.normal(0, 2, scene.shape)
    return Image.fromarray(np.clip(np.rint(scene), 0, 255).astype(np.uint8))


def _saved(picture: Image.Image, quality: int) -> Pixels:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    with Image.open(io.BytesIO(buffer.getvalue())) as opened:
        return np.asarray(opened.convert("RGB"))


@pytest.mark.parametrize(("left", "top"), [(0, 0), (3, 5), (7, 1)])
def test_the_grid_begins_where_the_cut_left_it(left: int, top: int) -> None:
    found = grids(luminance(_saved(_scene(1), 85)[top:, left:]))
    assert found.main == ((-left) % 8, (-top) % 8)
    assert found.log10_nfa < -20 and not found.regions and not found.mask.any()


def test_no_grid_in_what_was_never_a_jpeg() -> None:
    found = grids(luminance(np.asarray(_scene(2))))
    assert found.main is None and not found.regions


def test_a_resize_wipes_the_grid_out() -> None:
    resized = Image.fromarray(_saved(_scene(3), 90)).resize((250, 250), Image.Resampling.LANCZOS)
    found = grids(luminance(np.asarray(resized)))
    assert found.main is None and not found.regions


def test_a_pasted_part_is_found_where_it_is() -> None:
    ground = _saved(_scene(4), 90).copy()
    ground[101:229, 83:211] = _saved(_scene(5), 70)[32:160, 40:168]
    found = grids(luminance(ground))
    assert found.main == (0, 0)
    truth = np.zeros(ground.shape[:2], bool)
    truth[101:229, 83:211] = True
    overlap = (found.mask & truth).sum() / (found.mask | truth).sum()
    assert found.regions[0].cut == (83 % 8, 101 % 8) and overlap > 0.6


def test_a_part_on_the_grid_does_not_show() -> None:
    """One paste in 64 falls on the grid; the analyzer says so, and here it is."""
    ground = _saved(_scene(6), 90).copy()
    ground[104:232, 80:208] = _saved(_scene(7), 70)[32:160, 40:168]
    assert not grids(luminance(ground)).regions


@pytest.mark.parametrize("quality", [30, 50, 70, 90, 98])
def test_coarse_and_fine_saves_raise_no_alarm(quality: int) -> None:
    for seed in range(10, 16):
        assert not grids(luminance(_saved(_scene(seed, 200), quality))).regions


def test_flat_and_striped_pictures_have_no_grid() -> None:
    flat = np.full((200, 200), 77, np.uint8)
    steps = np.kron(np.arange(25, dtype=np.uint8)[None, :] * 9, np.ones((200, 8), np.uint8))
    for plane in (flat, steps, steps.T.copy(), np.zeros((16, 16), np.uint8)):
        found = grids(plane)
        assert found.main is None and not found.regions


def test_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="16 x 16"):
        grids(np.zeros((15, 64), np.uint8))
