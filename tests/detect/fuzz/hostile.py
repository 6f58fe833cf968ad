"""Two hundred files that no camera made: bombs, loops, floods, lies, and strangers under a picture's name."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

import pillow_heif
from PIL import Image

__all__ = ["hostile"]

pillow_heif.register_heif_opener()
Made = tuple[str, bytes]
_PNG = b"\x89PNG\r\n\x1a\n"
_SIDES = ((0, 0), (0, 100), (100, 0), (1, 1), (1, 65_535), (65_535, 1), (223, 5000), (60_000, 60_000))


def hostile() -> Iterator[Made]:
    """Names and bytes, always the same, one file at a time."""
    for source in (_sides, _png_bombs, _png_floods, _jpeg_floods, _jpeg_bombs, _tiff, _tiff_loops, _gif, _bmp, _webp,
                   _boxes, _texts, _credentials, _strangers, _nested):  # fmt: skip
        yield from source()


def _saved(picture: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.copy().save(stream, form, **options)
    return stream.getvalue()


def _photo(side: int = 320) -> Image.Image:
    return Image.effect_noise((side, side), 70).convert("RGB")


def _chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, data: bytes, *extra: bytes, depth: int = 8, colour: int = 2) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return _PNG + head + b"".join(extra) + _chunk(b"IDAT", data) + _chunk(b"IEND")


def _zeros(count: int) -> bytes:
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(count >> 20)]
    return b"".join(parts) + packer.compress(bytes(count & 0xFFFFF)) + packer.flush()


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def _sides() -> Iterator[Made]:
    rows = _zeros(1 << 20)
    jpeg, bmp, gif = _saved(_photo(64), "JPEG"), _saved(_photo(64), "BMP"), _saved(_photo(64), "GIF")
    webp, tiff, avif = (
        _saved(_photo(64), "WEBP", lossless=True),
        _saved(_photo(64), "TIFF"),
        _saved(_photo(64), "AVIF"),
    )
    heic = _saved(_photo(64), "HEIF")
    frame = jpeg.find(b"\xff\xc0") + 5
    for width, height in _SIDES:
        name = f"{width} x {height}"
        yield f"png {name}", _png(width, height, rows)
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
    yield "png at the limit", _png(11_300, 11_300, _zeros(11_300 * (11_300 * 3 + 1)))
    yield "png rgba at the limit", _png(11_300, 11_300, _zeros(11_300 * (11_300 * 4 + 1)), colour=6)
    yield "png rgba 16 at the limit", _png(11_300, 11_300, _zeros(11_300 * 1000), depth=16, colour=6)
    yield "png with more rows than it says", _png(300, 300, _zeros(200 << 20))
    yield "png just over the limit", _png(11_400, 11_400, _zeros(1 << 20))
    small = _zeros(64 * 193)
    for size in (8, 60, 400):
        bomb = _zeros(size << 20)
        yield f"ztxt of {size} MiB", _png(64, 64, small, _chunk(b"zTXt", b"Comment\0\0" + bomb))
        yield (
            f"itxt of {size} MiB",
            _png(64, 64, small, _chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb)),
        )
        yield f"iccp of {size} MiB", _png(64, 64, small, _chunk(b"iCCP", b"p\0\0" + bomb))
    many = [_chunk(b"zTXt", b"k%d\0\0" % number + _zeros(8 << 20)) for number in range(20)]
    yield "twenty ztxt of 8 MiB", _png(64, 64, small, *many)


def _png_floods() -> Iterator[Made]:
    small = _zeros(300 * 901)
    for name in (b"tEXt", b"iTXt", b"teSt", b"eXIf", b"tIME", b"IDAT", b"fcTL", b"caBX", b"PLTE", b"gAMA"):
        body = b"k\0" if name == b"tEXt" else b"k\0\0\0\0\0" if name == b"iTXt" else b""
        yield f"1e5 chunks {name.decode()}", _png(300, 300, small, _chunk(name, body) * 100_000)
    yield "exif of 20 MB", _png(300, 300, small, _chunk(b"eXIf", b"II*\0\x08\0\0\0" + b"\xff" * 20_000_000))
    yield (
        "animation that claims 2^31 frames",
        _png(300, 300, small, _chunk(b"acTL", b"\x7f\xff\xff\xff" + bytes(4))),
    )
    yield "interlaced lie", _png(300, 300, small)[:28] + b"\1" + _png(300, 300, small)[29:]
    frame = struct.pack(">IIIIIHHBB", 0, 300, 300, 0, 0, 1, 10, 9, 9)
    yield (
        "animation with odd disposal",
        _png(300, 300, small, _chunk(b"acTL", bytes(8)), _chunk(b"fcTL", frame)),
    )
    yield "chunk longer than the file", _PNG + b"\xff\xff\xff\xffIHDR" + bytes(40)


def _jpeg_floods() -> Iterator[Made]:
    jpeg = _saved(_photo(), "JPEG")
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
        one = _segment(marker, body[:65_533])
        yield f"jpeg with one {name}", jpeg[:2] + one + jpeg[2:]
        yield f"jpeg with 300 {name}", jpeg[:2] + one * 300 + jpeg[2:]
    yield "jpeg with 1e5 segments", jpeg[:2] + _segment(0xFE, b"") * 100_000 + jpeg[2:]
    yield "jpeg with 1e6 fill bytes", jpeg[:2] + b"\xff" * 1_000_000 + jpeg[2:]
    yield "jpeg of restart markers", jpeg[:-2] + b"\xff\xd0" * 500_000 + b"\xff\xd9"
    yield "jpeg of beginnings", b"\xff\xd8" * 500_000


def _jpeg_bombs() -> Iterator[Made]:
    base = _saved(Image.new("L", (64, 64)), "JPEG", progressive=True)
    frame, scan = base.find(b"\xff\xc2"), base.rfind(b"\xff\xda")
    for side, scans in ((8000, 20), (8000, 400), (11_000, 2000), (300, 5000)):
        made = bytearray(base)
        made[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
        last = bytes(made[scan:-2])
        yield f"progressive {side} x {side} with {scans} scans", bytes(made[:-2]) + last * scans + b"\xff\xd9"
    jpeg = _saved(_photo(), "JPEG")
    at = jpeg.find(b"\xff\xc0")
    for kind in (0xC1, 0xC3, 0xC5, 0xC7, 0xC9, 0xCA, 0xCB, 0xCF):
        yield f"jpeg whose frame is {kind:X}", jpeg[: at + 1] + bytes((kind,)) + jpeg[at + 2 :]
    for depth in (0, 1, 12, 16, 255):
        yield f"jpeg of {depth} bits", jpeg[: at + 4] + bytes((depth,)) + jpeg[at + 5 :]
    yield "jpeg of 255 components", jpeg[: at + 9] + b"\xff" + jpeg[at + 10 :]
    yield "jpeg sampled 15 x 15", jpeg[: at + 11] + b"\xff" + jpeg[at + 12 :]


def _directory(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def _tiff_of(
    width: int, height: int, *more: tuple[int, int, int, int], data: bytes = b"", packing: int = 1
) -> bytes:
    given = {tag for tag, *_ in more}
    usual = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, packing), (262, 3, 1, 1),
             (273, 4, 1, 400), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, len(data))]  # fmt: skip
    entries = sorted([entry for entry in usual if entry[0] not in given] + list(more))
    return (b"II*\0\x08\0\0\0" + _directory(entries)).ljust(400, b"\0") + data


def _tiff() -> Iterator[Made]:
    plain = bytes(range(256)) * 400
    yield "tiff that is sound", _tiff_of(320, 320, data=plain)
    yield "tiff with one giant strip", _tiff_of(320, 320, (279, 4, 1, 0xFFFFFFFF), data=plain)
    yield "tiff with strips beyond the file", _tiff_of(320, 320, (273, 4, 1, 0xFFFFFFF0), data=plain)
    yield "tiff with 1e9 strips", _tiff_of(320, 320, (273, 4, 10**9, 400), (279, 4, 10**9, 400), data=plain)
    places = struct.pack("<I", 400) * 1_000_000
    flood = _tiff_of(320, 1_000_000, (273, 4, 10**6, 400), (279, 4, 10**6, 400), (278, 4, 1, 1), data=places)
    yield "tiff with 1e6 strips", flood
    yield "tiff with rows a strip 0", _tiff_of(320, 320, (278, 4, 1, 0), data=plain)
    for bits in (0, 1, 2, 12, 24, 64, 65_535):
        yield f"tiff of {bits} bits", _tiff_of(320, 320, (258, 3, 1, bits), data=plain)
    for samples in (0, 2, 5, 65_535):
        yield f"tiff of {samples} samples", _tiff_of(320, 320, (277, 3, 1, samples), data=plain)
    for packing in (2, 3, 4, 5, 6, 7, 8, 32_773, 34_661, 34_712, 50_000, 50_001, 65_000):
        yield f"tiff packed by {packing}", _tiff_of(320, 320, data=plain, packing=packing)
    bomb = _zeros(120_000_000)
    yield "tiff deflated at the limit", _tiff_of(11_000, 10_900, data=bomb, packing=8)
    yield "tiff deflated beyond its rows", _tiff_of(300, 300, data=bomb, packing=8)
    tiles = [(322, 4, 1, 16), (323, 4, 1, 16), (324, 4, 1, 400), (325, 4, 1, 256)]
    yield "tiff with one tile for many", _tiff_of(3200, 3200, *tiles, data=plain)
    huge = [(322, 4, 1, 0x7FFFFFF0), (323, 4, 1, 0x7FFFFFF0), (324, 4, 1, 400), (325, 4, 1, 256)]
    yield "tiff with a giant tile", _tiff_of(320, 320, *huge, data=plain)
    many = b"II*\0\x08\0\0\0" + _directory([(40_000 + number % 9000, 4, 1, 0) for number in range(65_535)])
    yield "tiff with 65,535 tags", many
    tags = b"".join(struct.pack("<HHQQ", 40_000 + number % 9000, 4, 1, 0) for number in range(1_000_000))
    yield "big tiff with 1e6 tags", b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 10**6) + tags + bytes(8)
    yield "big tiff that claims 2^63 tags", b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1 << 63) + tags[:2000]


def _tiff_loops() -> Iterator[Made]:
    plain = bytes(102_400)
    own = _tiff_of(320, 320, data=plain)
    end = 10 + 12 * 9
    yield "tiff whose next page is itself", own[:end] + struct.pack("<I", 8) + own[end + 4 :]
    for tag, name in (
        (34_665, "exif"),
        (34_853, "gps"),
        (330, "sub-directory"),
        (40_965, "interoperability"),
    ):
        yield f"tiff whose {name} is itself", _tiff_of(320, 320, (tag, 4, 1, 8), data=plain)
    pages = b"".join(_directory([], 14 + 6 * number) for number in range(100_000))
    yield "tiff with 1e5 empty pages", b"II*\0\x08\0\0\0" + pages
    places = struct.pack("<I", 8) * 100_000
    yield (
        "tiff with 1e5 sub-directories that are itself",
        _tiff_of(320, 320, (330, 4, 100_000, 400), data=places),
    )
    jpeg = _saved(_photo(), "JPEG")
    for tag in (34_665, 34_853, 40_965, 330):
        body = b"Exif\0\0II*\0\x08\0\0\0" + _directory([(tag, 4, 1, 8)], 8)
        yield f"jpeg whose exif {tag} is itself", jpeg[:2] + _segment(0xE1, body) + jpeg[2:]
    values = b"Exif\0\0II*\0\x08\0\0\0" + _directory([(0x9286, 7, 0xFFFFFFFF, 8), (0x927C, 7, 0x7FFFFFFF, 0)])
    yield "jpeg whose exif values are endless", jpeg[:2] + _segment(0xE1, values) + jpeg[2:]


def _gif() -> Iterator[Made]:
    head = b"GIF89a" + struct.pack("<HH", 300, 300) + b"\x80\0\0" + bytes((0, 0, 0, 255, 255, 255))
    dot = b",\0\0\0\0\1\0\1\0\0\2\2L\1\0"
    yield "gif with 1e5 frames", head + dot * 100_000 + b";"
    yield "gif with 1e6 frames", head + dot * 1_000_000 + b";"
    yield "gif with 1e5 extensions", head + b"!\xf9\4\0\0\0\0\0" * 100_000 + dot + b";"
    yield (
        "gif with a comment of 20 MB",
        head + b"!\xfe" + (b"\xff" + b"c" * 255) * 80_000 + b"\0" + dot + b";",
    )
    wide = b"GIF89a" + struct.pack("<HH", 11_000, 11_000) + b"\x80\0\0" + bytes(6)
    yield "gif of 121 megapixels with one dot", wide + dot + b";"
    yield (
        "gif whose frame is larger than it",
        head + b"," + struct.pack("<HHHH", 0, 0, 65_535, 65_535) + b"\0\2\2L\1\0;",
    )
    yield "gif with a code size of 255", head + dot[:10] + b"\xff" + dot[11:] + b";"


def _bmp() -> Iterator[Made]:
    def made(width: int, height: int, depth: int, packing: int, data: bytes, colours: int = 0) -> bytes:
        head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, depth, packing, len(data), 0, 0, colours, 0)
        offset = 54 + (4 * (colours or (1 << depth if depth <= 8 else 0)))
        start = struct.pack("<IHHI", offset + len(data) & 0xFFFFFFFF, 0, 0, offset & 0xFFFFFFFF)
        return b"BM" + start + head + bytes(min(offset - 54, 4096)) + data

    yield "bmp rle bomb", made(11_000, 11_000, 8, 1, b"\xff\1" * 400_000)
    yield "bmp rle that goes back", made(300, 300, 8, 1, b"\0\2\xff\xff" * 100_000)
    yield "bmp rle of 4 bits", made(300, 300, 4, 2, b"\xff\x11" * 10_000)
    for depth in (0, 1, 2, 3, 16, 24, 32, 64):
        yield f"bmp of {depth} bits", made(300, 300, depth, 0, bytes(300_000))
    for packing in (3, 4, 5, 6, 11, 99):
        yield f"bmp packed by {packing}", made(300, 300, 32, packing, bytes(400_000))
    yield "bmp upside down", made(300, -300, 24, 0, bytes(270_000))
    yield "bmp with -2^31 rows", made(300, -(1 << 31), 24, 0, bytes(270_000))
    yield "bmp with 2^31 colours", made(300, 300, 8, 0, bytes(90_000), 0x7FFFFFFF)


def _webp() -> Iterator[Made]:
    def riff(*chunks: bytes) -> bytes:
        body = b"WEBP" + b"".join(chunks)
        return b"RIFF" + struct.pack("<I", len(body)) + body

    def chunk(name: bytes, data: bytes) -> bytes:
        return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)

    still = _saved(_photo(), "WEBP", lossless=True)[12:]
    canvas = chunk(b"VP8X", b"\x02\0\0\0" + (319).to_bytes(3, "little") * 2)
    frame = chunk(b"ANMF", bytes(6) + (319).to_bytes(3, "little") * 2 + b"\1\0\0\0" + still[:400])
    anim = chunk(b"ANIM", bytes(6))
    yield "webp with 1e5 frames", riff(canvas, anim, *[chunk(b"ANMF", bytes(16))] * 100_000)
    yield "webp with broken frames", riff(canvas, anim, *[frame] * 50)
    for flags, name in ((0x20, b"ICCP"), (8, b"EXIF"), (4, b"XMP ")):
        head = chunk(b"VP8X", bytes((flags,)) + bytes(3) + (319).to_bytes(3, "little") * 2)
        yield f"webp with 20 MB of {name.decode()}", riff(head, chunk(name, b"\xff" * 20_000_000), still)
    yield "webp that claims 4 GiB", b"RIFF\xff\xff\xff\xffWEBP" + still
    yield "webp of 1e5 unknown chunks", riff(canvas, *[chunk(b"ABCD", b"")] * 100_000, still)


def _boxes() -> Iterator[Made]:
    for media, form in (("heic", "HEIF"), ("avif", "AVIF")):
        data = _saved(_photo(), form)
        meta = data.find(b"meta") - 4
        for name, size in (("zero", 0), ("one", 1), ("seven", 7), ("endless", 0xFFFFFFFF)):
            yield (
                f"{media} with a box of size {name}",
                data[:meta] + struct.pack(">I", size) + data[meta + 4 :],
            )
        for box in (b"iinf", b"iloc", b"iprp", b"ipco", b"ispe", b"pitm", b"ipma", b"hdlr"):
            at = data.find(box)
            if at > 0:
                lied = data[: at + 4] + b"\xff" * 12 + data[at + 16 :]
                yield f"{media} with lies in {box.decode()}", lied
                yield f"{media} without {box.decode()}", data[:at] + b"free" + data[at + 4 :]
        yield f"{media} with 1e6 boxes", data[:meta] + b"\0\0\0\x08free" * 1_000_000 + data[meta:]
        head = data[: int.from_bytes(data[:4], "big")]
        nested = b"".join(struct.pack(">I", 8 * (20_000 - level)) + b"meta" for level in range(20_000))
        yield f"{media} with boxes in boxes", head + nested
        item = b"\0\0\0\x15infe\2\0\0\0\0\1\0\0hvc1\0"
        items = b"iinf\0\0\0\0\xff\xff" + item * 65_535
        inner = struct.pack(">I", len(items) + 4) + items
        yield (
            f"{media} with 65,535 items",
            head + struct.pack(">I", len(inner) + 12) + b"meta\0\0\0\0" + inner,
        )


def _texts() -> Iterator[Made]:
    small = _zeros(300 * 901)
    texts = {
        "parameters that go on": ("parameters", "Negative prompt: " * 60_000),
        "parameters without an end": ("parameters", "Steps: 1 " * 100_000),
        "a workflow of brackets": ("workflow", "[" * 500_000),
        "a workflow of objects": ("prompt", '{"a":' * 200_000),
        "node types without number": ("prompt", '{"class_type":"KSampler",' * 40_000),
        "job ids": ("Description", "Job ID: " + "0123456789abcdef-" * 50_000),
        "controls": ("Software", "\x1b[2J\x1b]0;owned\x07\u202ereversed\u200b" * 1000),
        "a name of names": ("Software", "photoshop " * 100_000),
        "xmp that names agents": ("XML:com.adobe.xmp", '<softwareAgent="' * 60_000),
        "xmp of source types": ("XML:com.adobe.xmp", "digitalsourcetype/" * 60_000),
    }
    for name, (key, text) in texts.items():
        body = key.encode() + b"\0\0\0\0\0" + text.encode()
        yield f"png with {name}", _png(300, 300, small, _chunk(b"iTXt", body))


def _credentials() -> Iterator[Made]:
    small = _zeros(300 * 901)
    jumb = b"\0\0\0\x25jumd" + b"c2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\3c2pa\0"
    for name, store in {
        "deep": b"".join(struct.pack(">I", 8 * (30_000 - level)) + b"jumb" for level in range(30_000)),
        "endless": b"\xff\xff\xff\xffjumb" + jumb, "empty": struct.pack(">I", 8) + b"jumb",
        "of 10 MB": struct.pack(">I", 10_000_008 + len(jumb)) + b"jumb" + jumb + bytes(10_000_000),
        "of cbor": struct.pack(">I", 1_000_008) + b"jumb" + (b"\x9f" * 1_000_000),
    }.items():  # fmt: skip
        yield f"png with a manifest {name}", _png(300, 300, small, _chunk(b"caBX", store))
        body = b"JP\0\1\0\0\0\1" + store[:65_000]
        jpeg = _saved(_photo(), "JPEG")
        yield f"jpeg with a manifest {name}", jpeg[:2] + _segment(0xEB, body) + jpeg[2:]


def _strangers() -> Iterator[Made]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("word/document.xml", "<w/>")
    yield "nothing", b""
    yield "one byte", b"\xff"
    yield "a zip", archive.getvalue()
    yield "a pdf", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\xff\xfe\0"
    yield "an svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    laughs = b'<!DOCTYPE svg [<!ENTITY a "' + b"ha" * 9999 + b'">]><svg>' + b"&a;" * 9999 + b"</svg>"
    yield "an svg of a billion laughs", laughs
    yield "a page", b"<!doctype html><html><body>hello</body></html>"
    yield "a shell script", b"#!/bin/sh\nrm -rf /\n"
    yield "a linux program", b"\x7fELF\2\1\1" + bytes(5000)
    yield "a windows program", b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0" + bytes(5000)
    yield "a film", b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(5000)
    yield "a pickle", b"\x80\4\x95" + b"c__builtin__\nexec\n" + bytes(50)
    for name, magic in (("jpeg", b"\xff\xd8\xff"), ("png", _PNG), ("gif", b"GIF89a"), ("tiff", b"II*\0"),
                        ("webp", b"RIFF\4\0\0\0WEBP"), ("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")):  # fmt: skip
        yield f"only the magic of {name}", magic
        yield f"the magic of {name} and zeros", magic + bytes(100_000)
    for first, second in (("PNG", "JPEG"), ("JPEG", "PNG"), ("GIF", "JPEG"), ("WEBP", "TIFF")):
        yield (
            f"{first} with the body of {second}",
            _saved(_photo(), first)[:40] + _saved(_photo(), second)[40:],
        )


def _nested() -> Iterator[Made]:
    inner = _saved(_photo(64), "JPEG")
    for _ in range(20):
        head = _directory([(0x0201, 4, 1, 44), (0x0202, 4, 1, min(len(inner), 60_000))])
        body = b"Exif\0\0II*\0\x08\0\0\0" + _directory([], 14) + head + inner[:60_000]
        outer = _saved(_photo(64), "JPEG")
        inner = outer[:2] + _segment(0xE1, body[:65_533]) + outer[2:]
    yield "thumbnails in thumbnails", inner
    jpeg, archive = _saved(_photo(), "JPEG"), io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", bytes(50_000_000))
    yield "a zip bomb behind a jpeg", jpeg + archive.getvalue()
    yield "a jpeg behind a jpeg, a hundred times", jpeg * 100
    yield (
        "a page in a comment",
        jpeg[:2] + _segment(0xFE, b"<html><script>alert(1)</script></html>") + jpeg[2:],
    )
    huge = _saved(Image.new("RGB", (5000, 5000)), "JPEG")[:60_000]
    head = _directory([], 14) + _directory([(0x0201, 4, 1, 44), (0x0202, 4, 1, len(huge))])
    body = b"Exif\0\0II*\0\x08\0\0\0" + head + huge
    yield "a thumbnail larger than its picture", jpeg[:2] + _segment(0xE1, body[:65_533]) + jpeg[2:]
