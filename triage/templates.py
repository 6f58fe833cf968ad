"""Masked signatures: what a message says once its variable parts are taken out.

One chain of vectorised polars expressions, no state: the signature of a line never depends on the
lines around it, so signatures of different files, days and machines can be compared and counted.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

MASK: Final = "<*>"

# First what has a shape of its own, quoted text and addresses included; each alternative is one kind
# of variable. Order matters: the leftmost alternative that matches wins.
_SHAPES: Final = "|".join(
    (
        r"\{?\b[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\b\}?",  # GUID
        r'"[^"]*"',
        r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>,;)\]]+",  # URL
        r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}\b",  # e-mail
        r"\bS-1-\d+(?:-\d+)+\b",  # Windows security identifier
        r"\b[A-Za-z]:\\[^\s\"'<>|,;]*",  # Windows path
        r"\\\\[\w.$-]+\\[^\s\"'<>|,;]*",
        r"(?:[0-9A-Fa-f]{2}[:-]){5,}[0-9A-Fa-f]{2}\b",  # hardware address, fingerprint
        r"/?(?:\d{1,3}\.){3}\d{1,3}(?:[:/#]\d+)?\b",  # IPv4, with port or prefix
        r"\b[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){3,7}(?:%\w+)?",  # IPv6
        r"\b(?:blk|task|attempt|job|application|container|appattempt)_-?\w+",
        r"(?:/[\w.@%+~$*:-]+){2,}/?",  # Unix path of two or more parts
        r"\b0[xX][0-9A-Fa-f]+\b",
        r"\b[0-9A-Fa-f]*(?:[0-9][A-Fa-f]|[A-Fa-f][0-9])[0-9A-Fa-f]{6,}\b",  # hash or long hex
    )
)
# Then every word that holds a digit: counters, identifiers, dates, times, versions.
_DIGITS: Final = r"[+-]?\b[\w.$-]*\d[\w.:$/-]*"
# Several variables in a row are one: lists of any length get the same signature.
_RUNS: Final = r"<\*>(?:[\s,;:/|+()\[\]-]{0,2}<\*>)+"


def signature(column: str = "message", *, chars: int = 300) -> pl.Expr:
    """Masked signature of a text column.

    Parameters
    ----------
    column
        Name of the column of messages.
    chars
        Only so many characters of a message are looked at.

    Returns
    -------
    pl.Expr
        String expression, null where the message is null.
    """
    text = pl.col(column).str.slice(0, chars)
    return (
        text.str.replace_all(_SHAPES, MASK)
        .str.replace_all(_DIGITS, MASK)
        .str.replace_all(_RUNS, MASK)
        .str.strip_chars()
    )


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
