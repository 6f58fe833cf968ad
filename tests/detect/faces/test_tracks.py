"""Faces are followed by place and looks, through gaps, never beyond a cut."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.faces.finder import TASK, Face, FaceFinder
from assay.detect.faces.quality import quality, unfit
from assay.detect.faces.tracks import Tracker
from assay.models.registry import Registry

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


def _like(heads: tuple[np.ndarray, np.ndarray], agreement: float) -> np.ndarray:
    """A patch whose looks agree with the first one's as far as asked, -1..1: the first, with some of another."""
    one, two = (head.astype(np.float32) for head in heads)

    def agreed(patch: np.ndarray) -> float:
        looks = []
        for each in (heads[0], patch):
            picture, faces = _frame((each, 50, 50))
            looks.append(Tracker().see(0.0, picture, faces)[0][1].look)
        return float(looks[0] @ looks[1])

    made = [(one + share * (two - one)).astype(np.uint8) for share in np.linspace(0, 1, 41)]
    found = min(made, key=lambda patch: abs(agreed(patch) - agreement))
    assert agreed(found) == pytest.approx(agreement, abs=0.06)
    return found


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


def test_two_that_change_places_unnoticed_are_not_taken_for_each_other(heads) -> None:
    one, other = heads[0], _like(heads, 0.5)
    tracker = Tracker()
    for step in range(6):
        left, right = (one, other) if step < 3 else (other, one)
        tracker.see(step / 5, *_frame((left, 50, 50), (right, 430, 50)))
    # Alone in its place the other looks alike enough to be the same, turned.
    assert [len(track.sightings) for track in tracker.tracks] == [3] * 4
    alone = Tracker()
    for step, head in enumerate((one, other)):
        alone.see(step / 5, *_frame((head, 50, 50)))
    assert len(alone.tracks) == 1


def test_behind_a_gap_a_face_must_look_alike(heads) -> None:
    for head, tracks in ((heads[0], 1), (_like(heads, 0.5), 2)):
        tracker = Tracker(spacing=0.2)
        tracker.see(0.0, *_frame((heads[0], 50, 50)))
        tracker.see(0.2, *_frame())
        tracker.see(0.5, *_frame((head, 50, 50)))
        assert len(tracker.tracks) == tracks


def test_a_face_is_remembered_from_before_it_was_half_covered(heads) -> None:
    covered = _like(heads, 0.45)
    tracker = Tracker()
    for step, (head, x) in enumerate(((heads[0], 50), (covered, 60), (heads[0], 150))):
        tracker.see(step / 5, *_frame((head, x, 50)))
    assert len(tracker.tracks) == 1


@pytest.mark.parametrize("spacing", [0.2, 0.8])
def test_people_who_cross_paths(assay_data: Path, spacing: float) -> None:
    folder = assay_data / "media/train/faces_real"
    names = ("27_1_3_20170104231620409", "30_1_4_20170109135421119")
    people = [Image.open(folder / f"utkface__{name}.jpg.chip.jpg").resize((130, 130)) for name in names]
    finder, tracker = FaceFinder(Registry().default(TASK)), Tracker(spacing=spacing)
    for step in range(round(4.8 / spacing)):
        t = step * spacing
        scene = Image.new("RGB", (640, 360), (120, 110, 100))
        # The one in front covers the other in the middle of the way.
        for person, x, y in zip(people, (40 + 90 * t, 470 - 90 * t), (110, 120), strict=True):
            scene.paste(person, (round(x), y))
        rgb = np.asarray(scene)
        tracker.see(t, rgb, finder.find(rgb))
    ways = [np.array([one.face.box[0] for one in track.sightings]) for track in tracker.tracks]
    # Nobody turns back: a track that did would have gone from one to the other.
    assert all((np.diff(way) > 0).all() or (np.diff(way) < 0).all() for way in ways)
    assert 2 <= len(ways) <= 3


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
