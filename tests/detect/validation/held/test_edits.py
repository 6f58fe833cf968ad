"""Edits that a recipe holds back: made alone as among all others, and judged as the artifact ships."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from assay.detect.analyzers.edits import TASK
from assay.detect.forge.edits import material, samples
from assay.detect.forge.edits.settings import EditSettings
from assay.detect.validation.held import held_of
from assay.detect.validation.plan import PlanError
from assay.intake.manifest import Entry, read_manifest, write_manifest
from assay.models.artifact import Artifact
from assay.models.registry import Registry


@pytest.fixture(scope="module")
def artifact() -> Artifact:
    return Registry().default(TASK)


@pytest.fixture
def recipe(artifact: Artifact, photo: Image.Image, flower: Image.Image, tmp_path: Path) -> Path:
    """Of ten photos, of which two sources with one photo each are held back."""
    entries = []
    for number in range(10):
        picture = (photo, flower)[number % 2].rotate(90 * (number // 2), expand=True)
        path = tmp_path / f"{number}.png"
        picture.save(path)
        entries.append(Entry(path, path.name, "real", kind="image", source=f"source {number}", split="train"))
    write_manifest(tmp_path / "list.csv", entries)
    told = {
        "name": artifact.card.name, "version": artifact.card.version, "data": ".", "manifest": "list.csv",
        "auto_encoder": None, "cache": "cache", "zoo": "zoo", "seed": 5, "samples": 64, "plain": 0, "processes": 1,
        "held": ["source 0", "source 3"], "judged": 16, "right": 0.9, "training": {"steps": 1},
    }  # fmt: skip
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(told))
    return path


@pytest.fixture(autouse=True)
def own_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_DATA", raising=False)


def test_held_edits_made_alone_are_those_of_all(recipe: Path, tmp_path: Path) -> None:
    settings = EditSettings.read(recipe).model_copy(update={"judged": 3})
    alone = material.held_alone(settings, lambda line: None)
    maker = samples.Maker(material.recipe(settings), tmp_path)
    assert len(alone) == 3 and all(facts.held for facts in alone.facts)
    assert [facts.number for facts in alone.facts] == samples.held_numbers(maker.recipe, 64)[:3]
    for place, facts in enumerate(alone.facts[:2]):
        host, edit, region, again = maker.sample(facts.number)
        assert again == facts and np.array_equal(alone.hosts[place], host)
        assert np.array_equal(alone.edits[place], edit) and np.array_equal(alone.regions[place], region)


def test_the_artifact_that_ships_judges_them_and_its_card_is_the_measure(
    artifact: Artifact, recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = EditSettings.read(recipe)
    monkeypatch.setattr(EditSettings, "read", lambda path: settings.model_copy(update={"judged": 3}))
    said: list[str] = []
    made = held_of(artifact, recipe, said.append)
    found = {(one.name, one.tier, one.part): one.interval for one in made.figures("cpu")}
    card = {(one.name, one.tier, one.source) for one in artifact.card.metrics if one.source is None}
    # Cllr asks for two sources with both classes; everything else that the card states of all pictures is here.
    assert {key for key in card if key[0].split("-")[0] not in ("cllr", "ece")} <= found.keys()
    assert found["auc", "clean", None].n == 6 and 0 <= found["tpr", "hard", None].value <= 1
    assert "3 held edits are judged" in said
    listed = read_manifest(made.manifest()).entries
    assert {entry.label for entry in listed} == {"real", "fake"} and {entry.split for entry in listed} == {"held"}
    assert all(entry.path.is_file() for entry in listed)
    # A killed run leaves no list, and begins anew.
    before = made.manifest().read_bytes()
    made.manifest().unlink()
    assert made.manifest().read_bytes() == before


def test_a_recipe_of_another_version_is_refused(artifact: Artifact, recipe: Path) -> None:
    recipe.write_text(recipe.read_text().replace(artifact.card.version, "9.9.9"))
    with pytest.raises(PlanError, match=r"edit-map@9\.9\.9, not of"):
        held_of(artifact, recipe, lambda line: None)
