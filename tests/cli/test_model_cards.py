"""assay models card, import and calibrate, from the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.cli import main


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def called(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main(words)
        return int(left.value.code or 0), capsys.readouterr().out

    return called


def test_pages_to_standard_output_and_to_a_folder(run: Callable[..., Any], tmp_path: Path) -> None:
    code, page = run("models", "card", "yunet")
    assert code == 0 and page.startswith("---\nlicense: mit\n")
    assert run("models", "card", "yunet", "--markdown") == (0, page)
    code, line = run("models", "card", "yunet", "--json")
    told = json.loads(line)
    assert (code, told["id"], told["page"]) == (0, "yunet@2023.3.0", page)
    code, data = run("models", "card", "edit-map", "--data")
    assert code == 0 and "# Data card" in data
    assert run("models", "card", "yunet", "--data")[0] == 2
    assert run("models", "card")[0] == 2
    assert run("models", "card", "yunet", "--json", "--to", str(tmp_path))[0] == 2
    assert run("models", "card", "yunet", "--to", str(tmp_path / "cards"))[0] == 0
    assert (tmp_path / "cards" / "yunet.md").read_text() == page
    assert run("models", "card", "none")[0] == 2


def test_what_cannot_be_imported_ends_with_its_code(
    run: Callable[..., Any], tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "assay.yaml").write_text("name: a\n")
    with pytest.raises(SystemExit) as left:
        main(["models", "import", str(tmp_path)])
    assert left.value.code == 2
    assert "[description-invalid]" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(["models", "calibrate", "clip-probe", str(tmp_path)])
    assert left.value.code == 2
