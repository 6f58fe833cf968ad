"""Strict reading of small JSON documents whose bytes nobody vouches for yet.

The standard decoder lets a second key win silently, turns ``1e999`` into infinity and accepts ``NaN``. Two
readers of one document could then disagree on what it says, so all three are refused here, before anything
looks inside.
"""

import json
import math
import unicodedata
from collections.abc import Iterator
from typing import Any

from ..errors import AssayError

__all__ = [
    "JsonDuplicateKey",
    "JsonError",
    "JsonMalformed",
    "JsonTooLarge",
    "check_texts",
    "read_json",
    "write_json",
]

MAX_JSON_DEPTH = 64
"""Deepest nesting of objects and arrays that is read."""

_OVERRIDES = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


class JsonError(AssayError):
    """A JSON document is refused."""

    code = "json"


class JsonTooLarge(JsonError):
    """The document is longer than its reader allows; it was not parsed."""

    code = "json-too-large"


class JsonDuplicateKey(JsonError):
    """One object names a key twice, so two readers could see two different documents."""

    code = "json-duplicate-key"


class JsonMalformed(JsonError):
    """Not UTF-8, not JSON, nested too deeply, or a number that is not finite."""

    code = "json-malformed"


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise JsonDuplicateKey(f"the key {key!r} occurs twice in one object; keep one of the two")
        found[key] = value
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonMalformed(f"the number {text[:40]} is not finite; write a finite number or null")
    return number


def _constant(text: str) -> float:
    raise JsonMalformed(f"{text} is not JSON; write a finite number or null")


def _depth(value: Any) -> int:
    deepest, pending = 0, [(value, 1)]
    while pending:
        node, level = pending.pop()
        deepest = max(deepest, level)
        if isinstance(node, dict):
            pending.extend((child, level + 1) for child in node.values())
        elif isinstance(node, list):
            pending.extend((child, level + 1) for child in node)
    return deepest


def read_json(data: bytes, *, limit: int, what: str) -> Any:
    """Parse `data` strictly.

    Parameters
    ----------
    data : bytes
        UTF-8 without a byte order mark.
    limit : int
        Most bytes that are parsed at all.
    what : str
        Name of the document for messages.

    Raises
    ------
    JsonTooLarge, JsonDuplicateKey, JsonMalformed
        See each class.
    """
    if len(data) > limit:
        raise JsonTooLarge(f"{what} has {len(data)} bytes, more than the {limit} allowed; shorten it")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonMalformed(f"{what} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    try:
        value = json.loads(text, object_pairs_hook=_pairs, parse_float=_finite, parse_constant=_constant)
    except JsonError as error:
        raise type(error)(f"{what}: {error}") from error
    except RecursionError as error:
        raise JsonMalformed(f"{what} is nested too deeply; flatten it") from error
    except ValueError as error:  # JSONDecodeError, and integers of thousands of digits
        raise JsonMalformed(f"{what} is not valid JSON ({error}); correct it") from error
    if _depth(value) > MAX_JSON_DEPTH:
        raise JsonMalformed(f"{what} is nested deeper than {MAX_JSON_DEPTH} levels; flatten it")
    return value


def write_json(value: Any) -> bytes:
    """Indented UTF-8 JSON ending in a newline, keys in the order given; equal input gives equal bytes.

    Lists of plain values stay on one line, so that a shape reads as a shape.
    """
    return (_indented(value, "\n") + "\n").encode("utf-8")


def _indented(value: Any, line: str) -> str:
    inner = line + "  "
    if isinstance(value, dict) and value:
        pairs = (f"{_plain(str(key))}: {_indented(item, inner)}" for key, item in value.items())
        return "{" + inner + ("," + inner).join(pairs) + line + "}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return "[" + inner + ("," + inner).join(_indented(item, inner) for item in value) + line + "]"
    return _plain(value)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def check_texts(value: Any) -> None:
    """Refuse control characters and reordering marks in any text of a JSON value.

    Its texts are printed in terminals and reports: an escape sequence could repaint the screen, and an
    override mark could make a reader see another order of words than the bytes hold.

    Raises
    ------
    ValueError
        Names the text and the character.
    """
    for text in _texts(value):
        for mark in text:
            if mark in "\n\t" or (mark.isascii() and mark.isprintable()):
                continue
            if unicodedata.category(mark) in ("Cc", "Cs") or unicodedata.bidirectional(mark) in _OVERRIDES:
                raise ValueError(f"the text {text[:40]!r} holds the control character U+{ord(mark):04X}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
