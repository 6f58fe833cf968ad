"""Edits change what lies in the region, all of them, and nothing else."""

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.detect.forge.edits import pasts
from assay.detect.forge.edits.kinds import KINDS, LEAST_CHANGE, SHARES, Scene, edited


@pytest.fixture(scope="module")
def scene(photo: Image.Image, flower: Image.Image) -> Scene:
    host, other = (np.asarray(picture)[80:272, 100:292] for picture in (photo, flower))
    mask = cv2.circle(np.zeros(host.shape[:2], np.uint8), (110, 90), 30, 255, -1)
    alpha = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 1.0)
    return Scene(host, alpha, np.ascontiguousarray(other), np.ascontiguousarray(host[::-1]))


def test_all_kinds_have_a_share() -> None:
    assert SHARES.keys() == KINDS.keys() and sum(SHARES.values()) == pytest.approx(1)


@pytest.mark.parametrize("kind", list(KINDS))
def test_only_the_region_changes(kind: str, scene: Scene) -> None:
    made = [edited(scene, kind, np.random.default_rng(seed)) for seed in range(10)]
    done = [one for one in made if one is not None]
    assert len(done) >= 3, "hardly any draw of this kind makes an edit"
    for one in done:
        assert one.dtype == np.uint8 and one.shape == scene.host.shape
        change = np.abs(one.astype(int) - scene.host).mean(2)
        assert change[scene.alpha == 0].max() == 0
        assert change[scene.inside].mean() >= LEAST_CHANGE / 3
    again = edited(scene, kind, np.random.default_rng(0))
    assert (again is None) == (made[0] is None) and (again is None or np.array_equal(again, made[0]))


def test_a_copied_part_comes_from_the_same_picture(scene: Scene) -> None:
    found = 0
    for seed in range(12):
        one = edited(scene, "copy-move", np.random.default_rng(seed))
        if one is None:
            continue
        patch = one[80:100, 100:120]
        errors = cv2.matchTemplate(scene.host, patch, cv2.TM_SQDIFF)
        found += bool(errors.min() <= 20 * 20 * 3)
    assert found >= 2, "no draw moved a part as it is"


def test_what_hardly_changes_anything_is_no_edit(scene: Scene) -> None:
    same = Scene(scene.host, scene.alpha, scene.donor, scene.host)
    assert edited(same, "redraw", np.random.default_rng(0)) is None


@pytest.mark.parametrize("past", [pasts.host, pasts.donor])
def test_pasts_give_a_square_and_repeat(past, photo: Image.Image) -> None:
    rgb = np.asarray(photo)
    first, second, third = (past(rgb, 160, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.shape == (160, 160, 3) and np.array_equal(first, second) and not np.array_equal(first, third)
