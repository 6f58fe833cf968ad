"""Faces of a video scored as they pass by: a real clip, a small network that takes red for replaced."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save

from assay.detect.analyzers.faces import Faces
from assay.detect.faces.judging import Judge, any_of
from assay.detect.faces.scoring import FILM, OUTPUTS, FaceScorer
from assay.detect.faces.tracks import Tracker
from assay.detect.values import LikelihoodRatio
from assay.models.artifact import Artifact
from assay.models.calibration import Calibrator, dump_calibrators
from assay.models.card import Architecture, Card, OperatingPoint, Tensor
from assay.models.engine import Engine

SIDE, CELLS = 96, 12


def _graph() -> bytes:
    """The mean of red less blue, and the same for each cell."""
    nodes = [
        helper.make_node("Cast", ["pixels"], ["values"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["values", "weights"], ["weighed"]),
        helper.make_node("ReduceSum", ["weighed", "last"], ["plane"], keepdims=0),
        helper.make_node("ReduceMean", ["plane", "both"], ["raw"], keepdims=0),
        helper.make_node("Unsqueeze", ["plane", "one"], ["channel"]),
        helper.make_node("AveragePool", ["channel"], ["pooled"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Squeeze", ["pooled", "one"], ["heat"]),
    ]
    constants = {
        "weights": np.array([0.1, 0, -0.1], np.float32), "last": np.array([3]), "both": np.array([1, 2]),
        "one": np.array([1]),
    }  # fmt: skip
    graph = helper.make_graph(
        nodes,
        "redness",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", SIDE, SIDE, 3])],
        [
            helper.make_tensor_value_info("raw", TensorProto.FLOAT, ["n"]),
            helper.make_tensor_value_info("heat", TensorProto.FLOAT, ["n", CELLS, CELLS]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaceScorer]:
    draw = np.random.default_rng(0)
    values, labels = np.concatenate([draw.normal(4, 3, 200), draw.normal(14, 3, 200)]), np.repeat([False, True], 200)
    calibrator = Calibrator.fit_logistic(values, labels, replicates=20)
    golden = draw.integers(0, 255, (2, SIDE, SIDE, 3), np.uint8)
    red = (golden[..., 0].astype(np.float32) - golden[..., 2]) * 0.1
    heat = red.reshape(2, CELLS, 8, CELLS, 8).mean(axis=(2, 4))
    card = Card(
        name="red-faces", version="0.0.1", task="face-swap", title="Red faces", summary="For tests.", licence="CC0-1.0",
        use="any", architecture=Architecture(family="redness"),
        inputs=(Tensor(name="pixels", shape=(SIDE, SIDE, 3), dtype="uint8"),),
        outputs=(
            Tensor(name="raw", shape=(), dtype="float32"), Tensor(name="heat", shape=(CELLS, CELLS), dtype="float32")
        ),
        raw="raw", precision="fp32", tolerance=1e-2, calibration="calibration.json", created="2026-01-31",
        preprocessing={"colour": "RGB", "crop": SIDE, "cell": 8, "alignment": "near", "border": "mirrored"},
        operating_points=(OperatingPoint(name=FILM, threshold=10.0, chosen_on="nothing", fpr=0.03),),
    )  # fmt: skip
    outputs = {"output.raw": red.mean(axis=(1, 2)), "output.heat": np.ascontiguousarray(heat)}
    artifact = Artifact.write(
        tmp_path_factory.mktemp("models") / "red-faces",
        card,
        {
            "network.onnx": ("graph", _graph()),
            "calibration.json": (
                "calibration", dump_calibrators(dict.fromkeys(("clean", "web", "hard", FILM), calibrator))
            ),
            "golden.safetensors": ("golden", save({"input.pixels": golden, **outputs})),
        },
    )  # fmt: skip
    with Engine.open(artifact, device="cpu", deterministic=True, outputs=OUTPUTS) as engine:
        yield FaceScorer(engine, artifact)


@pytest.fixture(scope="module")
def frames(assay_data: Path) -> list[np.ndarray]:
    """Ten frames of a person, far enough apart to differ."""
    with av.open(str(assay_data / "media/dev/video_real/634.mp4")) as clip:
        clip.streams.video[0].codec_context.thread_count = 1
        found = []
        for number, frame in enumerate(clip.decode(video=0)):
            if number % 6 == 0:
                found.append(np.asarray(frame.to_ndarray(format="rgb24")))
            if len(found) == 10:
                return found
    raise AssertionError("too short a clip")


def _seen(scorer: FaceScorer, frames: list[np.ndarray]) -> tuple[Faces, Tracker, Judge]:
    faces = Faces("standard", pictures=True, scorer=scorer)
    finder, judge, tracker = faces.finder(), faces.judge(), Tracker(spacing=0.24, still=64)
    assert judge is not None
    for number, frame in enumerate(frames):
        judge.see(frame, tracker.see(0.24 * number, frame, finder.find(frame)))
    judge.finish()
    return faces, tracker, judge


def test_an_unchanged_face_is_told_apart_from_a_red_one(scorer: FaceScorer, frames: list[np.ndarray]) -> None:
    faces, tracker, judge = _seen(scorer, frames)
    plain = faces.conclude(tracker, len(frames), "", judge)
    assert plain.applies and plain.ratio is not None and plain.ratio.log10 < 0.3
    assert len(judge.glimpses[0]) == len(frames)
    # From the fourth frame on the face is red, the sixth most of all.
    red = []
    for number, frame in enumerate(frames):
        one = tracker.tracks[0].sightings[number].face.box.astype(int)
        made = frame.copy()
        part = made[max(one[1], 0) : one[1] + one[3], max(one[0], 0) : one[0] + one[2]]
        part[..., 0] = np.clip(part[..., 0].astype(int) + (number >= 3) * 90 + (number == 5) * 40, 0, 255)
        red.append(made)
    faces, tracker, judge = _seen(scorer, red)
    finding = faces.conclude(tracker, len(red), "0" * 64, judge)
    assert finding.ratio is not None and finding.ratio.log10 > 0.5 and finding.reasons == ()
    assert finding.ratio.log10 <= scorer.weigh(1e9, FILM, 60).log10
    (track,) = faces.tracks(tracker, judge)
    assert track.score is not None and track.score > 0.7 and track.detail["over"] is True
    assert 1 <= track.detail["effective"] <= track.detail["scored"] == 10
    assert max(track.detail["worst"], key=lambda one: one["score"])["score"] >= track.score
    timeline = dict(faces.timeline(judge))
    assert len(timeline) == 10 and timeline[0.0] < 0.5 < timeline[0.24 * 5]
    assert judge.peaks[0].t == pytest.approx(0.24 * 5) and judge.peaks[0].still.shape[0] == judge.still
    assert finding.picture is not None and finding.picture.shape[1] == 1000
    # The map lies on the face: its middle is near the middle of the box.
    (heat,) = faces.heats(judge)[0.24 * 5]
    middle = heat.corner @ np.array([CELLS / 2, CELLS / 2, 1.0])
    left, top, width, height = tracker.tracks[0].sightings[5].face.box
    assert abs(middle[0] - left - width / 2) < 0.2 * width and abs(middle[1] - top - height / 2) < 0.2 * height


def test_below_the_operating_point_is_said(scorer: FaceScorer, frames: list[np.ndarray]) -> None:
    warm = [np.clip(frame.astype(int) + np.array([30, 0, 0]), 0, 255).astype(np.uint8) for frame in frames]
    faces, tracker, judge = _seen(scorer, warm)
    found = judge.track(0)
    assert found is not None
    finding = faces.conclude(tracker, len(warm), "", judge)
    assert finding.ratio is not None
    assert [reason.code for reason in finding.reasons] == (
        ["below-operating-point"] if finding.ratio.log10 > 0 and found.raw < 10 else []
    )


def test_a_face_that_cannot_be_judged_gives_a_coded_reason(scorer: FaceScorer, frames: list[np.ndarray]) -> None:
    small = [np.ascontiguousarray(frame[::6, ::6]) for frame in frames]
    faces, tracker, judge = _seen(scorer, small)
    finding = faces.conclude(tracker, len(small), "", judge)
    assert not finding.applies and finding.ratio is None and finding.why_not is not None
    assert finding.why_not.code == ("face-small" if tracker.tracks else "no-face")
    faces, tracker, judge = _seen(scorer, frames[:2])
    finding = faces.conclude(tracker, 2, "", judge)
    assert not finding.applies and finding.why_not is not None and finding.why_not.code == "face-few-frames"
    assert faces.timeline(judge) == () and faces.tracks(tracker, judge)[0].score is None


def test_any_of_several_is_the_mean_of_their_ratios() -> None:
    one, other = LikelihoodRatio(1.0, 0.5, 1.5), LikelihoodRatio(-1.0, -1.5, -0.5)
    mean = any_of([one, other])
    assert mean.log10 == pytest.approx(np.log10((10 + 0.1) / 2)) and mean.low <= mean.log10 <= mean.high
    assert any_of([one]) == one
