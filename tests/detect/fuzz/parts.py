"""What hostile files are put together from."""

import io
import struct
import zlib

import pillow_heif
from PIL import Image

__all__ = ["PNG", "Made", "chunk", "noise", "png", "saved", "segment", "zeros"]

pillow_heif.register_heif_opener()
Made = tuple[str, bytes]
"""A name and the bytes."""

PNG = b"\x89PNG\r\n\x1a\n"


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.copy().save(stream, form, **options)
    return stream.getvalue()


def noise(side: int = 320) -> Image.Image:
    return Image.effect_noise((side, side), 70).convert("RGB")


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, data: bytes, *extra: bytes, depth: int = 8, colour: int = 2) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return PNG + head + b"".join(extra) + chunk(b"IDAT", data) + chunk(b"IEND")


def zeros(count: int) -> bytes:
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(count >> 20)]
    return b"".join(parts) + packer.compress(bytes(count & 0xFFFFF)) + packer.flush()


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body
