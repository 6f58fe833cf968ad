"""Any text log: each line is a message with its masked signature, a time and an address if it shows them."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from ..limits import LogLimits
from ..records import times
from . import auth
from .blocks import blocks
from .contract import Intake, sample_lines
from .ledger import Ledger
from .syslog import complete_templates, text_lines

# A stamp at the start of the line (or within the first words, as in web server logs).
_STAMPS: Final = (
    r"^\W{0,2}(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[+-]\d\d:?\d\d)?)",
    r"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]",
    r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)",
    r"^\[([A-Z][a-z]{2} [A-Z][a-z]{2} \d{1,2} \d\d:\d\d:\d\d \d{4})\]",
    r"^(\d\d/\d\d/\d\d \d\d:\d\d:\d\d)",
    r"^(\d{10}(?:\.\d+)?)\b",
)


class Text:
    """Reader of last resort; any text has lines."""

    name = "text"
    title = "any other text, one event a line"

    def sniff(self, head: bytes) -> float:
        if not head:
            return 0.0
        shown = head[:4096]
        odd = sum(byte < 9 or (13 < byte < 32 and byte != 27) for byte in shown.replace(b"\0", b""))
        if shown.count(0) > len(shown) // 2 and not shown.startswith((b"\xff\xfe", b"\xfe\xff")):
            return 0.0
        return 0.2 if odd * 20 < len(shown) else 0.0

    def divisible(self, head: bytes) -> bool:
        return True

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        yield from self.segment(intake, intake.head(), 0)

    def segment(self, intake: Intake, head: bytes, start: int, first: int = 0) -> Iterator[pl.DataFrame]:
        pattern = _stamps(head, intake.limits)
        for block in blocks(intake.stream, intake.ledger, intake.limits, first):
            lines = text_lines(block)
            if lines.is_empty():
                continue
            lines = lines.with_columns(
                pl.col("text").str.slice(0, intake.limits.value_chars).alias("message")
            )
            yield _frame(lines, pattern, intake.ledger)


def _stamps(head: bytes, limits: LogLimits) -> str | None:
    """The pattern that most lines have their time by, if most have one."""
    shown = pl.Series([line.decode("utf-8", "replace") for line in sample_lines(head, 200)], dtype=pl.String)
    shown = shown.str.slice(0, limits.value_chars)
    counts = [(int(shown.str.contains(p).sum()), p) for p in _STAMPS]
    return max(counts)[1] if max(counts)[0] * 2 > len(shown) else None


def _frame(lines: pl.DataFrame, pattern: str | None, ledger: Ledger) -> pl.DataFrame:
    frame = lines.select(
        "line",
        "message",
        auth.first_address().alias("source_ip"),
        pl.lit(None, dtype=pl.String).alias("template"),
        pl.lit("text").alias("raw_kind"),
    )
    if pattern is not None:
        stamps = lines["message"].str.extract(pattern)
        parsed = times.parse(stamps)
        ledger.stamped(stamps, parsed)
        frame = frame.with_columns(parsed.alias("time"))
    return frame.with_columns(complete_templates(frame))
