"""Replaced faces in pictures: who is judged, who is not and why, and that a crowd raises no alarm by its number."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.faceswap import FaceSwaps
from assay.detect.faces import finder, scoring
from assay.detect.faces.scoring import FaceScorer
from assay.detect.media import Picture, read_picture
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit
from assay.models.engine import Engine
from assay.models.registry import Registry


@pytest.fixture(scope="module")
def analyzer() -> Iterator[FaceSwaps]:
    artifact = Registry().default(scoring.TASK)
    with Engine.open(artifact, device="cpu", outputs=scoring.OUTPUTS) as engine:
        yield FaceSwaps(FaceScorer(engine, artifact), Registry().default(finder.TASK), pictures=True)


@pytest.fixture(scope="module")
def decoded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Picture]]:
    """Pixels as a child hands them out of a PNG."""
    path = tmp_path_factory.mktemp("faces") / "a.png"
    with Child() as child:

        def picture(pixels: np.ndarray) -> Picture:  # type: ignore[type-arg]
            Image.fromarray(pixels).save(path, compress_level=1)
            return read_picture(Exhibit.open(path), child)

        yield picture


@pytest.fixture
def people(assay_data: Path) -> list[np.ndarray]:  # type: ignore[type-arg]
    folder = assay_data / "media" / "train" / "faces_real"
    return [np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.glob("*"))[40:44]]


def test_a_picture_without_people_is_not_applicable(analyzer: FaceSwaps, decoded, photo) -> None:
    finding = analyzer.analyze(decoded(np.asarray(photo)))
    assert not finding.applies and finding.why_not is not None and finding.why_not.code == "no-face"
    assert finding.ratio is None and finding.score is None


def test_a_face_is_scored_and_drawn(analyzer: FaceSwaps, decoded, people) -> None:  # type: ignore[no-untyped-def]
    picture = decoded(people[0])
    finding = analyzer.analyze(picture)
    assert finding.applies and finding.ratio is not None
    assert finding.ratio.low <= finding.ratio.log10 <= finding.ratio.high
    assert finding.detail["scored"] == 1 and finding.detail["strongest"] == 1
    assert finding.picture is not None and finding.picture.shape[1] == 1000
    heat = finding.arrays["heat"]
    assert np.isfinite(heat).any() and heat.shape == finding.arrays["reliability"].shape
    assert finding == analyzer.analyze(picture)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda rgb: cv2.resize(rgb, (60, 60), interpolation=cv2.INTER_AREA), "face-small"),
        (lambda rgb: cv2.GaussianBlur(rgb, (0, 0), 6), "face-blurred"),
    ],
)
def test_what_cannot_be_judged_is_said(spoil, code: str, analyzer: FaceSwaps, decoded, people) -> None:  # type: ignore[no-untyped-def]
    finding = analyzer.analyze(decoded(np.ascontiguousarray(spoil(people[0]))))
    assert not finding.applies and finding.why_not is not None
    assert finding.why_not.code == code and finding.detail["faces"][0]["unfit"]


def test_of_several_faces_the_mean_ratio_counts(analyzer: FaceSwaps, decoded, people) -> None:  # type: ignore[no-untyped-def]
    alone = [analyzer.analyze(decoded(one)) for one in people]
    assert all(one.applies for one in alone)
    crowd = np.vstack([np.hstack(people[:2]), np.hstack(people[2:])])
    finding = analyzer.analyze(decoded(np.ascontiguousarray(crowd)))
    assert finding.detail["scored"] >= 3 and finding.ratio is not None
    ratios = [each["log10_lr"] for each in finding.detail["faces"] if each["log10_lr"] is not None]
    assert finding.ratio.log10 == pytest.approx(np.log10(np.mean(10.0 ** np.array(ratios))))
    assert f"Of {len(finding.detail['faces'])} faces" in finding.words
