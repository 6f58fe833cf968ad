"""An imported detector from end to end: its score is told, and answers only once it has a calibration."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.published import Published
from assay.detect.contract import verdict_json
from assay.detect.published.importing import import_detector
from assay.detect.session import Detector
from assay.detect.values import Outcome, Verdict
from assay.models.artifact import Artifact
from assay.models.calibration import Calibrator, dump_calibrators
from assay.models.registry import Registry

from .test_graphs import detector as graph


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, describe: Callable[..., Path]) -> Artifact:
    """An ONNX detector without calibration."""
    folder = tmp_path_factory.mktemp("published")
    graph(folder / "detector.onnx")
    describe(folder, layout="onnx", files={"graph": "detector.onnx"}, output={"generated": [1]}, name="other-lab",
             resize={"side": 48})  # fmt: skip
    return import_detector(folder, Registry([folder / "store"])).artifact


def calibrated(
    bare: Artifact, folder: Path, middle: float, width: float, threshold: float | None = None
) -> Artifact:
    """The same with a calibration that puts a ratio of 1 at `middle`."""
    rng = np.random.default_rng(0)
    scores = np.concatenate([rng.normal(middle - width, width, 200), rng.normal(middle + width, width, 200)])
    fitted = Calibrator.fit_logistic(scores, np.repeat([0, 1], 200), replicates=50)
    from assay.models.card import OperatingPoint

    points = (
        () if threshold is None else (OperatingPoint(name="fixed", threshold=threshold, chosen_on="a test"),)
    )
    card = bare.card.model_copy(update={"calibration": "calibration.json", "operating_points": points})
    files: dict[str, Any] = {file.path: (file.role, bare.path(file.path)) for file in bare.card.files}
    files["calibration.json"] = ("calibration", dump_calibrators({"default": fitted}))
    return Artifact.write(folder / bare.card.name, card, files)


def assayed(artifact: Artifact, path: Path, profile: Any = "standard") -> Iterator[Verdict]:
    with Detector(artifact=artifact, profile=profile, workers=1) as detector:
        yield from detector.run([path])


def test_a_score_without_a_calibration_answers_nothing(
    bare: Artifact, photo: Image.Image, save_as: Any
) -> None:
    path = save_as(photo, "photo.jpg", quality=92)
    (verdict,) = assayed(bare, path)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reasons[0].code == "uncalibrated"
    assert verdict.score is None and verdict.ratio is None and verdict.proposition is None
    finding = verdict.findings[0]
    assert (finding.analyzer, finding.applies, finding.ratio) == ("published-detector", True, None)
    assert finding.score is not None and f"{finding.score:.2f}" in finding.words
    assert len(finding.detail["stability"]) == 2
    line = verdict_json(verdict)
    assert line["log10_lr"] is None and line["findings"][0]["score"] == pytest.approx(finding.score, abs=1e-6)
    assert line["artifacts"][0]["name"] == "other-lab"


def test_a_calibration_makes_it_answer(
    bare: Artifact, photo: Image.Image, save_as: Any, tmp_path: Path
) -> None:
    path = save_as(photo, "photo.jpg", quality=92)
    (told,) = assayed(bare, path)
    raw = told.findings[0].score
    assert raw is not None
    spread = max(abs(one["score"] - raw) for one in told.findings[0].detail["stability"])
    width = 4 * spread + 0.05
    for sign, outcome in ((1, Outcome.INCONSISTENT), (-1, Outcome.CONSISTENT)):
        artifact = calibrated(bare, tmp_path / str(sign), raw - sign * width, width)
        (verdict,) = assayed(artifact, path)
        assert verdict.outcome is outcome
        assert verdict.ratio is not None and verdict.ratio.log10 * sign > 0
        assert verdict.findings[0].score == raw
    below = calibrated(bare, tmp_path / "below", raw - width, width, threshold=raw + 1)
    (verdict,) = assayed(below, path)
    assert (verdict.outcome, verdict.reasons[0].code) == (Outcome.INCONCLUSIVE, "below-operating-point")
    (verdict,) = assayed(below, path, "fast")
    assert "stability-not-tested" in [reason.code for reason in verdict.reasons]
    shaky = calibrated(bare, tmp_path / "shaky", raw, spread / 20)
    (verdict,) = assayed(shaky, path)
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_small_pictures_are_refused_or_padded_as_the_card_says(
    bare: Artifact, describe: Callable[..., Path], tmp_path: Path, photo: Image.Image, save_as: Any
) -> None:
    path = save_as(photo.resize((30, 30)), "small.png")
    graph(tmp_path / "detector.onnx")
    told = {"layout": "onnx", "files": {"graph": "detector.onnx"}, "output": {"generated": [1]}}
    for small, code in (("refuse", "picture-too-small"), ("pad", "uncalibrated")):
        crop = {"height": 40, "width": 40, "small": small}
        source = describe(tmp_path, name=f"small-{small}", crop=crop, **told)
        artifact = import_detector(source, Registry([tmp_path / "store"])).artifact
        (verdict,) = assayed(artifact, path)
        assert verdict.reasons[0].code == code


def test_a_video_is_not_looked_at(bare: Artifact, tmp_path: Path) -> None:
    import av

    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=5)
        stream.width, stream.height = 320, 240
        for n in range(6):
            frame = av.VideoFrame.from_ndarray(np.full((240, 320, 3), 40 * n, np.uint8), format="rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    (verdict,) = assayed(bare, path)
    assert verdict.kind == "video"
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "pictures-only" in [reason.code for reason in verdict.reasons]


def test_other_preprocessing_is_refused(bare: Artifact) -> None:
    from assay.detect.scales import ArtifactUnfit

    card = bare.card.model_copy(update={"preprocessing": {**bare.card.preprocessing, "blur": 3}})
    with pytest.raises(ArtifactUnfit, match="blur"):
        Published(None, Artifact(bare.folder, bare.shared, card, bare.sha256))  # type: ignore[arg-type]
