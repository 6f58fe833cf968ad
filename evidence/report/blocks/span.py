"""Pieces of text that know where they come from: what others wrote never looks like what the report says.

``foreign`` is text of the evidence, ``told`` a sentence of a method that holds some, ``original`` a sentence of a
method that is shown in the language in which it was written.
"""

from dataclasses import dataclass
from typing import Literal

from ..limits import DEFAULT
from ..shown import shown

__all__ = [
    "BREAK", "Line", "Span", "code", "faint", "foreign", "join", "link", "original", "say", "strong", "told",
]  # fmt: skip

Style = Literal["plain", "strong", "faint", "code", "foreign", "told", "original", "link", "break"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line; `href` is a file of the report, of links only."""

    text: str
    style: Style = "plain"
    href: str = ""


Line = tuple[Span, ...]

BREAK: Line = (Span("", "break"),)
"""What follows it begins a new line."""


def say(text: str) -> Line:
    """A sentence of the report itself."""
    return (Span(text),)


def strong(text: str) -> Line:
    """The same, heavier."""
    return (Span(text, "strong"),)


def faint(text: str) -> Line:
    """The same, lighter."""
    return (Span(text, "faint"),)


def code(text: object, limit: int | None = None) -> Line:
    """A hash, a code, a number of a version: letters of equal width."""
    return (Span(shown(text, limit), "code"),)


def foreign(text: object, limit: int = DEFAULT.cell_chars) -> Line:
    """Text of the evidence: visible, cut, and set apart."""
    return (Span(shown(text, limit), "foreign"),)


def told(text: object, limit: int = DEFAULT.text_chars) -> Line:
    """A sentence of a method that may hold text of the evidence: visible, cut, and kept from running into others."""
    return (Span(shown(text, limit), "told"),)


def original(text: object, limit: int = DEFAULT.text_chars) -> Line:
    """A sentence of a method in the language in which it was written."""
    return (Span(shown(text, limit), "original"),)


def link(text: str, href: str) -> Line:
    """A link to a file of the report, or to a place on its page."""
    return (Span(shown(text), "link", href),)


def join(*lines: Line, by: str = " ") -> Line:
    """Lines one after the other."""
    joined: list[Span] = []
    for line in lines:
        if joined and line and by:
            joined.append(Span(by))
        joined += line
    return tuple(joined)
