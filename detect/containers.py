"""How a picture file is put together: JPEG segments, PNG chunks, what follows the end. Runs inside the bounded child.

Only structure is read here, never pixels; the code must end on any input in time linear in its length.
"""

import re
from dataclasses import dataclass, field

__all__ = ["JpegStructure", "Structure", "read_structure"]

_ZIGZAG = (
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
)  # fmt: skip
# In entropy-coded data 0xFF is followed by 0x00 (stuffing) or a restart marker; anything else is the next segment.
_NEXT_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_ARITHMETIC = {0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_MAX_SEGMENTS = 4096
_MAX_MANIFEST = 4 * 1024 * 1024


@dataclass(slots=True)
class JpegStructure:
    """Coding facts of a JPEG.

    Attributes
    ----------
    tables : dict of int to list of int
        Quantisation tables by number, 64 steps each in row order (not zigzag).
    components : list of [h, v, table]
        Sampling factors and table number of each colour component.
    progressive, arithmetic : bool
        Kind of coding.
    precision : int
        Bits a sample.
    scans : int
        Scans seen.
    markers : list of str
        Segment names in file order, e.g. ``APP0``, ``DQT``; at most 64.
    """

    tables: dict[int, list[int]] = field(default_factory=dict)
    components: list[list[int]] = field(default_factory=list)
    progressive: bool = False
    arithmetic: bool = False
    precision: int = 8
    scans: int = 0
    markers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Structure:
    """What the container of a picture shows.

    Attributes
    ----------
    ends : bool | None
        Whether the format's end mark was found; None where the format has none that is looked for.
    trailing_bytes : int
        Bytes after the end mark.
    trailing_head : bytes
        The first 16 of them.
    manifest : bytes
        Content Credentials (JUMBF boxes), joined, not parsed.
    jpeg : JpegStructure | None
        For JPEG only.
    """

    ends: bool | None = None
    trailing_bytes: int = 0
    trailing_head: bytes = b""
    manifest: bytes = b""
    jpeg: JpegStructure | None = None


def read_structure(data: bytes, media: str) -> Structure:
    """Structure of a picture file.

    Parameters
    ----------
    data : bytes
        The whole file.
    media : str
        Name of its media type, as sniffed.
    """
    if media == "jpeg":
        return _jpeg(data)
    if media == "png":
        return _png(data)
    if media == "webp":
        return _riff(data)
    return Structure()


def _jpeg(data: bytes) -> Structure:
    found = Structure(ends=False, jpeg=JpegStructure())
    jpeg = found.jpeg
    assert jpeg is not None
    manifests: list[bytes] = []
    at = 2
    for _ in range(_MAX_SEGMENTS):
        match = _NEXT_MARKER.search(data, at)
        if match is None:
            break
        marker = data[match.end() - 1]
        at = match.end()
        if len(jpeg.markers) < 64:
            jpeg.markers.append(_marker_name(marker))
        if marker == 0xD9:
            found.ends = True
            _trailing(found, data, at)
            break
        if marker in (0x01, 0xD8):
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        body = data[at + 2 : at + max(length, 2)]
        at += max(length, 2)
        if marker == 0xDB:
            _tables(jpeg, body)
        elif marker in _FRAMES and not jpeg.components:
            _frame(jpeg, marker, body)
        elif marker == 0xDA:
            jpeg.scans += 1
        elif marker == 0xEB and body[:2] == b"JP" and sum(map(len, manifests)) < _MAX_MANIFEST:
            # Common identifier, box instance, packet number, then the box (its header is repeated in each packet).
            manifests.append(body[8:])
    found.manifest = b"".join(manifests)
    return found


def _tables(jpeg: JpegStructure, body: bytes) -> None:
    at = 0
    while at < len(body):
        wide, number = body[at] >> 4, body[at] & 15
        size = 128 if wide else 64
        steps = body[at + 1 : at + 1 + size]
        if len(steps) < size:
            return
        values = [int.from_bytes(steps[2 * i : 2 * i + 2], "big") for i in range(64)] if wide else list(steps)
        table = [0] * 64
        for place, value in zip(_ZIGZAG, values, strict=True):
            table[place] = value
        if number < 4:
            jpeg.tables[number] = table
        at += 1 + size


def _frame(jpeg: JpegStructure, marker: int, body: bytes) -> None:
    jpeg.progressive = marker in _PROGRESSIVE
    jpeg.arithmetic = marker in _ARITHMETIC
    if len(body) >= 6:
        jpeg.precision = body[0]
        for i in range(min(body[5], 4)):
            part = body[6 + 3 * i : 9 + 3 * i]
            if len(part) == 3:
                jpeg.components.append([part[1] >> 4, part[1] & 15, part[2]])


def _marker_name(marker: int) -> str:
    if 0xE0 <= marker <= 0xEF:
        return f"APP{marker - 0xE0}"
    names = {0xD8: "SOI", 0xD9: "EOI", 0xDA: "SOS", 0xDB: "DQT", 0xC4: "DHT", 0xDD: "DRI", 0xFE: "COM"}
    return names.get(marker) or (f"SOF{marker - 0xC0}" if marker in _FRAMES else f"{marker:02X}")


def _png(data: bytes) -> Structure:
    found = Structure(ends=False)
    manifests: list[bytes] = []
    at = 8
    for _ in range(len(data) // 12 + 1):
        if at + 8 > len(data):
            break
        length = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        if name == b"caBX" and sum(map(len, manifests)) < _MAX_MANIFEST:
            manifests.append(data[at + 8 : at + 8 + length])
        at += 12 + length
        if name == b"IEND":
            found.ends = at <= len(data)
            _trailing(found, data, at)
            break
    found.manifest = b"".join(manifests)[:_MAX_MANIFEST]
    return found


def _riff(data: bytes) -> Structure:
    end = 8 + int.from_bytes(data[4:8], "little")
    found = Structure(ends=end <= len(data))
    _trailing(found, data, end + end % 2)
    return found


def _trailing(found: Structure, data: bytes, at: int) -> None:
    found.trailing_bytes = max(0, len(data) - at)
    found.trailing_head = data[at : at + 16]
