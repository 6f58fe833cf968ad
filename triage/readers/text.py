"""Any text log: each line is a message with its masked signature, a time and an address if it shows them."""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from .. import times
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
_ACCESS: Final = (
    r'^"?(\S+) \S+ (\S+|".*?") \[([^\]]+)\] "(?:([A-Z]{3,10}) )?((?:[^"\\]|\\.)*?)(?: HTTP/[\d.]+)?" '
    r'(\d{3}) (\d+|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?'
)
_SNIFF_ACCESS: Final = re.compile(_ACCESS)


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

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        pattern: str | None = None
        first = True
        for block in blocks(intake.stream, intake.ledger, intake.limits):
            lines = text_lines(block)
            if lines.is_empty():
                continue
            lines = lines.with_columns(
                pl.col("text").str.slice(0, intake.limits.value_chars).alias("message")
            )
            if first:
                shown = lines["message"].head(200)
                counts = [(int(shown.str.contains(p).sum()), p) for p in _STAMPS]
                pattern = max(counts)[1] if max(counts)[0] * 2 > len(shown) else None
                first = False
            yield _frame(lines, pattern, intake.ledger)


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


class Access:
    """Reader of web server access logs in the common and combined formats."""

    name = "access"
    title = "Apache or nginx access log"

    def sniff(self, head: bytes) -> float:
        lines = [line.decode("utf-8", "replace") for line in sample_lines(head)]
        return 0.98 * sum(bool(_SNIFF_ACCESS.match(line)) for line in lines) / len(lines) if lines else 0.0

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        for block in blocks(intake.stream, intake.ledger, intake.limits):
            lines = text_lines(block)
            if lines.is_empty():
                continue
            cut = pl.col("text").str.slice(0, intake.limits.value_chars).alias("message")
            yield _requests(lines.with_columns(cut), intake)


_REQUEST: Final = ("source_ip", "user", "stamp", "method", "url", "status", "bytes", "referrer", "user_agent")


def _requests(lines: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    parts = lines["message"].str.extract_groups(_ACCESS).struct.unnest()
    parts.columns = list(_REQUEST)
    parts = parts.with_columns(pl.when(pl.all() != "-").then(pl.all()))
    odd = parts["status"].is_null()
    parsed = times.parse(parts["stamp"])
    intake.ledger.stamped(parts["stamp"], parsed)
    intake.ledger.repair("read-as-text", int(odd.sum()))
    site = pl.col("url").str.replace(r"[?#].*$", "")
    frame = (
        lines.select("line", "message")
        .hstack(parts.drop("stamp", "referrer"))
        .with_columns(
            parsed.alias("time"),
            site.alias("path"),
            pl.when(odd).then(pl.lit("text")).otherwise(pl.lit("access")).alias("raw_kind"),
            pl.when(~odd).then(pl.lit("http")).alias("service"),
            pl.concat_str("method", "status", separator=" ", ignore_nulls=True)
            .replace("", None)
            .alias("action"),
        )
    )
    seen = parts["referrer"].is_not_null()
    names = pl.when(seen).then(pl.concat_list(pl.lit("referrer"))).otherwise(pl.lit([], pl.List(pl.String)))
    values = pl.when(seen).then(pl.concat_list(parts["referrer"])).otherwise(pl.lit([], pl.List(pl.String)))
    frame = frame.with_columns(names.alias("extra_names"), values.alias("extra_values"))
    template = pl.when(~odd).then(
        pl.concat_str(
            "method", pl.col("path").str.replace_all(r"\d+", "<*>"), separator=" ", ignore_nulls=True
        )
    )
    frame = frame.with_columns(template.alias("template"))
    return frame.with_columns(complete_templates(frame))
