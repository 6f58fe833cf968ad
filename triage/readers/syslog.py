"""Syslog as files hold it: RFC 3164, RFC 5424, ISO-stamped lines; auth.log taken apart."""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from ..records import extras, templates, times
from . import auth, sentences
from .blocks import Block, blocks
from .contract import Intake, sample_lines
from .lines import pairs

_BSD: Final = (
    r"^(?:<(\d{1,3})>)?((?:\d{4} )?[A-Z][a-z]{2} [ \d]\d(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d+)?):? (\S+) "
    r"([^\s:\[]+?)(?:\[([^\]]*)\])?: ?(.*)$"
)
# The most usual form of it, in which no two parts can begin alike: three times as fast.
_PLAIN: Final = (
    r"^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (\S+) ([^\s:\[]+)(?:\[([^\]]*)\])?:(.*)$"
)
_ISO: Final = (
    r"^(?:<(\d{1,3})>)?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)\s+(\S+) "
    r"([^\s:\[]+?)(?:\[([^\]]*)\])?: ?(.*)$"
)
_NEW: Final = (
    r"^<(\d{1,3})>\d{1,2} (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:\[(?:[^\]\\]|\\.)*\])+) ?\x{feff}?(.*)$"
)
_SPACED: Final = (
    r"^(?:<(\d{1,3})>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?) (\S+) "
    r"([A-Za-z][^\[\]:]{0,60})\[(\d+)\](?: \([^)]*\))?: ?(.*)$"
)
_LOOSE: Final = (
    r"^(?:<(\d{1,3})>)?((?:\d{4} )?[A-Z][a-z]{2} [ \d]\d(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d+)?) (\S+) ()()(.*)$"
)
_PARTS: Final = ("priority", "stamp", "host", "service", "process_id", "message")
_STRUCTURED: Final = r"\[[^\s\]=]+|[^\s\[\]=\"]{1,64}=\"(?:[^\"\\\]]|\\.)*\""
_FACILITIES: Final = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "audit",
    "alert",
    "clock",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
]
_SNIFF: Final = tuple(re.compile(p.replace(r"\x{feff}", "\ufeff")) for p in (_BSD, _ISO, _NEW))
_SNIFF_LOOSE: Final = re.compile(_LOOSE)


class Syslog:
    """Reader of syslog and auth.log."""

    name = "syslog"
    title = "syslog (RFC 3164, RFC 5424, ISO stamps) and auth.log"

    def sniff(self, head: bytes) -> float:
        lines = [line.decode("utf-8", "replace") for line in sample_lines(head)]
        if not lines:
            return 0.0
        good = sum(any(p.match(line) for p in _SNIFF) for line in lines)
        loose = sum(bool(_SNIFF_LOOSE.match(line)) for line in lines)
        return 0.97 * max(good, 0.8 * loose) / len(lines)

    def divisible(self, head: bytes) -> bool:
        return True

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        yield from self.segment(intake, b"", 0)

    def segment(self, intake: Intake, head: bytes, start: int, first: int = 0) -> Iterator[pl.DataFrame]:
        for block in blocks(intake.stream, intake.ledger, intake.limits, first):
            frame = _block(block, intake)
            if frame.height:
                yield frame


def text_lines(block: Block) -> pl.DataFrame:
    """The non-blank lines of a block: `line` and `text`."""
    text = pl.Series([block.data.decode("utf-8", "replace")], dtype=pl.String)
    lines = text.str.strip_suffix("\n").str.split("\n").explode(empty_as_null=False).rename("text")
    numbers = pl.int_range(block.first, block.first + len(lines), dtype=pl.UInt32, eager=True)
    frame = pl.DataFrame([numbers.alias("line"), lines])
    return frame.filter(pl.col("text").str.contains(r"\S"))


def _block(block: Block, intake: Intake) -> pl.DataFrame:
    limits, ledger = intake.limits, intake.ledger
    lines = text_lines(block)
    if lines.is_empty():
        return lines
    parts = _split(lines)
    textual = parts["stamp"].is_null()
    ledger.repair("read-as-text", int(textual.sum()))
    parts = parts.with_columns(
        pl.coalesce("message", "text").str.slice(0, limits.value_chars).alias("message"),
        pl.col("service").str.replace(r"\(pam_\w+\)$", "").alias("service"),
        pl.when(textual).then(pl.lit("text")).otherwise(pl.lit("syslog")).alias("raw_kind"),
        read_stamps(parts["stamp"], intake).alias("time"),
    )
    read, others = sentences.read(auth.SENTENCES, parts["service"], parts["message"])
    others["facility"] = _facility(parts["priority"])
    others["message_id"] = parts["id"]
    if parts["data"].null_count() == parts.height:
        names, values = extras.pack(others, parts.height)
    else:
        named = pairs.beside(_structured(parts["data"]), pl.DataFrame([s.alias(n) for n, s in others.items()]))
        kept = pairs.cut(named.drop_nulls(), limits, ledger)
        names, values = pairs.further(kept, parts.height, limits)
    frame = parts.select("line", "time", "host", "service", "message", "raw_kind").hstack(read)
    ssh = pl.col("service").is_in(auth.SSH)
    return frame.with_columns(
        complete_templates(frame),
        _complete_addresses(frame),
        pl.when(ssh).then(pl.coalesce("user", "target_user")).otherwise(pl.col("user")).alias("user"),
        names,
        values,
    )


