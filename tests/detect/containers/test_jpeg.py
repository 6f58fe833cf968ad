"""Structure of picture files, on hostile bytes too."""

import io
import random
import struct
import time

from PIL import Image

from assay.detect.containers import read_structure


def _jpeg(**options: object) -> bytes:
    stream = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(stream, "JPEG", **options)
    return stream.getvalue()


def test_segments_are_named_in_order() -> None:
    found = read_structure(_jpeg(comment=b"x"), "jpeg")
    assert found.jpeg is not None
    assert found.jpeg.markers == [
        "APP0",
        "COM",
        "DQT",
        "DQT",
        "SOF0",
        "DHT",
        "DHT",
        "DHT",
        "DHT",
        "SOS",
        "EOI",
    ]
    assert found.jpeg.scans == 1 and found.ends and found.trailing_bytes == 0
    assert read_structure(_jpeg(progressive=True), "jpeg").jpeg.scans > 3  # type: ignore[union-attr]


def test_content_credentials_are_joined() -> None:
    data = _jpeg()
    packets = b"".join(
        b"\xff\xeb" + struct.pack(">H", 2 + 8 + len(part)) + b"JP\x00\x01\x00\x00\x00\x01" + part
        for part in (b"first", b"second")
    )
    found = read_structure(data[:2] + packets + data[2:], "jpeg")
    assert found.manifest == b"firstsecond"


def test_wide_tables_are_read() -> None:
    table = b"\x11" + b"".join(struct.pack(">H", 300 + i) for i in range(64))
    found = read_structure(b"\xff\xd8\xff\xdb" + struct.pack(">H", 2 + len(table)) + table, "jpeg")
    assert found.jpeg is not None and found.jpeg.tables[1][:3] == [300, 301, 305]


def test_cut_files_have_no_end() -> None:
    data = _jpeg()
    assert read_structure(data[:-2], "jpeg").ends is False
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "PNG")
    assert read_structure(stream.getvalue()[:-1], "png").ends is False


def test_any_bytes_are_read_in_linear_time() -> None:
    draw = random.Random(5)
    for media, head in (("jpeg", b"\xff\xd8"), ("png", b"\x89PNG\r\n\x1a\n"), ("webp", b"RIFF")):
        for body in (
            b"\xff" * 3_000_000,
            b"\xff\xd9" * 10,
            b"\x00" * 3_000_000,
            b"\xff\xda\x00\x02" * 500_000,
            draw.randbytes(2_000_000),
        ):
            begun = time.process_time()
            read_structure(head + body, media)
            assert time.process_time() - begun < 2
    for _ in range(300):
        data = bytearray(_jpeg())
        for _ in range(20):
            data[draw.randrange(len(data))] = draw.randrange(256)
        read_structure(bytes(data), "jpeg")
