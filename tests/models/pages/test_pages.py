"""Cards as pages: a hub's own library reads them, and nothing on them is more than a text."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard, ModelCard

from assay.models.artifact import Artifact
from assay.models.card import Metric, OperatingPoint, TrainingData
from assay.models.pages import data_page, head, model_page
from assay.models.pages.text import plain
from assay.models.registry.registry import ZOO

SHIPPED = [folder for folder in sorted(ZOO.iterdir()) if (folder / "card.json").is_file()]
SECTIONS = (
    "Model details", "Uses", "Bias, risks and limitations", "How to get started", "Training data", "Evaluation",
    "Calibration", "Technical specifications",
)  # fmt: skip


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_pages_in_docs_are_those_of_the_artifacts(folder: Path, repository: Path) -> None:
    artifact = Artifact.open(folder)
    name, cards = artifact.card.name, repository / "docs" / "cards"
    again = "run: assay models card --to docs/cards"
    assert (cards / f"{name}.md").read_text(encoding="utf-8") == model_page(artifact), again
    data = data_page(artifact)
    assert (cards / f"{name}.data.md").exists() == (data is not None), again
    if data is not None:
        assert (cards / f"{name}.data.md").read_text(encoding="utf-8") == data, again


def test_docs_hold_no_card_of_what_does_not_ship(repository: Path) -> None:
    names = {
        path.name.removesuffix(".md").removesuffix(".data")
        for path in (repository / "docs/cards").glob("*.md")
    }
    assert names == {Artifact.open(folder).card.name for folder in SHIPPED}


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_hub_reads_the_head(folder: Path) -> None:
    artifact = Artifact.open(folder)
    card = artifact.card
    page = ModelCard(model_page(artifact), ignore_metadata_errors=False)
    assert page.data.library_name == "assay"
    assert card.task in page.data.tags
    assert page.data.license in ("mit", "apache-2.0") or page.data.license_name
    results = page.data.eval_results or []
    overall = [metric for metric in card.metrics if metric.source is None]
    found = sorted((one.metric_type, one.metric_value, one.metric_name) for one in results)
    named = [(m.name, m.value, f"{m.name}, tier {m.tier}" if m.tier else m.name) for m in overall]
    assert found == sorted(named)
    again = ModelCard(str(page), ignore_metadata_errors=False)
    assert again.data.to_dict() == page.data.to_dict()
    data = data_page(artifact)
    if data is not None:
        assert DatasetCard(data).data.pretty_name == f"Data behind {artifact.id}"


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_every_fact_of_the_card_is_on_the_page(folder: Path) -> None:
    artifact = Artifact.open(folder)
    card, page = artifact.card, model_page(artifact)
    assert [line[3:] for line in page.split("\n") if line.startswith("## ")] == list(SECTIONS)
    assert artifact.sha256 in page and all(file.sha256 in page for file in card.files)
    assert all(plain(limit) in page for limit in card.limits)
    assert all(f"{metric.value:.3f}" in page for metric in card.metrics)
    assert all(plain(data.name) in page for data in card.training_data)
    assert all(f"{point.threshold:.4g}" in page for point in card.operating_points)
    assert all(name in page for name in artifact.calibrators())


def test_texts_of_a_stranger_stay_texts(tmp_path: Path, write: Callable[..., Artifact]) -> None:
    nasty = "<script>alert(1)</script> | a | [b](javascript:c) `d` \n# e *f* ---"
    artifact = write(
        tmp_path / "plain-sum", title="<img src=x>", summary=nasty, licence="My own: terms", limits=(nasty,),
        metrics=(Metric(name="auc", value=0.5, source="a|b", note=nasty),
                 Metric(name="auc", value=0.9, note="as published, not measured here. A claim.")),
        training_data=(TrainingData(name=nasty, licence="none stated", count=3, role="train", note=nasty),),
        operating_points=(OperatingPoint(name="p|q", threshold=1.5, chosen_on=nasty, fpr=0.1),),
    )  # fmt: skip
    data = data_page(artifact)
    assert data is not None
    for page in (model_page(artifact), data):
        body = page.split("---\n", 2)[2]
        assert not re.search(
            r"(?<!\\)[<\]*`]", re.sub(r"`[\w@.-]+`|```.*?```|\*\*", "", body, flags=re.DOTALL)
        )
        assert sum(line.startswith("# ") for line in body.splitlines()) == 1
        for block in re.findall(r"(?:^\|.*\n)+", body, re.MULTILINE):
            assert len({line.replace("\\|", "").count("|") for line in block.splitlines()}) == 1
    # What nobody here has measured is no result of ours.
    assert "model-index" not in head(artifact)
    assert head(artifact)["license_name"] == "My own: terms"
    ModelCard(model_page(artifact), ignore_metadata_errors=False)


def test_the_same_artifact_gives_the_same_page(tmp_path: Path, write: Callable[..., Artifact]) -> None:
    one, two = (write(tmp_path / where / "plain-sum") for where in "ab")
    assert model_page(one) == model_page(two)
