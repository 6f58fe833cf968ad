"""Bytes cut into blocks of whole lines, mended to UTF-8.

The length of a line is bounded while streaming, so a line without end is never held in memory.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from ..limits import LogLimits
from . import charsets
from .ledger import Ledger
from .streams import ByteStream

_NEWLINE: Final = 10
_RETURN: Final = 13


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole lines of one source.

    Attributes
    ----------
    first
        0-based number of the first line.
    data
        UTF-8 text, each line ended by one newline; no NUL, no carriage return before the newline.
    lines
        Number of lines, blank ones included.
    """

    first: int
    data: bytes
    lines: int


def blocks(stream: ByteStream, ledger: Ledger, limits: LogLimits, first: int = 0) -> Iterator[Block]:
    """Cut a stream into blocks of whole lines.

    A line over the limit becomes a blank line, so that the numbers of the lines after it stay right,
    and is counted in the ledger. UTF-16 becomes UTF-8; lines that are not UTF-8
    are read in the encoding that `charsets` finds, else Windows-1252; NUL bytes are removed. All of it is counted.

    Parameters
    ----------
    stream
        The source.
    ledger
        Where rejected and mended lines are counted.
    limits
        Bounds on the line and the block.
    first
        Number of the first line.

    Yields
    ------
    Block
        In order; together they hold every line.
    """
    stream.head()
    if stream.mark:
        stream.read(stream.mark)
    charset = stream.charset
    wide = charset if charset is not None and charset.startswith("utf-16") else None
    decoder = codecs.getincrementaldecoder(wide)("replace") if wide is not None else None
    carry: list[bytes] = []
    carried = 0
    skipping = False
    while True:
        piece = stream.read(limits.block_bytes)
        end = not piece
        if decoder is not None:
            piece = decoder.decode(piece, end).encode("utf-8", "replace")
            if not piece and not end:
                continue
        if end and not carried and not skipping and not piece:
            break
        cut = len(piece) if end else piece.rfind(b"\n") + 1
        if cut == 0 and not end:
            if not skipping:
                carry.append(piece)
                carried += len(piece)
                if carried > limits.line_bytes:
                    skipping = True
                    ledger.reject("line-too-long", first, carry[0])
                    carry, carried = [], 0
            continue
        rest = piece[cut:]
        if skipping:  # what is left of the line that was given up, up to its newline
            stop = piece.find(b"\n", 0, cut)
            whole = b"\n" + (piece[stop + 1 : cut] if stop >= 0 else b"")
            skipping = False
        elif carry:
            whole = b"".join((*carry, memoryview(piece)[:cut]))  # one copy, not two
        else:
            whole = piece[:cut] if cut < len(piece) else piece
        carry, carried = ([rest], len(rest)) if rest else ([], 0)
        if whole and not whole.endswith(b"\n"):
            whole += b"\n"
        if whole:
            whole = _tidy(_drop_long(whole, first, ledger, limits), charset, ledger)
            count = int(np.count_nonzero(np.frombuffer(whole, np.uint8) == _NEWLINE))
            ledger.lines += count
            if wide is not None:
                ledger.encodings[wide] += count
            yield Block(first, whole, count)
            first += count
        if end:
            break


def _drop_long(data: bytes, first: int, ledger: Ledger, limits: LogLimits) -> bytes:
    at = 0
    while at + limits.line_bytes < len(data):  # from line end to line end, in steps of the limit
        end = data.rfind(b"\n", at, at + limits.line_bytes + 1)
        if end < 0:
            break
        at = end + 1
    else:
        return data
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
    starts = np.concatenate(([0], ends[:-1] + 1))
    long = np.flatnonzero(ends - starts > limits.line_bytes)
    if not len(long):
        return data
    kept: list[bytes] = []
    at = 0
    for number in long:
        start, stop = int(starts[number]), int(ends[number])
        ledger.reject("line-too-long", first + int(number), data[start : start + 400])
        kept.append(data[at:start])
        at = stop
    kept.append(data[at:])
    return b"".join(kept)


def _tidy(data: bytes, charset: str | None, ledger: Ledger) -> bytes:
    if b"\0" in data:
        ledger.repair("nul-removed")
        data = data.replace(b"\0", b"")
    if b"\r" in data:
        data = _without_returns(data)
    if data.isascii():
        return data
    if _is_utf8(data):
        return data
    return mended(data, charset, ledger)


def mended(data: bytes, charset: str | None, ledger: Ledger) -> bytes:
    """Lines as UTF-8; those that are not are read in the encoding that they show, and counted.

    Parameters
    ----------
    data
        Whole lines.
    charset
        What the head of the source shows, else None.
    ledger
        Where the lines are counted.
    """
    lines = data.split(b"\n")
    odd = [number for number, line in enumerate(lines) if not charsets.is_utf8(line)]
    if not odd:
        return data
    # By the block and not by what came before it, so that it does not matter who reads the block.
    found = charset or charsets.of_lines([lines[number] for number in odd]) or charsets.FALLBACK
    for number in odd:
        lines[number] = charsets.decoded(lines[number], found)
    ledger.repair("not-utf8", len(odd))
    ledger.encodings[found] += len(odd)
    return b"\n".join(lines)


def _without_returns(data: bytes) -> bytes:
    """Lines that ended by a carriage return and a newline end by the newline; other returns become blanks."""
    text = np.frombuffer(data, np.uint8)
    returns = np.flatnonzero(text == _RETURN)
    if returns[-1] + 1 < len(data) and bool(np.all(text[returns + 1] == _NEWLINE)):
        return b"".join(data.split(b"\r"))  # four times as fast as replacing two bytes by one
    return data.replace(b"\r\n", b"\n").replace(b"\r", b" ")


def _is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8, told without making a string of them."""
    offsets = np.array([0, len(data)], np.int64)
    text = pa.LargeStringArray.from_buffers(1, pa.py_buffer(offsets), pa.py_buffer(data))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
