"""An imported detector is calibrated on pictures of known origin, and answers from then on."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.detect.published.calibrating import LEAST, CalibrationRefused, calibrate, fitted
from assay.detect.published.importing import import_detector
from assay.detect.published.scored import Scored
from assay.detect.session import Detector
from assay.intake.manifest import Entry, Manifest
from assay.models.artifact import Artifact
from assay.models.registry import Registry

from .test_graphs import detector


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry([tmp_path_factory.mktemp("store")])


@pytest.fixture(scope="module")
def artifact(
    tmp_path_factory: pytest.TempPathFactory, describe: Callable[..., Path], registry: Registry
) -> Artifact:
    folder = tmp_path_factory.mktemp("published")
    detector(folder / "detector.onnx")
    describe(folder, layout="onnx", files={"graph": "detector.onnx"}, output={"generated": [1]}, name="other-lab",
             resize={"side": 48}, version="2.0.9")  # fmt: skip
    return import_detector(folder, registry).artifact


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Noise of two kinds, saved alike: soft pictures take the place of generated ones."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(1)
    entries = []
    for number in range(2 * (LEAST + 10)):
        fake = number % 2 == 1
        coarse = rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)
        rgb = cv2.resize(coarse, (160, 160), interpolation=cv2.INTER_CUBIC if fake else cv2.INTER_NEAREST)
        path = folder / f"{number}.jpg"
        Image.fromarray(rgb).save(path, quality=int(rng.integers(60, 75)))
        source = f"{'maker' if fake else 'camera'} {number % 4 // 2}"
        entries.append(
            Entry(
                path,
                path.name,
                "fake" if fake else "real",
                source=source,
                licence="CC0-1.0",
                unit=str(number),
            )
        )
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    entries.append(Entry(folder / "broken.jpg", "broken.jpg", "real", source="camera 0"))
    return Manifest(folder / "list.csv", tuple(entries), sha256="0" * 64)


def test_a_calibrated_version_is_installed_and_used(
    artifact: Artifact, manifest: Manifest, registry: Registry, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []
    faults = ("too-few-for-control", "leak-bytes", "leak-format", "leak-save", "leak-size")
    done = calibrate(
        artifact,
        manifest,
        registry,
        accept=faults,
        cache=tmp_path,
        progress=lambda n, of: seen.append((n, of)),
    )
    made = done.artifact
    assert (made.id, registry.get("other-lab").id) == ("other-lab@2.0.10", "other-lab@2.0.10")
    assert seen[-1][1] == len(manifest.entries)
    assert [name for name, _ in done.refused] == ["broken.jpg"]
    assert set(done.tiers) <= {"clean", "web", "hard"} and "hard" in done.tiers
    card = made.card
    assert card.calibration == "calibration.json"
    assert set(made.calibrators()) == set(done.tiers) | ({"default"} if len(done.tiers) < 3 else set())
    assert {metric.name for metric in card.metrics} == {"auc", "cllr"}
    assert all(point.fpr is not None and point.fpr <= 0.05 for point in card.operating_points)
    assert card.training_data[-1].role == "calibration" and card.training_data[-1].sha256 == "0" * 64
    told = "calibrated here on 40 recordings and 40 generated pictures of 4 sources"
    assert any(told in line for line in card.limits)
    assert not any("no calibration until" in line for line in card.limits)
    network = [file.sha256 for file in card.files if file.role == "graph"]
    assert network == [file.sha256 for file in artifact.card.files if file.role == "graph"]
    with Detector(artifact=made, workers=1) as each:
        (verdict,) = each.run([manifest.entries[1].path])
    assert verdict.findings[0].ratio is not None
    assert "uncalibrated" not in [reason.code for reason in verdict.reasons]


def test_faults_of_the_manifest_are_not_calibrated(
    artifact: Artifact, manifest: Manifest, registry: Registry, tmp_path: Path
) -> None:
    leaky = []
    for entry in manifest.entries[:-1]:
        path = tmp_path / f"{entry.path.stem}.{'png' if entry.fake else 'jpg'}"
        Image.open(entry.path).save(path)
        leaky.append(Entry(path, path.name, entry.label, source=entry.source, unit=entry.unit))
    with pytest.raises(CalibrationRefused, match="leak"):
        calibrate(artifact, Manifest(tmp_path, tuple(leaky)), registry)


def test_what_cannot_be_calibrated(
    soft_detector: Artifact, artifact: Artifact, manifest: Manifest, registry: Registry
) -> None:
    with pytest.raises(CalibrationRefused, match="not imported"):
        calibrate(soft_detector, manifest, registry)


def test_few_pictures_are_not_enough_and_a_missing_tier_is_weighed_like_the_worst() -> None:
    rng = np.random.default_rng(0)

    def scored(tiers: list[int], count: int) -> Scored:
        tier = np.repeat(tiers, count)
        fake = np.arange(len(tier)) % 2 == 1
        unit = np.array([str(n) for n in range(len(tier))])
        return Scored(rng.normal(fake * 2.0, 1.0), fake, tier, unit, np.where(fake, "maker", "camera"))

    with pytest.raises(CalibrationRefused, match="no tier has 30"):
        fitted(scored([0, 1], 2 * LEAST - 2))
    made = fitted(scored([1, 2], 2 * LEAST))
    assert set(made) == {"web", "hard", "default"} and made["default"] == made["hard"]
    few = scored([0], 4 * LEAST)
    same = Scored(few.score, few.fake, few.tier, np.where(few.fake, "one", "two"), few.source)
    with pytest.raises(CalibrationRefused):
        fitted(same)
