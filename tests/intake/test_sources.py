"""Paths become files in a stable order, and nothing is dropped without a word."""

import io
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from assay.intake.limits import DEFAULT
from assay.intake.refusals import (
    EmptyExhibit,
    EmptyFolder,
    FolderTooDeep,
    FolderTooLarge,
    NotAFile,
    TooManyBytes,
)
from assay.intake.sources import Refused, Source, Sources, expand


def _names(found: list[Source | Refused], top: Path) -> list[str]:
    return [os.path.relpath(one.name, top) for one in found]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.jpg", "a.jpg", ".hidden", "x/2.jpg", "x/1.jpg", "x/y/3.jpg", "z/4.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def test_a_folder_gives_its_files_by_name_then_its_folders(tree: Path) -> None:
    found = list(expand([tree]))
    assert _names(found, tree) == [".hidden", "a.jpg", "b.jpg", "x/1.jpg", "x/2.jpg", "x/y/3.jpg", "z/4.jpg"]


def test_the_order_of_what_was_given_is_kept(tree: Path) -> None:
    found = list(expand([tree / "b.jpg", tree / "x", tree / "a.jpg", tree / "missing"]))
    assert _names(found, tree) == ["b.jpg", "x/1.jpg", "x/2.jpg", "x/y/3.jpg", "a.jpg", "missing"]


def test_links_to_folders_are_told_and_not_followed(tree: Path) -> None:
    (tree / "x" / "round").symlink_to(tree)
    refused = [one for one in expand([tree]) if isinstance(one, Refused)]
    assert [type(one.error) for one in refused] == [NotAFile]
    assert len(list(expand([tree]))) == 8


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (found,) = expand([tmp_path])
    assert isinstance(found, Refused) and isinstance(found.error, EmptyFolder)


def test_the_limits_on_folders_hold(tree: Path) -> None:
    deep = [one for one in expand([tree], replace(DEFAULT, folder_depth=1)) if isinstance(one, Refused)]
    assert [type(one.error) for one in deep] == [FolderTooDeep]
    large = list(expand([tree], replace(DEFAULT, folder_entries=3)))
    assert len(large) == 4 and isinstance(large[-1], Refused) and isinstance(large[-1].error, FolderTooLarge)


def test_standard_input_is_copied_and_the_copy_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe:
        buffer = io.BytesIO(b"bytes from a pipe")

    monkeypatch.setattr(sys, "stdin", Pipe())
    with Sources() as sources:
        (found,) = sources.expand(["-"])
        assert isinstance(found, Source) and found.name == "-"
        assert found.path.read_bytes() == b"bytes from a pipe"
    assert not found.path.exists()


@pytest.mark.parametrize(("data", "kind"), [(b"", EmptyExhibit), (b"123456", TooManyBytes)])
def test_standard_input_has_limits(
    monkeypatch: pytest.MonkeyPatch, data: bytes, kind: type[Exception]
) -> None:
    class Pipe:
        buffer = io.BytesIO(data)

    monkeypatch.setattr(sys, "stdin", Pipe())
    with Sources(replace(DEFAULT, file_bytes=5)) as sources:
        (found,) = sources.expand(["-"])
    assert isinstance(found, Refused) and isinstance(found.error, kind)


def test_a_folder_is_walked_lazily(tree: Path) -> None:
    walk = expand([tree])
    next(walk)
    (tree / "x" / "0.jpg").write_bytes(b"x")
    assert "x/0.jpg" in _names(list(walk), tree)
