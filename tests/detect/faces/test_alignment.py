"""The same face gives the same crop, however it stands in the picture."""

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.detect.faces.alignment import PLACES, aligned, similarity

MARKS = np.array([[250, 150], [310, 152], [282, 190], [258, 220], [306, 221]], np.float32)


def test_landmarks_come_to_their_places() -> None:
    exact = (PLACES * 200 + [40, -10]).astype(np.float32)
    matrix = similarity(exact, 256)
    moved = exact @ matrix[:, :2].T + matrix[:, 2]
    assert np.allclose(moved, PLACES * 256, atol=1e-3)


@pytest.mark.parametrize(("angle", "scale"), [(0, 1.0), (30, 1.0), (-75, 0.8), (180, 1.5), (10, 4.0)])
def test_turned_and_scaled_alike(angle: float, scale: float, photo: Image.Image) -> None:
    pixels = np.asarray(photo)
    turn = cv2.getRotationMatrix2D((280, 190), angle, scale)
    size = (1600, 1600)
    turn[:, 2] += (800 - 280, 800 - 190)
    other = cv2.warpAffine(pixels, turn, size, flags=cv2.INTER_AREA)
    marks = (MARKS @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    one, two = aligned(pixels, MARKS, 96), aligned(np.asarray(other), marks, 96)
    assert one.shape == two.shape == (96, 96, 3)
    assert np.abs(one.astype(int) - two.astype(int)).mean() < 8
    # Not so for another place.
    assert np.abs(one.astype(int) - aligned(pixels, MARKS + 60, 96).astype(int)).mean() > 20


def test_landmarks_in_one_place_and_far_outside_do_no_harm(photo: Image.Image) -> None:
    pixels = np.asarray(photo)
    for marks in (np.zeros((5, 2), np.float32), MARKS + 1e6, MARKS * 1000):
        assert aligned(pixels, marks.astype(np.float32), 64).shape == (64, 64, 3)
