"""Which calibrator belongs to a mean over how many crops."""

from pathlib import Path

import pytest

from assay.detect.scales import POINT, Scales, scale
from assay.models.artifact import Artifact


@pytest.fixture(scope="module")
def shipped(repository: Path) -> Scales:
    return Scales(Artifact.open(repository / "models" / "zoo" / "clip-probe"))


def test_one_crop_and_three_are_weighed_each_by_its_own(shipped: Scales, repository: Path) -> None:
    stored = Artifact.open(repository / "models" / "zoo" / "clip-probe").calibrators()
    assert shipped.calibrator("web", 1).parameters == stored["web"].parameters
    assert shipped.calibrator("web", 3).parameters == stored["web-3"].parameters
    assert stored["web-3"].parameters != stored["web"].parameters


def test_two_crops_are_weighed_like_one_and_five_like_three(shipped: Scales) -> None:
    assert shipped.calibrator("hard", 2) is not shipped.calibrator("hard", 3)
    assert shipped.calibrator("hard", 2).parameters == shipped.calibrator("hard", 1).parameters
    assert shipped.calibrator("hard", 5).parameters == shipped.calibrator("hard", 3).parameters


def test_operating_points_go_with_the_crops(shipped: Scales) -> None:
    one, three = shipped.point("clean", 1), shipped.point("clean", 3)
    assert one is not None
    assert three is not None
    assert (one.name, three.name) == (POINT, scale(POINT, 3))
    assert one.threshold == three.threshold
    assert shipped.point("elsewhere", 3) is None


def test_left_out_real_pictures_are_right_at_the_shipped_threshold(repository: Path) -> None:
    card = Artifact.open(repository / "models" / "zoo" / "clip-probe").card
    assert card.operating_points
    assert all(point.fpr is not None and point.fpr < 0.05 for point in card.operating_points)
