"""Media types are told by content."""

import io

import pytest
from PIL import Image

from assay.intake.mediatype import IMAGES, VIDEOS, sniff


@pytest.mark.parametrize(
    ("name", "writer"),
    [
        ("jpeg", "JPEG"),
        ("png", "PNG"),
        ("webp", "WEBP"),
        ("gif", "GIF"),
        ("bmp", "BMP"),
        ("tiff", "TIFF"),
        ("avif", "AVIF"),
    ],
)
def test_every_kind_of_picture_that_is_written_is_recognised(name: str, writer: str) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(stream, writer)
    assert sniff(stream.getvalue()) is IMAGES[name]


def test_heic_is_recognised() -> None:
    import pillow_heif

    stream = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 64), "red")).save(stream)
    assert sniff(stream.getvalue()) is IMAGES["heic"]


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("mp4", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"),
        ("mov", b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  "),
        ("mov", b"\x00\x00\x10\x00moov\x00\x00\x00\x6cmvhd"),
        ("matroska", b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x23\x42\x82\x88matroska"),
        ("webm", b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x82\x84webm"),
        ("avi", b"RIFF\x00\x10\x00\x00AVI LIST"),
        ("mpeg", b"\x00\x00\x01\xba\x44\x00\x04\x00"),
        ("mpeg", (b"\x47" + bytes(187)) * 3),
        ("flv", b"FLV\x01\x05\x00\x00\x00\x09"),
        ("asf", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9"),
        ("ogg", b"OggS\x00\x02"),
    ],
)
def test_videos_are_recognised(name: str, head: bytes) -> None:
    assert sniff(head) is VIDEOS[name]


@pytest.mark.parametrize(
    "head",
    [
        b"", b"B", b"BM is how this sentence begins", b"GIF", b"RIFF\x00\x00\x00\x00WAVE", b"%PDF-1.7", b"PK\x03\x04",
        b"\x00" * 64,
     b"\xff\xd8", b"\x00\x00\x00\x02ftyp", b"\x89PNG"],
)  # fmt: skip
def test_what_only_looks_like_media_at_first_is_not(head: bytes) -> None:
    assert sniff(head) is None


def test_a_generic_brand_goes_by_the_compatible_ones() -> None:
    assert sniff(b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf") is IMAGES["avif"]
    assert sniff(b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heicmiaf") is IMAGES["heic"]
