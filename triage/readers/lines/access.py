"""Access logs of web servers: common and combined, with the site before them or times after them."""

import re
from collections.abc import Callable
from typing import Final

import polars as pl

from ...records import extras, times
from ..contract import Intake
from ..syslog import complete_templates
from .lineformat import LineFormat

_ACCESS: Final = (
    r'^"?(?:([A-Za-z0-9][\w.-]*)(?::\d+)? )?([^\s-]\S*) \S+ (\S+|".*?"|[^\[\]"]{1,80}) \[([^\]]+)\] '
    r'"(?:([A-Z]{3,10}) )?((?:[^"\\]|\\.)*?)(?: HTTP/[\d.]+)?" '
    r'(\d{3}) (\d+|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?(.*)$'
)
_SNIFF: Final = re.compile(_ACCESS)
_PARTS: Final = (
    "host", "source_ip", "user", "stamp", "method", "url", "status", "bytes", "referrer", "user_agent", "tail",
)  # fmt: skip
_SECONDS: Final = r'(?:^|[\s"=:])(\d+\.\d+|\d+)(?:us|ms|s)?"?(?:\s|$)'
_FORWARDED: Final = r'(?:^|[\s"])((?:\d{1,3}\.){3}\d{1,3})'


class Access(LineFormat):
    """Reader of web server access logs in the common and combined formats."""

    name = "access"
    title = "Apache or nginx access log"

    def fits(self, line: bytes) -> bool:
        return bool(_SNIFF.match(line.decode("utf-8", "replace")))

    def reading(self, intake: Intake) -> Callable[[pl.DataFrame], pl.DataFrame]:
        cut = pl.col("text").str.slice(0, intake.limits.value_chars).alias("message")
        return lambda lines: _requests(lines.with_columns(cut), intake)


def _requests(lines: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    parts = lines["message"].str.extract_groups(_ACCESS).struct.unnest()
    parts.columns = list(_PARTS)
    parts = parts.with_columns(pl.when(~pl.all().is_in(["-", ""])).then(pl.all()))
    odd = parts["status"].is_null()
    parsed = times.parse(parts["stamp"])
    intake.ledger.stamped(parts["stamp"], parsed)
    intake.ledger.repair("read-as-text", int(odd.sum()))
    frame = (
        lines.select("line", "message")
        .hstack(parts.drop("stamp", "referrer", "tail"))
        .with_columns(
            parsed.alias("time"),
            pl.col("url").str.replace(r"[?#].*$", "").alias("path"),
            pl.when(odd).then(pl.lit("text")).otherwise(pl.lit("access")).alias("raw_kind"),
            pl.when(~odd).then(pl.lit("http")).alias("service"),
            pl.concat_str("method", "status", separator=" ", ignore_nulls=True)
            .replace("", None)
            .alias("action"),
            *extras.pack({"referrer": parts["referrer"], **_tail(parts["tail"])}, lines.height),
        )
    )
    template = pl.when(~odd).then(
        pl.concat_str(
            "method", pl.col("path").str.replace_all(r"\d+", "<*>"), separator=" ", ignore_nulls=True
        )
    )
    frame = frame.with_columns(template.alias("template"))
    return frame.with_columns(complete_templates(frame))


def _tail(tail: pl.Series) -> dict[str, pl.Series]:
    """What a server was told to write after the usual fields: how long it took, for whom a proxy asked."""
    tail = tail.str.strip_chars(' "')
    tail = tail.set(tail == "", None)
    if tail.null_count() == len(tail):
        return {}
    forwarded = tail.str.extract(_FORWARDED)
    plain = tail.str.replace(_FORWARDED, " ") if forwarded.null_count() < len(tail) else tail
    return {"response_time": plain.str.extract(_SECONDS), "forwarded_for": forwarded, "tail": tail}
