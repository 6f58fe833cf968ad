"""Directories, blocks and boxes that lie, loop and nest: TIFF, GIF, BMP, WebP, HEIC and AVIF."""

import struct
from collections.abc import Iterator

from parts import Made, noise, saved, segment, zeros

__all__ = ["directory", "mazes"]


def mazes() -> Iterator[Made]:
    """All of them."""
    for source in (_tiff, _tiff_loops, _gif, _bmp, _webp, _boxes):
        yield from source()


def directory(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def _tiff_of(
    width: int, height: int, *more: tuple[int, int, int, int], data: bytes = b"", packing: int = 1
) -> bytes:
    given = {tag for tag, *_ in more}
    usual = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, packing), (262, 3, 1, 1),
             (273, 4, 1, 400), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, len(data))]  # fmt: skip
    entries = sorted([entry for entry in usual if entry[0] not in given] + list(more))
    return (b"II*\0\x08\0\0\0" + directory(entries)).ljust(400, b"\0") + data


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
    bomb = zeros(120_000_000)
    yield "tiff deflated at the limit", _tiff_of(11_000, 10_900, data=bomb, packing=8)
    yield "tiff deflated beyond its rows", _tiff_of(300, 300, data=bomb, packing=8)
    tiles = [(322, 4, 1, 16), (323, 4, 1, 16), (324, 4, 1, 400), (325, 4, 1, 256)]
    yield "tiff with one tile for many", _tiff_of(3200, 3200, *tiles, data=plain)
    huge = [(322, 4, 1, 0x7FFFFFF0), (323, 4, 1, 0x7FFFFFF0), (324, 4, 1, 400), (325, 4, 1, 256)]
    yield "tiff with a giant tile", _tiff_of(320, 320, *huge, data=plain)
    many = b"II*\0\x08\0\0\0" + directory([(40_000 + number % 9000, 4, 1, 0) for number in range(65_535)])
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
    pages = b"".join(directory([], 14 + 6 * number) for number in range(100_000))
    yield "tiff with 1e5 empty pages", b"II*\0\x08\0\0\0" + pages
    places = struct.pack("<I", 8) * 100_000
    yield (
        "tiff with 1e5 sub-directories that are itself",
        _tiff_of(320, 320, (330, 4, 100_000, 400), data=places),
    )
    jpeg = saved(noise(), "JPEG")
    for tag in (34_665, 34_853, 40_965, 330):
        body = b"Exif\0\0II*\0\x08\0\0\0" + directory([(tag, 4, 1, 8)], 8)
        yield f"jpeg whose exif {tag} is itself", jpeg[:2] + segment(0xE1, body) + jpeg[2:]
    values = b"Exif\0\0II*\0\x08\0\0\0" + directory([(0x9286, 7, 0xFFFFFFFF, 8), (0x927C, 7, 0x7FFFFFFF, 0)])
    yield "jpeg whose exif values are endless", jpeg[:2] + segment(0xE1, values) + jpeg[2:]


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

    still = saved(noise(), "WEBP", lossless=True)[12:]
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
        data = saved(noise(), form)
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
