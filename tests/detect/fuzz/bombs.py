"""Sizes that lie, and PNG and JPEG that unpack to too much or hold too many parts."""

import struct
from collections.abc import Iterator

from parts import PNG, Made, chunk, noise, png, saved, segment, zeros
from PIL import Image

__all__ = ["bombs"]

_SIDES = ((0, 0), (0, 100), (100, 0), (1, 1), (1, 65_535), (65_535, 1), (223, 5000), (60_000, 60_000))


def bombs() -> Iterator[Made]:
    """All of them."""
    for source in (_sides, _png_bombs, _png_floods, _jpeg_floods, _jpeg_bombs):
        yield from source()


def _sides() -> Iterator[Made]:
    rows = zeros(1 << 20)
    jpeg, bmp, gif = saved(noise(64), "JPEG"), saved(noise(64), "BMP"), saved(noise(64), "GIF")
    webp, tiff, avif = (
        saved(noise(64), "WEBP", lossless=True),
        saved(noise(64), "TIFF"),
        saved(noise(64), "AVIF"),
    )
    heic = saved(noise(64), "HEIF")
    frame = jpeg.find(b"\xff\xc0") + 5
    for width, height in _SIDES:
        name = f"{width} x {height}"
        yield f"png {name}", png(width, height, rows)
        low = struct.pack(">HH", height & 0xFFFF, width & 0xFFFF)
        yield f"jpeg {name}", jpeg[:frame] + low + jpeg[frame + 4 :]
        yield f"bmp {name}", bmp[:18] + struct.pack("<ii", width, height) + bmp[26:]
        yield f"gif {name}", gif[:6] + struct.pack("<HH", width & 0xFFFF, height & 0xFFFF) + gif[10:]
        bits = struct.pack("<I", (max(width, 1) - 1 & 0x3FFF) | (max(height, 1) - 1 & 0x3FFF) << 14)
        yield f"webp {name}", webp[:21] + bits + webp[25:]
        yield f"tiff {name}", _retagged(tiff, {256: width, 257: height})
        for media, data in (("avif", avif), ("heic", heic)):
            at = data.find(b"ispe") + 8
            yield f"{media} {name}", data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def _retagged(tiff: bytes, values: dict[int, int]) -> bytes:
    """A TIFF with other values of some tags, as 32-bit numbers."""
    made = bytearray(tiff)
    first = int.from_bytes(made[4:8], "little")
    for at in range(first + 2, first + 2 + 12 * int.from_bytes(made[first : first + 2], "little"), 12):
        number = int.from_bytes(made[at : at + 2], "little")
        if number in values:
            made[at + 2 : at + 12] = struct.pack("<HII", 4, 1, values[number])
    return bytes(made)


def _png_bombs() -> Iterator[Made]:
    yield "png at the limit", png(11_300, 11_300, zeros(11_300 * (11_300 * 3 + 1)))
    yield "png rgba at the limit", png(11_300, 11_300, zeros(11_300 * (11_300 * 4 + 1)), colour=6)
    yield "png rgba 16 at the limit", png(11_300, 11_300, zeros(11_300 * 1000), depth=16, colour=6)
    yield "png with more rows than it says", png(300, 300, zeros(200 << 20))
    yield "png just over the limit", png(11_400, 11_400, zeros(1 << 20))
    small = zeros(64 * 193)
    for size in (8, 60, 400):
        bomb = zeros(size << 20)
        yield f"ztxt of {size} MiB", png(64, 64, small, chunk(b"zTXt", b"Comment\0\0" + bomb))
        yield (
            f"itxt of {size} MiB",
            png(64, 64, small, chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb)),
        )
        yield f"iccp of {size} MiB", png(64, 64, small, chunk(b"iCCP", b"p\0\0" + bomb))
    many = [chunk(b"zTXt", b"k%d\0\0" % number + zeros(8 << 20)) for number in range(20)]
    yield "twenty ztxt of 8 MiB", png(64, 64, small, *many)


