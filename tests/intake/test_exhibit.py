"""An exhibit is read once, known by its hash, and never taken for what its name says."""

import hashlib
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from assay.intake.exhibit import Exhibit
from assay.intake.limits import DEFAULT
from assay.intake.refusals import (
    ChangedWhileReading,
    EmptyExhibit,
    ExhibitNotFound,
    NotAFile,
    TextNotMedia,
    TooManyBytes,
    UnknownMediaType,
    UnreadableExhibit,
)


@pytest.fixture
def png(tmp_path: Path) -> Path:
    path = tmp_path / "picture.txt"
    Image.effect_noise((300, 300), 40).save(path, "PNG")
    return path


def test_hash_size_and_type_are_those_of_the_content(png: Path) -> None:
    exhibit = Exhibit.open(png)
    data = png.read_bytes()
    assert exhibit.sha256 == hashlib.sha256(data).hexdigest()
    assert (exhibit.size, exhibit.kind, exhibit.require_media().mime) == (len(data), "image", "image/png")
    assert exhibit.name == str(png)


def test_the_original_is_not_touched(png: Path) -> None:
    before = (png.read_bytes(), png.stat().st_mtime_ns)
    exhibit = Exhibit.open(png)
    with exhibit.descriptor() as descriptor, pytest.raises(OSError):
        os.write(descriptor, b"x")
    assert (png.read_bytes(), png.stat().st_mtime_ns) == before


def test_a_large_file_is_hashed_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(5 * 1024 * 1024 + 7)
    assert Exhibit.open(path).sha256 == hashlib.sha256(bytes(5 * 1024 * 1024 + 7)).hexdigest()


def test_each_way_to_be_unreadable_has_its_code(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jpg"
    empty.touch()
    dangling = tmp_path / "dangling.jpg"
    dangling.symlink_to(tmp_path / "nowhere")
    circle = tmp_path / "circle.jpg"
    circle.symlink_to(circle)
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    bound = tmp_path / "socket.jpg"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(bound))
        for path, kind in (
            (empty, EmptyExhibit),
            (dangling, ExhibitNotFound),
            (tmp_path / "missing", ExhibitNotFound),
            (circle, UnreadableExhibit),
            (pipe, NotAFile),
            (bound, NotAFile),
            (tmp_path, NotAFile),
            (Path("/dev/null"), NotAFile),
            (tmp_path / ("x" * 300), UnreadableExhibit),
        ):
            with pytest.raises(kind):
                Exhibit.open(path)


def test_a_file_without_permission_is_unreadable(png: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the administrator may read every file; the looping link above is the same refusal")
    png.chmod(0)
    with pytest.raises(UnreadableExhibit, match="permissions"):
        Exhibit.open(png)


def test_text_and_unknown_content_are_told_apart(tmp_path: Path) -> None:
    for name, data, kind in (
        ("note.jpg", b"this is no picture\n" * 500, TextNotMedia),
        ("grüße.jpg", "Grüße aus Köln, 你好".encode() * 400, TextNotMedia),
        ("latin.jpg", "Straße in München\r\n".encode("latin-1") * 30, TextNotMedia),
        ("wide.jpg", "wide".encode("utf-16"), TextNotMedia),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", TextNotMedia),
        ("noise.jpg", bytes(range(256)) * 20, UnknownMediaType),
        ("zeros.jpg", bytes(4096), UnknownMediaType),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(kind):
            Exhibit.open(path).require_media()


def test_more_bytes_than_the_limit_are_refused_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(TooManyBytes, match="file_bytes"):
        Exhibit.open(path)
    path.write_bytes(b"12345")
    assert Exhibit.open(path, replace(DEFAULT, file_bytes=5)).size == 5
    with pytest.raises(TooManyBytes):
        Exhibit.open(path, replace(DEFAULT, file_bytes=4))


def test_a_file_that_changes_after_it_was_hashed_is_noticed(png: Path) -> None:
    exhibit = Exhibit.open(png)
    with png.open("ab") as file:
        file.write(b"more")
    with pytest.raises(ChangedWhileReading), exhibit.descriptor():
        pass


def test_a_file_that_changes_while_it_is_used_is_noticed(png: Path) -> None:
    exhibit = Exhibit.open(png)
    with pytest.raises(ChangedWhileReading), exhibit.descriptor():
        png.write_bytes(b"other content")


def test_a_file_that_was_replaced_by_its_like_is_noticed(png: Path, tmp_path: Path) -> None:
    exhibit = Exhibit.open(png)
    twin = tmp_path / "twin"
    twin.write_bytes(png.read_bytes())
    os.utime(twin, ns=(png.stat().st_atime_ns, png.stat().st_mtime_ns))
    os.replace(twin, png)
    with pytest.raises(ChangedWhileReading), exhibit.descriptor():
        pass
