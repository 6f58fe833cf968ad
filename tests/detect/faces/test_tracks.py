"""Faces are followed by place and looks, through gaps, never beyond a cut."""

import numpy as np
import pytest
from PIL import Image

from assay.detect.faces.finder import Face
from assay.detect.faces.quality import quality, unfit
from assay.detect.faces.tracks import Tracker

SHAPE = np.array([[20, 30], [60, 30], [40, 52], [26, 72], [54, 72]], np.float32)


@pytest.fixture(scope="module")
def heads(photo: Image.Image, flower: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """Two patches that look unlike, in the place of faces."""
    return np.asarray(photo)[150:250, 200:280], np.asarray(flower)[150:250, 250:330]


def _frame(*placed: tuple[np.ndarray, int, int]) -> tuple[np.ndarray, list[Face]]:
    picture = np.full((300, 600, 3), 90, np.uint8)
    faces = []
    for patch, x, y in placed:
        picture[y : y + 100, x : x + 80] = patch
        faces.append(Face(np.array([x, y, 80, 100], np.float32), SHAPE + np.float32([x, y]), 0.9))
    return picture, faces


def _numbers(tracker: Tracker) -> list[list[float]]:
    return [[one.t for one in track.sightings] for track in tracker.tracks]


def test_two_that_move(heads) -> None:
    one, two = heads
    tracker = Tracker()
    for step in range(6):
        # The order in which they are found must not matter.
        placed = [(one, 20 + 10 * step, 50), (two, 400 - 10 * step, 60)][:: -1 if step % 2 else 1]
        tracker.see(step / 5, *_frame(*placed))
    assert _numbers(tracker) == [[step / 5 for step in range(6)]] * 2


def test_a_short_gap_is_survived_and_a_long_one_is_not(heads) -> None:
    for gap, tracks in ((1.0, 1), (2.0, 2)):
        tracker = Tracker(spacing=0.2)
        tracker.see(0.0, *_frame((heads[0], 50, 50)))
        tracker.see(gap / 2, *_frame())
        tracker.see(gap, *_frame((heads[0], 60, 50)))
        assert len(tracker.tracks) == tracks


def test_a_cut_ends_every_track(heads) -> None:
    tracker = Tracker(cuts=[0.3])
    for t in (0.0, 0.2, 0.4, 0.6):
        tracker.see(t, *_frame((heads[0], 50, 50)))
    assert _numbers(tracker) == [[0.0, 0.2], [0.4, 0.6]]


def test_another_face_in_the_same_place_is_another(heads) -> None:
    tracker = Tracker()
    tracker.see(0.0, *_frame((heads[0], 50, 50)))
    tracker.see(0.2, *_frame((255 - heads[0], 50, 50)))
    assert len(tracker.tracks) == 2


def test_a_thousand_tracks_are_the_most(heads) -> None:
    tracker = Tracker(cuts=[float(t) for t in range(1, 1100)])
    for t in range(1100):
        tracker.see(t + 0.5, *_frame((heads[0], 50, 50)))
    assert len(tracker.tracks) == 1000 and tracker.left_out == 100


def test_what_keeps_a_face_from_being_judged(heads) -> None:
    picture, (face,) = _frame((heads[0], 50, 50))
    assert unfit(quality(face, picture)) == []
    small = Face(face.box, (face.marks - face.marks.mean(axis=0)) / 3 + face.marks.mean(axis=0), 0.9)
    assert unfit(quality(small, picture)) == ["face-small"]
    assert unfit(quality(face, np.full_like(picture, 90))) == ["face-blurred"]
    turned = Face(face.box, face.marks + np.float32([[0, 0], [0, 0], [22, 0], [0, 0], [0, 0]]), 0.9)
    assert unfit(quality(turned, picture)) == ["face-turned"] and quality(turned, picture).yaw > 45
    outside = Face(face.box - np.float32([90, 0, 0, 0]), face.marks, 0.9)
    assert "face-cut-off" in unfit(quality(outside, picture))
    assert unfit(quality(Face(face.box, face.marks, 0.65), picture)) == ["face-covered"]


def test_the_best_moment_is_a_fit_one(heads) -> None:
    tracker = Tracker()
    for t in range(3):
        picture, (face,) = _frame((heads[0], 50, 50))
        tracker.see(t / 5, picture, [Face(face.box, face.marks, 0.9 if t == 1 else 0.65)])
    assert tracker.tracks[0].best.t == pytest.approx(0.2)
