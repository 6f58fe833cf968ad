"""What a pseudonym looks like in a text."""

import re
from typing import Final

TOKEN: Final = re.compile(r"(host|user|ip)-([a-z2-7]{28,8000})")
"""At least the 16 bytes of its hash and one of the value, in base 32."""


def cut(text: str, longest: int) -> str:
    """The start of a text, with an ellipsis where something is left out; a pseudonym is never parted.

    Parameters
    ----------
    text
        Any text.
    longest
        Characters, the ellipsis included; more where a pseudonym begins before and ends after.

    Returns
    -------
    str
    """
    if len(text) <= longest:
        return text
    end = longest - 1
    if "-" in text[:longest]:
        end = next((found.end() for found in TOKEN.finditer(text) if found.start() < end < found.end()), end)
    return text[:end] + "…" if end < len(text) else text


def cut_before(text: str, longest: int) -> str:
    """The end of a text, with an ellipsis where something is left out; a pseudonym is never parted.

    Parameters
    ----------
    text, longest
        As for `cut`.

    Returns
    -------
    str
    """
    if len(text) <= longest:
        return text
    start = len(text) + 1 - longest
    if "-" in text:
        start = next((found.start() for found in TOKEN.finditer(text) if found.start() < start < found.end()), start)
    return "…" + text[start:] if start else text
