"""Lines of a list of known pictures: text, CSV with a header, or JSON lines."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from ...intake.limits import Limits
from .digests import WIDTHS

__all__ = ["Bad", "Entry", "entries"]

_NAMES = {
    "sha256": "sha256", "sha-256": "sha256", "sha_256": "sha256", "sha1": "sha1", "sha-1": "sha1", "sha_1": "sha1",
    "md5": "md5", "phash": "phash", "dhash": "dhash", "label": "label", "name": "label", "comment": "label",
    "description": "label",
}  # fmt: skip
_BY_LENGTH = {64: "sha256", 40: "sha1", 32: "md5", 16: "phash"}
_HEX = re.compile(r"[0-9a-fA-F]+")
_TEXT = re.compile(
    r"(?:(sha-?256|sha-?1|md5|phash|dhash)\s*[:=]\s*)?([0-9a-fA-F]{16,64})(?:[\s,;]+\*?(.*))?", re.IGNORECASE
)
_LABEL_CHARS = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One known picture: digests of its file by kind, hashes of what it shows, a label that may be empty."""

    digests: tuple[tuple[str, bytes], ...]
    phash: int | None
    dhash: int | None
    label: str


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that gives nothing: ``line-too-long``, ``not-json``, ``no-hash``, ``bad-hash`` or ``beyond-the-limit``."""

    code: str


def entries(stream: BinaryIO, limits: Limits) -> Iterator[tuple[int, Entry | Bad]]:
    """Entries of a list with their line numbers, from 1. Blank lines and those that begin with ``#`` are none.

    Parameters
    ----------
    stream : BinaryIO
        The list.
    limits : Limits
        ``known_line_bytes`` and ``known_entries``.
    """
    header: list[str] | None = None
    delimiter = ","
    kept = 0
    first = True
    for number, line in _lines(stream, limits.known_line_bytes):
        if line is None:
            yield number, Bad("line-too-long")
            continue
        text = line.decode("utf-8", "replace").strip().removeprefix("\ufeff")
        if not text or text.startswith("#"):
            continue
        if first:
            first = False
            header, delimiter = _header(text)
            if header is not None:
                continue
        entry = _entry(text, header, delimiter)
        if isinstance(entry, Entry):
            if kept >= limits.known_entries:
                entry = Bad("beyond-the-limit")
            kept += 1
        yield number, entry


def _lines(stream: BinaryIO, most: int) -> Iterator[tuple[int, bytes | None]]:
    """Lines one by one; None for one that is longer than allowed, of which no more is held."""
    number = 0
    while line := stream.readline(most + 1):
        number += 1
        if len(line) > most:
            while line and not line.endswith(b"\n"):
                line = stream.readline(most + 1)
            yield number, None
        else:
            yield number, line


def _header(text: str) -> tuple[list[str] | None, str]:
    """Names of the columns, when the line has any, and what separates them."""
    for delimiter in (",", ";", "\t"):
        names = [_NAMES.get(cell.strip().strip('"').lower(), "") for cell in text.split(delimiter)]
        if any(name and name != "label" for name in names):
            return names, delimiter
    return None, ","


def _entry(text: str, header: list[str] | None, delimiter: str) -> Entry | Bad:
    if header is not None:
        try:
            cells = next(csv.reader([text], delimiter=delimiter), [])
        except csv.Error:
            return Bad("no-hash")
        return _of(dict(zip(header, cells, strict=False)))
    if text.startswith("{"):
        try:
            given = json.loads(text)
        except (ValueError, RecursionError):
            return Bad("not-json")
        return _of({_NAMES.get(key.lower(), ""): value for key, value in given.items()})
    match = _TEXT.fullmatch(text)
    if match is None:
        return Bad("no-hash")
    kind = _NAMES[match[1].lower()] if match[1] else _BY_LENGTH.get(len(match[2]), "")
    return _of({kind: match[2], "label": match[3] or ""}) if kind else Bad("bad-hash")


def _of(given: Mapping[str, Any]) -> Entry | Bad:
    hashes = {kind: str(given[kind]).strip() for kind in (*WIDTHS, "phash", "dhash") if given.get(kind)}
    if not hashes:
        return Bad("no-hash")
    for kind, value in hashes.items():
        if len(value) != 2 * WIDTHS.get(kind, 8) or not _HEX.fullmatch(value):
            return Bad("bad-hash")
    return Entry(
        tuple((kind, bytes.fromhex(hashes[kind])) for kind in WIDTHS if kind in hashes),
        int(hashes["phash"], 16) if "phash" in hashes else None,
        int(hashes["dhash"], 16) if "dhash" in hashes else None,
        str(given.get("label") or "").strip()[:_LABEL_CHARS],
    )
