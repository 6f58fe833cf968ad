"""Every format tells how many pictures it holds, where it ends, and how deep its channels are."""

import io
import random
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from assay.detect.containers import Structure, read_structure

pillow_heif.register_heif_opener()
FORMATS = {
    "jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP", "tiff": "TIFF", "heic": "HEIF",
    "avif": "AVIF",
}  # fmt: skip
ENDLESS = ("bmp", "tiff", "heic", "avif")
"""Formats without an end mark."""


def _saved(media: str, *more: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    first = Image.effect_noise((96, 64), 60).convert("RGB")
    extra = {"save_all": True, "append_images": list(more)} if more else {}
    first.save(stream, FORMATS.get(media, media), **extra, **options)
    return stream.getvalue()


def _other() -> Image.Image:
    return Image.effect_noise((96, 64), 90).convert("RGB")


@pytest.mark.parametrize("media", FORMATS)
def test_one_picture_is_one_and_what_follows_it_is_counted(media: str) -> None:
    data = _saved(media)
    whole = read_structure(data, media)
    assert (whole.pictures, whole.trailing_bytes, whole.bits, whole.foreign) == (1, 0, 8, [])
    assert whole.ends is (None if media in ENDLESS else True)
    longer = read_structure(data + b"more than was there" * 9, media)
    assert longer.trailing_bytes == 19 * 9 and longer.trailing_head == b"more than was th"


@pytest.mark.parametrize("media", ["png", "webp", "gif", "tiff", "heic", "avif", "MPO"])
def test_several_pictures_are_counted_and_none_is_taken_for_what_follows(media: str) -> None:
    name = "jpeg" if media == "MPO" else media
    found = read_structure(_saved(media, _other(), _other()), name)
    assert found.pictures == 3 and found.trailing_bytes <= 16
    assert read_structure(_saved(media, _other(), _other()), name, frames=2).pictures == 2


def test_a_default_picture_is_counted_beside_the_animation() -> None:
    assert read_structure(_saved("png", _other(), _other(), default_image=True), "png").pictures == 3


def test_an_alpha_plane_and_the_tiles_of_a_grid_are_no_pictures() -> None:
    stream = io.BytesIO()
    clear = Image.new("RGBA", (640, 640), (9, 9, 9, 40))
    clear.save(stream, "AVIF")
    assert read_structure(stream.getvalue(), "avif").pictures == 1
    stream = io.BytesIO()
    clear.save(stream, "HEIF")
    assert read_structure(stream.getvalue(), "heic").pictures == 1


def test_depth_is_that_of_the_file(tmp_path: Path) -> None:
    deep = np.full((40, 40, 3), 40_000, np.uint16)
    for name, media in (("a.png", "png"), ("a.tiff", "tiff")):
        assert cv2.imwrite(str(tmp_path / name), deep)
        assert read_structure((tmp_path / name).read_bytes(), media).bits == 16
    ten = pillow_heif.from_bytes(mode="RGB;16", size=(64, 64), data=bytes(64 * 64 * 6))
    ten.save(tmp_path / "a.heic")
    assert read_structure((tmp_path / "a.heic").read_bytes(), "heic").bits == 10


def test_big_tiffs_and_raw_files_are_told() -> None:
    big = read_structure(_saved("tiff", big_tiff=True), "tiff")
    assert (big.pictures, big.trailing_bytes, big.raw) == (1, 0, False)
    raw = read_structure(_saved("tiff", tiffinfo={50706: b"\x01\x04\x00\x00"}), "tiff")
    assert raw.raw
    assert read_structure(b"II*\x00\x10\x00\x00\x00CR\x02\x00" + bytes(40), "tiff").raw


def test_directories_that_run_in_a_circle_end() -> None:
    data = bytearray(_saved("tiff"))
    first = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[first : first + 2], "little")
    data[first + 2 + 12 * count : first + 6 + 12 * count] = first.to_bytes(4, "little")
    assert read_structure(bytes(data), "tiff").pictures == 1


@pytest.mark.parametrize("media", FORMATS)
def test_every_walk_ends_soon_on_any_bytes(media: str) -> None:
    draw = random.Random(3)
    seed = _saved(media, _other()) if media not in ("jpeg", "bmp") else _saved(media)
    begun = time.process_time()
    for _ in range(150):
        data = bytearray(seed)
        for _ in range(draw.randrange(1, 30)):
            data[draw.randrange(min(len(data), 700))] = draw.choice((0, 255, 127, draw.randrange(256)))
        found = read_structure(bytes(data[: draw.randrange(len(data) + 1)]), media)
        assert isinstance(found, Structure) and 0 <= (found.pictures or 0) <= 100_000
        assert 0 <= found.trailing_bytes <= len(data) and 1 <= found.bits <= 65_535
    assert time.process_time() - begun < 5


def _nested() -> bytes:
    return b"".join((8 * (9000 - level)).to_bytes(4, "big") + b"trak" for level in range(9000))


def _directories() -> bytes:
    places = (14 + 6 * number for number in range(90_000))
    return b"II*\0\x08\0\0\0" + b"".join(b"\0\0" + place.to_bytes(4, "little") for place in places)


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "frames": ("gif", lambda: b"GIF89a\x01\0\x01\0\0\0\0" + b",\0\0\0\0\1\0\1\0\0\2\2L\1\0" * 200_000),
    "manifests": ("png", lambda: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0caBX\0\0\0\0" * 400_000),
    "chunks": ("png", lambda: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0teSt\0\0\0\0" * 400_000),
    "empty boxes": ("heic", lambda: b"\0\0\0\x08free" * 500_000),
    "boxes in boxes": ("avif", _nested),
    "directories": ("tiff", _directories),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_numbers_of_parts_cost_little(name: str) -> None:
    media, make = HOSTILE[name]
    data = make()
    begun = time.process_time()
    found = read_structure(data, media)
    assert time.process_time() - begun < 2
    assert (found.pictures or 0) <= 100_000
