"""Polyglots are seen, and ordinary pictures are none."""

import io
import struct
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from assay.detect.containers import read_structure
from assay.detect.containers.foreign import foreign_in
from assay.intake.mediatype import sniff


def _picture(form: str = "JPEG") -> bytes:
    stream = io.BytesIO()
    Image.effect_noise((96, 64), 60).convert("RGB").save(stream, form)
    return stream.getvalue()


def _zip(before: bytes = b"") -> bytes:
    """An archive behind something; offsets count from its own beginning, or from that of the whole file."""
    stream = io.BytesIO(before)
    with zipfile.ZipFile(stream, "a" if before else "w") as archive:
        archive.writestr("a.txt", "something to unpack")
    return stream.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
def test_an_archive_behind_a_picture_is_found_however_its_offsets_count(form: str) -> None:
    picture = _picture(form)
    media = sniff(picture)
    assert media is not None
    for data in (picture + _zip(), _zip(picture)):
        assert zipfile.is_zipfile(io.BytesIO(data))
        (found,) = read_structure(data, media.name).foreign
        assert (found.kind, found.at) == ("zip", len(picture))


def test_documents_pages_and_programs_are_found_with_their_places() -> None:
    jpeg, png = _picture(), _picture("PNG")
    comment = b"\xff\xfe" + struct.pack(">H", 30) + b"%PDF-1.4\n1 0 obj<<>>".ljust(28)
    assert [(one.kind, one.at) for one in read_structure(jpeg[:2] + comment + jpeg[2:], "jpeg").foreign] == [
        ("pdf", 6)
    ]
    page = b"<html><script>alert(1)</script>"
    assert [(one.kind, one.at) for one in read_structure(png + page, "png").foreign] == [("markup", len(png))]
    program = b"MZ".ljust(60, b"\x00") + struct.pack("<I", 64) + b"PE\x00\x00" + bytes(60)
    for kind, data in {
        "php": b"<?php echo 1;", "executable": program, "rar": b"Rar!\x1a\x07\x01\x00", "7z": b"7z\xbc\xaf\x27\x1c\x00",
        "jpeg": jpeg, "png": png, "video": b"\x00\x00\x00\x18ftypisom", "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    }.items():  # fmt: skip
        (found,) = foreign_in(jpeg + data, len(jpeg))
        assert (found.kind, found.at) == (kind, len(jpeg))


def test_no_photo_of_the_data_is_called_a_polyglot(assay_data: Path) -> None:
    folders = [assay_data / "media" / name for name in ("originals", "train/real", "dev/real", "provenance")]
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()][::3]
    assert len(paths) > 300
    for path in paths:
        data = path.read_bytes()
        media = sniff(data[:4096])
        if media is not None and media.kind == "image":
            kinds = {one.kind for one in read_structure(data, media.name).foreign}
            assert kinds <= {"jpeg", "png", "video"}, path
