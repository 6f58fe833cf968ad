"""The boxes of an HEIC or AVIF file (ISO/IEC 14496-12 and 23008-12)."""

from collections.abc import Iterator

from .structure import Structure, follow

__all__ = ["read_boxes"]

_CODED = {b"hvc1", b"av01", b"grid", b"iovl", b"iden", b"jpeg", b"avc1", b"j2k1", b"unci"}
_MOST_BOXES = 100_000
_MOST_DEPTH = 8


def read_boxes(data: bytes, frames: int) -> Structure:
    """Structure of a file of boxes: its pictures up to `frames`, depth, colours, what follows the last box."""
    found = Structure(pictures=None)
    budget = [_MOST_BOXES]
    end = 0
    for name, start, stop in _boxes(data, 0, len(data), budget):
        if not name.isalnum() and not name.strip().isalnum():
            break
        end = stop
        if name == b"meta":
            _meta(data, start + 4, stop, found, frames, budget)
        elif name == b"moov":
            sequence = min(_samples(data, start, stop, budget, 0), frames)
            found.pictures = max(sequence, found.pictures or 0) or None
    follow(found, data, end)
    return found


def _boxes(data: bytes, at: int, stop: int, budget: list[int]) -> Iterator[tuple[bytes, int, int]]:
    """Name, beginning of the content and end of each box; ends at the first that does not fit."""
    while at + 8 <= stop and budget[0] > 0:
        budget[0] -= 1
        size, name, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = stop - at
        if size < head or at + size > stop:
            return
        yield name, at + head, at + size
        at += size


def _meta(data: bytes, at: int, stop: int, found: Structure, frames: int, budget: list[int]) -> None:
    shown: set[int] = set()
    parts: set[int] = set()
    for name, start, end in _boxes(data, at, stop, budget):
        if name == b"iinf":
            # A full box: version and flags, then a count that the boxes themselves make superfluous.
            first = start + (6 if data[start : start + 1] == b"\x00" else 8)
            for kind, item, close in _boxes(data, first, end, budget):
                number = _picture(data, item, close) if kind == b"infe" else None
                if number is not None and len(shown) < frames:
                    shown.add(number)
        elif name == b"iref":
            parts |= _parts(data, start, end, budget)
        elif name == b"iprp":
            _properties(data, start, end, found, budget)
    if shown - parts:
        found.pictures = min(len(shown - parts), frames)


def _picture(data: bytes, at: int, stop: int) -> int | None:
    """Number of an item that is a picture and not hidden."""
    if at + 12 > stop or data[at] not in (2, 3) or data[at + 3] & 1:
        return None
    wide = 2 if data[at] == 2 else 4
    number = int.from_bytes(data[at + 4 : at + 4 + wide], "big")
    return number if data[at + 6 + wide : at + 10 + wide] in _CODED else None


def _parts(data: bytes, at: int, stop: int, budget: list[int]) -> set[int]:
    """Items that belong to another one: alpha and depth maps, thumbnails, tiles of a grid."""
    parts: set[int] = set()
    wide = 4 if data[at : at + 1] == b"\x01" else 2
    for kind, start, end in _boxes(data, at + 4, stop, budget):
        numbers = [
            int.from_bytes(data[one : one + wide], "big") for one in range(start, end - wide + 1, wide)
        ]
        if kind in (b"auxl", b"thmb"):
            parts.update(numbers[:1])
        elif kind == b"dimg":
            # The derived picture, how many it is made of, and those.
            count = int.from_bytes(data[start + wide : start + wide + 2], "big")
            first = start + wide + 2
            parts.update(
                int.from_bytes(data[one : one + wide], "big")
                for one in range(first, min(first + count * wide, end - wide + 1), wide)
            )
    return parts


def _properties(data: bytes, at: int, stop: int, found: Structure, budget: list[int]) -> None:
    for name, start, end in _boxes(data, at, stop, budget):
        if name != b"ipco":
            continue
        for kind, item, close in _boxes(data, start, end, budget):
            if kind == b"pixi" and close - item > 5:
                found.bits = max(found.bits, *data[item + 5 : min(close, item + 9)])
            elif kind == b"av1C" and close - item > 2:
                # high_bitdepth, twelve_bit
                found.bits = max(
                    found.bits, 8 if not data[item + 2] & 0x40 else 12 if data[item + 2] & 0x20 else 10
                )
            elif kind == b"irot" or kind == b"imir":
                found.turned = found.turned or kind == b"imir" or data[item : item + 1] not in (b"", b"\x00")
            elif kind == b"colr" and data[item : item + 4] == b"nclx":
                found.primaries = int.from_bytes(data[item + 4 : item + 6], "big")
                found.transfer = int.from_bytes(data[item + 6 : item + 8], "big")
    found.bits = found.bits if found.bits in (8, 10, 12, 16) else 8


def _samples(data: bytes, at: int, stop: int, budget: list[int], depth: int) -> int:
    """Samples of the longest track: the frames of a sequence."""
    most = 0
    for name, start, end in _boxes(data, at, stop, budget):
        if name in (b"trak", b"mdia", b"minf", b"stbl") and depth < _MOST_DEPTH:
            most = max(most, _samples(data, start, end, budget, depth + 1))
        elif name == b"stsz" and end - start >= 12:
            most = max(most, int.from_bytes(data[start + 8 : start + 12], "big"))
    return most
