"""The notebooks run, and their pairs are the same notebooks."""

import importlib.util
import os
import warnings
from pathlib import Path

import pytest

jupytext = pytest.importorskip("jupytext")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path.stem[:2].isdecimal())


def test_the_five_are_there() -> None:
    assert [path.stem[3:] for path in SCRIPTS] == [
        "assay-a-case", "retrain-media", "retrain-triage", "validate-and-audit", "hunt-in-logs",
    ]  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_pair_holds_the_same_cells_and_little_output(script: Path) -> None:
    pair = script.with_suffix(".ipynb")
    one, other = jupytext.read(script), jupytext.read(pair)
    assert [(c.cell_type, c.source) for c in one.cells] == [(c.cell_type, c.source) for c in other.cells], (
        f"run: python notebooks/run.py --small {script.stem}"
    )
    assert pair.stat().st_size < 150_000
    outputs = [out for cell in other.cells for out in cell.get("outputs", [])]
    assert outputs and not [out for out in outputs if out.output_type == "error"]
    text = pair.read_text()
    assert "/home/" not in text and "/root/" not in text


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_runs(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ASSAY_NOTEBOOKS", "MPLBACKEND"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    spec = importlib.util.spec_from_file_location("notebook_run", FOLDER / "run.py")
    assert spec is not None and spec.loader is not None
    run = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that speak with the kernel
        book = run.executed(script, small=True, seconds=900)
    assert all(cell.get("execution_count") for cell in book.cells if cell.cell_type == "code" and cell.source)
