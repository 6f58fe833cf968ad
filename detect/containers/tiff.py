"""The directories of a TIFF: its pages, and how far the bytes that they name reach."""

from collections.abc import Iterator
from dataclasses import dataclass

from .structure import Structure, follow

__all__ = ["read_tiff"]

_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_BITS, _SUBFILES, _EXIF, _GPS, _DNG, _PHOTOMETRIC = 258, 330, 34665, 34853, 50706, 262
_PLACES = {273: 279, 324: 325, 513: 514}
"""Tags of places of data, with the tags of their lengths: strips, tiles, an embedded JPEG."""
_CFA, _LINEAR_RAW = 32803, 34892
_MOST_TAGS = 4096
_MOST_VALUES = 100_000
_MOST_DIRECTORIES = 256
"""Directories below pages that are followed."""


@dataclass(frozen=True, slots=True)
class _Tag:
    number: int
    kind: int
    count: int
    at: int


class _Walk:
    """Reads numbers of one byte order, and remembers how far the file reaches."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = "little" if data[:2] == b"II" else "big"
        self.big = data[2:4] in (b"+\x00", b"\x00+")
        self.end = 16 if self.big else 8

    def number(self, at: int, size: int) -> int:
        return int.from_bytes(self._data[at : at + size], self._order)  # type: ignore[arg-type]

    def first(self) -> int:
        return self.number(8, 8) if self.big else self.number(4, 4)

    def tags(self, at: int) -> tuple[list[_Tag], int]:
        """Tags of the directory at a place, and the place of the next one, 0 for none."""
        counted, size, pointer = (8, 20, 8) if self.big else (2, 12, 4)
        count = self.number(at, counted)
        after = at + counted + count * size
        room = max(0, len(self._data) - at - counted) // size
        self.reach(after + pointer)
        found = []
        for place in range(at + counted, at + counted + min(count, room, _MOST_TAGS) * size, size):
            kind = self.number(place + 2, 2)
            number = self.number(place + 4, pointer)
            length = _SIZES.get(kind, 0) * number
            value = place + 4 + pointer
            if length > pointer:
                value = self.number(value, pointer)
                self.reach(value + length)
            found.append(_Tag(self.number(place, 2), kind, number, value))
        return found, self.number(after, pointer) if after + pointer <= len(self._data) else 0

    def values(self, tag: _Tag) -> Iterator[int]:
        size = _SIZES.get(tag.kind, 0)
        if tag.kind in (5, 10, 11, 12) or not size:
            return
        for place in range(tag.at, tag.at + min(tag.count, _MOST_VALUES) * size, size):
            if place + size > len(self._data):
                return
            yield self.number(place, size)

    def reach(self, end: int) -> None:
        """Bytes up to here are named; a lie that points beyond the file reaches nowhere."""
        if self.end < end <= len(self._data):
            self.end = end


def read_tiff(data: bytes, frames: int) -> Structure:
    """Structure of a TIFF: pages up to `frames`, bits of the first, whether it is a camera's raw file, what follows."""
    walk = _Walk(data)
    # Canon writes its mark behind the header of its raw files.
    found = Structure(pictures=0, raw=data[8:10] == b"CR" and data[:2] == b"II")
    seen: set[int] = set()
    at, pages = walk.first(), 0
    while 0 < at < len(data) and at not in seen and pages < frames:
        seen.add(at)
        tags, following = walk.tags(at)
        by_number = {tag.number: tag for tag in tags}
        if pages == 0 and _BITS in by_number:
            found.bits = max(walk.values(by_number[_BITS]), default=8)
        pages += 1
        _look(walk, by_number, found)
        _below(walk, by_number, seen, found)
        at = following
    found.pictures = pages
    if at == 0 and pages:
        follow(found, data, walk.end)
    return found


def _look(walk: _Walk, tags: dict[int, _Tag], found: Structure) -> None:
    for places, lengths in _PLACES.items():
        if places in tags and lengths in tags:
            for place, length in zip(walk.values(tags[places]), walk.values(tags[lengths]), strict=False):
                walk.reach(place + length)
    raw = _PHOTOMETRIC in tags and any(
        value in (_CFA, _LINEAR_RAW) for value in walk.values(tags[_PHOTOMETRIC])
    )
    found.raw = found.raw or raw or _DNG in tags


def _below(walk: _Walk, tags: dict[int, _Tag], seen: set[int], found: Structure) -> None:
    waiting = [
        place for number in (_SUBFILES, _EXIF, _GPS) if number in tags for place in walk.values(tags[number])
    ]
    for place in waiting[:_MOST_DIRECTORIES]:
        if place and place not in seen and len(seen) < _MOST_VALUES:
            seen.add(place)
            _look(walk, {tag.number: tag for tag in walk.tags(place)[0]}, found)
