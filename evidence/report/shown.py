"""Text from outside, made harmless for eyes: what could steer a reader or a page is written as an escape."""

import os
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["cut", "escaped", "shown", "sound", "sounded"]

# Control characters, bidirectional marks and other format characters, lone surrogates, line and paragraph separators,
# private use and unassigned code points: none of them is a letter that anybody could read.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"})


def shown(text: object, limit: int | None = None) -> str:
    """`text` in one line; every character that is no visible one is written as ``\\x1b``, ``\\u202e`` and so on.

    Parameters
    ----------
    text : object
        Anything that came from outside.
    limit : int, optional
        Most characters of it that are shown.
    """
    line = cut(str(text), limit)
    if line.isascii() and line.isprintable():
        return line
    return "".join(escaped(mark) if unicodedata.category(mark) in _HIDDEN else mark for mark in line)


def cut(text: str, limit: int | None) -> str:
    """The beginning of a text, with an ellipsis where it was cut."""
    return text if limit is None or len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def escaped(mark: str) -> str:
    """A character as an escape of ASCII letters."""
    code = ord(mark)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def sound(text: str) -> str:
    """`text` with bytes of a file name that are no UTF-8 as backslash escapes, so that it can be encoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        try:
            return os.fsencode(text).decode("utf-8", "backslashreplace")
        except UnicodeEncodeError:
            return text.encode("utf-8", "backslashreplace").decode()
    return text


def sounded(value: Any) -> Any:
    """JSON values in which every text is `sound`."""
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, Mapping):
        return {sound(str(key)): sounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [sounded(item) for item in value]
    return value
