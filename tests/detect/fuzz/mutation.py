"""Damage to picture files: flipped bits, cuts, splices, lengths that lie."""

import io
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pillow_heif
from PIL import Image

__all__ = ["Seed", "mutated", "seeds"]

Seed = tuple[str, bytes]
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".heic", ".avif"}
_LONGEST = 320
_MOST_BYTES = 400_000
_NUMBERS = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_HEAD = 2048
"""Most damage goes where headers are: the rest of a file is mostly coefficients."""

pillow_heif.register_heif_opener()


def seeds(data: Path | None) -> Iterator[Seed]:
    """Real files as they are, and some of them in every other format; noise where there is no data."""
    paths = [
        path
        for folder in ("originals", "provenance", "dev/real", "dev/fake")
        for path in (sorted((data / folder).rglob("*")) if data else ())
        if path.is_file() and path.suffix.lower() in _SUFFIXES
    ]
    for path in paths[:: max(1, len(paths) // 120)]:
        if path.stat().st_size <= _MOST_BYTES:
            yield path.name, path.read_bytes()
    for path in paths[:: max(1, len(paths) // 6)] or [None]:
        if path is None:
            picture = Image.effect_noise((320, 240), 80).convert("RGB")
        else:
            with Image.open(path) as opened:
                picture = opened.convert("RGB")
                exif = opened.getexif()
            picture.thumbnail((_LONGEST, _LONGEST))
            for form in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"):
                yield f"{path.stem} {form} with EXIF", _saved(picture, form, exif=exif.tobytes())
        yield from _formats(picture, "noise" if path is None else path.stem)


def _formats(picture: Image.Image, name: str) -> Iterator[Seed]:
    small = picture.resize((picture.width // 2, picture.height // 2))
    clear = picture.convert("RGBA")
    clear.putalpha(picture.convert("L"))
    yield f"{name} GIF", _saved(small, "GIF", save_all=True, append_images=[small.rotate(5), small.rotate(9)])
    yield f"{name} BMP", _saved(small, "BMP")
    yield f"{name} BMP palette", _saved(small.quantize(16), "BMP")
    for packing in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits", "raw"):
        yield f"{name} TIFF {packing}", _saved(picture, "TIFF", compression=packing)
    yield f"{name} TIFF CMYK", _saved(picture.convert("CMYK"), "TIFF")
    yield (
        f"{name} TIFF pages",
        _saved(small, "TIFF", save_all=True, append_images=[small.copy(), small.copy()]),
    )
    yield f"{name} TIFF fax", _saved(picture.convert("1"), "TIFF", compression="group4")
    yield f"{name} JPEG CMYK", _saved(picture.convert("CMYK"), "JPEG")
    yield f"{name} JPEG progressive", _saved(picture, "JPEG", progressive=True, restart_marker_rows=2)
    yield f"{name} MPO", _saved(picture, "MPO", save_all=True, append_images=[small])
    yield f"{name} APNG", _saved(small, "PNG", save_all=True, append_images=[small.rotate(5)])
    yield f"{name} PNG 16", _saved(picture.convert("L").convert("I;16"), "PNG")
    yield f"{name} PNG clear", _saved(clear, "PNG")
    yield f"{name} PNG palette", _saved(picture.quantize(200), "PNG", transparency=3)
    yield f"{name} WEBP", _saved(clear, "WEBP", quality=70)
    yield f"{name} WEBP lossless", _saved(clear, "WEBP", lossless=True)
    yield f"{name} WEBP moving", _saved(small, "WEBP", save_all=True, append_images=[small.rotate(5)])
    yield f"{name} AVIF clear", _saved(clear, "AVIF")
    yield f"{name} AVIF moving", _saved(small, "AVIF", save_all=True, append_images=[small.rotate(5)])
    yield f"{name} HEIC several", _saved(picture, "HEIF", save_all=True, append_images=[small])


def _saved(picture: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    # A copy: what one encoder leaves on a picture trips the next.
    picture.copy().save(stream, form, **options)
    return stream.getvalue()


def mutated(seed: bytes, other: bytes, draw: random.Random) -> bytes:
    """A file with some damage: one kind of it, or several."""
    made = bytearray(seed)
    for _ in range(draw.choice((1, 1, 1, 2, 4, 12))):
        if len(made) < 16:
            break
        at = draw.randrange(min(len(made), _HEAD)) if draw.random() < 0.5 else draw.randrange(len(made))
        match draw.randrange(8):
            case 0:
                for _ in range(draw.choice((1, 8, 60))):
                    made[draw.randrange(len(made))] ^= 1 << draw.randrange(8)
            case 1:
                del made[draw.randrange(len(made)) :]
            case 2:
                del made[at : at + draw.choice((1, 2, 64, 4096))]
            case 3:
                start = draw.randrange(len(other))
                made[at:at] = other[start : start + draw.choice((4, 200, 20_000))]
            case 4:
                start = draw.randrange(len(made))
                made[at:at] = made[start : start + draw.choice((4, 200, 20_000))] * draw.choice((1, 1, 40))
            case 5 | 6:
                # A length, an offset or a count that lies, in both byte orders and three widths.
                form = draw.choice((">", "<")) + draw.choice("BHI")
                width = struct.calcsize(form)
                number = draw.choice(_NUMBERS) & ((1 << 8 * width) - 1)
                made[at : at + width] = struct.pack(form, number)
            case _:
                made[at] = draw.randrange(256)
    return bytes(made)