def complete_templates(frame: pl.DataFrame) -> pl.Series:
    """Templates of a frame, masked from the message where there is none yet."""
    missing = frame["template"].is_null()
    if not missing.any():
        return frame["template"]
    masked = templates.signatures(frame["message"].filter(missing))
    return frame["template"].scatter(missing.arg_true(), masked)


def _complete_addresses(frame: pl.DataFrame) -> pl.Series:
    """Addresses of a frame, the first of the message where no sentence was understood."""
    places = (frame["source_ip"].is_null() & frame["action"].is_null()).arg_true()
    shown = frame.select(pl.col("message").gather(places)).select(auth.first_address()).to_series()
    return frame["source_ip"].scatter(places, shown)


def _split(lines: pl.DataFrame) -> pl.DataFrame:
    """Header and message of each line, by the pattern that fits the most of what is left."""
    pieces: list[pl.DataFrame] = []
    left = lines
    for pattern in _order(lines["text"]):
        if left.is_empty():
            break
        groups = left["text"].str.extract_groups(pattern).struct.unnest()
        if pattern == _NEW:
            groups.columns = ["priority", "stamp", "host", "service", "process_id", "id", "data", "message"]
            groups = groups.with_columns(pl.col("host", "service", "id", "data").replace("-", None))
        else:
            if pattern == _PLAIN:
                groups.columns = list(_PARTS[1:])
                groups = groups.with_columns(
                    pl.lit(None, dtype=pl.String).alias("priority"), pl.col("message").str.strip_prefix(" ")
                )
            else:
                groups.columns = list(_PARTS)
            groups = groups.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in ("id", "data"))
        groups = left.hstack(groups.select(*_PARTS, "id", "data").with_columns(pl.col("service").replace("", None)))
        fits = groups["stamp"].is_not_null()
        pieces.append(groups.filter(fits))
        left = left.filter(~fits)
    rest = left.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in (*_PARTS, "id", "data"))
    pieces.append(rest)
    filled = [p for p in pieces if p.height]
    return filled[0] if len(filled) == 1 else pl.concat(filled).sort("line")


def _order(text: pl.Series) -> list[str]:
    shown = text.head(64)
    counted = [(int(shown.str.contains(p).sum()), -n, p) for n, p in enumerate((_BSD, _ISO, _NEW))]
    order = [p for _, _, p in sorted(counted, reverse=True)]
    order.insert(order.index(_BSD), _PLAIN)
    return [*order, _SPACED, _LOOSE]


def read_stamps(stamps: pl.Series, intake: Intake) -> pl.Series:
    """Times of syslog stamps; those without a year get it from the clock of *intake*, and are counted."""
    yearless = stamps.str.contains(r"^[A-Z][a-z]{2} [ \d]\d \d\d:")
    if yearless.fill_null(False).all():
        intake.ledger.repair("year-assumed", len(stamps))
        parsed = intake.clock.parse(stamps)
        intake.ledger.stamped(stamps, parsed)
        return parsed
    parsed = times.parse(stamps.str.replace(r"^(\d{4}) ([A-Z].{5})", "$2 $1").str.replace_all(r" +", " "))
    if yearless.any():
        intake.ledger.repair("year-assumed", int(yearless.sum() or 0))
        places = yearless.fill_null(False).arg_true()
        parsed = parsed.scatter(places, intake.clock.parse(stamps.gather(places)))
    intake.ledger.stamped(stamps, parsed)
    return parsed


def _structured(data: pl.Series) -> pl.DataFrame:
    """The named values of structured data (RFC 5424), by the name of their element and their own."""
    long = pl.DataFrame({"piece": data.str.extract_all(_STRUCTURED).list.head(256)}).with_row_index("record")
    long = long.explode("piece").drop_nulls()
    element = pl.col("piece").str.extract(r"^\[(.*)$").forward_fill()
    both = pl.col("piece").str.splitn("=", 2).struct.rename_fields(["own", "value"]).alias("both")
    long = long.select("record", element.alias("element"), both, pl.col("piece")).unnest("both")
    long = long.filter(~pl.col("piece").str.starts_with("["))
    value = pl.col("value").str.strip_prefix('"').str.strip_suffix('"').str.replace_all(r"\\([\"\\\]])", "${1}")
    return long.select("record", pl.concat_str("element", "own", separator=".").alias("name"), value)


def _facility(priority: pl.Series) -> pl.Series:
    number = priority.cast(pl.Int32, strict=False) // 8
    return number.replace_strict(dict(enumerate(_FACILITIES)), default=None, return_dtype=pl.String)
