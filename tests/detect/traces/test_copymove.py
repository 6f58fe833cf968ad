"""Copies within a picture: found where they are, and things that are merely alike are not."""

import io

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from assay.detect.traces.copymove import copies, copy_map
from assay.detect.traces.grid import luminance

Pixels = NDArray[np.uint8]


def _copied(photo: Image.Image, turn: float = 0.0, scale: float = 1.0) -> tuple[Pixels, NDArray[np.bool_]]:
    """The photo with a disc of 120 pixels from its upper left part in its lower right one, and both places."""
    pixels = np.asarray(photo).copy()
    # Roof and trees: the place of the copy is detailed enough to match.
    source = pixels[150:270, 60:180]
    matrix = cv2.getRotationMatrix2D((60, 60), turn, scale)
    part = cv2.warpAffine(source, matrix, (120, 120), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    disc = np.zeros((120, 120), np.uint8)
    cv2.circle(disc, (60, 60), 44, 1, -1)
    place = pixels[280:400, 450:570]
    place[disc > 0] = part[disc > 0]
    truth = np.zeros(pixels.shape[:2], np.bool_)
    truth[280:400, 450:570] = disc > 0
    return pixels, truth


@pytest.mark.parametrize(("turn", "scale"), [(0.0, 1.0), (25.0, 1.0), (-40.0, 1.0), (0.0, 1.2), (10.0, 0.85)])
def test_a_copy_is_found_with_its_turn_and_scale(photo: Image.Image, turn: float, scale: float) -> None:
    pixels, truth = _copied(photo, turn, scale)
    found = copies(luminance(pixels))
    assert len(found.found) == 1
    first = found.found[0]
    assert (first.mask & truth).sum() > 0.6 * truth.sum()
    # The move is told from one place to the other, or back.
    assert abs(first.turn) == pytest.approx(abs(turn), abs=1.0)
    assert first.scale == pytest.approx(scale, rel=0.03) or first.scale == pytest.approx(1 / scale, rel=0.03)
    assert first.shift == (turn == 0.0 and scale == 1.0)


def test_a_copy_survives_a_jpeg(photo: Image.Image) -> None:
    pixels, truth = _copied(photo)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=85)
    with Image.open(io.BytesIO(buffer.getvalue())) as opened:
        found = copies(luminance(np.asarray(opened.convert("RGB"))))
    assert (found.mask & truth).sum() > 0.5 * truth.sum()


def test_untouched_photos_hold_none(photo: Image.Image, flower: Image.Image) -> None:
    for each in (photo, flower):
        assert not copies(luminance(np.asarray(each))).found


def test_things_of_one_shape_with_grain_of_their_own_are_no_copies() -> None:
    random = np.random.default_rng(0)
    thing = cv2.GaussianBlur(random.uniform(0, 255, (90, 90)), (0, 0), 2.5)
    thing = 40 + 175 * (thing - thing.min()) / np.ptp(thing)
    scene = np.full((300, 400), 120.0)
    for top, left in ((30, 40), (160, 250)):
        scene[top : top + 90, left : left + 90] = thing
    noisy = np.clip(np.rint(scene + random.normal(0, 6, scene.shape)), 0, 255).astype(np.uint8)
    assert not copies(noisy).found
    clean = np.clip(np.rint(scene + cv2.GaussianBlur(random.normal(0, 1, scene.shape), (0, 0), 1)), 0, 255)
    assert copies(np.asarray(clean, np.uint8)).found  # without noise nothing tells them apart


def test_a_large_picture_is_worked_on_smaller(photo: Image.Image) -> None:
    pixels, truth = _copied(photo)
    large = cv2.resize(pixels, (1920, 1281), interpolation=cv2.INTER_LINEAR)
    found = copies(luminance(np.asarray(large, np.uint8)))
    assert found.factor == pytest.approx(1600 / 1920) and found.mask.shape == (
        round(1281 * found.factor),
        1600,
    )
    shares = copy_map(found, 1281, 1920)
    assert shares.shape == (81, 120) and shares.min() >= 0.0 and shares.max() <= 1.0
    there = cv2.resize(truth.astype(np.float32), (120, 81), interpolation=cv2.INTER_AREA) > 0.9
    assert shares[there].mean() > 0.7 and shares[:, :8].max() == 0.0


@pytest.mark.parametrize("plane", [np.zeros((64, 64), np.uint8), np.full((300, 200), 255, np.uint8)])
def test_flat_pictures_hold_nothing(plane: Pixels) -> None:
    assert copies(plane).found == ()
