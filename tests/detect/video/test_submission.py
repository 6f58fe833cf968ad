"""What a submitter knows of a file already, in a run with files of others."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from assay.detect.likeness.twins import NAME, Twins
from assay.detect.session import Detector, Submission
from assay.detect.values import Verdict
from assay.detect.video.reel import Reel
from assay.models.artifact import Artifact


@pytest.fixture(scope="module")
def detector(soft_detector: Artifact) -> Iterator[Detector]:
    with Detector(profile="fast", artifact=soft_detector, workers=1) as one:
        yield one


def _twin_paths(verdict: Verdict) -> list[str]:
    (finding,) = [each for each in verdict.findings if each.analyzer == NAME]
    return [each["path"] for each in finding.detail["twins"]]


def test_batches_of_two_submitters_stay_apart(
    detector: Detector, photo: Image.Image, save_as: Callable[..., Path]
) -> None:
    path = save_as(photo, "same.jpg")
    mine, yours = Twins(100), Twins(100)
    given = [
        Submission(path, "mine.jpg", mine),
        Submission(path, "yours.jpg", yours),
        Submission(path, "mine again.jpg", mine),
    ]
    verdicts = list(detector.run(given))
    assert [verdict.path for verdict in verdicts] == ["mine.jpg", "yours.jpg", "mine again.jpg"]
    assert [_twin_paths(verdict) for verdict in verdicts] == [[], [], ["mine.jpg"]]


def test_a_batch_goes_on_where_another_run_left_it(
    detector: Detector, photo: Image.Image, save_as: Callable[..., Path]
) -> None:
    first = save_as(photo, "first.png")
    second = save_as(photo, "second.jpg", quality=80)
    (before,) = detector.run([Submission(first, "first", Twins(100))])
    (finding,) = [each for each in before.findings if each.analyzer == NAME]
    resumed = Twins(100)
    resumed.recall("first", before.sha256, *(int(finding.detail[name], 16) for name in ("phash", "dhash")))
    (after,) = detector.run([Submission(second, "second", resumed)])
    assert _twin_paths(after) == ["first"]


def test_a_video_is_looked_through_once(
    detector: Detector, make_clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_clip()
    reel = detector.glance(path)
    assert reel is not None
    # As it comes back from whoever kept it.
    reel = Reel.model_validate_json(reel.model_dump_json())
    (whole,) = detector.run([path])
    monkeypatch.setattr("assay.detect.video.viewing.read_clip", None)
    (resumed,) = detector.run([Submission(path, str(path), reel=reel)])
    # Likeness speaks of the run: both were the first of theirs.
    assert replace(resumed, seconds=0.0) == replace(whole, seconds=0.0)


def test_no_glance_at_what_is_no_video(detector: Detector, photo: Image.Image, save_as, tmp_path: Path) -> None:
    assert detector.glance(save_as(photo, "a.jpg")) is None
    (tmp_path / "b.mp4").write_bytes(b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(100))
    assert detector.glance(tmp_path / "b.mp4") is None
    assert detector.glance(tmp_path / "nowhere") is None
