"""``assay models`` on the shipped artifact and on one made here."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.demo.logs import LogSet


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store of the user's."""
    monkeypatch.setenv("ASSAY_MODELS", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture(scope="module")
def folder(logs: LogSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an artifact that lies in no store."""
    from assay.triage.baseline import fit

    return fit([logs.quiet / "auth.log"], "office", store=tmp_path_factory.mktemp("elsewhere")).folder


def test_the_shipped_artifact_is_whole_and_the_default(assay: Callable[..., Any], store: Path) -> None:
    listed = assay("models", "list", "--json")
    assert listed.code == 0
    (shipped,) = [line for line in listed.lines if line["task"] == "synthetic-image"]
    assert shipped["default"] and shipped["origin"] == "zoo" and shipped["problem"] is None
    verified = assay("models", "verify", "--json")
    assert verified.code == 0
    assert {line["code"] for line in verified.lines} == {None}


def test_the_card_is_readable(assay: Callable[..., Any], store: Path) -> None:
    (name,) = [
        line["name"] for line in assay("models", "list", "--json").lines if line["task"] == "synthetic-image"
    ]
    page, card = assay("models", "show", name), json.loads(assay("models", "show", name, "--json").out)
    assert page.code == 0
    for part in ("Measured", "Trained on", "Files", "Limits", card["title"], card["licence"]):
        assert part in page.out
    for metric in card["metrics"]:
        assert metric["name"] in page.out
    for limit in card["limits"]:
        assert limit[:60] in page.out


def test_install_show_and_export(
    assay: Callable[..., Any], store: Path, folder: Path, tmp_path: Path
) -> None:
    assert assay("models", "show", "office").code == 2
    assert assay("models", "install", folder).code == 0
    assert "office@1.0.0" in assay("models", "list").out
    assert "counts.safetensors" in assay("models", "show", "office").out
    assert assay("models", "export", "office", "--to", tmp_path / "copy").code == 0
    for path in folder.iterdir():
        assert (tmp_path / "copy" / "office@1.0.0" / path.name).read_bytes() == path.read_bytes()


def test_a_pinned_hash_is_kept(assay: Callable[..., Any], store: Path, folder: Path) -> None:
    ran = assay("models", "install", folder, "--expect", "0" * 64)
    assert ran.code == 2 and "[artifact-card-pinned]" in ran.err
    assert assay("models", "show", "office").code == 2


def test_a_flipped_byte_is_found(assay: Callable[..., Any], store: Path, folder: Path) -> None:
    assert assay("models", "install", folder).code == 0
    state = store / "office@1.0.0" / "counts.safetensors"
    data = bytearray(state.read_bytes())
    data[-1] ^= 1
    state.chmod(0o644)
    state.write_bytes(data)
    ran = assay("models", "verify")
    assert ran.code == 1 and "damaged  office@1.0.0" in ran.out and "artifact-" in ran.out
    assert assay("models", "show", "office").code == 2


def test_a_default_is_chosen(assay: Callable[..., Any], store: Path, folder: Path) -> None:
    assert assay("models", "install", folder).code == 0
    assert "now serves log-rarity" in assay("models", "default", "office@1.0.0").out
    (chosen,) = [line for line in assay("models", "list", "--json").lines if line["name"] == "office"]
    assert chosen["default"]
