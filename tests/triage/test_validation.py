"""Baselines from a recipe, and scorers of logs on labelled files."""

import json
from pathlib import Path

import pytest
import yaml

from assay.cli import main
from assay.intake.manifest import ManifestError, read_manifest
from assay.triage.training import TriageSettings, TriageSettingsError, train_triage
from assay.triage.validation import validate_logs


def _log(path: Path, day: int, odd: bool, count: int = 240) -> list[int]:
    """Logins of five people; with something odd in two places. Returns the odd lines."""
    lines, places = [], []
    for number in range(count):
        who = ("anna", "ben", "cho", "dee", "eli")[number * 7 % 5]
        clock = f"{8 + number // 30:02d}:{number % 30 * 2:02d}:00"
        line = (
            f"Jan {day:2d} {clock} gate sshd[{900 + number}]: Accepted password for {who} from "
            f"10.0.0.{number % 5} port 22 ssh2"
        )
        if odd and number in (100, 101):
            line = (
                f"Jan {day:2d} {clock} gate sudo: mallory : TTY=pts/9 ; PWD=/tmp ; USER=root ; "
                f"COMMAND=/bin/nc -e /bin/sh"
            )
            places.append(number)
        lines.append(line)
    path.write_text("\n".join(lines) + "\n")
    return places


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    rows = ["path,label,split,lines,kind"]
    for day in (5, 6):
        _log(tmp_path / f"normal-{day}.log", day, odd=False)
        rows.append(f"normal-{day}.log,normal,train,,log")
    for day in (7, 8, 9):
        odd = _log(tmp_path / f"attack-{day}.log", day, odd=True)
        rows.append(f"attack-{day}.log,attack,test,{odd[0]}-{odd[-1]},log")
    (tmp_path / "logs.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "logs.csv"


def _recipe(folder: Path, **keys: object) -> Path:
    path = folder / "baseline.yaml"
    path.write_text(yaml.safe_dump({"name": "gate", "zoo": "zoo", **keys}))
    return path


def test_a_recipe_gives_a_baseline_of_the_normal_logs_alone(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASSAY_DATA", raising=False)
    artifact = train_triage(_recipe(tmp_path, manifest="logs.csv", log="run/log.jsonl"))
    assert artifact.id == "gate@1.0.0" and artifact.folder.parent == tmp_path / "zoo"
    assert [data.name.rpartition("/")[2] for data in artifact.card.training_data] == [
        "normal-5.log",
        "normal-6.log",
    ]
    told = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert told[-1]["line"].startswith("wrote gate@1.0.0") and told[1]["read"] == 480
    # It is measured on the others, beside triage without a baseline.
    listed = read_manifest(manifest).where(lambda entry: entry.split == "test", "the split test")
    made = validate_logs(artifact, listed, compare=True)
    auc = {figure.of: figure for figure in made.figures if figure.name == "auc"}
    assert set(auc) == {"", "attack-7.log", "attack-8.log", "attack-9.log"} and auc[""].value > 0.95
    assert made.records == 720 and made.artifact == "gate@1.0.0" and made.against == "none"
    assert {one.name for one in made.comparisons} == {"auc", "average-precision"}
    assert all("On the same 3 files" in one.words for one in made.comparisons)


def test_the_same_from_the_command_line(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["validate", "none", str(manifest), "--split", "test", "--json"])
    assert not left.value.code
    told = json.loads(capsys.readouterr().out)
    assert told["artifact"] == "none" and told["files"] == 3
    assert any(f["name"] == "in-first-100" and f["value"] == 1.0 for f in told["figures"])


def test_files_that_are_labelled_as_a_whole_are_told_by_their_highest_score(
    manifest: Path, tmp_path: Path
) -> None:
    whole = [line.rpartition(",test")[0] + ",test,,log" if "attack" in line else line for line in
             manifest.read_text().splitlines()]  # fmt: skip
    (tmp_path / "whole.csv").write_text("\n".join(whole) + "\n")
    made = validate_logs(None, read_manifest(tmp_path / "whole.csv"))
    (figure,) = made.figures
    assert figure.name == "file-auc" and figure.n == 5 and 0 <= figure.value <= 1


def test_what_does_not_fit_is_refused(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASSAY_DATA", raising=False)
    for keys in (
        {},
        {"paths": ["a"], "manifest": "b"},
        {"paths": ["a"], "nmae": 1},
        {"paths": ["a"], "held_out": 2},
    ):
        with pytest.raises(TriageSettingsError):
            TriageSettings.read(_recipe(tmp_path, **keys))
    (tmp_path / "attack-7.log").write_bytes((tmp_path / "normal-5.log").read_bytes())
    with pytest.raises(TriageSettingsError, match="same file"):
        train_triage(_recipe(tmp_path, manifest="logs.csv"))
    (tmp_path / "bad.csv").write_text("path,label,lines\nattack-8.log,attack,3-x\n")
    with pytest.raises(ManifestError, match="numbers and ranges"):
        validate_logs(None, read_manifest(tmp_path / "bad.csv"))
    (tmp_path / "none.csv").write_text("path,label\nnormal-5.log,normal\n")
    with pytest.raises(ManifestError, match="nothing to judge"):
        validate_logs(None, read_manifest(tmp_path / "none.csv"))
