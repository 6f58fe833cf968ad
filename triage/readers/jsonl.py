"""JSON lines: one object a line; also one JSON array, or an object with `Records`, as a whole file."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl

from ..limits import LogLimits
from . import charsets, dialects, dumps, windows
from .blocks import Block, blocks, mended
from .collector import Collector
from .contract import Intake, sample_lines
from .ledger import Ledger
from .shapes import Lines, Shapes
from .streams import LogSourceError

_ANY: Final = msgspec.json.Decoder()
_CONTAINERS: Final = ("Records", "records", "events", "Events", "value", "logs", "hits", "data")
_DOCUMENT_BYTES: Final = 1 << 30
_PIECE: Final = 8192


class JsonLines:
    """Reader of Windows, ECS and any other JSON events."""

    name = "jsonl"
    title = "JSON lines, JSON array or Records document"

    def sniff(self, head: bytes) -> float:
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n\0")[:1]
        if start not in (b"{", b"["):
            return 0.0
        lines = sample_lines(head)
        good = sum(_decodes(line) for line in lines)
        if lines and good:
            return 0.5 + 0.49 * good / len(lines)
        if start == b"[":
            second = head.lstrip(b"\xef\xbb\xbf \t\r\n\0")[1:].lstrip()[:1]
            return 0.9 if second in (b"{", b"]") else 0.0
        return 0.7 if head.lstrip()[1:].lstrip()[:1] in (b'"', b"}") else 0.1

    def divisible(self, head: bytes) -> bool:
        return not is_document(head)

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        if is_document(intake.head()):
            yield from _document(intake)
            return
        yield from self.segment(intake, b"", 0)

    def segment(self, intake: Intake, head: bytes, start: int, first: int = 0) -> Iterator[pl.DataFrame]:
        shapes = Shapes.of(intake.limits, intake.ledger)
        for block in blocks(intake.stream, intake.ledger, intake.limits, first):
            yield from _block(block, shapes, intake.ledger, intake.limits)
        if (last := shapes.frame()) is not None:
            yield last
        shapes.done()


def is_document(head: bytes) -> bool:
    """Whether the whole file is one JSON value rather than one a line."""
    lines = sample_lines(head, 3)
    if not lines:
        return False
    first = lines[0].lstrip(b"\xef\xbb\xbf")
    if first[:1] == b"[":
        return True
    if not _decodes(first):
        whole = b"\n" not in head.strip()
        return first[:1] == b"{" and (not whole or first[:120].find(b"[") > 0)
    record = _ANY.decode(first)
    return (
        isinstance(record, dict)
        and len(lines) == 1
        and any(isinstance(record.get(k), list) and record[k] for k in _CONTAINERS)
    )


def _decodes(line: bytes) -> bool:
    try:
        return isinstance(_ANY.decode(line), dict)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False


def _block(block: Block, shapes: Shapes, ledger: Ledger, limits: LogLimits) -> Iterator[pl.DataFrame]:
    ends = np.flatnonzero(np.frombuffer(block.data, np.uint8) == 10)
    for start in range(0, len(ends), _PIECE):
        if start == 0 and len(ends) <= _PIECE:
            lines = Lines(block.data, ends)
        else:
            stop = min(start + _PIECE, len(ends))
            begin = int(ends[start - 1]) + 1 if start else 0
            lines = Lines(block.data[begin : int(ends[stop - 1]) + 1], ends[start:stop] - begin)
        yield from _piece(block.first + start, lines, shapes, ledger, limits)


def _piece(
    first: int, lines: "Sequence[bytes] | Lines", shapes: Shapes, ledger: Ledger, limits: LogLimits
) -> list[pl.DataFrame]:
    """Frames of some lines, each line by the fastest way that understands it.

    Flat Windows events are held back until there are enough of them for one frame.
    """
    with _no_collection():
        others = shapes.read(first, lines)
        numbers: list[int] = []
        left: list[bytes] = []
        for place in others:
            line = lines[place]
            if len(line) > limits.line_bytes:  # an item of a document
                ledger.reject("line-too-long", first + place, line[:1000])
            elif line and not line.isspace():
                numbers.append(first + place)
                left.append(line)
        if not left and not shapes.full:
            return []
        flat = shapes.frame()
        frames = [flat] if flat is not None else []
        if left:
            frames += _nested(numbers, left, ledger, limits) or _mixed(numbers, left, ledger, limits)
    if len(frames) > 1:
        return [pl.concat(frames, how="diagonal").sort("line")]
    return frames


def _nested(
    numbers: Sequence[int], lines: Sequence[bytes], ledger: Ledger, limits: LogLimits
) -> list[pl.DataFrame]:
    """One frame when all lines are Windows events in one of the nested layouts, else none."""
    if not windows_like(lines):
        return []
    if b'"System"' in lines[0] and (frame := dumps.frame(numbers, lines, ledger, limits)) is not None:
        return [frame]
    try:
        events = [windows.decode(line) for line in lines]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return []
    if not all(map(windows.complete, events)):
        return []
    return [windows.frame(pl.Series(numbers, dtype=pl.UInt32), events, ledger, limits)]


def _mixed(
    numbers: Sequence[int], lines: Sequence[bytes], ledger: Ledger, limits: LogLimits
) -> list[pl.DataFrame]:
    known: list[int] = []
    events: list[Any] = []
    other = Collector(limits, ledger)
    for number, line in zip(numbers, lines, strict=True):
        try:
            record = _ANY.decode(line)
        except RecursionError:
            ledger.reject("nested-too-deep", number, line)
            continue
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            ledger.reject("number-too-big" if "range" in str(error) else "not-json", number, line)
            continue
        add(number, record, line, known, events, other, ledger)
    return _both(known, events, other, ledger, limits)


def add(
    number: int,
    record: Any,
    line: bytes,
    known: list[int],
    events: list[Any],
    other: Collector,
    ledger: Ledger,
) -> None:
    """Sort one decoded record into Windows events or others, or reject it."""
    if not isinstance(record, dict):
        ledger.reject("not-an-object", number, line)
        return
    if windows.looks_windows(record):
        try:
            event = windows.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            event = None
        if event is not None:
            known.append(number)
            events.append(event)
            return
    try:
        other.add(number, record, dialects.of(record))
    except RecursionError:
        ledger.reject("nested-too-deep", number, line)


def _both(
    known: list[int], events: list[Any], other: Collector, ledger: Ledger, limits: LogLimits
) -> list[pl.DataFrame]:
    frames = []
    if events:
        frames.append(windows.frame(pl.Series(known, dtype=pl.UInt32), events, ledger, limits))
    if len(other):
        frames.append(other.frame())
    if len(frames) == 2:
        return [pl.concat(frames, how="diagonal").sort("line")]
    return frames


def windows_like(lines: Sequence[bytes]) -> bool:
    """Whether the first lines are Windows events, so that the fast way is worth trying."""
    for line in lines[:4]:
        try:
            record = _ANY.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return False
        if not isinstance(record, dict) or windows.looks_windows(record) is None:
            return False
    return True


def _document(intake: Intake) -> Iterator[pl.DataFrame]:
    ledger, limits = intake.ledger, intake.limits
    shapes = Shapes(limits, ledger)
    pieces: list[bytes] = []
    size = 0
    while piece := intake.stream.read(limits.block_bytes):
        pieces.append(piece)
        size += len(piece)
        if size > _DOCUMENT_BYTES:
            raise LogSourceError(
                "damaged-file",
                f"one JSON document of more than {_DOCUMENT_BYTES:,} bytes; convert it to one object a line",
            )
    data = charsets.as_utf8(b"".join(pieces), intake.stream.charset)
    if not data.isascii():
        data = mended(data, intake.stream.charset, ledger)
    try:
        items = _items(data)
    except RecursionError as error:
        ledger.reject("nested-too-deep", 0, data[:1000])
        raise LogSourceError("damaged-file", "the JSON document is nested too deep") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if b"\n" in data.strip():  # objects one a line after all, with something odd at the start
            yield from _block(Block(0, data.rstrip(b"\n") + b"\n", 0), shapes, ledger, limits)
            if (last := shapes.frame()) is not None:
                yield last
            ledger.lines += data.count(b"\n")
            return
        ledger.reject("line-too-long" if len(data) > limits.line_bytes else "not-json", 0, data[:1000])
        raise LogSourceError("damaged-file", f"the JSON document is damaged: {error}") from error
    ledger.lines += len(items)
    for start in range(0, len(items), _PIECE):
        lines = [bytes(raw) for raw in items[start : start + _PIECE]]
        yield from _piece(start, lines, shapes, ledger, limits)
    if (last := shapes.frame()) is not None:
        yield last


def _items(data: bytes) -> list[msgspec.Raw]:
    body = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if body[:1] == b"[":
        return msgspec.json.decode(body, type=list[msgspec.Raw])
    outer = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    for name in _CONTAINERS:
        if name in outer and bytes(outer[name]).startswith(b"["):
            return msgspec.json.decode(outer[name], type=list[msgspec.Raw])
    return [msgspec.Raw(body)]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hold the cycle collector while many small objects are made that have no cycles."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
