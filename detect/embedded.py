"""Metadata that a picture carries, as bounded plain values. Runs inside the bounded child."""

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

__all__ = [
    "Budget",
    "comment_of",
    "exif_of",
    "iptc_of",
    "manifest_marks",
    "text_of",
    "thumbnail_of",
    "xmp_of",
]

_DIRECTORIES = {
    "": None,
    "Exif": ExifTags.IFD.Exif,
    "GPS": ExifTags.IFD.GPSInfo,
    "Thumbnail": ExifTags.IFD.IFD1,
}
_POINTERS = {"ExifOffset", "GPSInfo", "ExifInteroperabilityOffset", "StripOffsets", "StripByteCounts",
             "TileOffsets", "TileByteCounts", "JPEGTables", "XMLPacket", "ImageResources",
             "InterColorProfile"}  # fmt: skip
_IPTC = {
    (2, 5): "ObjectName", (2, 25): "Keywords", (2, 55): "DateCreated", (2, 60): "TimeCreated",
    (2, 65): "OriginatingProgram", (2, 80): "Byline", (2, 101): "Country", (2, 110): "Credit", (2, 115): "Source",
    (2, 116): "Copyright", (2, 120): "Caption",
}  # fmt: skip
_MARKS = re.compile(
    rb"compositeWithTrainedAlgorithmicMedia|trainedAlgorithmicMedia|algorithmicMedia|OpenAI[ \w.-]{0,20}|ChatGPT"
    rb"|DALL.{1,2}E|GPT-4o|Adobe[ _]Firefly|Google (?:AI|C2PA|Gemini)[ \w.-]{0,20}|Midjourney|Stability[ .]?AI"
    rb"|Bing Image Creator|Microsoft Designer|Black Forest Labs",
)


class Budget:
    """Counts down the metadata that may leave the child.

    Parameters
    ----------
    size, entries, value_chars : int
        The limits ``metadata_bytes``, ``metadata_entries`` and ``metadata_value_chars``.
    """

    def __init__(self, size: int, entries: int, value_chars: int) -> None:
        self._size = size
        self._entries = entries
        self._value_chars = value_chars
        self.cut = False

    def text(self, text: str) -> str:
        """The text, cut to what is left."""
        most = max(0, min(self._value_chars, self._size))
        if len(text) > most:
            self.cut = True
            text = text[:most]
        self._size -= len(text)
        return text.encode("utf-8", "replace").decode("utf-8")

    def take(self) -> bool:
        """Whether one more entry may be kept."""
        if self._entries <= 0 or self._size <= 0:
            self.cut = True
            return False
        self._entries -= 1
        return True


def exif_of(picture: Image.Image, budget: Budget) -> dict[str, Any]:
    """EXIF fields by name, ``GPS.`` and ``Thumbnail.`` before those of these directories."""
    fields: dict[str, Any] = {}
    for prefix, name, value in _exif_fields(picture):
        if not budget.take():
            break
        fields[f"{prefix}.{name}" if prefix in ("GPS", "Thumbnail") else name] = _plain(name, value, budget)
    return fields


def _exif_fields(picture: Image.Image) -> Iterator[tuple[str, str, Any]]:
    try:
        exif = picture.getexif()
    except Exception:
        return
    for prefix, directory in _DIRECTORIES.items():
        try:
            fields: Mapping[int, Any] = exif if directory is None else exif.get_ifd(directory)
            names = ExifTags.GPSTAGS if prefix == "GPS" else ExifTags.TAGS
            items = list(fields.items())
        except Exception:
            continue
        for tag, value in items:
            name = names.get(tag, f"0x{tag:04X}" if isinstance(tag, int) else str(tag))
            if name == "MakerNote":
                yield prefix, name, _note(value)
            elif name not in _POINTERS:
                yield prefix, name, value


def _note(value: Any) -> str:
    """Size and first letters of a maker note: they name the maker; the rest has a form of each maker's own."""
    data = value if isinstance(value, bytes) else b""
    return f"({len(data)} bytes, begins {re.split(rb'[^ -~]', data[:16])[0].decode('ascii')!r})"


