"""Makers, models and maker notes that fit each other, or do not."""

from pathlib import Path

import pytest
from PIL import Image

from assay.detect.makers import maker_reasons
from assay.detect.media import Facts, read_picture
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def _written(folder: Path, make: str, model: str, note: bytes) -> Facts:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = make, model
    exif.get_ifd(0x8769)[0x927C] = note
    path = folder / "written.jpg"
    Image.new("RGB", (64, 64)).save(path, exif=exif)
    with Child() as child:
        return read_picture(Exhibit.open(path), child).facts


@pytest.mark.parametrize(
    ("make", "model", "note", "codes"),
    [
        ("NIKON CORPORATION", "NIKON D70", b"Nikon\x00\x02\x10" + bytes(40), []),
        ("Canon", "Canon EOS 5D", b"\x25\x00\x01\x00" + bytes(40), []),
        ("EASTMAN KODAK COMPANY", "KODAK DX4330", b"KDK INFO" + bytes(40), []),
        ("LEICA CAMERA AG", "LEICA Q", b"LEICA\x00" + bytes(40), []),
        ("Canon", "Canon EOS 5D", b"Nikon\x00\x02\x10" + bytes(40), ["maker-note-foreign"]),
        ("SONY", "iPhone 12", b"Apple iOS\x00" + bytes(40), ["maker-note-foreign", "maker-mismatch"]),
        ("Canon", "NIKON D70", b"\x25\x00" + bytes(40), ["maker-mismatch"]),
    ],
)
def test_a_note_of_another_maker_is_told(
    tmp_path: Path, make: str, model: str, note: bytes, codes: list[str]
) -> None:
    facts = _written(tmp_path, make, model, note)
    assert str(facts.exif["MakerNote"]).startswith(f"({len(note)} bytes")
    assert [reason.code for reason in maker_reasons(facts)] == codes


def test_every_original_fits_itself(assay_data: Path) -> None:
    with Child() as child:
        for path in sorted((assay_data / "media" / "originals").iterdir()):
            assert list(maker_reasons(read_picture(Exhibit.open(path), child).facts)) == [], path.name
