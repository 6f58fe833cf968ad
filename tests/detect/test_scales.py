"""Which calibrator belongs to a mean over how many crops."""

from pathlib import Path

import pytest

from assay.detect.scales import POINT, Scales, scale
from assay.models.artifact import Artifact


@pytest.fixture(scope="module")
def shipped(repository: Path) -> Scales:
    return Scales(Artifact.open(repository / "models" / "zoo" / "clip-probe"))


def test_one_crop_two_and_four_are_weighed_each_by_its_own(shipped: Scales, repository: Path) -> None:
    stored = Artifact.open(repository / "models" / "zoo" / "clip-probe").calibrators()
    for count, name in ((1, "web"), (2, "web-2"), (4, "web-4")):
        assert shipped.calibrator("web", count).parameters == stored[name].parameters
    assert stored["web-4"].parameters != stored["web-2"].parameters != stored["web"].parameters


def test_other_numbers_are_weighed_like_the_next_smaller_one(shipped: Scales) -> None:
    assert shipped.calibrator("hard", 3).parameters == shipped.calibrator("hard", 2).parameters
    assert shipped.calibrator("hard", 8).parameters == shipped.calibrator("hard", 4).parameters
    assert shipped.calibrator("hard", 3).parameters != shipped.calibrator("hard", 4).parameters


def test_operating_points_go_with_the_crops(shipped: Scales) -> None:
    one, four = shipped.point("clean", 1), shipped.point("clean", 4)
    assert one is not None
    assert four is not None
    assert (one.name, four.name) == (POINT, scale(POINT, 4))
    assert one.threshold == four.threshold
    assert shipped.point("elsewhere", 4) is None


def test_left_out_real_pictures_are_right_at_the_shipped_threshold(repository: Path) -> None:
    card = Artifact.open(repository / "models" / "zoo" / "clip-probe").card
    assert card.operating_points
    assert all(point.fpr is not None and point.fpr < 0.05 for point in card.operating_points)
