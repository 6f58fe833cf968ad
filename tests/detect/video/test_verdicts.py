"""A video from the file to its verdict, in a batch with pictures."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
import jsonschema
import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.syntheticvideo import BUDGETS
from assay.detect.contract import verdict_json
from assay.detect.session import Detector
from assay.detect.values import Outcome, Proposition
from assay.detect.video.clip import read_clip
from assay.intake.exhibit import Exhibit
from assay.intake.limits import DEFAULT
from assay.models.artifact import Artifact
from assay.models.metrics.series import independent

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def schema(repository: Path) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((repository / "docs/schema/verdict.json").read_text()))


@pytest.fixture(scope="module")
def detector(soft_detector: Artifact) -> Iterator[Detector]:
    with Detector(profile="standard", artifact=soft_detector, workers=1) as one:
        yield one


def _codes(verdict) -> list[str]:
    return [reason.code for reason in verdict.reasons]


def test_a_video_is_told_but_not_answered(detector: Detector, clip_file: Path, schema) -> None:
    (verdict,) = detector.run(clip_file)
    assert verdict.kind == "video" and verdict.outcome is Outcome.INCONCLUSIVE and verdict.tier == "hard"
    assert _codes(verdict)[0] == "calibrated-on-stills"
    assert {"sound-not-assessed", "face-swap-not-assessed"} <= set(_codes(verdict))
    assert len(verdict.timeline) == BUDGETS["standard"].frames
    line = json.loads(json.dumps(verdict_json(verdict), allow_nan=False))
    schema.validate(line)
    assert line["faces"] == [] and line["timeline"][0]["t"] == 0.0


def test_no_stronger_than_the_median_frame(detector: Detector, make_clip: Make, photo: Image.Image) -> None:
    from PIL import ImageFilter

    soft = np.asarray(photo.filter(ImageFilter.GaussianBlur(6)))[:240, :256]
    (verdict,) = detector.run(make_clip(pictures=[np.ascontiguousarray(np.roll(soft, n, 1)) for n in range(30)]))
    finding = next(each for each in verdict.findings if each.analyzer == "synthetic-video")
    frames = [frame["log10_lr"] for frame in finding.detail["frames"]]
    assert finding.ratio is not None
    assert finding.ratio.log10 == pytest.approx(np.median(frames), abs=0.02)
    assert finding.ratio.low <= finding.ratio.log10 <= finding.ratio.high
    assert not verdict.answers[Proposition.SYNTHETIC].answered


def test_small_frames_do_not_apply(detector: Detector, make_clip: Make, scene, schema) -> None:
    path = make_clip(pictures=[np.ascontiguousarray(scene(n)[:128, :160]) for n in range(5)])
    (verdict,) = detector.run(path)
    assert verdict.outcome is Outcome.NOT_APPLICABLE and _codes(verdict)[0] == "picture-too-small"
    assert "sound-not-assessed" in _codes(verdict)
    schema.validate(verdict_json(verdict))


def test_bad_videos_cost_no_picture_its_answer(
    detector: Detector, clip_file: Path, save_as, photo: Image.Image, tmp_path: Path, schema
) -> None:
    (tmp_path / "a.mp4").write_bytes(clip_file.read_bytes()[:500])
    save_as(photo, "b.jpg")
    (tmp_path / "c.mp4").write_bytes(clip_file.read_bytes())
    (tmp_path / "d.mp4").write_bytes(clip_file.read_bytes())
    verdicts = list(detector.run(tmp_path))
    assert [each.outcome.value for each in verdicts] == ["failed", "consistent", "inconclusive", "inconclusive"]
    assert "sound-not-assessed" in _codes(verdicts[0]) and "sound-not-assessed" not in _codes(verdicts[1])
    assert "same-file" in _codes(verdicts[3])
    for verdict in verdicts:
        schema.validate(verdict_json(verdict))
    assert "timeline" not in verdict_json(verdicts[1])


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"comment": json.dumps({"1": {"class_type": "KSampler", "inputs": {}}})}, "generator-mark"),
        ({"artist": "made with Runway ML"}, "generator-mark"),
        ({"title": "Sora at the beach"}, None),
        ({"AIGC": '{"Label": "1"}'}, "generator-mark"),
    ],
)
def test_marks_decide(metadata: dict[str, str], code: str | None, detector: Detector, make_clip: Make) -> None:
    (verdict,) = detector.run(make_clip(metadata=metadata, container={"movflags": "use_metadata_tags"}))
    assert (verdict.outcome is Outcome.INCONSISTENT) == (code is not None)
    assert code is None or _codes(verdict)[0] == code


def test_dropped_frames_and_cut_files_are_told(detector: Detector, make_clip: Make, tmp_path: Path) -> None:
    times = [4 * n for n in range(40) if n not in (20, 21, 30)]
    clip = make_clip(times=times, count=len(times), container={"movflags": "faststart"})
    (verdict,) = detector.run(clip)
    file = next(each for each in verdict.findings if each.analyzer == "video-file")
    assert file.detail["rhythm"]["missing"] == 3 and "frames-missing" in _codes(verdict)
    assert any(reason.code == "written-by-program" for reason in file.reasons)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[:-3000])
    (verdict,) = detector.run(cut)
    assert "tail-missing" in _codes(verdict) and verdict.outcome is Outcome.INCONCLUSIVE


def test_a_camera_is_named_and_its_place_told_apart(detector: Detector, assay_data: Path) -> None:
    (verdict,) = detector.run(assay_data / "media/dev/video_real/metadata_extractor_video__with-gps.mov")
    file = next(each for each in verdict.findings if each.analyzer == "video-file")
    assert file.detail["camera"] == "Apple iPhone 6" and file.detail["location"]["private"]
    assert "32.09" not in json.dumps(file.detail["metadata"]) + file.words


def test_pictures_need_no_video_library() -> None:
    code = "import sys, assay.detect.session, assay.detect.decoding; print('av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_alike_frames_count_once() -> None:
    draw = np.random.default_rng(7)
    apart = draw.normal(size=200)
    walk = np.cumsum(draw.normal(size=200))
    assert independent(apart) > 100
    assert independent(walk) < 20
    assert independent(np.ones(50)) == 1.0
    assert independent(np.array([1.0, 2.0])) == 1.0


def test_a_clip_coded_twice_is_told_from_one_coded_once(make_clip: Make, scene, child) -> None:
    def rhythm(path: Path):
        return read_clip(Exhibit.open(path), child, samples=1).reel.double

    options = {"bf": "0", "crf": "28", "sc_threshold": "0", "preset": "veryfast"}
    once = make_clip(count=180, options=options | {"g": "250"})
    first = make_clip(count=180, options=options | {"g": "12"})
    with av.open(str(first)) as coded:
        frames = [np.asarray(frame.to_ndarray(format="rgb24")) for frame in coded.decode(video=0)]
    twice = make_clip(pictures=frames, options=options | {"g": "250"})
    assert rhythm(once).strength < 4
    assert rhythm(twice).period == 12 and rhythm(twice).strength > 4


def test_frames_and_faces_are_drawn_when_asked_for(soft_detector: Artifact, clip_file: Path, assay_data: Path) -> None:
    with Detector(profile="fast", artifact=soft_detector, workers=1, pictures=True) as one:
        made, real = one.run([clip_file, assay_data / "media/dev/video_real/004.mp4"])
    drawn = {each.analyzer: each.picture for each in real.findings if each.picture is not None}
    assert set(drawn) == {"synthetic-video", "faces"}
    assert all(picture.shape[1:] == (1000, 3) and picture.std() > 20 for picture in drawn.values())
    assert [each.analyzer for each in made.findings if each.picture is not None] == ["synthetic-video"]
    assert real.overlay is not None and made.overlay is not None
    with av.open(io.BytesIO(real.overlay.data)) as film:
        times = [frame.time for frame in film.decode(video=0)]
    assert times[0] == 0.0 and times[-1] == pytest.approx(12.4, abs=0.1)
    # Six frames for the network, twelve for faces, some of them the same, and the last one again.
    assert 13 <= len(times) <= 19


def test_stages_are_told_while_a_video_is_worked_on(detector: Detector, clip_file: Path) -> None:
    told: list[tuple[str, str, int, int]] = []
    list(detector.run(clip_file, stage=lambda *each: told.append(each)))
    assert {name for name, *_ in told} == {str(clip_file)}
    assert list(dict.fromkeys(doing for _, doing, *_ in told)) == [
        "looking through all of it", "frames looked at:", "crops weighed:",
    ]  # fmt: skip
    assert all(done <= of for _, _, done, of in told) and told[-1][2] == told[-1][3] > 0


def test_frames_that_could_not_be_had_are_counted(soft_detector: Artifact, clip_file: Path, schema) -> None:
    with Detector(artifact=soft_detector, workers=1, limits=replace(DEFAULT, video_seconds=0.0)) as one:
        (verdict,) = one.run(clip_file)
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert {"no-frame-decoded", "stopped-by-clock", "frames-left-out", "sound-not-assessed"} <= set(_codes(verdict))
    schema.validate(verdict_json(verdict))
