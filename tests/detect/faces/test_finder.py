"""The shipped detector on real faces, on pictures without one, and its artifact."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.faces import Faces
from assay.detect.faces.adoption import WeightsDiffer, adopt
from assay.detect.faces.finder import TASK, FaceFinder
from assay.detect.session import Detector
from assay.models.artifact import Artifact
from assay.models.registry import Registry


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return Faces().finder()


def test_no_face_in_a_flower_or_a_pixel(finder: FaceFinder, flower: Image.Image) -> None:
    assert finder.find(np.asarray(flower)) == []
    for shape in ((1, 1, 3), (3, 700, 3), (2000, 8, 3)):
        assert finder.find(np.zeros(shape, np.uint8)) == []


def test_a_face_is_found_at_any_size_of_the_picture(finder: FaceFinder, assay_data: Path) -> None:
    folder = assay_data / "media" / "train" / "faces_real"
    found = 0
    paths = sorted(folder.glob("*.jpg"))[:20]
    for path in paths:
        face = np.asarray(Image.open(path).convert("RGB").resize((200, 200)))
        picture = np.full((1200, 1600, 3), 128, np.uint8)
        picture[400:600, 900:1100] = face
        one = finder.find(picture)
        if len(one) == 1:
            left, top, width, height = one[0].box
            assert 880 < left + width / 2 < 1120 and 380 < top + height / 2 < 620
            found += 1
    assert found >= len(paths) * 0.8


def test_tracks_of_a_real_clip(assay_data: Path, soft_detector: Artifact) -> None:
    with Detector(profile="fast", artifact=soft_detector, workers=1) as detector:
        (verdict,) = detector.run(assay_data / "media/dev/video_real/519.mp4")
    finding = next(each for each in verdict.findings if each.analyzer == "faces")
    assert finding.applies and finding.ratio is not None and finding.detail["frames"] == 14
    longest = max(verdict.faces, key=lambda face: face.end - face.begin)
    assert longest.end - longest.begin > 20 and longest.detail["unfit"] == []
    assert longest.score is not None and 0 < longest.score < 1 and longest.detail["scored"] >= 10
    assert [ref.name for ref in verdict.artifacts] == ["soft-detector", "yunet", "face-swap"]
    assert not any(reason.code == "face-swap-not-assessed" for reason in verdict.reasons)


def test_the_artifact_is_the_published_file(tmp_path: Path) -> None:
    shipped = Registry().default(TASK)
    graph = tmp_path / "graph.onnx"
    graph.write_bytes(shipped.path("graph").read_bytes())
    assert adopt(graph, tmp_path / "again").card.to_bytes() == shipped.card.to_bytes()
    graph.write_bytes(b"other")
    with pytest.raises(WeightsDiffer):
        adopt(graph, tmp_path / "never")
