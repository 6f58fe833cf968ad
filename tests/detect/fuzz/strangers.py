"""Files of other kinds under a picture's name, files within files, and text that is meant for what reads it."""

import io
import struct
import zipfile
from collections.abc import Iterator

from mazes import directory
from parts import PNG, Made, chunk, noise, png, saved, segment, zeros
from PIL import Image

__all__ = ["strangers"]


def strangers() -> Iterator[Made]:
    """All of them."""
    for source in (_texts, _credentials, _strangers, _nested):
        yield from source()


def _texts() -> Iterator[Made]:
    small = zeros(300 * 901)
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
        yield f"png with {name}", png(300, 300, small, chunk(b"iTXt", body))


def _credentials() -> Iterator[Made]:
    small = zeros(300 * 901)
    jumb = b"\0\0\0\x25jumd" + b"c2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\3c2pa\0"
    for name, store in {
        "deep": b"".join(struct.pack(">I", 8 * (30_000 - level)) + b"jumb" for level in range(30_000)),
        "endless": b"\xff\xff\xff\xffjumb" + jumb, "empty": struct.pack(">I", 8) + b"jumb",
        "of 10 MB": struct.pack(">I", 10_000_008 + len(jumb)) + b"jumb" + jumb + bytes(10_000_000),
        "of cbor": struct.pack(">I", 1_000_008) + b"jumb" + (b"\x9f" * 1_000_000),
    }.items():  # fmt: skip
        yield f"png with a manifest {name}", png(300, 300, small, chunk(b"caBX", store))
        body = b"JP\0\1\0\0\0\1" + store[:65_000]
        jpeg = saved(noise(), "JPEG")
        yield f"jpeg with a manifest {name}", jpeg[:2] + segment(0xEB, body) + jpeg[2:]


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
    for name, magic in (("jpeg", b"\xff\xd8\xff"), ("png", PNG), ("gif", b"GIF89a"), ("tiff", b"II*\0"),
                        ("webp", b"RIFF\4\0\0\0WEBP"), ("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")):  # fmt: skip
        yield f"only the magic of {name}", magic
        yield f"the magic of {name} and zeros", magic + bytes(100_000)
    for first, second in (("PNG", "JPEG"), ("JPEG", "PNG"), ("GIF", "JPEG"), ("WEBP", "TIFF")):
        yield (
            f"{first} with the body of {second}",
            saved(noise(), first)[:40] + saved(noise(), second)[40:],
        )


def _nested() -> Iterator[Made]:
    inner = saved(noise(64), "JPEG")
    for _ in range(20):
        head = directory([(0x0201, 4, 1, 44), (0x0202, 4, 1, min(len(inner), 60_000))])
        body = b"Exif\0\0II*\0\x08\0\0\0" + directory([], 14) + head + inner[:60_000]
        outer = saved(noise(64), "JPEG")
        inner = outer[:2] + segment(0xE1, body[:65_533]) + outer[2:]
    yield "thumbnails in thumbnails", inner
    jpeg, archive = saved(noise(), "JPEG"), io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", bytes(50_000_000))
    yield "a zip bomb behind a jpeg", jpeg + archive.getvalue()
    yield "a jpeg behind a jpeg, a hundred times", jpeg * 100
    yield (
        "a page in a comment",
        jpeg[:2] + segment(0xFE, b"<html><script>alert(1)</script></html>") + jpeg[2:],
    )
    huge = saved(Image.new("RGB", (5000, 5000)), "JPEG")[:60_000]
    head = directory([], 14) + directory([(0x0201, 4, 1, 44), (0x0202, 4, 1, len(huge))])
    body = b"Exif\0\0II*\0\x08\0\0\0" + head + huge
    yield "a thumbnail larger than its picture", jpeg[:2] + segment(0xE1, body[:65_533]) + jpeg[2:]
