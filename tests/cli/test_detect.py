"""``assay detect`` from files to lines."""

import json
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import Image

from assay.demo.media import Made

FAILURES = ("empty.jpg", "notes.jpg", "cut.jpg")


@pytest.fixture
def folder(pictures: dict[str, Made]) -> Path:
    return pictures["temple.jpg"].path.parent


def test_every_line_of_a_mixed_folder_keeps_the_contract(
    assay: Callable[..., Any], folder: Path, pictures: dict[str, Made], schemas: dict[str, Any]
) -> None:
    ran = assay("detect", folder, "--json", "--profile", "fast")
    assert ran.code == 1
    assert {Path(line["path"]).name for line in ran.lines} == set(pictures)
    for line in ran.lines:
        jsonschema.validate(line, schemas["verdict"])
        failed = Path(line["path"]).name in FAILURES
        assert (line["outcome"] == "failed") == failed, line["path"]
    assert (
        len(
            {
                reason["code"]
                for line in ran.lines
                for reason in line["reasons"]
                if line["outcome"] == "failed"
            }
        )
        > 1
    )


def test_good_files_alone_are_code_0(assay: Callable[..., Any], pictures: dict[str, Made]) -> None:
    ran = assay(
        "detect", pictures["temple.jpg"].path, pictures["flower.jpg"].path, "--json", "--profile", "fast"
    )
    assert ran.code == 0 and ran.err == ""
    assert [Path(line["path"]).name for line in ran.lines] == ["temple.jpg", "flower.jpg"]


def test_the_record_names_what_scored(
    assay: Callable[..., Any], pictures: dict[str, Made], tmp_path: Path
) -> None:
    page = tmp_path / "run.json"
    ran = assay(
        "detect", pictures["temple.jpg"].path, tmp_path / "gone.jpg", "--json", "--profile", "fast",
        "--device", "cpu", "--workers", 1, "--record", page,
    )  # fmt: skip
    record = json.loads(page.read_text())
    assert record["done"] == {"files": 2, "failed": 1}
    options = {
        "profile": "fast", "device": "cpu", "workers": 1, "pictures": False, "trust": None, "known": None,
        "artifact": None,
    }  # fmt: skip
    assert record["options"] == options
    run = record["run"]
    # The network that was run for the ratio; faces may have been looked for by others, which the verdict names.
    assert {name: run[name] for name in ("name", "version", "sha256")} == ran.lines[0]["artifacts"][0]
    assert (
        run["device"] == "cpu" and run["precision"] == "int8" and run["threads"] >= 1 and run["deterministic"]
    )
    assert run["libraries"]["onnxruntime"] == version("onnxruntime")
    assert run["golden"]["rows"] >= 1 and run["cpu"]


def test_a_record_that_cannot_be_written_is_refused_before_the_work(
    assay: Callable[..., Any], pictures: dict[str, Made], tmp_path: Path
) -> None:
    ran = assay("detect", pictures["temple.jpg"].path, "--record", tmp_path / "no" / "run.json")
    assert ran.code == 2 and ran.out == ""
    assert "--record" in ran.err


def test_pictures_are_written_and_named(
    assay: Callable[..., Any], pictures: dict[str, Made], tmp_path: Path, schemas: dict[str, Any]
) -> None:
    folder, copy = tmp_path / "drawn", tmp_path / "copy.jpg"
    temple = pictures["temple.jpg"].path
    copy.write_bytes(temple.read_bytes())
    ran = assay(
        "detect", temple, copy, tmp_path / "gone.jpg", "--json", "--profile", "fast", "--pictures", folder
    )
    assert ran.code == 1
    for line in ran.lines:
        jsonschema.validate(line, schemas["verdict"])
    (drawn,) = folder.iterdir()
    assert drawn.name == f"{ran.lines[0]['sha256'][:16]}-synthetic.png"
    for line in ran.lines[:2]:
        found = {finding["analyzer"]: finding["picture"] for finding in line["findings"]}
        assert {name: path for name, path in found.items() if path} == {"synthetic": str(drawn)}
    with Image.open(drawn) as picture:
        assert picture.width == 1000
    shown = assay("detect", temple, "--profile", "fast", "--pictures", folder)
    assert shown.code == 0 and f"picture: {drawn}" in shown.out.replace("\n      ", "")
    assert [*folder.iterdir()] == [drawn]