def _plain(name: str, value: Any, budget: Budget) -> Any:
    if isinstance(value, bool | int):
        return value if abs(value) < 2**53 else budget.text(str(value))
    if isinstance(value, bytes):
        return budget.text(_characters(name, value))
    if isinstance(value, str):
        return budget.text(value.strip("\x00 \t\r\n"))
    if isinstance(value, tuple | list):
        return [_plain(name, part, budget) for part in value[:16]]
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return budget.text(str(type(value).__name__))
    return round(number, 9) if abs(number) < 1e15 else None


def _characters(name: str, value: bytes) -> str:
    if name == "UserComment":
        code, body = value[:8], value[8:]
        if code.startswith(b"UNICODE"):
            # The standard does not say which byte order; zero bytes of Latin text tell.
            little = body[1:200:2].count(0) > body[0:200:2].count(0)
            return body.decode("utf-16-le" if little else "utf-16-be", "replace").strip("\x00 ")
        value = body if code.strip(b"\x00") in (b"ASCII", b"") else value
    if name.startswith("XP"):
        return value.decode("utf-16-le", "replace").strip("\x00 ")
    body = value.strip(b"\x00 ")
    if all(32 <= c < 127 or c in (9, 10, 13) for c in body[:4096]):
        return body.decode("ascii", "replace")
    try:
        text = body.decode("utf-8")
        return text if text.isprintable() else f"({len(value)} bytes)"
    except UnicodeDecodeError:
        return f"({len(value)} bytes)"


def xmp_of(picture: Image.Image, budget: Budget) -> str:
    """The XMP packet as text, not parsed."""
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)
    return budget.text(text.strip("\x00 \r\n")) if text and budget.take() else ""


def text_of(picture: Image.Image, budget: Budget) -> dict[str, str]:
    """PNG text chunks by keyword."""
    texts = getattr(picture, "text", None)
    kept: dict[str, str] = {}
    for key, value in texts.items() if isinstance(texts, dict) else ():
        if key == "XML:com.adobe.xmp":
            continue
        if not budget.take():
            break
        kept[budget.text(str(key)[:80])] = budget.text(str(value))
    return kept


def comment_of(picture: Image.Image, budget: Budget) -> str:
    """The comment of a JPEG or GIF."""
    comment = picture.info.get("comment", b"")
    text = comment.decode("utf-8", "replace") if isinstance(comment, bytes) else str(comment)
    return budget.text(text.strip("\x00 \r\n")) if text and budget.take() else ""


def iptc_of(picture: Image.Image, budget: Budget) -> dict[str, str]:
    """IPTC-IIM fields that matter here, by name."""
    try:
        info = IptcImagePlugin.getiptcinfo(picture) or {} if isinstance(picture, ImageFile.ImageFile) else {}
    except Exception:
        return {}
    kept: dict[str, str] = {}
    for key, name in _IPTC.items():
        value = info.get(key)
        if value is not None and budget.take():
            parts = value if isinstance(value, list) else [value]
            kept[name] = budget.text("; ".join(part.decode("utf-8", "replace") for part in parts[:32]))
    return kept


def manifest_marks(manifest: bytes) -> list[str]:
    """Words of generators and source types found in the bytes of Content Credentials, not parsed."""
    return sorted({match.group().decode("utf-8", "replace").strip() for match in _MARKS.finditer(manifest)})[
        :32
    ]


def thumbnail_of(picture: Image.Image, side: int) -> tuple[Image.Image, bytes] | None:
    """The thumbnail embedded in EXIF as RGB and as a file, None when there is none that can be read."""
    try:
        exif = picture.getexif()
        directory = exif.get_ifd(ExifTags.IFD.IFD1)
        start, length = int(directory[0x0201]), int(directory[0x0202])
        blob = picture.info["exif"]
        data = (
            blob[6 + start : 6 + start + length]
            if blob[:6] == b"Exif\x00\x00"
            else blob[start : start + length]
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=["JPEG"]) as small:
                if max(small.size) > side or min(small.size) < 8:
                    return None
                return small.convert("RGB"), data
    except Exception:
        return None
