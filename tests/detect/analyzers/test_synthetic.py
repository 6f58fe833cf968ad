"""The synthetic-image analyzer around a real engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from assay.detect.analyzers.synthetic import ArtifactUnfit, Preprocessing, Synthetic, outputs
from assay.detect.media import DECODER, Picture, read_picture
from assay.detect.stability import LAUNDERINGS
from assay.detect.values import Proposition
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit
from assay.models.artifact import Artifact
from assay.models.calibration import Calibrator, dump_calibrators
from assay.models.engine import Engine


@pytest.fixture(scope="module")
def engine(soft_detector: Artifact) -> Iterator[Engine]:
    with Engine.open(soft_detector, device="cpu", outputs=outputs(soft_detector)) as one:
        yield one


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(preload=[DECODER]) as one:
        yield one


def _picture(path: Path, child: Child) -> Picture:
    return read_picture(Exhibit.open(path), child)


def _rewritten(
    artifact: Artifact, folder: Path, calibration: bytes | None = None, **changes: Any
) -> Artifact:
    files: dict[str, tuple[Any, bytes]] = {
        file.path: (file.role, artifact.path(file.path).read_bytes()) for file in artifact.card.files
    }
    if calibration is not None:
        files["calibration.json"] = ("calibration", calibration)
    return Artifact.write(folder / "copy", artifact.card.model_copy(update={"files": (), **changes}), files)


def test_the_score_is_the_mean_of_the_crops(engine: Engine, soft_detector: Artifact, child: Child, save_as: Any,
                                            photo: Image.Image) -> None:  # fmt: skip
    analyzer = Synthetic(engine, soft_detector, "standard")
    picture = _picture(save_as(photo, "a.jpg", quality=95), child)
    finding = analyzer.analyze(picture)
    crops = finding.detail["crops"]
    assert finding.score == pytest.approx(np.mean([crop["score"] for crop in crops]))
    assert finding.applies and finding.proposition is Proposition.SYNTHETIC and finding.ratio is not None
    expected = soft_detector.calibrators()["default"].apply(finding.score)
    assert finding.ratio.log10 == pytest.approx(expected.log10_lr)
    low, high = finding.detail["bound"]
    assert low <= finding.ratio.log10 <= high


def test_sampling_and_concluding_apart_is_the_same(engine: Engine, soft_detector: Artifact, child: Child, save_as: Any,
                                                   photo: Image.Image) -> None:  # fmt: skip
    analyzer = Synthetic(engine, soft_detector, "full")
    picture = _picture(save_as(photo, "a.png"), child)
    samples = analyzer.samples(picture)
    assert samples.size == 2 * (1 + len(LAUNDERINGS["full"])) + len(samples.tiles)
    assert analyzer.conclude(samples, list(engine.score(samples.rows()))) == analyzer.analyze(picture)


def test_tiles_are_for_the_map_alone(engine: Engine, soft_detector: Artifact, child: Child, save_as: Any,
                                     photo: Image.Image) -> None:  # fmt: skip
    picture = _picture(save_as(photo, "a.png"), child)
    bare, tiled = (
        Synthetic(engine, soft_detector, pictures=asked).analyze(picture) for asked in (False, True)
    )
    assert (bare.score, bare.ratio, bare.detail["crops"]) == (tiled.score, tiled.ratio, tiled.detail["crops"])
    assert bare.explanation is not None and tiled.explanation is not None
    assert [part for part in tiled.explanation.parts if part.scored] == list(bare.explanation.parts)
    assert bare.detail["map"]["looked_at"] < 0.5 < 0.95 < tiled.detail["map"]["looked_at"]
    assert bare.picture is None and tiled.picture is not None


def test_no_pixels_are_kept_for_a_picture_that_nobody_asked_for(
    engine: Engine, soft_detector: Artifact, child: Child, save_as: Any, photo: Image.Image
) -> None:
    picture = _picture(save_as(photo.resize((2000, 1400)), "a.png"), child)
    for profile, asked, tiled in (("standard", False, False), ("full", False, True), ("fast", True, True)):
        samples = Synthetic(engine, soft_detector, profile, pictures=asked).samples(picture)  # type: ignore[arg-type]
        assert (samples.shown is not None, len(samples.tiles) > 0) == (asked, tiled)
        assert samples.shown is None or max(samples.shown.shape) == 1280
        arrays = [crop.pixels for view in samples.views for crop in view.crops]
        for array in [*arrays, *(tile.pixels for tile in samples.tiles)]:
            assert array.nbytes == 224 * 224 * 3 and not np.shares_memory(array, picture.rgb)


def test_an_artifact_without_a_map_says_so(soft_detector: Artifact, child: Child, save_as: Any, tmp_path: Path,
                                           photo: Image.Image) -> None:  # fmt: skip
    logit = tuple(tensor for tensor in soft_detector.card.outputs if tensor.name == "logit")
    artifact = _rewritten(soft_detector, tmp_path, outputs=logit)
    assert outputs(artifact) == () and outputs(soft_detector) == ("map",)
    with Engine.open(artifact, device="cpu", outputs=outputs(artifact)) as engine:
        finding = Synthetic(engine, artifact, "full", pictures=True).analyze(
            _picture(save_as(photo, "a.png"), child)
        )
    assert "no map" in finding.words and "map covers" not in finding.words
    assert finding.picture is None and finding.arrays == {} and finding.detail["map"] is None
    assert finding.explanation is not None and len(finding.explanation.parts) == 2


def test_a_drawing_that_fails_costs_the_picture_only(
    engine: Engine, soft_detector: Artifact, child: Child, save_as: Any, photo: Image.Image,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def faulty(*_: object) -> None:
        raise ZeroDivisionError("as if")

    monkeypatch.setattr("assay.detect.analyzers.synthetic.draw", faulty)
    finding = Synthetic(engine, soft_detector, pictures=True).analyze(
        _picture(save_as(photo, "a.png"), child)
    )
    assert finding.picture is None and finding.ratio is not None and "heat" in finding.arrays
    assert "picture-not-drawn" in [reason.code for reason in finding.reasons]


def test_each_tier_has_its_calibrator(soft_detector: Artifact, child: Child, save_as: Any, tmp_path: Path,
                                      photo: Image.Image) -> None:  # fmt: skip
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 200)
    steep, flat = (Calibrator.fit_logistic(rng.normal(gap * labels, 5.0), labels) for gap in (20.0, 2.0))
    artifact = _rewritten(soft_detector, tmp_path, dump_calibrators({"default": steep, "hard": flat}))
    with Engine.open(artifact, device="cpu") as engine:
        analyzer = Synthetic(engine, artifact, "fast")
        for quality, tier, calibrator in ((95, "clean", steep), (30, "hard", flat)):
            finding = analyzer.analyze(_picture(save_as(photo, "a.jpg", quality=quality), child))
            assert finding.detail["tier"]["name"] == tier
            assert finding.ratio is not None and finding.score is not None
            assert finding.ratio.log10 == pytest.approx(calibrator.apply(finding.score).log10_lr)


def test_a_score_under_the_operating_point_is_told(soft_detector: Artifact, child: Child, save_as: Any, tmp_path: Path,
                                                   photo: Image.Image) -> None:  # fmt: skip
    point = soft_detector.card.operating_points[0].model_copy(update={"threshold": 1e6})
    artifact = _rewritten(soft_detector, tmp_path, operating_points=(point,))
    path = save_as(photo.filter(ImageFilter.GaussianBlur(5)), "a.png")
    for one, told in ((soft_detector, False), (artifact, True)):
        with Engine.open(one, device="cpu") as engine:
            finding = Synthetic(engine, one, "fast").analyze(_picture(path, child))
        assert finding.ratio is not None and finding.ratio.log10 > 0
        assert ("below-operating-point" in [reason.code for reason in finding.reasons]) == told


def test_a_small_picture_is_not_enlarged(engine: Engine, soft_detector: Artifact, child: Child, save_as: Any,
                                         photo: Image.Image) -> None:  # fmt: skip
    analyzer = Synthetic(engine, soft_detector)
    for size, applies in (((224, 224), True), ((223, 600), False)):
        picture = _picture(save_as(photo.resize(size), "a.png"), child)
        finding = analyzer.analyze(picture)
        assert finding.applies == analyzer.applies(picture).applies == applies
        assert applies or (finding.why_not is not None and finding.why_not.code == "picture-too-small")


@pytest.mark.parametrize(
    "change",
    [{"mean": [0, 0, 0]}, {"crop": 256}, {"colour": "BGR"}, {"aggregate": "max"}, {"crops": {}}, {"crops": {"slow": 1}},
     {"reencode": {"format": "jpeg", "quality": 50, "subsampling": "4:2:0"}}],
)  # fmt: skip
def test_a_card_that_asks_for_something_else_is_refused(soft_detector: Artifact, engine: Engine, tmp_path: Path,
                                                        change: dict[str, Any]) -> None:  # fmt: skip
    artifact = _rewritten(soft_detector, tmp_path, preprocessing=soft_detector.card.preprocessing | change)
    with pytest.raises(ArtifactUnfit, match="soft-detector"):
        Synthetic(engine, artifact)


def test_an_artifact_without_calibration_is_refused(
    soft_detector: Artifact, engine: Engine, tmp_path: Path
) -> None:
    calibrator = soft_detector.calibrators()["default"]
    artifact = _rewritten(soft_detector, tmp_path, dump_calibrators({"clean": calibrator}))
    with pytest.raises(ArtifactUnfit, match="web, hard"):
        Synthetic(engine, artifact)


def test_a_profile_that_the_card_does_not_name_takes_the_most() -> None:
    asked = Preprocessing.model_validate({
        "crop": 224, "colour": "RGB", "resize": None, "aggregate": "mean", "crops": {"fast": 1, "standard": 3},
        "reencode": {"format": "jpeg", "quality": 90, "subsampling": "4:2:0"},
    })  # fmt: skip
    assert [asked.count(profile) for profile in ("fast", "standard", "full")] == [1, 3, 3]
