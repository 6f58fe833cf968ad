"""Decoding in the bounded child: what a viewer shows comes out, hostile files are refused by code."""

import io
import os
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from assay.detect.media import DECODER, Picture, read_picture
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit
from assay.intake.limits import DEFAULT, Limits
from assay.intake.refusals import DamagedExhibit, ExhibitRefused, TooManyPixels, TruncatedExhibit

pillow_heif.register_heif_opener()
SaveAs = Callable[..., Path]


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(preload=[DECODER]) as one:
        one.start()
        yield one


def _read(path: Path, child: Child, limits: Limits = DEFAULT) -> Picture:
    return read_picture(Exhibit.open(path), child, limits)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, data: bytes, *extra: bytes) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _resident(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def _spent(pid: int) -> float:
    """Seconds of processor time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.gif", "a.webp"])
def test_lossless_pictures_come_out_as_they_went_in(
    child: Child, save_as: SaveAs, photo: Image.Image, name: str
) -> None:
    shown = photo.quantize(64).convert("RGB") if name == "a.gif" else photo
    options = {"lossless": True} if name == "a.webp" else {}
    picture = _read(save_as(photo.quantize(64) if name == "a.gif" else photo, name, **options), child)
    np.testing.assert_array_equal(picture.rgb, np.asarray(shown))
    assert picture.facts.media == name[2:]


@pytest.mark.parametrize("name", ["a.jpg", "a.heic", "a.avif", "b.webp"])
def test_lossy_pictures_come_out_nearly_so(
    child: Child, save_as: SaveAs, photo: Image.Image, name: str
) -> None:
    picture = _read(save_as(photo, name, quality=90), child)
    assert picture.rgb.shape == (427, 640, 3)
    assert np.abs(picture.rgb.astype(int) - np.asarray(photo).astype(int)).mean() < 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(
    child: Child, save_as: SaveAs, photo: Image.Image, orientation: int
) -> None:
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = photo if orientation == 1 else photo.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = _read(save_as(stored, "a.jpg", quality=95, exif=exif), child)
    assert picture.rgb.shape == (427, 640, 3)
    assert np.abs(picture.rgb.astype(int) - np.asarray(photo).astype(int)).mean() < 4
    assert ("turned-upright" in picture.facts.notes) == (orientation != 1)


def test_colour_profiles_are_applied(child: Child, save_as: SaveAs) -> None:
    flat = Image.new("RGB", (300, 300), (64, 64, 64))
    other = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    named = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert _read(save_as(flat, "a.png", icc_profile=other), child).facts.notes == ["profile-ignored"]
    picture = _read(save_as(flat, "b.png", icc_profile=named), child)
    assert picture.facts.notes == [] and picture.facts.profile == "sRGB built-in"
    np.testing.assert_array_equal(picture.rgb, np.asarray(flat))
    # The same profile under another name, its red and green primaries exchanged: red is green then.
    turned = named.replace("sRGB".encode("utf-16-be"), "Mine".encode("utf-16-be"))
    turned = turned.replace(b"rXYZ", b"____", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"____", b"gXYZ", 1)
    green = _read(save_as(Image.new("RGB", (300, 300), (200, 0, 0)), "d.png", icc_profile=turned), child)
    assert green.facts.notes == ["colours-to-srgb"] and green.facts.profile == "Mine built-in"
    assert (green.rgb[..., 1] > 190).all() and (green.rgb[..., 0] < 10).all()
    broken = _read(save_as(flat, "c.png", icc_profile=b"no profile"), child)
    assert broken.facts.notes == ["profile-unreadable"]
    np.testing.assert_array_equal(broken.rgb, np.asarray(flat))


def test_unusual_modes_become_eight_bit_colour(child: Child, save_as: SaveAs, photo: Image.Image) -> None:
    grey = np.asarray(photo.convert("L"))
    sixteen = _read(save_as(Image.fromarray(grey.astype(np.uint16) * 257), "16.png"), child)
    np.testing.assert_array_equal(sixteen.rgb[..., 0], grey)
    assert sixteen.facts.notes == ["from-16-bit"]
    real = _read(save_as(Image.fromarray(grey.astype(np.float32) / 255), "f.tiff"), child)
    assert np.abs(real.rgb[..., 1].astype(int) - _stretched(grey)).max() <= 1
    assert real.facts.notes == ["from-32-bit"]
    cmyk = _read(save_as(photo.convert("CMYK"), "c.jpg", quality=95), child)
    assert np.abs(cmyk.rgb.astype(int) - np.asarray(photo).astype(int)).mean() < 8
    assert cmyk.facts.notes == ["from-cmyk"]
    spaces = [ImageCms.createProfile(name) for name in ("sRGB", "LAB")]
    lab = ImageCms.applyTransform(photo, ImageCms.buildTransform(*spaces, "RGB", "LAB"))
    shown = _read(save_as(lab, "l.tiff"), child)
    assert np.abs(shown.rgb.astype(int) - np.asarray(photo).astype(int)).mean() < 2
    assert shown.facts.notes == ["from-lab"]
    bilevel = _read(save_as(photo.convert("1"), "1.png"), child)
    assert set(np.unique(bilevel.rgb)) == {0, 255}


def _stretched(grey: np.ndarray) -> np.ndarray:
    low, high = int(grey.min()), int(grey.max())
    return ((grey.astype(float) - low) * 255 / (high - low)).round().astype(int)


def test_transparent_parts_lie_on_white(child: Child, save_as: SaveAs) -> None:
    clear = Image.new("RGBA", (300, 300), (200, 0, 0, 0))
    picture = _read(save_as(clear, "a.png"), child)
    assert (picture.rgb == 255).all() and picture.facts.notes == ["transparency-on-white"]
    solid = _read(save_as(Image.new("RGBA", (300, 300), (200, 0, 0, 255)), "b.png"), child)
    assert (solid.rgb == (200, 0, 0)).all() and solid.facts.notes == []
    palette = Image.new("P", (300, 300), 0)
    palette.putpalette([1, 2, 3])
    assert (_read(save_as(palette, "c.png", transparency=0), child).rgb == 255).all()


def test_of_an_animation_the_first_frame_is_shown(child: Child, save_as: SaveAs, photo: Image.Image) -> None:
    still = photo.resize((320, 240))
    for name in ("a.gif", "a.webp", "a.png"):
        options = {"lossless": True} if name == "a.webp" else {}
        more = [Image.new("RGB", still.size, "red")]
        picture = _read(save_as(still, name, save_all=True, append_images=more, **options), child)
        assert picture.facts.notes == ["first-frame-only"]
        assert np.abs(picture.rgb.astype(int) - np.asarray(still).astype(int)).mean() < 12


def test_a_second_frame_that_ends_early_costs_nothing_but_a_note(
    child: Child, save_as: SaveAs, photo: Image.Image
) -> None:
    path = save_as(photo.resize((64, 48)), "a.gif")
    path.write_bytes(path.read_bytes()[:-1] + b",\0\0\0\0\x40\0\x30\0\0")
    starts = child.starts
    picture = _read(path, child)
    assert picture.rgb.shape == (48, 64, 3) and picture.facts.notes == ["first-frame-only"]
    assert picture.facts.ends is False and child.starts == starts


def test_a_huge_picture_is_refused_from_its_header(child: Child, tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(_png(60_000, 60_000, rows))
    assert child.pid is not None
    _read_refused(bomb, child)
    before, here = _resident(child.pid, "VmHWM"), _resident(os.getpid(), "VmHWM")
    begun = _spent(child.pid)
    _read_refused(bomb, child)
    assert _spent(child.pid) - begun < 0.1
    assert _resident(child.pid, "VmHWM") - before < 50
    assert _resident(os.getpid(), "VmHWM") - here < 50


def _read_refused(path: Path, child: Child) -> None:
    with pytest.raises(TooManyPixels, match="60,000 x 60,000"):
        _read(path, child)


def test_the_limit_on_pixels_is_the_one_given(child: Child, save_as: SaveAs) -> None:
    path = save_as(Image.new("RGB", (100, 50)), "a.png")
    assert _read(path, child, replace(DEFAULT, pixels=5000)).rgb.shape == (50, 100, 3)
    with pytest.raises(TooManyPixels):
        _read(path, child, replace(DEFAULT, pixels=4999))


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.jpg", {}), ("b.jpg", {"progressive": True}), ("a.png", {}), ("a.webp", {}), ("a.gif", {}), ("a.bmp", {}),
     ("a.tiff", {"compression": "tiff_lzw"})],
)  # fmt: skip
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_cut_picture_is_refused(
    child: Child, save_as: SaveAs, photo: Image.Image, name: str, options: dict[str, object], share: float
) -> None:
    path = save_as(photo, name, **options)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises((TruncatedExhibit, DamagedExhibit)):
        _read(path, child)


def test_a_cut_jpeg_is_called_truncated(child: Child, save_as: SaveAs, photo: Image.Image) -> None:
    path = save_as(photo, "a.jpg")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(TruncatedExhibit, match="whole file"):
        _read(path, child)


def test_a_jpeg_too_short_for_its_size_is_truncated_even_with_an_end_mark(
    child: Child, save_as: SaveAs
) -> None:
    path = save_as(Image.new("RGB", (64, 64)), "a.jpg")
    data = bytearray(path.read_bytes())
    frame = data.find(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 8000, 8000)
    path.write_bytes(bytes(data))
    with pytest.raises(TruncatedExhibit, match="cannot hold"):
        _read(path, child)


def test_metadata_are_read_and_bounded(child: Child, save_as: SaveAs, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker", "Model 7"
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\x00" + "größer".encode("utf-16-be")
    exif.get_ifd(0x8825)[0x0001] = "N"
    picture = _read(save_as(Image.new("RGB", (32, 32)), "a.jpg", exif=exif, comment=b"hello"), child)
    assert picture.facts.exif["Make"] == "Maker" and picture.facts.exif["UserComment"] == "größer"
    assert picture.facts.exif["GPS.GPSLatitudeRef"] == "N" and picture.facts.comment == "hello"
    assert not picture.facts.metadata_cut
    pixels = zlib.compress(bytes(8 * 25))
    many = tmp_path / "many.png"
    many.write_bytes(_png(8, 8, pixels, *(_chunk(b"tEXt", b"k%d\x00" % i + b"v" * 100) for i in range(2000))))
    few = _read(many, child, replace(DEFAULT, metadata_entries=10))
    assert len(few.facts.text) == 10 and few.facts.metadata_cut
    short = _read(many, child, replace(DEFAULT, metadata_value_chars=7))
    assert set(short.facts.text.values()) == {"v" * 7} and short.facts.metadata_cut
    small = _read(many, child, replace(DEFAULT, metadata_bytes=1000))
    assert sum(len(k) + len(v) for k, v in small.facts.text.items()) <= 1000 and small.facts.metadata_cut
    bomb = tmp_path / "text.png"
    bomb.write_bytes(_png(8, 8, pixels, _chunk(b"zTXt", b"k\x00\x00" + zlib.compress(bytes(100 << 20), 9))))
    with pytest.raises(DamagedExhibit):
        _read(bomb, child)


def test_a_thumbnail_beyond_the_limit_is_left_out(child: Child, assay_data: Path) -> None:
    path = assay_data / "media" / "originals" / "Canon IXUS.jpg"
    thumbnail = _read(path, child).thumbnail
    assert thumbnail is not None and thumbnail.shape == (120, 160, 3)
    assert _read(path, child, replace(DEFAULT, thumbnail_side=159)).thumbnail is None


def test_what_follows_the_end_is_counted(child: Child, save_as: SaveAs, photo: Image.Image) -> None:
    for name in ("a.jpg", "a.png", "a.webp"):
        path = save_as(photo, name)
        assert _read(path, child).facts.trailing_bytes == 0
        path.write_bytes(path.read_bytes() + b"PK\x03\x04" + bytes(1000))
        facts = _read(path, child).facts
        assert facts.trailing_bytes == 1004 and facts.trailing_head.startswith("504b0304") and facts.ends


def test_the_coding_of_a_jpeg_is_told(child: Child, save_as: SaveAs, photo: Image.Image) -> None:
    for sampling, name in ((0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")):
        path = save_as(photo, "a.jpg", quality=80, subsampling=sampling, progressive=sampling == 1)
        coding = _read(path, child).facts.jpeg
        assert coding is not None and (coding.subsampling, coding.progressive) == (name, sampling == 1)
        with Image.open(path) as opened:
            assert coding.tables == [list(table) for table in opened.quantization.values()]


def test_the_luminance_is_that_of_the_coding(child: Child, save_as: SaveAs, photo: Image.Image) -> None:
    picture = _read(save_as(photo, "a.jpg", quality=80), child)
    assert picture.luma is not None and picture.luma.shape == (424, 640)
    large = _read(save_as(photo.resize((5000, 301)), "b.jpg"), child)
    assert large.luma is not None and large.luma.shape == (296, 4096)


def test_rubbish_is_refused_by_code_and_hurts_nobody(
    child: Child, save_as: SaveAs, photo: Image.Image, tmp_path: Path
) -> None:
    draw = random.Random(7)
    small = photo.resize((240, 160))
    seeds = [save_as(small, f"seed{i}.{kind}").read_bytes() for i, kind in
             enumerate(("jpg", "png", "webp", "gif", "bmp", "tiff", "heic", "avif"))]  # fmt: skip
    path = tmp_path / "rubbish"
    answered = refused = 0
    starts = child.starts
    for _ in range(240):
        data = bytearray(draw.choice(seeds))
        for _ in range(draw.randrange(1, 25)):
            data[draw.randrange(min(len(data), 900))] = draw.randrange(256)
        if draw.random() < 0.3:
            del data[draw.randrange(len(data)) :]
        path.write_bytes(bytes(data))
        try:
            picture = _read(path, child)
            assert picture.rgb.dtype == np.uint8
            answered += 1
        except ExhibitRefused as error:
            assert error.code != "exhibit-refused"
            refused += 1
    assert answered > 10 and refused > 10
    assert child.starts - starts <= 3


def test_bytes_that_change_between_hash_and_decoding_are_noticed(
    child: Child, save_as: SaveAs, photo: Image.Image
) -> None:
    path = save_as(photo, "a.png")
    exhibit = Exhibit.open(path)
    other = io.BytesIO()
    photo.rotate(180).save(other, "PNG")
    path.write_bytes(other.getvalue())
    with pytest.raises(ExhibitRefused, match="changed"):
        read_picture(exhibit, child)
