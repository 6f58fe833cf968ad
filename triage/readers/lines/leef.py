"""The Log Event Extended Format of QRadar: a header with bars between its fields, then named values."""

import re
from collections.abc import Callable
from typing import Final

import polars as pl

from ...records import templates, times
from ..contract import Intake
from . import pairs
from .envelope import Envelope
from .lineformat import LineFormat
from .rest import together

_LINE: Final = (
    r"^(.*?)\bLEEF:\s?([12])(?:\.\d)?\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|"
    r"(?:(0?[xX][0-9A-Fa-f]{1,4}|[^|=]?)\|)?(.*)$"
)
_PARTS: Final = ("prefix", "edition", "vendor", "product", "version", "class", "delimiter", "rest")
_SNIFF: Final = re.compile(rb"^.{0,200}?\bLEEF:\s?[12](?:\.\d)?\|(?:[^|]*\|){4}")
_MOST_DELIMITERS: Final = 16
_PAIR, _IS = "\x1f", "\x1e"

PLACES: Final = pairs.places(
    {
        "time": "devtime starttime devicetime",
        "host": "identhostname hostname devicehostname dvchost identsrc",
        "user": "usrname username identusername accountname",
        "target_user": "targetuser dstusername duser",
        "source_ip": "src srcip identsrc",
        "source_port": "srcport",
        "destination_ip": "dst dstip",
        "destination_port": "dstport",
        "process": "process processname childpath exename",
        "parent": "parentpath parentprocess",
        "command": "commandline cmdline",
        "service": "application app servicename",
        "channel": "cat category",
        "action": "action op",
        "outcome": "outcome result",
        "path": "filepath filename resource path objname",
        "hash": "filehash hash childhash sha256 md5",
        "url": "url",
        "method": "proto protocol",
        "status": "reason status",
        "bytes": "srcbytes totalbytes bytes",
        "message": "msg message",
    }
)


class Leef(LineFormat):
    """Reader of LEEF 1 and 2 lines, bare or behind a syslog header."""

    name = "leef"
    title = "LEEF 1 and 2 (QRadar Log Event Extended Format)"

    def fits(self, line: bytes) -> bool:
        return bool(_SNIFF.match(line))

    def reading(self, intake: Intake) -> Callable[[pl.DataFrame], pl.DataFrame]:
        envelope = Envelope(intake)

        def frame(lines: pl.DataFrame) -> pl.DataFrame:
            parts = pairs.apart(lines["text"], _LINE, _PARTS).with_columns(_delimiter())
            usual = parts["delimiter"].value_counts(sort=True)["delimiter"].head(_MOST_DELIMITERS + 1)
            fits = parts["vendor"].is_not_null() & parts["delimiter"].is_in(usual.to_list())
            records = pl.DataFrame()
            if fits.any():
                records = _records(lines["line"].filter(fits), parts.filter(fits), envelope, intake)
            return together(records, lines.filter(~fits), intake)

        return frame


def _delimiter() -> pl.Expr:
    """The character between the values: LEEF 2 may name it, also by its number in hexadecimal."""
    named = pl.col("delimiter")
    number = named.str.extract(r"^0?[xX]([0-9A-Fa-f]{1,4})$")
    code = number.str.to_integer(base=16, strict=False)
    character = code.replace_strict({n: chr(n) for n in range(1, 128)}, default="\t", return_dtype=pl.String)
    return (
        pl.when(number.is_not_null())
        .then(character)
        .when(named != "")
        .then(named)
        .otherwise(pl.lit("\t"))
        .alias("delimiter")
    )


def _records(lines: pl.Series, parts: pl.DataFrame, envelope: Envelope, intake: Intake) -> pl.DataFrame:
    limits, height = intake.limits, len(lines)
    found = pairs.beside(_attributes(parts), parts.select("version"))
    fields, names, values = pairs.settle(found, height, PLACES, limits, intake.ledger)
    time, host = envelope.open(parts["prefix"])
    have = set(fields.columns)
    if "time" in have:
        stamped = times.parse(fields["time"])
        intake.ledger.stamped(fields["time"], stamped)
        time = stamped.zip_with(stamped.is_not_null(), time)
    short = parts.select(pl.col("vendor", "product", "class").str.slice(0, limits.value_chars // 2))
    frame = fields.drop("time", strict=False).with_columns(
        lines.alias("line"),
        time.alias("time"),
        (fields["host"].zip_with(fields["host"].is_not_null(), host) if "host" in have else host).alias(
            "host"
        ),
        short.select(pl.concat_str("vendor", "product", separator=" ")).to_series().alias("provider"),
        short["class"].replace("", None).alias("event_id"),
        pl.Series(["leef"]).new_from_index(0, height).alias("raw_kind"),
        names,
        values,
    )
    said = frame["message"] if "message" in have else frame["event_id"]
    return frame.with_columns(said.alias("message"), templates.signatures(said).alias("template"))


def _attributes(parts: pl.DataFrame) -> pl.DataFrame:
    """Named values of each record."""
    parts = parts.select("rest", "delimiter").with_row_index("record")
    cut = [
        part.select("record", pl.col("rest").str.split(str(delimiter)).alias("pair"))
        for (delimiter,), part in parts.partition_by("delimiter", as_dict=True).items()
    ]
    long = pl.concat(cut).sort("record").explode("pair", empty_as_null=False)
    # A value may hold an equals sign, a name may not.
    both = pl.col("pair").str.splitn("=", 2).struct.rename_fields(["name", "value"])
    found = long.select("record", both.alias("both")).unnest("both").drop_nulls()
    return found.with_columns(pl.col("name", "value").str.strip_chars())
