"""The terminal as a place that hostile text reaches: names and log fields are shown, never obeyed."""

import json
import os
import sys
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

PIPE_WIDTH = 200

# Cc: control, ANSI escapes among them. Cf: bidirectional overrides, zero-width marks, tags. Cs: undecodable bytes of
# a file name. Zl, Zp: separators that some terminals take for a new line.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: object, limit: int | None = None) -> str:
    """Return `text` with every character that could steer a terminal written as an escape.

    Parameters
    ----------
    text : object
        Anything that came from outside: a path, a log field, a card.
    limit : int, optional
        Longest result in characters; what is beyond is replaced by an ellipsis.

    Returns
    -------
    str
        One line: control characters, bidirectional overrides, zero-width marks and lone surrogates appear as
        ``\\x1b``, ``\\u202e`` and so on; everything else stays as it is.
    """
    line = str(text)
    if limit is not None and len(line) > limit:
        line = line[: max(limit - 1, 0)] + "…"
    if line.isascii() and line.isprintable():
        return line
    return "".join(_escaped(mark) if unicodedata.category(mark) in _HIDDEN else mark for mark in line)


def _escaped(mark: str) -> str:
    code = ord(mark)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def console(*, stderr: bool = False) -> "Console":
    """Make the rich console of standard output (or error): no markup, no emoji codes, no guessed colours."""
    from rich.console import Console

    # A file or a pipe has no width: long lines are easier to search than lines broken at 80 columns.
    width = None if (sys.stderr if stderr else sys.stdout).isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=width)


def json_line(value: Mapping[str, object]) -> str:
    """Return one JSON line in pure ASCII, so that no terminal obeys what a field holds.

    Bytes of a file name that are no valid UTF-8 come as ``\\xff``: a lone surrogate is no Unicode, and other programs
    refuse the line for it.
    """
    line = json.dumps(value, allow_nan=False)
    if "\\ud" in line:  # a lone surrogate, or half of a sound pair
        line = json.dumps(_sound(value), allow_nan=False)
    return line + "\n"


def _sound(value: object) -> object:
    """`value` with every lone surrogate in it as a backslash escape."""
    if isinstance(value, str):
        try:
            return os.fsencode(value).decode("utf-8", "backslashreplace")
        except UnicodeEncodeError:
            return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_sound(key): _sound(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_sound(item) for item in value]
    return value


def say(text: str) -> None:
    """Write one line of plain words to standard error."""
    sys.stderr.write(visible(text) + "\n")


def show(screen: "Console", line: "Text", indent: int) -> None:
    """Print `line` so that what does not fit goes on below, indented by `indent` columns."""
    from rich.text import Text

    start = len(line.plain) - len(line.plain.lstrip(" "))
    for place, part in enumerate(line[start:].wrap(screen, max(screen.width - indent, 20))):
        part.rstrip()
        screen.print(Text(" " * (start if place == 0 else indent)).append_text(part))


def glyphs(screen: "Console") -> dict[str, str]:
    """Return the marks of the views: drawn where the encoding has them, ASCII elsewhere."""
    if (screen.encoding or "").lower().replace("-", "").startswith("utf"):
        return {
            "line": "─",
            "span": "━",
            "zero": "┼",
            "point": "●",
            "dot": "·",
            "to": "→",
            "yes": "✓",
            "no": "–",
        }
    return {
        "line": "-",
        "span": "=",
        "zero": "+",
        "point": "o",
        "dot": "|",
        "to": "->",
        "yes": "x",
        "no": "-",
    }


def scale(
    value: float, low: float, high: float, *, reach: float, marks: dict[str, str], style: str, width: int = 33
) -> "Text":
    """Draw a number and its interval on a line from ``-reach`` to ``+reach`` with the zero in the middle.

    Parameters
    ----------
    value, low, high : float
        The point and the ends of its interval, in the unit of `reach`; what lies outside is drawn at the end.
    reach : float
        Half the length of the scale, > 0.
    marks : dict
        As `glyphs` returns them.
    style : str
        Style of the interval and the point.
    width : int
        Columns, odd so that the zero has one of its own.
    """
    from rich.text import Text

    def column(number: float) -> int:
        return round((min(max(number, -reach), reach) + reach) / (2 * reach) * (width - 1))

    first, last, point, zero = column(low), column(high), column(value), width // 2
    drawn = Text(f"{-reach:+g} ", style="dim")
    for place in range(width):
        if place == point:
            drawn.append(marks["point"], style=f"bold {style}")
        elif first <= place <= last:
            drawn.append(marks["span"], style=style)
        else:
            drawn.append(marks["zero"] if place == zero else marks["line"], style="dim")
    return drawn.append(f" {reach:+g}", style="dim")
