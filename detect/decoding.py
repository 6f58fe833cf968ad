"""Hostile bytes to pixels and facts. Runs inside the bounded child, never in the parent.

What comes out is what a viewer shows: the first frame, upright by its EXIF orientation, on white where it is
transparent, in sRGB, 8 bits a channel. What was done to get there is said in ``notes``.
"""

import hashlib
import os
import warnings
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, TypeVar

import numpy as np
import pillow_heif
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from ..intake.frames import Blob
from ..intake.refusals import (
    DamagedExhibit,
    ExhibitRefused,
    TooManyPixels,
    TruncatedExhibit,
    UnknownMediaType,
)
from .containers import JpegStructure, Structure, read_structure
from .embedded import Budget, comment_of, exif_of, iptc_of, manifest_marks, text_of, thumbnail_of, xmp_of
from .showing import profile_name, show

__all__ = ["decode"]

pillow_heif.register_heif_opener()
# Our own limits are looked at before Pillow's, which would only warn at first.
Image.MAX_IMAGE_PIXELS = None
PngImagePlugin.MAX_TEXT_CHUNK = 16 * 1024 * 1024
PngImagePlugin.MAX_TEXT_MEMORY = 64 * 1024 * 1024

# Only the decoder of the sniffed type may run: a file cannot choose a rarer, weaker one.
_FORMATS = {
    "jpeg": ["JPEG", "MPO"], "png": ["PNG"], "webp": ["WEBP"], "gif": ["GIF"], "bmp": ["BMP"], "tiff": ["TIFF"],
    "heic": ["HEIF"], "avif": ["AVIF"],
}  # fmt: skip
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SEVERAL = {
    "MPO": "first-picture-only",
    "JPEG": "first-picture-only",
    "TIFF": "first-page-only",
    "HEIF": "primary-picture-only",
}
_T = TypeVar("_T")

_LUMA_SIDE = 4096
_PQ, _HLG = 16, 18
_BT709, _UNSPECIFIED = 1, 2


def decode(
    descriptor: int, *, media: str, pixels: int, frames: int, metadata_bytes: int, metadata_entries: int,
    metadata_value_chars: int, thumbnail_side: int, luma: bool,
) -> tuple[Mapping[str, Any], Mapping[str, Blob]]:  # fmt: skip
    """Decode one picture.

    Parameters
    ----------
    descriptor : int
        Open file; read from its beginning, its position is not touched.
    media : str
        Sniffed media type; the only decoder that is tried.
    pixels, frames, metadata_bytes, metadata_entries, metadata_value_chars, thumbnail_side : int
        See :class:`assay.intake.limits.Limits`.
    luma : bool
        Also return the luminance plane of a JPEG as it was coded (at most 4,096 x 4,096 from the middle, on the 8 x 8
        grid), for the analysis of its coefficients.

    Returns
    -------
    meta : Mapping
        See :class:`assay.detect.media.Facts`.
    arrays : Mapping
        ``rgb`` uint8 (height, width, 3); when there are any, ``luma`` uint8 (h, w) and ``thumbnail`` uint8 (h, w, 3).

    Raises
    ------
    TooManyPixels, TruncatedExhibit, DamagedExhibit, UnknownMediaType
        In this order: size first, from the header.
    """
    if media not in _FORMATS:
        raise UnknownMediaType(f"no decoder for {media}")
    data = _read(descriptor)
    warnings.simplefilter("ignore")
    budget = Budget(metadata_bytes, metadata_entries, metadata_value_chars)
    # Decoders raise anything on hostile bytes, in places where one least expects it.
    return _guarded(lambda: _decoded(data, media, pixels, frames, budget, thumbnail_side, luma))


def _decoded(
    data: bytes, media: str, pixels: int, frames: int, budget: Budget, thumbnail_side: int, luma: bool
) -> tuple[Mapping[str, Any], Mapping[str, Blob]]:
    picture = Image.open(BytesIO(data), formats=_FORMATS[media])
    width, height = picture.size
    if width * height > pixels:
        raise TooManyPixels(
            f"the header says {width:,} x {height:,} pixels, the limit is {pixels:,} in all: nothing was decoded; "
            "raise the "
            "limit pixels only if you trust the file"
        )
    if width < 1 or height < 1:
        raise DamagedExhibit(f"the header says {width} x {height} pixels")
    structure = read_structure(data, media, frames)
    stated = _orientation(picture)
    _check_length(structure, len(data), width, height)
    picture.load()
    notes: list[str] = []
    facts: dict[str, Any] = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "media": media,
        "stored_width": width,
        "stored_height": height,
        "mode": picture.mode,
        "exif": exif_of(picture, budget),
        "xmp": xmp_of(picture, budget),
        "iptc": iptc_of(picture, budget),
        "text": text_of(picture, budget),
        "comment": comment_of(picture, budget),
        **_container(structure),
    }
    arrays: dict[str, Blob] = {}
    thumbnail = thumbnail_of(picture, thumbnail_side)
    facts["thumbnail_jpeg"] = None
    if thumbnail is not None:
        arrays["thumbnail"] = Blob.of(np.asarray(thumbnail[0]))
        facts["thumbnail_jpeg"] = _coding(read_structure(thumbnail[1], "jpeg", frames).jpeg)
    if luma and media == "jpeg":
        plane = _luma(data)
        if plane is not None:
            arrays["luma"] = Blob.of(plane)
    notes += _judged(picture, structure) + _colours(picture, structure)
    orientation = _orientation(picture)
    profile = picture.info.get("icc_profile")
    shown = show(picture, profile, notes)
    # Some decoders turn the picture themselves and reset the tag.
    if (media == "heic" and structure.turned) or (orientation == 1 and stated != 1):
        notes.append("turned-upright")
    elif orientation in _UPRIGHT:
        shown.turn(_UPRIGHT[orientation])
        notes.append("turned-upright")
    across, down = shown.size
    arrays["rgb"] = Blob("uint8", (down, across, 3), shown.strips())
    facts |= {
        "width": across, "height": down, "orientation": stated, "profile": profile_name(profile),
        "notes": list(dict.fromkeys(notes)), "metadata_cut": budget.cut,
    }  # fmt: skip
    return facts, arrays


