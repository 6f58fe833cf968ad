"""Media type by the first bytes of the content; file names are never looked at."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["IMAGES", "VIDEOS", "MediaType", "other_type", "sniff"]


@dataclass(frozen=True, slots=True)
class MediaType:
    """A kind of media file.

    Attributes
    ----------
    name : str
        Short name, e.g. ``jpeg``.
    mime : str
        Registered media type, e.g. ``image/jpeg``.
    kind : "image" | "video"
        What it holds.
    """

    name: str
    mime: str
    kind: Literal["image", "video"]


def _types(kind: Literal["image", "video"], names: str) -> dict[str, MediaType]:
    pairs = (pair.split(":") for pair in names.split())
    return {name: MediaType(name, f"{kind}/{subtype}", kind) for name, subtype in pairs}


IMAGES = _types("image", "jpeg:jpeg png:png webp:webp gif:gif bmp:bmp tiff:tiff heic:heic avif:avif")
VIDEOS = _types(
    "video",
    "mp4:mp4 mov:quicktime matroska:x-matroska webm:webm avi:x-msvideo mpeg:mpeg flv:x-flv asf:x-ms-asf "
    "ogg:ogg",
)

# Brands of the ISO base media format that hold still pictures.
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif"}
_AVIF = {b"avif", b"avis"}


def sniff(head: bytes) -> MediaType | None:
    """Media type of content that begins with ``head``.

    Parameters
    ----------
    head : bytes
        The first bytes; 4,096 are enough for every type.

    Returns
    -------
    MediaType | None
        None when it is none of the known types.
    """
    name = _image(head) or _video(head)
    if name is None:
        return None
    return IMAGES.get(name) or VIDEOS[name]


_OTHERS = {
    b"%PDF-": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"Rar!\x1a\x07": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a Linux program",
    b"MZ": "a Windows program",
    b"\xd0\xcf\x11\xe0": "a document of an older office program",
    b"SQLite format 3\x00": "an SQLite database",
    b"8BPS": "a Photoshop document",
    b"\x00\x00\x01\x00": "an icon (ICO)",
    b"\x00\x00\x00\x0cjP  \r\n": "a JPEG 2000 picture",
    b"\xff\x4f\xff\x51": "a JPEG 2000 picture",
    b"\x00\x00\x00\x0cJXL \r\n": "a JPEG XL picture",
    b"\xff\x0a": "a JPEG XL picture",
    b"v/1\x01": "an OpenEXR picture",
    b"qoif": "a QOI picture",
    b"FUJIFILMCCD-RAW": "a raw file of a Fujifilm camera",
    b"IIU\x00": "a raw file of a Panasonic camera",
    b"IIRO": "a raw file of an Olympus camera",
    b"fLaC": "a FLAC sound file",
}


def other_type(head: bytes) -> str:
    """What content is, in words, when it is none of the known types; empty when that does not show."""
    return next((words for magic, words in _OTHERS.items() if head.startswith(magic)), "")


def _image(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    # "BM" alone is two letters of text: the size of the information header must be one that exists.
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in (12, 40, 52, 56, 64, 108, 124):
        return "bmp"
    if head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        return "tiff"
    brands = _brands(head)
    if brands:
        # The major brand decides; the compatible ones only when the major one is a generic picture brand.
        if brands[0] in _AVIF or (brands[0] in (b"mif1", b"msf1") and _AVIF & set(brands)):
            return "avif"
        if brands[0] in _HEIC:
            return "heic"
    return None


def _video(head: bytes) -> str | None:
    brands = _brands(head)
    if brands:
        return "mov" if brands[0] == b"qt  " else "mp4"
    if head[4:8] in (b"moov", b"mdat", b"wide", b"pnot") and int.from_bytes(head[:4], "big") >= 8:
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"webm" in head[:64] else "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith((b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")):
        return "mpeg"
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "mpeg"
    if head.startswith(b"FLV\x01"):
        return "flv"
    if head.startswith(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"):
        return "asf"
    if head.startswith(b"OggS"):
        return "ogg"
    return None


def _brands(head: bytes) -> list[bytes]:
    """Brands of an ISO base media file: the major one first, then the compatible ones."""
    if head[4:8] not in (b"ftyp", b"styp"):
        return []
    length = min(int.from_bytes(head[:4], "big"), len(head), 256)
    if length < 12:
        return []
    return [head[8:12], *(head[at : at + 4] for at in range(16, length - 3, 4))]
