"""A whole validation of a small artifact that runs in the real engine, on pictures that are made here."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from assay.detect.validation import DataFaulty, Plan, PlanError, validate
from assay.detect.validation.conditions import AXES, NATIVE, delivered, severities
from assay.detect.validation.run import spread
from assay.detect.validation.scorers import scorer_of
from assay.intake.manifest import Entry, Manifest, write_manifest
from assay.models.artifact import Artifact

MadeSet = Callable[..., list[Entry]]


@pytest.fixture
def plan(made_set: MadeSet, tmp_path: Path) -> Plan:
    write_manifest(tmp_path / "list.csv", made_set(20))
    return Plan(manifest=tmp_path / "list.csv")


def test_a_validation_finds_what_is_there_and_goes_on_where_it_was_killed(
    soft_detector: Artifact, plan: Plan, tmp_path: Path
) -> None:
    def run(**more):
        return validate(
            soft_detector,
            plan,
            profile="fast",
            cache=tmp_path / "cache",
            workers=1,
            only=["tables", "audit"],
            **more,
        )

    first = run()
    assert first.files["native"] == {"asked": 40, "scored": 40, "not_applicable": 0, "refused": 0}
    auc = first.figure("auc", "clean")
    assert auc is not None and auc.value > 0.95 and auc.n == 40
    assert {f.of for f in first.figures if f.by == "source"} == {
        f"{label}-source-{number}" for label in ("real", "fake") for number in range(4)
    }
    assert {audit.group for audit in first.audits} <= {"half"}
    assert {c.name for c in first.curves} == {"roc", "tippett-h1", "tippett-h2", "reliability"}
    json.dumps(first.to_json(), allow_nan=False)
    # Killed in the middle of a line: what was whole is kept, the rest is made again, and nothing changes.
    (kept,) = (tmp_path / "cache").glob("scores-*.jsonl")
    lines = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(b"".join(lines[:100]) + lines[100][:20])
    again = run()
    assert again.figures == first.figures and len(kept.read_bytes().splitlines()) == len(lines) + 1
    assert len(run(most=10).figures) and run(most=10).files["native"]["asked"] == 10


def test_a_planted_leak_stops_it_unless_it_is_accepted(
    soft_detector: Artifact, made_set: MadeSet, tmp_path: Path
) -> None:
    def save(picture: Image.Image, path: Path, fake: bool) -> None:
        picture.save(path, "PNG" if fake else "JPEG")

    write_manifest(tmp_path / "leak.csv", made_set(20, save=save))
    plan = Plan(manifest=tmp_path / "leak.csv")
    with pytest.raises(DataFaulty, match="leak-format"):
        validate(soft_detector, plan, profile="fast", only=["tables"], workers=1)
    accepted = plan.model_copy(update={"accept": ("leak-format", "leak-jpeg-history")})
    made = validate(soft_detector, accepted, profile="fast", only=["speed"], workers=1)
    assert made.data["accepted"] == ["leak-format", "leak-jpeg-history"] and made.speed["parts"] == 2
    assert "leak-format" in {fault["code"] for fault in made.data["faults"]}


def test_robustness_says_what_blur_does_to_a_detector_of_softness(
    soft_detector: Artifact, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "assay.detect.validation.conditions.AXES",
        {name: (AXES[name][0], levels) for name, levels in (("blur", (2.0,)), ("crop", (0.9, 0.5)))},
    )
    made = validate(
        soft_detector, plan, profile="standard", only=["robustness", "adversarial"], most=16, workers=1
    )
    rows = {(row.axis, row.level): row for row in made.robustness}
    assert rows["native", 0.0].false_alarms < 0.9 and rows["blur", 2.0].false_alarms == 1.0
    assert rows["crop", 0.5].applies == 0 and rows["crop", 0.5].auc is None  # 128 pixels: no room for a crop
    assert [f.condition for f in made.figures if f.name == "flips"] == ["crop-0.9"]
    assert made.attack == () and "no version that gradients can be taken of" in made.attack_words


def test_every_condition_keeps_a_picture_a_picture_and_repeats() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (260, 300, 3), dtype=np.uint8)
    for condition in (NATIVE, *delivered(), *severities()):
        made = condition.apply(rgb, "ab" * 32)
        assert made.dtype == np.uint8 and made.ndim == 3 and made.shape[2] == 3, condition.name
        assert np.array_equal(made, condition.apply(rgb, "ab" * 32)), condition.name
    assert len({one.name for one in severities()}) == sum(len(levels) for _, levels in AXES.values())


def test_two_artifacts_are_compared_on_the_same_files(soft_detector: Artifact, plan: Plan) -> None:
    made = validate(
        soft_detector, plan, against=soft_detector, profile="fast", only=["tables"], most=12, workers=1
    )
    assert made.against == made.artifact
    assert {c.name for c in made.comparisons} == {"auc", "auc-few-alarms", "tpr-at-5", "cllr"}
    assert all(c.difference == 0 and "no difference is shown" in c.words for c in made.comparisons)


def test_what_cannot_be_read_is_counted(
    soft_detector: Artifact, plan: Plan, made_set: MadeSet, tmp_path: Path
) -> None:
    entries = made_set(4)
    entries[0].path.write_bytes(b"\xff\xd8\xff nothing")
    entries[1] = replace(entries[1], path=tmp_path / "gone.jpg")
    write_manifest(tmp_path / "some.csv", entries)
    made = validate(
        soft_detector, Plan(manifest=tmp_path / "some.csv"), profile="fast", only=["tables"], workers=1
    )
    assert made.files["web"] == {"asked": 8, "scored": 6, "not_applicable": 0, "refused": 2}


def test_a_part_of_the_files_is_spread_over_labels_and_sources(made_set: MadeSet, tmp_path: Path) -> None:
    entries = tuple(made_set(8))
    some = spread(Manifest(tmp_path, entries), 8)
    assert {e.source for e in some} == {e.source for e in entries} and len(some) == 8
    assert spread(Manifest(tmp_path, entries), None) == entries


def test_plans_are_typed(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    for text in (
        "manifest: a.csv\nsplti: dev\n",
        "split: dev\n",
        "[1, 2",
        "manifest: a.csv\nprofile: slow\n",
        "title: nothing to measure on\n",
    ):
        path.write_text(text)
        with pytest.raises(PlanError):
            Plan.read(path)
    path.write_text("manifest: sets/a.csv\n")
    assert Plan.read(path).manifest == tmp_path / "sets" / "a.csv"
    path.write_text("data: sets\nrecipe: ../recipe.yaml\n")
    plan = Plan.read(path)
    assert plan.manifest is None and plan.recipe == tmp_path.parent / "recipe.yaml"
    with pytest.raises(PlanError, match="nothing was made of its recipe"):
        plan.listed()


def test_the_plans_that_ship_are_read(repository: Path) -> None:
    plans = sorted((repository / "detect" / "validation" / "plans").glob("*.yaml"))
    assert [path.stem for path in plans] == ["clip-probe", "edit-map", "face-swap"]
    for path in plans:
        plan = Plan.read(path)
        assert plan.split == "dev" or plan.manifest is None
        # The recipe of what ships, or the artifact was trained anew and its plan names another recipe.
        if plan.recipe is not None:
            told = yaml.safe_load(plan.recipe.read_text(encoding="utf-8"))
            card = Artifact.open(repository / "models" / "zoo" / path.stem).card
            assert (told["name"], told["version"]) == (card.name, card.version)


def test_the_shipped_artifacts_have_a_scorer_and_can_be_attacked(
    repository: Path, photo: Image.Image
) -> None:
    torch = pytest.importorskip("torch")
    from assay.detect.validation.adversarial import Attacker

    rgb = np.asarray(photo)[:192, :192]
    artifact = Artifact.open(repository / "models" / "zoo" / "edit-map")
    attacker = Attacker(artifact, 3)

    def raw(pixels: np.ndarray) -> float:
        with torch.no_grad():
            given = torch.from_numpy(pixels[None].astype(np.float32))
            return float(attacker._module({"pixels": given})[artifact.card.raw])

    seen = scorer_of(artifact).show(rgb, True)
    for fake in (True, False):
        (row,) = attacker.changed(seen.rows[:1], fake, 1.0)
        change = np.abs(row["pixels"].astype(int) - seen.rows[0]["pixels"].astype(int))
        assert row["pixels"].dtype == np.uint8 and 0 < change.max() <= 1
        assert (raw(row["pixels"]) < raw(rgb)) == fake