def _png_floods() -> Iterator[Made]:
    small = zeros(300 * 901)
    for name in (b"tEXt", b"iTXt", b"teSt", b"eXIf", b"tIME", b"IDAT", b"fcTL", b"caBX", b"PLTE", b"gAMA"):
        body = b"k\0" if name == b"tEXt" else b"k\0\0\0\0\0" if name == b"iTXt" else b""
        yield f"1e5 chunks {name.decode()}", png(300, 300, small, chunk(name, body) * 100_000)
    yield "exif of 20 MB", png(300, 300, small, chunk(b"eXIf", b"II*\0\x08\0\0\0" + b"\xff" * 20_000_000))
    yield (
        "animation that claims 2^31 frames",
        png(300, 300, small, chunk(b"acTL", b"\x7f\xff\xff\xff" + bytes(4))),
    )
    yield "interlaced lie", png(300, 300, small)[:28] + b"\1" + png(300, 300, small)[29:]
    frame = struct.pack(">IIIIIHHBB", 0, 300, 300, 0, 0, 1, 10, 9, 9)
    yield (
        "animation with odd disposal",
        png(300, 300, small, chunk(b"acTL", bytes(8)), chunk(b"fcTL", frame)),
    )
    yield "chunk longer than the file", PNG + b"\xff\xff\xff\xffIHDR" + bytes(40)


def _jpeg_floods() -> Iterator[Made]:
    jpeg = saved(noise(), "JPEG")
    full = 65_500
    bodies = {
        "exif": (0xE1, b"Exif\0\0" + b"MM\0*\0\0\0\x08" + b"\xff\xff" + bytes(full)),
        "xmp": (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + b"<a>" * (full // 3)),
        "xmp extension": (
            0xE1,
            b"http://ns.adobe.com/xmp/extension/\0" + bytes(32) + b"\xff" * 8 + b"x" * full,
        ),
        "icc": (0xE2, b"ICC_PROFILE\0\1\1" + b"\xff" * full),
        "comment": (0xFE, b"c" * full),
        "iptc": (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\xff\xf0" + b"\x1c\x02\x19\0\1k" * (full // 6)),
        "mpf": (
            0xE2,
            b"MPF\0II*\0\x08\0\0\0\xff\xff" + b"\x02\xb0\x07\0\xff\xff\xff\x7f\0\0\0\0" * (full // 12),
        ),
        "jumbf": (0xEB, b"JP\0\1\0\0\0\1" + b"\xff\xff\xff\xffjumb" * (full // 8)),
        "quantisation": (0xDB, b"".join(bytes((number & 3,)) + bytes(range(1, 65)) for number in range(900))),
        "huffman": (0xC4, bytes(17) * 3000),
        "adobe": (0xEE, b"Adobe" + b"\xff" * 100),
    }
    for name, (marker, body) in bodies.items():
        one = segment(marker, body[:65_533])
        yield f"jpeg with one {name}", jpeg[:2] + one + jpeg[2:]
        yield f"jpeg with 300 {name}", jpeg[:2] + one * 300 + jpeg[2:]
    yield "jpeg with 1e5 segments", jpeg[:2] + segment(0xFE, b"") * 100_000 + jpeg[2:]
    yield "jpeg with 1e6 fill bytes", jpeg[:2] + b"\xff" * 1_000_000 + jpeg[2:]
    yield "jpeg of restart markers", jpeg[:-2] + b"\xff\xd0" * 500_000 + b"\xff\xd9"
    yield "jpeg of beginnings", b"\xff\xd8" * 500_000


def _jpeg_bombs() -> Iterator[Made]:
    base = saved(Image.new("L", (64, 64)), "JPEG", progressive=True)
    frame, scan = base.find(b"\xff\xc2"), base.rfind(b"\xff\xda")
    for side, scans in ((8000, 20), (8000, 400), (11_000, 2000), (300, 5000)):
        made = bytearray(base)
        made[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
        last = bytes(made[scan:-2])
        yield f"progressive {side} x {side} with {scans} scans", bytes(made[:-2]) + last * scans + b"\xff\xd9"
    jpeg = saved(noise(), "JPEG")
    at = jpeg.find(b"\xff\xc0")
    for kind in (0xC1, 0xC3, 0xC5, 0xC7, 0xC9, 0xCA, 0xCB, 0xCF):
        yield f"jpeg whose frame is {kind:X}", jpeg[: at + 1] + bytes((kind,)) + jpeg[at + 2 :]
    for depth in (0, 1, 12, 16, 255):
        yield f"jpeg of {depth} bits", jpeg[: at + 4] + bytes((depth,)) + jpeg[at + 5 :]
    yield "jpeg of 255 components", jpeg[: at + 9] + b"\xff" + jpeg[at + 10 :]
    yield "jpeg sampled 15 x 15", jpeg[: at + 11] + b"\xff" + jpeg[at + 12 :]
