"""The Linux audit trail: several lines, one record of each kind, make one event; they share a serial number."""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from ...records import times
from ..blocks import blocks
from ..contract import Intake, sample_lines
from ..syslog import text_lines
from . import pairs
from .auditevents import events
from .envelope import hosts
from .rest import together
from .syscalls import TYPES

_LINE: Final = (
    r"^(.*?)(?:node=(\S+) )?\btype=([A-Z][A-Z0-9_]*|\d{4}|UNKNOWN\[\d+\]) (?:msg=)?"
    r"audit\((\d{9,10}(?:\.\d{1,9})?|\d\d/\d\d/\d{2,4} \d\d:\d\d:\d\d(?:\.\d{1,9})?):(\d{1,20})\) ?:\s*(.*)$"
)
_FRAME: Final = r"^(?:----|time->.*)$"
"""What ausearch writes between events."""
_PARTS: Final = ("prefix", "node", "type", "stamp", "serial", "rest")
_SNIFF: Final = re.compile(_LINE.encode())
_PAIRS: Final = r"""[A-Za-z_][\w-]{0,60}=(?:"[^"]*"|'[^']*'|[^\s'"{}]*)"""
_NAME: Final = r"(?:^|\s)([A-Za-z_][\w-]{0,60})="


class Auditd:
    """Reader of audit.log, raw or with names resolved, also out of syslog."""

    name = "auditd"
    title = "Linux audit trail (auditd)"

    def sniff(self, head: bytes) -> float:
        lines = sample_lines(head)
        return 0.98 * sum(bool(_SNIFF.match(line)) for line in lines) / len(lines) if lines else 0.0

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        held = others = pl.DataFrame()
        for block in blocks(intake.stream, intake.ledger, intake.limits):
            lines = text_lines(block)
            lines = lines.filter(~pl.col("text").str.contains(_FRAME))
            if lines.is_empty():
                continue
            parts = lines["text"].str.extract_groups(_LINE).struct.unnest()
            parts.columns = list(_PARTS)
            fits = parts["serial"].is_not_null()
            said = lines.filter(fits).select("line").hstack(parts.filter(fits))
            said = said.with_columns(hosts(said["prefix"])).drop("prefix")
            held = said if held.is_empty() else pl.concat([held.select(said.columns), said])
            others = pl.concat([others, lines.filter(~fits)]) if others.width else lines.filter(~fits)
            if held.is_empty():
                yield together(held, others, intake)
                others = pl.DataFrame()
                continue
            held = _joined(held, intake)
            # An event whose lines may go on in the next block waits, and with it all that began after it.
            last = block.first + block.lines
            wait = held.filter(pl.col("line") >= last - intake.limits.join_lines)["first"]
            cut = int(wait.to_numpy().min()) if len(wait) else last
            yield from _out(held.filter(pl.col("first") < cut), others.filter(pl.col("line") < cut), intake)
            held, others = held.filter(pl.col("first") >= cut), others.filter(pl.col("line") >= cut)
        if held.height:
            held = _joined(held, intake)
        yield from _out(held, others, intake)


def _out(held: pl.DataFrame, others: pl.DataFrame, intake: Intake) -> Iterator[pl.DataFrame]:
    frame = together(_records(held, intake) if held.height else pl.DataFrame(), others, intake)
    if frame.height:
        yield frame


