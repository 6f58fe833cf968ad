"""No page of figures says anything else than the records that it was made of."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assay.models.artifact import Artifact

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def test_every_table_is_the_stored_one(repository: Path) -> None:
    ran = subprocess.run(
        [sys.executable, BENCHMARKS / "pages.py", "--check"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


def test_a_figure_that_is_changed_by_hand_is_found(repository: Path, tmp_path: Path) -> None:
    code = (BENCHMARKS / "pages.py").read_text()
    held: dict[str, object] = {"__name__": "pages", "__file__": str(BENCHMARKS / "pages.py")}
    exec(compile(code, "pages.py", "exec"), held)  # a script of ours, not a module
    text = (repository / "docs" / "validation" / "media.md").read_text()
    tables = held["tables"]
    assert callable(tables)
    stored = json.loads((repository / "docs" / "validation" / "tables.json").read_text())
    assert tables(text) == stored["docs/validation/media.md"]
    cell = stored["docs/validation/media.md"][1]["rows"][0][-1]
    assert tables(text.replace(cell, f"{cell}1")) != stored["docs/validation/media.md"]


def test_the_page_of_pictures_follows_from_its_record(repository: Path) -> None:
    from index import index
    from page import page

    folder = repository / "docs" / "validation"
    record = json.loads((folder / "media.json").read_text())
    artifact = Artifact.open(repository / "models" / "zoo" / "clip-probe")
    assert record["artifact"] == {"id": artifact.id, "sha256": artifact.sha256}, (
        "measured on another artifact"
    )
    assert page(record, artifact.card) == (folder / "media.md").read_text()
    said = (repository / "docs" / "validation.md").read_text()
    assert index(record, artifact.card, folder) == said, "run: python benchmarks/pages.py"


def test_the_page_of_logs_follows_from_its_record(repository: Path) -> None:
    folder = repository / "docs" / "validation"
    text = (folder / "logs.md").read_text()
    code = (
        "import json, sys; from pathlib import Path; from page import page\n"
        f"made = page(json.loads(Path({str(folder / 'logs.json')!r}).read_text()), "
        f"Path({str(folder / 'logs.md')!r}).read_text())\n"
        "sys.stdout.write(made)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=BENCHMARKS / "logs", capture_output=True, text=True, check=True
    )
    assert ran.stdout == text


@pytest.mark.parametrize("name", ["media.json", "logs.json", "tables.json"])
def test_records_name_no_place_of_a_machine(repository: Path, name: str) -> None:
    text = (repository / "docs" / "validation" / name).read_text()
    assert "/work/" not in text and "/root/" not in text and "/home/" not in text and "/tmp/" not in text
