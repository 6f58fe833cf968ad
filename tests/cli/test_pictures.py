"""The folder of ``--pictures``: what is written, and above all what is not."""

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image

from assay.cli.pictures import Pictures
from assay.detect.values import Finding, Outcome, Proposition, Reason, Verdict

PICTURE = np.random.default_rng(5).integers(0, 255, (40, 60, 3), dtype=np.uint8)
NAME = "abababababababab-synthetic.png"


def _verdict(picture: np.ndarray | None = PICTURE) -> Verdict:
    findings = (
        Finding("synthetic", Proposition.SYNTHETIC, True, picture=picture),
        Finding("jpeg", Proposition.EDITED, False),
    )
    reasons = (Reason("recording-supported", "words"),)
    return Verdict("a.png", "ab" * 32, "image", Outcome.CONSISTENT, reasons, findings=findings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "pictures"


@pytest.fixture
def album(folder: Path) -> Iterator[Pictures]:
    with Pictures.open(folder) as one:
        yield one


def test_one_file_for_each_finding_with_a_picture(album: Pictures, folder: Path) -> None:
    kept = album.keep(_verdict())
    assert kept.whole and kept.paths == {"synthetic": str(folder / NAME)}
    assert [path.name for path in folder.iterdir()] == [NAME]
    np.testing.assert_array_equal(np.asarray(Image.open(folder / NAME)), PICTURE)
    assert album.keep(_verdict(None)).paths == {}


def test_equal_exhibits_share_a_file_and_other_pictures_get_their_own(album: Pictures, folder: Path) -> None:
    first, again = album.keep(_verdict()), album.keep(_verdict())
    other = album.keep(_verdict(PICTURE[::-1].copy()))
    assert first.paths == again.paths and other.whole
    assert {path.name for path in folder.iterdir()} == {NAME, NAME.replace(".png", "-2.png")}
    assert other.paths["synthetic"].endswith("-2.png")


def test_what_lies_there_is_never_written_over(album: Pictures, folder: Path) -> None:
    (folder / NAME).write_bytes(b"an exhibit")
    kept = album.keep(_verdict())
    assert (folder / NAME).read_bytes() == b"an exhibit"
    assert kept.whole and kept.paths["synthetic"].endswith("-2.png")


@pytest.mark.parametrize("kind", ["link", "dangling", "folder", "pipe"])
def test_no_name_leads_out_of_the_folder(album: Pictures, folder: Path, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "target"
    if kind == "link":
        target.write_bytes(b"precious")
    if kind in ("link", "dangling"):
        (folder / NAME).symlink_to(target)
    elif kind == "folder":
        (folder / NAME).mkdir()
    else:
        os.mkfifo(folder / NAME)
    kept = album.keep(_verdict())
    assert kept.paths["synthetic"].endswith("-2.png")
    assert target.read_bytes() == b"precious" if kind == "link" else not target.exists()


def test_the_folder_cannot_be_swapped_for_a_link(album: Pictures, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.rename(tmp_path / "moved")
    folder.symlink_to(elsewhere)
    assert album.keep(_verdict()).whole
    assert not list(elsewhere.iterdir()) and (tmp_path / "moved" / NAME).exists()


def test_a_full_disk_costs_one_picture_and_leaves_no_half_of_it(
    album: Pictures, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fdopen

    class Full:
        def __init__(self, file: int, mode: str) -> None:
            self._stream = real(file, mode)

        def __enter__(self) -> "Full":
            return self

        def __exit__(self, *_: object) -> None:
            self._stream.close()

        def write(self, data: bytes) -> int:
            self._stream.write(data[:100])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("assay.cli.pictures.os.fdopen", Full)
        kept = album.keep(_verdict())
    assert not kept.whole and kept.paths == {} and not list(folder.iterdir())
    assert [reason.code for reason in kept.verdict.reasons] == ["recording-supported", "picture-not-written"]
    assert "No space left" in kept.verdict.reasons[-1].words
    assert replace(kept.verdict, reasons=()) == replace(_verdict(), reasons=())
    assert album.keep(_verdict()).whole


def test_a_folder_that_cannot_be_written_to_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place in (
        tmp_path / "file",
        tmp_path / "file" / "below",
        Path("/proc/self/pictures"),
        Path("/proc/self"),
    ):
        with pytest.raises(typer.BadParameter, match="cannot be written to"):
            Pictures.open(place)


def test_pictures_must_not_become_exhibits(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    for place in (tmp_path, tmp_path / "new" / "deep", tmp_path / "link" / "new"):
        with pytest.raises(typer.BadParameter, match="assayed as well"):
            Pictures.open(place, [tmp_path / "a.png", tmp_path])
    assert not (tmp_path / "new").exists()
    with Pictures.open(tmp_path / "new", [tmp_path / "a.png"]):
        assert (tmp_path / "new").is_dir() and not list((tmp_path / "new").iterdir())