def _joined(lines: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    """Lines with the number of the first line of their event in `first`."""
    limits = intake.limits
    key = ["node", "stamp", "serial"]
    apart = (pl.col("line").cast(pl.Int64).diff() > limits.join_lines).fill_null(False)
    lines = lines.with_columns(apart.cum_sum().over(key).alias("run"))
    lines = lines.with_columns(
        (pl.int_range(pl.len()) // limits.join_records).over(*key, "run").alias("part")
    )
    return lines.with_columns(pl.col("line").min().over(*key, "run", "part").alias("first"))


def _records(lines: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    lines = lines.sort("first", "line").with_columns(
        (pl.col("first").rank("dense") - 1).cast(pl.UInt32).alias("record"),
        pl.col("type").replace(TYPES),
    )
    heads = lines.unique("record", keep="first", maintain_order=True)
    height = heads.height
    kinds = (
        lines.filter(pl.col("type") != "EOE")
        .group_by("record", maintain_order=True)
        .agg(
            pl.col("type").sort_by(_weight()).first().alias("kind"),
            pl.col("type").head(32).str.join(" ").alias("kinds"),
        )
    )
    found = _named(lines)
    extra = pl.DataFrame(
        {
            "record": kinds["record"],
            "name": pl.Series(["records"]).new_from_index(0, kinds.height),
            "value": kinds["kinds"],
        }
    )
    kind = pairs.spread(kinds["record"], kinds["kind"], height).fill_null("EOE")
    frame = events(found, extra, kind, intake)
    return frame.with_columns(
        heads["first"].cast(pl.UInt32).alias("line"),
        _time(heads["stamp"], intake).alias("time"),
        heads.select(pl.coalesce("node", "host")).to_series().alias("host"),
        kind.str.slice(0, 60).alias("channel"),
        heads["rest"].str.replace_all("\x1d", " ").str.slice(0, intake.limits.value_chars).alias("message"),
    )


def _weight() -> pl.Expr:
    """0 for types that say what happened, 1 for those that add particulars, which ausearch writes first."""
    return (
        pl.col("type").is_in(["PROCTITLE", "PATH", "CWD", "EXECVE", "SOCKADDR", "BPRM_FCAPS"]).cast(pl.UInt8)
    )


def _time(stamps: pl.Series, intake: Intake) -> pl.Series:
    """Seconds since 1970, or, with names resolved, the stamps of the place."""
    place = stamps.str.contains("/", literal=True)
    if not place.any():
        return times.epochs(stamps)
    said = stamps.str.replace(r"^(\d\d)/(\d\d)/(\d\d) ", "20${3}-${1}-${2} ")
    said = said.str.replace(r"^(\d\d)/(\d\d)/(\d{4}) ", "${3}-${1}-${2} ")
    parsed = times.parse(said)
    intake.ledger.stamped(said, parsed)
    return parsed


def _named(lines: pl.DataFrame) -> pl.DataFrame:
    """Every ``name=value`` of the lines: `record`, `type`, `name`, `value`, and whether it had quotes."""
    rest = pl.col("rest").str.replace_all("\x1d", " ", literal=True)
    told = pl.col("rest").str.contains("msg='", literal=True)
    # What a program says comes in quotes of its own, with named values inside.
    inner = rest.str.replace(r"\bmsg='", " ").str.replace(r"'\s*(?:[A-Z]|$)", " ")
    lines = lines.select(
        "record",
        "type",
        pl.when(told).then(inner).otherwise(rest).alias("rest"),
        pl.col("stamp").str.contains("/", literal=True).alias("resolved"),
    ).with_row_index("at")
    # Auditd writes what holds a blank in hexadecimal, so that blanks part the values; others do not.
    spaced = pl.col("rest").str.contains(r"""=["{][^"}\s]*\s""")
    resolved = lines.filter("resolved")
    plain = lines.filter(~pl.col("resolved"), ~spaced)
    odd = lines.filter(~pl.col("resolved"), spaced)
    parts = [plain.select("at", "record", "type", pl.col("rest").str.split(" ").alias("pair"))]
    if odd.height:
        parts.append(odd.select("at", "record", "type", pl.col("rest").str.extract_all(_PAIRS).alias("pair")))
    if resolved.height:
        marked = pl.col("rest").str.replace_all(_NAME, "\x1f${1}=").str.split("\x1f").alias("pair")
        parts.append(resolved.select("at", "record", "type", marked))
    whole = parts[0] if len(parts) == 1 else pl.concat(parts).sort("at")
    long = whole.select("record", "type", pl.col("pair").list.head(512)).explode("pair", empty_as_null=False)
    both = pl.col("pair").str.splitn("=", 2).struct.rename_fields(["name", "value"]).alias("both")
    long = long.select("record", "type", both).unnest("both").drop_nulls()
    denied = lines.filter(pl.col("rest").str.contains("avc:", literal=True))
    if denied.height:
        said = pl.col("rest").str.extract(r"\b(avc:\s+(?:denied|granted)\s+\{[^}]*\})")
        word = said.str.replace_all(r"[{}\s]+", " ").str.strip_chars().alias("value")
        found = denied.select("record", "type", pl.lit("avc").alias("name"), word).drop_nulls()
        long = pl.concat([found, long]).sort("record", maintain_order=True)
    quoted = pl.col("value").str.starts_with('"') | pl.col("value").str.starts_with("'")
    value = pl.col("value").str.strip_chars("\"' ")
    return long.select("record", "type", "name", value, quoted.alias("quoted")).filter(
        ~pl.col("value").is_in(["", "?", "(null)", "(none)", "unset", "4294967295", "}"]),
        pl.col("name").str.contains(r"^[A-Za-z_][\w-]{0,60}$"),
    )
