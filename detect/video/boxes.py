"""The boxes of an MP4 or QuickTime file that tell how it was made (ISO/IEC 14496-12). Runs inside the bounded child.

Only headers are read, and the few boxes that are asked about; `mdat`, which holds the frames, is skipped.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["read_boxes"]

_MOST_BOXES = 20_000
_MOST_TOP = 64
_MOST_EDITS = 64
_MOST_XMP = 262_144
_MOST_DEPTH = 6
_INSIDE = (b"moov", b"trak", b"edts", b"mdia", b"minf", b"udta", b"stbl")
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)


def read_boxes(descriptor: int, size: int) -> dict[str, Any]:
    """Facts of the boxes of a file.

    Returns
    -------
    dict
        ``order`` (names of the top boxes), ``edits`` (edit lists: per track a list of [duration, media time, rate]),
        ``made`` and ``changed`` (times of the movie header, ISO 8601, UTC; None when zero), ``xmp`` (text, cut),
        ``manifest`` (whether a box of Content Credentials is there), ``whole`` (whether the last box ends where the
        file does), ``fragments`` (number of `moof` boxes).
    """
    told: dict[str, Any] = {
        "order": [], "edits": [], "made": None, "changed": None, "xmp": "", "manifest": False, "whole": True,
        "fragments": 0,
    }  # fmt: skip
    budget = [_MOST_BOXES]
    end = 0
    for name, start, stop in _boxes(descriptor, 0, size, budget):
        told["fragments"] += name == b"moof"
        if len(told["order"]) < _MOST_TOP and (not told["order"] or told["order"][-1] != _name(name)):
            told["order"].append(_name(name))
        end = stop
        _look(descriptor, name, start, min(stop, size), told, budget, 0)
    told["whole"] = end == size
    return told


def _look(
    descriptor: int, name: bytes, start: int, stop: int, told: dict[str, Any], budget: list[int], depth: int
) -> None:
    if name in _INSIDE and depth < _MOST_DEPTH:
        for kind, at, end in _boxes(descriptor, start, stop, budget):
            _look(descriptor, kind, at, min(end, stop), told, budget, depth + 1)
    elif name == b"elst" and len(told["edits"]) < 16:
        told["edits"].append(_edits(os.pread(descriptor, min(stop - start, 4096), start)))
    elif name == b"mvhd":
        head = os.pread(descriptor, 32, start)
        wide = 8 if head[:1] == b"\x01" else 4
        told["made"] = _time(head[4 : 4 + wide])
        told["changed"] = _time(head[4 + wide : 4 + 2 * wide])
    elif name == b"uuid":
        kind_of = os.pread(descriptor, 16, start)
        if kind_of == _XMP:
            text = os.pread(descriptor, min(stop - start - 16, _MOST_XMP), start + 16)
            told["xmp"] = text.decode("utf-8", "replace")
        told["manifest"] = told["manifest"] or kind_of == _C2PA


def _boxes(descriptor: int, at: int, stop: int, budget: list[int]) -> Iterator[tuple[bytes, int, int]]:
    """Name, beginning of the content and stated end of each box; a box that reaches too far is the last."""
    while at + 8 <= stop and budget[0] > 0:
        budget[0] -= 1
        head = os.pread(descriptor, 16, at)
        if len(head) < 8:
            return
        size, name, length = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:
            size, length = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = stop - at
        if size < length:
            return
        yield name, at + length, at + size
        at += size


def _edits(body: bytes) -> list[list[float]]:
    wide = 8 if body[:1] == b"\x01" else 4
    step = 2 * wide + 4
    count = min(int.from_bytes(body[4:8], "big"), _MOST_EDITS)
    found = []
    for at in range(8, min(8 + count * step, len(body) - step + 1), step):
        duration = int.from_bytes(body[at : at + wide], "big")
        start = int.from_bytes(body[at + wide : at + 2 * wide], "big", signed=True)
        rate = int.from_bytes(body[at + 2 * wide : at + step], "big", signed=True) / 65536
        found.append([float(duration), float(start), rate])
    return found


def _time(raw: bytes) -> str | None:
    seconds = int.from_bytes(raw, "big")
    if not 0 < seconds < 1 << 33:
        return None
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()


def _name(name: bytes) -> str:
    return "".join(chr(c) if 32 < c < 127 else "?" for c in name)