def _read(descriptor: int) -> bytes:
    parts: list[bytes] = []
    at = 0
    while part := os.pread(descriptor, 1 << 24, at):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def _guarded(step: Callable[[], _T]) -> _T:
    """Run a decoder: whatever it raises on hostile bytes becomes one of two refusals."""
    try:
        return step()
    except (MemoryError, ExhibitRefused):
        raise
    except Exception as error:
        if isinstance(error, UnidentifiedImageError):
            raise DamagedExhibit(
                "the content begins like a picture, but its header is damaged, or of a rare kind that is not read"
            ) from None
        words = str(error)
        if "truncated" in words.lower() or isinstance(error, EOFError):
            raise TruncatedExhibit(
                f"the picture ends before its last line ({words[:120]}): ask for the whole file"
            ) from None
        raise DamagedExhibit(
            f"the picture cannot be decoded ({type(error).__name__}: {words[:160]})"
        ) from None


def _check_length(structure: Structure, size: int, width: int, height: int) -> None:
    """Refuse a sequential JPEG that is too short for its size: the decoder would fill the rest with grey in silence.

    Each block of 8 x 8 pixels costs at least two bits, one for its mean and one for the end of its block.
    """
    jpeg = structure.jpeg
    if jpeg is None or jpeg.progressive or jpeg.arithmetic:
        return
    if size * 8 < 2 * (width // 8) * (height // 8):
        raise TruncatedExhibit(
            f"{size:,} bytes cannot hold {width:,} x {height:,} pixels: ask for the whole file"
        )


def _judged(picture: Image.Image, structure: Structure) -> list[str]:
    """Which of several pictures was decoded, or that it is the preview of a raw file."""
    notes = ["raw-preview"] if structure.raw else []
    if not _is_animated(picture) and (structure.pictures or 1) <= 1:
        return notes
    return [*notes, _SEVERAL.get(picture.format or "", "first-frame-only")]


def _is_animated(picture: Image.Image) -> bool:
    """What the decoder thinks; it may look for the second frame, and fall over it."""
    try:
        return bool(getattr(picture, "is_animated", False))
    except Exception:
        return True


def _colours(picture: Image.Image, structure: Structure) -> list[str]:
    """What the container says of depth and colours that the decoder has dropped already."""
    notes = []
    if structure.bits in (10, 12, 16) and picture.mode not in ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"):
        notes.append(f"from-{structure.bits}-bit")
    if structure.transfer in (_PQ, _HLG):
        notes.append("hdr-as-stored")
    elif structure.primaries not in (None, _BT709, _UNSPECIFIED) and not picture.info.get("icc_profile"):
        notes.append("colours-as-stored")
    return notes


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _luma(data: bytes) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
    try:
        plane = Image.open(BytesIO(data), formats=["JPEG"])
        plane.draft("L", plane.size)
        if plane.mode != "L":
            return None
        left, top = (max(0, (side - _LUMA_SIDE) // 16 * 8) for side in plane.size)
        right, bottom = (
            start + min(_LUMA_SIDE, (side - start) // 8 * 8)
            for start, side in ((left, plane.width), (top, plane.height))
        )
        return np.asarray(plane.crop((left, top, right, bottom)))
    except MemoryError:
        raise
    except Exception:
        return None


def _container(structure: Structure) -> dict[str, Any]:
    return {
        "ends": structure.ends,
        "pictures": structure.pictures,
        "bits": structure.bits,
        "foreign": [{"kind": one.kind, "at": one.at} for one in structure.foreign],
        "trailing_bytes": structure.trailing_bytes,
        "trailing_head": structure.trailing_head.hex(),
        "manifest_bytes": len(structure.manifest),
        "manifest_marks": manifest_marks(structure.manifest),
        "jpeg": _coding(structure.jpeg),
    }


def _coding(jpeg: JpegStructure | None) -> dict[str, Any] | None:
    if jpeg is None:
        return None
    return {
        "tables": [jpeg.tables[number] for number in sorted(jpeg.tables)],
        "components": jpeg.components,
        "progressive": jpeg.progressive,
        "arithmetic": jpeg.arithmetic,
        "precision": jpeg.precision,
        "scans": jpeg.scans,
        "markers": jpeg.markers,
    }
