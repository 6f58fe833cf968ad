"""Training from a settings file to a verified artifact, on pictures made here."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from sklearn.datasets import load_sample_images

pytest.importorskip("torch")

from assay.detect.forge.settings import Settings, SettingsError
from assay.detect.training import train
from assay.models.artifact import Artifact
from assay.models.engine import Engine

SOURCES = {"camera one": "real", "camera two": "real", "drawn one": "fake", "drawn two": "fake"}


def settings(folder: Path, repository: Path, **changes: object) -> Path:
    """Write a settings file that needs a minute of work at most."""
    encoder = Artifact.open(repository / "models" / "zoo" / "clip-probe").path("encoder.onnx")
    shipped = yaml.safe_load((repository / "detect" / "training.yaml").read_text())
    shipped |= {
        "data": "data",
        "manifest": "manifest.csv",
        "auto_encoder": None,
        "super_resolution": None,
        "encoder": str(encoder),
        "encoder_licence": str(repository / "detect" / "forge" / "licences" / "clip.txt"),
        "cache": "cache",
        "zoo": "zoo",
        "folds": [["camera one", "drawn one"], ["camera two", "drawn two"]],
        "made": {"negative": None},
        "choice": {
            "shares": [{"negative": 0.3}, {}],
            "blocks": [[6, 8]],
            "shrinkage": [1.0],
            "strength": [0.001, 0.01],
        },
        "test_crops": 3,
        "laundered_crops": 2,
        "full_crops": 3,
        "calibration_pictures": None,
        "test_groups": {"all": ["camera one", "drawn one"]},
    } | changes
    path = folder / "training.yaml"
    path.write_text(yaml.safe_dump(shipped))
    return path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parts of two photos, and patterns drawn in two ways, three of each per split."""
    folder = tmp_path_factory.mktemp("training")
    photos = [np.asarray(image, dtype=np.uint8) for image in load_sample_images().images]
    rng = np.random.default_rng(0)
    rows = []
    (folder / "data").mkdir()
    for source, label in SOURCES.items():
        for number in range(6):
            if label == "real":
                x, y = int(rng.integers(0, 300)), int(rng.integers(0, 150))
                pixels = photos[source.endswith("two")][y : y + 256, x : x + 256]
            else:
                wave = np.sin(np.arange(256) / rng.uniform(4, 40))[:, None, None] * 90
                noise = rng.normal(0, 20 if source.endswith("two") else 2, (256, 256, 3))
                pixels = np.clip(128 + wave + noise, 0, 255).astype(np.uint8)
            name = f"{source}{number}.jpg".replace(" ", "-")
            Image.fromarray(pixels).save(folder / "data" / name, quality=90)
            split = "train" if number < 3 else "dev"
            rows.append([name, label, "image", source, split, "", "CC0-1.0"])
    with (folder / "data" / "manifest.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(
            [["path", "label", "kind", "source", "split", "generator", "licence"], *rows]
        )
    return folder


def test_a_run_gives_an_artifact_that_runs_and_a_second_run_the_same(
    pictures: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASSAY_DATA", raising=False)
    config = settings(pictures, repository)
    lines: list[str] = []
    artifact = train(config, report=lines.append)
    assert any("chosen" in line for line in lines)
    logged = [
        json.loads(line)["line"] for line in (pictures / "cache" / "log.jsonl").read_text().splitlines()
    ]
    assert logged == lines

    card = artifact.card
    made = {"hard negatives made of the real pictures": 6} if card.architecture.parameters["shares"] else {}
    assert {d.name: d.count for d in card.training_data} == dict.fromkeys(SOURCES, 3) | made
    assert {point.tier for point in card.operating_points} == {"clean", "web", "hard"}
    assert set(artifact.calibrators()) == {
        "clean", "web", "hard", "default", "clean-2", "web-2", "hard-2", "clean-3", "web-3", "hard-3"
    }  # fmt: skip
    assert {metric.name for metric in card.metrics} >= {
        "ece",
        "ece-noise-floor",
        "cllr",
        "cllr-cal",
        "cllr-2-crops",
    }
    golden = artifact.tensors("golden")
    with Engine.open(Artifact.open(pictures / "zoo" / "clip-probe"), device="cpu") as engine:
        (score,) = engine.score([{"pixels": golden["input.pixels"][0]}])
    assert score.raw == pytest.approx(float(golden["output.logit"][0]), abs=1e-6)

    again = train(config)
    assert again.sha256 == artifact.sha256


def test_an_unknown_key_is_refused(tmp_path: Path, repository: Path) -> None:
    with pytest.raises(SettingsError, match="learning_rate"):
        Settings.read(settings(tmp_path, repository, learning_rate=1))


def test_the_shipped_settings_leave_every_training_source_out_once(
    repository: Path, assay_data: Path
) -> None:
    shipped = Settings.read(repository / "detect" / "training.yaml")
    with (assay_data / shipped.manifest).open(newline="") as stream:
        present = {
            row["source"]
            for row in csv.DictReader(stream)
            if (row["split"], row["kind"]) == ("train", "image")
        }
    assert sorted(source for fold in shipped.folds for source in fold) == sorted(present)
    assert shipped.encoder.is_file()
