"""Masked signatures: what a message says once its variable parts are taken out.

One chain of four vectorised polars expressions, no state: the signature of a line never depends on
the lines around it, so signatures of different files, days and machines can be compared and counted,
and counts add. Every pattern is a regular expression without look-around or back-reference, so the
work is linear in the length of a message. What each rule gains is measured by
``python benchmarks/signatures/run.py``.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import polars as pl

MASK: Final = "<*>"

# Words are of Latin, Greek or Cyrillic letters, so that a number inside Chinese text, which knows no
# spaces, does not take the sentence with it. The ASCII boundary is the fast one as well.
_LETTERS: Final = r"0-9A-Za-z_\x{C0}-\x{24F}\x{370}-\x{52F}"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_UNITS: Final = r"(?: ?(?:[KMGTP]i?B|B|bytes|[mun]?secs?|seconds?|minutes?|[mun]?s|hours?|days?)%b)?"


def _written(pattern: str) -> str:
    """*pattern* with the short hands `%b` (edge of a word) and `%l` (letters) written out."""
    return pattern.replace("%b", r"(?-u:\b)").replace("%l", _LETTERS)


# An account after a preposition or a word that judges it; bare "user X" is left alone, because the
# next word may be a verb ("user created").
_USER: Final = _written(r"%b((?:for|by|of|as|[Ii]nvalid|[Ii]llegal|[Uu]nknown) user +)[%l.@$\\-]+")

_SHAPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Quoted text that starts with a word in capitals is an instruction (GET, SELECT): it stays.
        "quoted": r'"(?:[^"A-Z]|[A-Z][^"A-Z])[^"]*"',
        "url": r"%b[a-z][a-z0-9+.-]*://[^\s\"'<>,;)\]]+",
        "mail": r"%b[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}%b",
        "windows-path": r"%b[A-Za-z]:\\[^\s\"'<>|,;]*|\\\\[%l.$-]+\\[^\s\"'<>|,;]*",
        # IPv6 and hardware addresses, which may be without a single digit.
        "colons": r"%b[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){3,7}(?:\x25[0-9a-z]+)?",
        "time": rf"%b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{{0,6}},? )?(?:{_MONTH}[a-z]{{0,6}} +[0-9]{{1,2}}"
        rf"|[0-9]{{1,2}} {_MONTH})%b(?:,? [0-9:]{{4,8}})*(?: [A-Z]{{3,4}} [0-9]{{4}})?",
        "host": r"%b(?:[A-Za-z0-9_-]+\.)+(?:com|net|org|edu|gov|mil|int|info|biz|local|lan|internal|arpa"
        r"|localdomain)(?::[0-9]+)?%b|%b(?:[A-Za-z0-9_-]+\.){2,}[a-z]{2}(?::[0-9]+)?%b",
        "path": r"(?:/[%l.@+~$*:\x25-]+){2,}/?(?:\?[^\s\"'<>]*)?",
    }
)
"""Kind of a variable that has a shape of its own: how it is written. The leftmost match wins, then the first kind."""

# Then every word that holds a digit, with its unit: counters, identifiers, dates, times, versions.
_NUMBER: Final = r"[+-]?%b[%l.$-]*[0-9][%l.:$/-]*" + _UNITS
# A word that holds a variable is one; several in a row, bracketed or not, are one as well: lists of
# any length get the same signature.
_WORD: Final = r"[(\[]?[%l.#\x25~?&@$!*\\-]*<{0}>(?:[%l.#\x25~?&@$!*\\-]*<{0}>)*[%l.#\x25~?&@$!*\\-]*[)\]]?"
_RUN: Final = _WORD + r"(?:[ \t,;:/|+-]{{0,2}}" + _WORD + ")*"


def signature(column: str = "message", *, chars: int = 300, without: Sequence[str] = ()) -> pl.Expr:
    """Masked signature of a text column.

    Parameters
    ----------
    column
        Name of the column of messages.
    chars
        Only so many characters of a message are looked at.
    without
        Rules to leave out, to measure what they give: kinds of `rules`.

    Returns
    -------
    pl.Expr
        String expression, null where the message is null.
    """
    text = pl.col(column).str.slice(0, chars)
    if "user" not in without:
        text = text.str.replace_all(_USER, "${1}" + MASK)
    shapes = "|".join(pattern for kind, pattern in _SHAPES.items() if kind not in without)
    number = _NUMBER.removesuffix(_UNITS) if "unit" in without else _NUMBER
    run = r"<\*>(?:[\s,;:/|+()\[\]-]{0,2}<\*>)+" if "word" in without else _RUN.format(r"\*")
    for pattern in (shapes, number, run):
        text = text.str.replace_all(_written(pattern), MASK)
    return text.str.strip_chars()


def rules() -> tuple[str, ...]:
    """Names of the rules that `signature` can leave out."""
    return ("user", *_SHAPES, "unit", "word")


def signatures(messages: pl.Series | Sequence[str], *, chars: int = 300) -> pl.Series:
    """Masked signature of each message; equal messages are masked once.

    Parameters
    ----------
    messages
        Strings or nulls.
    chars
        Only so many characters of a message are looked at.

    Returns
    -------
    pl.Series
        As long as *messages*, in their order.
    """
    frame = pl.DataFrame({"message": pl.Series(messages, dtype=pl.String)})
    distinct = frame.unique()
    if distinct.height * 2 > frame.height:
        return frame.select(signature(chars=chars).alias("template")).to_series()
    masked = distinct.with_columns(signature(chars=chars).alias("template"))
    joined = frame.join(masked, on="message", how="left", maintain_order="left", nulls_equal=True)
    return joined["template"]
