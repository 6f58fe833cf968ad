"""Hostile bytes to pixels and facts. Runs inside the bounded child, never in the parent.

What comes out is what a viewer shows: the first frame, upright by its EXIF orientation, on white where it is
transparent, in sRGB, 8 bits a channel. What was done to get there is said in ``notes``.
"""

import hashlib
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any, TypeVar

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, PngImagePlugin

from ..intake.frames import Blob
from ..intake.refusals import DamagedExhibit, TooManyPixels, TruncatedExhibit, UnknownMediaType
from .containers import Structure, read_structure
from .embedded import Budget, comment_of, exif_of, iptc_of, manifest_marks, text_of, thumbnail_of, xmp_of

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
_T = TypeVar("_T")

_LUMA_SIDE = 1024
_STRIP_ROWS = 256


def decode(
    descriptor: int, *, media: str, pixels: int, metadata_bytes: int, metadata_entries: int, metadata_value_chars: int,
    thumbnail_side: int, luma: bool,
) -> tuple[Mapping[str, Any], Mapping[str, Blob]]:  # fmt: skip
    """Decode one picture.

    Parameters
    ----------
    descriptor : int
        Open file; read from its beginning, its position is not touched.
    media : str
        Sniffed media type; the only decoder that is tried.
    pixels, metadata_bytes, metadata_entries, metadata_value_chars, thumbnail_side : int
        See :class:`assay.intake.limits.Limits`.
    luma : bool
        Also return the luminance plane of a JPEG as it was coded (at most 1,024 x 1,024 from the middle, on the 8 x 8
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
    picture = _open(data, media)
    width, height = picture.size
    if width * height > pixels:
        raise TooManyPixels(
            f"the header says {width:,} x {height:,} pixels, the limit is {pixels:,} in all: nothing was decoded; "
            "raise the "
            "limit pixels only if you trust the file"
        )
    if width < 1 or height < 1:
        raise DamagedExhibit(f"the header says {width} x {height} pixels")
    structure = read_structure(data, media)
    _check_length(structure, len(data), width, height)
    _guarded(picture.load)
    budget = Budget(metadata_bytes, metadata_entries, metadata_value_chars)
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
    if thumbnail is not None:
        arrays["thumbnail"] = Blob.of(np.asarray(thumbnail))
    if luma and media == "jpeg":
        plane = _luma(data)
        if plane is not None:
            arrays["luma"] = Blob.of(plane)
    if getattr(picture, "is_animated", False):
        notes.append("first-frame-only" if picture.format != "MPO" else "first-picture-only")
    orientation = _orientation(picture)
    profile = picture.info.get("icc_profile")
    shown, to_srgb = _guarded(lambda: _shown(picture, profile, notes))
    if orientation in _UPRIGHT:
        shown = _guarded(lambda: shown.transpose(_UPRIGHT[orientation]))
        notes.append("turned-upright")
    arrays["rgb"] = Blob("uint8", (shown.height, shown.width, 3), _strips(shown, to_srgb))
    facts |= {
        "width": shown.width, "height": shown.height, "orientation": orientation, "profile": _profile_name(profile),
        "notes": notes, "metadata_cut": budget.cut,
    }  # fmt: skip
    return facts, arrays


def _read(descriptor: int) -> bytes:
    parts: list[bytes] = []
    at = 0
    while part := os.pread(descriptor, 1 << 24, at):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def _open(data: bytes, media: str) -> Image.Image:
    return _guarded(lambda: Image.open(BytesIO(data), formats=_FORMATS[media]))


def _guarded(step: Callable[[], _T]) -> _T:
    """Run a decoder: whatever it raises on hostile bytes becomes one of two refusals."""
    try:
        return step()
    except (MemoryError, TooManyPixels):
        raise
    except Exception as error:
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


def _orientation(picture: Image.Image) -> int:
    # The HEIF and AVIF decoders turn the picture themselves and reset the tag.
    try:
        value = picture.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _shown(
    picture: Image.Image, profile: object, notes: list[str]
) -> tuple[Image.Image, ImageCms.ImageCmsTransform | None]:
    """The picture in a mode that strips can be made of, and how its colours become sRGB."""
    if picture.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"):
        picture = _eight_bits(picture, notes)
    if picture.mode in ("P", "1", "PA"):
        picture = picture.convert("RGBA" if "transparency" in picture.info or picture.mode == "PA" else "RGB")
    elif "transparency" in picture.info and picture.mode in ("L", "RGB"):
        picture = picture.convert("RGBA")
    if picture.mode in ("LA", "La", "RGBa"):
        picture = picture.convert("RGBA")
    if picture.mode == "RGBA":
        low, _ = picture.getchannel("A").getextrema()
        if isinstance(low, int | float) and low < 255:
            notes.append("transparency-on-white")
            white = Image.new("RGBA", picture.size, "white")
            white.alpha_composite(picture)
            picture = white
        picture = picture.convert("RGB")
    if picture.mode not in ("RGB", "L", "CMYK"):
        picture = picture.convert("RGB")
    transform = _transform(picture.mode, profile, notes)
    if picture.mode == "CMYK":
        notes.append("from-cmyk")
    return picture, transform


def _eight_bits(picture: Image.Image, notes: list[str]) -> Image.Image:
    values = np.asarray(picture)
    if picture.mode.startswith("I;16"):
        notes.append("from-16-bit")
        return Image.fromarray((values >> 8).astype(np.uint8))
    notes.append("from-32-bit")
    finite = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if low >= 0 and high > 0 and picture.mode == "I" and high <= 65535:
        low, high = 0.0, 65535.0 if high > 255 else 255.0
    scaled = (finite - low) * (255.0 / (high - low)) if high > low else np.zeros_like(finite)
    return Image.fromarray(np.clip(scaled + 0.5, 0, 255).astype(np.uint8))


def _profile(profile: object) -> ImageCms.ImageCmsProfile | None:
    if not isinstance(profile, bytes) or not profile:
        return None
    try:
        return ImageCms.ImageCmsProfile(BytesIO(profile))
    except Exception:
        return None


def _profile_name(profile: object) -> str | None:
    opened = _profile(profile)
    if opened is None:
        return None
    try:
        return ImageCms.getProfileDescription(opened).strip()[:200]
    except Exception:
        return "unnamed"


def _transform(mode: str, profile: object, notes: list[str]) -> ImageCms.ImageCmsTransform | None:
    source = _profile(profile)
    if source is None or "srgb" in (_profile_name(profile) or "").lower():
        if profile and source is None:
            notes.append("profile-unreadable")
        return None
    try:
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except Exception:
        # A profile of another colour space than the pixels: viewers ignore it too.
        notes.append("profile-ignored")
        return None
    notes.append("colours-to-srgb")
    return transform


def _strips(picture: Image.Image, transform: ImageCms.ImageCmsTransform | None) -> Iterator[bytes]:
    for top in range(0, picture.height, _STRIP_ROWS):
        strip = picture.crop((0, top, picture.width, min(top + _STRIP_ROWS, picture.height)))
        if transform is not None:
            converted = ImageCms.applyTransform(strip, transform)
            strip = strip if converted is None else converted
        yield (strip if strip.mode == "RGB" else strip.convert("RGB")).tobytes()


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
    jpeg = structure.jpeg
    return {
        "ends": structure.ends,
        "trailing_bytes": structure.trailing_bytes,
        "trailing_head": structure.trailing_head.hex(),
        "manifest_bytes": len(structure.manifest),
        "manifest_marks": manifest_marks(structure.manifest),
        "jpeg": None
        if jpeg is None
        else {
            "tables": [jpeg.tables[number] for number in sorted(jpeg.tables)],
            "components": jpeg.components,
            "progressive": jpeg.progressive,
            "arithmetic": jpeg.arithmetic,
            "precision": jpeg.precision,
            "scans": jpeg.scans,
            "markers": jpeg.markers,
        },
    }
