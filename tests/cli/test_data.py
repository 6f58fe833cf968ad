"""``assay data``: from a folder to a manifest, checked, split, described."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assay.intake.manifest import read_manifest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("collection")
    rng = np.random.default_rng(3)
    for label, ending in (("real", "jpg"), ("fake", "png")):
        for number in range(22):
            place = root / label / f"from-{number % 3}"
            place.mkdir(parents=True, exist_ok=True)
            small = rng.integers(0, 255, (12, 12, 3), dtype=np.uint8)
            Image.fromarray(small).resize((96, 96)).save(place / f"{number}.{ending}")
    return root


def test_a_folder_becomes_a_manifest_that_is_checked_and_split(
    assay: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    listed, cache = tmp_path / "list.csv", tmp_path / "cache"
    ran = assay("data", "list", folder, "--to", listed, "--licence", "CC0")
    assert ran.code == 0 and "22 real and 22 fake files" in ran.out
    ran = assay("data", "check", listed, "--cache", cache, "--card", tmp_path / "card.md", "--workers", "1")
    assert ran.code == 1 and "[leak-format]" in ran.out
    assert "leak-format" in (tmp_path / "card.md").read_text()
    ran = assay("data", "check", listed, "--cache", cache, "--json", "--workers", "1")
    told = json.loads(ran.out)
    assert ran.code == 1 and {c["family"]: c["leaks"] for c in told["control"]}["format"] is True
    ran = assay(
        "data", "split", listed, "--to", tmp_path / "split.parquet", "--cache", cache, "--shares", "a=2,b=1"
    )
    assert ran.code == 0
    made = read_manifest(tmp_path / "split.parquet")
    assert {(e.split, e.label) for e in made.entries} == {
        (s, label) for s in "ab" for label in ("real", "fake")
    }


def test_wrong_use_is_told(assay: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    for arguments in (
        ["data", "check", tmp_path / "absent.csv"],
        ["data", "check", folder, "--split", "nothing"],
        ["data", "split", folder, "--to", tmp_path / "x.csv", "--shares", "train"],
        ["data", "list", folder, "--to", tmp_path / "no" / "folder.csv"],
    ):
        ran = assay(*arguments)
        assert ran.code == 2 and len(ran.err) > 20
