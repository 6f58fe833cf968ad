"""JSON of which there is one spelling only, so that a hash of it is a hash of what it says.

Keys sorted, no blanks, ASCII only (anything beyond as ``\\uXXXX`` in lower case), no fractions. ``jq -cSa`` writes the
same. ASCII, so that no terminal obeys what an entry or a file name holds.
"""

import json
import os
from typing import Any

from ..errors import AssayError

__all__ = ["NotCanonical", "canonical", "exact", "sound"]


class NotCanonical(AssayError):
    """Bytes that are no JSON, or not the one spelling of it."""

    code = "evidence-not-canonical"


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value.

    Parameters
    ----------
    value
        Objects, lists, texts, whole numbers, booleans and null.

    Raises
    ------
    TypeError
        It holds a fraction, whose spelling differs from program to program, or what is no JSON.
    """
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def exact(data: bytes, what: str) -> dict[str, Any]:
    """Read an object that must be in its one spelling.

    Parameters
    ----------
    data
        Without a newline at its end.
    what
        Name for the message.

    Raises
    ------
    NotCanonical
        It is no JSON object, or spelt in another way: blanks, order or double keys.
    """
    try:
        value = json.loads(data)
        same = isinstance(value, dict) and canonical(value) == data
    except (ValueError, TypeError, RecursionError):
        same = False
    if not same:
        raise NotCanonical(f"{what} is not the JSON that was written")
    return dict(value)


def sound(text: str) -> str:
    """A text without lone surrogates: bytes of a name that are no UTF-8 come as ``\\xff``."""
    try:
        return os.fsencode(text).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()


def _check(value: Any) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"the key {key!r} is no text")
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    elif not (value is None or isinstance(value, str | int)):
        raise TypeError(f"{value!r} has no spelling of its own; write it as text")
