"""The segments of a JPEG, and the pictures that an MPO keeps behind the first."""

import re

from .png import MOST_MANIFEST
from .structure import JpegStructure, Structure, follow

__all__ = ["read_jpeg"]

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
_MPF = b"MPF\x00"
_MP_ENTRIES = 0xB002


def read_jpeg(data: bytes, frames: int) -> Structure:
    """Structure of a JPEG, up to its end mark and the pictures that its index (MPF) names behind it."""
    found = Structure(ends=False, jpeg=JpegStructure(), pictures=1)
    jpeg = found.jpeg
    assert jpeg is not None
    manifests: list[bytes] = []
    at, index_end = 2, 0
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
            follow(found, data, max(at, index_end))
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
        elif marker == 0xE2 and body[:4] == _MPF and not index_end:
            found.pictures, index_end = _index(data, at - len(body) + 4, body[4:], frames)
        elif marker == 0xEB and body[:2] == b"JP" and sum(map(len, manifests)) < MOST_MANIFEST:
            # Common identifier, box instance, packet number, then the box (its header is repeated in each packet).
            manifests.append(body[8:])
    found.manifest = b"".join(manifests)
    found.bits = jpeg.precision if jpeg.precision in (8, 12, 16) else 8
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


def _index(data: bytes, base: int, index: bytes, frames: int) -> tuple[int, int]:
    """Number of pictures in the index of an MPO (CIPA DC-007), and where the last of them ends."""
    order = "little" if index[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(index[at : at + size], order)  # type: ignore[arg-type]

    at = number(4, 4)
    for place in range(at + 2, at + 2 + 12 * min(number(at, 2), 64), 12):
        if number(place, 2) != _MP_ENTRIES:
            continue
        size, start = number(place + 4, 4), number(place + 8, 4)
        entries = range(start, min(start + size, len(index) - 15), 16)
        starts = [base + number(one + 8, 4) for one in entries if number(one + 8, 4)]
        sound = [begin for begin in starts if data[begin : begin + 3] == b"\xff\xd8\xff"][: frames - 1]
        # The lengths in the index are not believed: some programs write wrong ones, and a lie would hide what follows.
        return 1 + len(sound), max((_end_of(data, begin) for begin in sound[-1:]), default=base)
    return 1, base


def _end_of(data: bytes, begin: int) -> int:
    """Place behind the end mark of the JPEG that begins there."""
    at = begin + 2
    for _ in range(_MAX_SEGMENTS):
        match = _NEXT_MARKER.search(data, at)
        if match is None:
            break
        at = match.end()
        marker = data[at - 1]
        if marker == 0xD9:
            return at
        if marker not in (0x01, 0xD8):
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
    return len(data)


def _marker_name(marker: int) -> str:
    if 0xE0 <= marker <= 0xEF:
        return f"APP{marker - 0xE0}"
    names = {0xD8: "SOI", 0xD9: "EOI", 0xDA: "SOS", 0xDB: "DQT", 0xC4: "DHT", 0xDD: "DRI", 0xFE: "COM"}
    return names.get(marker) or (f"SOF{marker - 0xC0}" if marker in _FRAMES else f"{marker:02X}")
