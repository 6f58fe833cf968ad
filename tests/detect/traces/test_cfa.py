"""Colour filters: the pattern where there is one, and the parts that do not keep to it."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from assay.detect.traces.cfa import filters, filters_map

Pixels = NDArray[np.uint8]


def _camera(picture: Image.Image, seed: int = 0, how: int = cv2.COLOR_BayerBG2RGB) -> Pixels:
    """The picture as a camera makes it: a mosaic with noise, and colours computed from it."""
    pixels = np.asarray(picture)[:416, :640].astype(np.float32)
    noisy = np.clip(np.rint(pixels + np.random.default_rng(seed).normal(0, 2, pixels.shape)), 0, 255).astype(np.uint8)
    mosaic = noisy[:, :, 1].copy()
    mosaic[::2, ::2], mosaic[1::2, 1::2] = noisy[::2, ::2, 0], noisy[1::2, 1::2, 2]
    return np.asarray(cv2.cvtColor(mosaic, how), dtype=np.uint8)


@pytest.mark.parametrize("how", [cv2.COLOR_BayerBG2RGB, cv2.COLOR_BayerBG2RGB_EA])
def test_the_pattern_of_a_camera_shows_and_runs_through(photo: Image.Image, how: int) -> None:
    made = _camera(photo, how=how)
    found = filters(made)
    assert found.side == 1 and found.share > 0.95 and found.parts == ()
    shifted = filters(np.ascontiguousarray(made[:, 1:]))
    assert shifted.side == 0 and shifted.parts == ()


def test_a_resize_wipes_it_out(photo: Image.Image, flower: Image.Image) -> None:
    smaller = np.asarray(Image.fromarray(_camera(photo)).resize((500, 330), Image.Resampling.BICUBIC))
    for pixels in (smaller, np.random.default_rng(1).integers(0, 256, (320, 320, 3), np.uint8)):
        found = filters(pixels)
        assert found.side is None and found.parts == () and not filters_map(found, 100, 100).any()


@pytest.mark.parametrize(("odd", "kinds"), [(1, ["other"]), (0, [])])
def test_a_part_with_the_other_pattern(photo: Image.Image, flower: Image.Image, odd: int, kinds: list[str]) -> None:
    made = _camera(photo)
    made[160:288, 320:448] = _camera(flower)[100:228, 200 + odd : 328 + odd]
    found = filters(made)
    assert [part.kind for part in found.parts] == kinds
    if odd:
        truth = np.zeros(found.mask.shape, np.bool_)
        truth[10:18, 20:28] = True
        assert (found.mask & truth).sum() > 0.7 * (found.mask | truth).sum()
        shares = filters_map(found, 416, 640)
        assert shares.shape == (26, 40) and shares[11:17, 21:27].min() > 0.8 and np.median(shares) == 0.0


def test_a_part_without_a_pattern(photo: Image.Image, flower: Image.Image) -> None:
    made = _camera(photo)
    resized = np.asarray(Image.fromarray(_camera(flower)).resize((760, 500), Image.Resampling.BICUBIC))
    made[128:320, 320:512] = resized[150:342, 250:442]
    found = filters(made)
    assert found.parts and found.mask[10:18, 22:30].mean() > 0.7


def test_even_pictures_do_not_vote() -> None:
    found = filters(np.full((128, 128, 3), 90, np.uint8))
    assert found.side is None and not found.votes.any()
    with pytest.raises(ValueError, match="64 x 64"):
        filters(np.zeros((63, 300, 3), np.uint8))