def test_a_picture_that_cannot_be_written_costs_no_answer(
    assay: Callable[..., Any], pictures: dict[str, Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("assay.cli.pictures.Pictures._written", full)
    ran = assay(
        "detect", pictures["temple.jpg"].path, pictures["flower.jpg"].path, "--json", "--profile", "fast",
        "--pictures", tmp_path / "drawn",
    )  # fmt: skip
    assert ran.code == 1 and len(ran.lines) == 2
    for line in ran.lines:
        assert line["outcome"] != "failed" and line["reasons"][-1]["code"] == "picture-not-written"
        assert line["findings"][0]["picture"] is None


def test_a_folder_for_pictures_that_cannot_be_is_refused_before_the_work(
    assay: Callable[..., Any], pictures: dict[str, Made], tmp_path: Path
) -> None:
    temple = pictures["temple.jpg"].path
    (tmp_path / "file").write_bytes(b"")
    for place, path in ((tmp_path / "file", temple), (temple.parent / "drawn", temple.parent)):
        ran = assay("detect", path, "--pictures", place)
        assert ran.code == 2 and ran.out == "" and "--pictures" in ran.err


def test_a_missing_file_fails_alone(
    assay: Callable[..., Any], pictures: dict[str, Made], tmp_path: Path
) -> None:
    ran = assay("detect", tmp_path / "gone.jpg", pictures["temple.jpg"].path, "--json", "--profile", "fast")
    assert ran.code == 1
    assert [line["outcome"] == "failed" for line in ran.lines] == [True, False]


def test_a_generator_mark_is_told(assay: Callable[..., Any], pictures: dict[str, Made]) -> None:
    ran = assay("detect", pictures["landscape-marked.png"].path, "--profile", "fast")
    assert "INCONSISTENT" in ran.out and "generator" in ran.out


def test_a_hostile_name_is_shown_not_obeyed(assay: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2J\u202egpj.jpg"
    path.write_bytes(b"")
    shown, line = assay("detect", path), assay("detect", path, "--json")
    assert "\\x1b[2J\\u202egpj.jpg" in shown.out
    assert not {"\x1b", "\u202e"} & set(shown.out + line.out)
    assert line.out.isascii() and line.lines[0]["path"] == str(path)


def test_twins_are_grouped_after_the_batch_and_known_pictures_are_named(
    assay: Callable[..., Any], pictures: dict[str, Made], tmp_path: Path, schemas: dict[str, Any]
) -> None:
    first, other = (tmp_path / name for name in ("a.jpg", "b.jpg"))
    first.write_bytes(pictures["temple.jpg"].path.read_bytes())
    with Image.open(first) as opened:
        opened.resize((opened.width // 2, opened.height // 2)).save(other, quality=60)
    listed, groups = tmp_path / "list.csv", tmp_path / "groups.jsonl"
    listed.write_text(f"sha256,label\n{sha256(first.read_bytes()).hexdigest()},temple\nnonsense,x\n")
    ran = assay("detect", first, other, "--json", "--profile", "fast", "--known", listed, "--twins", groups)
    assert ran.code == 0 and len(ran.lines) == 2
    for line in ran.lines:
        jsonschema.validate(line, schemas["verdict"])
    codes = [{reason["code"] for reason in line["reasons"]} for line in ran.lines]
    assert "known-file" in codes[0] and not codes[0] & {"known-picture", "near-twin"}
    assert "near-twin" in codes[1]
    assert "1 lines left out [bad-hash], the first: 3" in ran.err and "1 group of 2 pictures" in ran.err
    (group,) = [json.loads(line) for line in groups.read_text().splitlines()]
    jsonschema.validate(group, schemas["group"])
    assert [member["path"] for member in group["members"]] == [str(first), str(other)]
    shown = assay("detect", first, other, "--profile", "fast")
    assert "Near twins: 1 group of 2 pictures" in shown.out and str(other) in shown.out.split("Near twins")[1]


def test_a_list_that_cannot_be_used_is_refused_before_the_work(
    assay: Callable[..., Any], pictures: dict[str, Made], tmp_path: Path
) -> None:
    (tmp_path / "list").write_text("no hash here\n")
    for path in (tmp_path / "list", tmp_path / "nowhere"):
        ran = assay("detect", pictures["temple.jpg"].path, "--known", path)
        assert ran.code == 2 and ran.out == "" and "known-list-unusable" in ran.err
