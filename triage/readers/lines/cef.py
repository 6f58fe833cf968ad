"""The Common Event Format of ArcSight: seven fields with bars between them, then named values."""

import re
from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from ...records import templates, times
from ..contract import Intake
from . import pairs
from .envelope import Envelope
from .lineformat import LineFormat
from .rest import together

_FIELD: Final = r"((?:[^|\\]|\\.)*)"
_LINE: Final = r"^(.*?)\bCEF:\s?\d+\|" + r"\|".join([_FIELD] * 6) + r"\|(.*)$"
_PARTS: Final = ("prefix", "vendor", "product", "version", "class", "name", "severity", "rest")
_SNIFF: Final = re.compile(rb"^.{0,200}?\bCEF:\s?\d+\|(?:(?:[^|\\]|\\.)*\|){6}")
_KEY: Final = r"(?:^|\s)([A-Za-z0-9_.\-\[\]]{1,200})="
_PAIR, _IS = "\x1f", "\x1e"
_NAMED: Final = r"^((?:cs|cn|cfp|c6a|flexString|flexNumber|flexDate|deviceCustomDate)\d{1,2})Label$"

PLACES: Final = pairs.places(
    {
        "time": "rt devicereceipttime end endtime start starttime",
        "host": "dvchost devicehostname dvc deviceaddress",
        "user": "suser sourceusername suid",
        "target_user": "duser destinationusername duid",
        "source_ip": "src sourceaddress c6a2 shost",
        "source_port": "spt sourceport",
        "destination_ip": "dst destinationaddress c6a3 dhost destinationdnsdomain",
        "destination_port": "dpt destinationport",
        "process": "sproc sourceprocessname deviceprocessname dproc destinationprocessname",
        "service": "app applicationprotocol sourceservicename destinationservicename",
        "channel": "cat deviceeventcategory",
        "outcome": "outcome eventoutcome act deviceaction",
        "path": "filepath fname filename",
        "hash": "filehash",
        "url": "request requesturl",
        "method": "requestmethod proto transportprotocol",
        "status": "reason",
        "user_agent": "requestclientapplication",
        "bytes": "out bytesout in bytesin",
        "message": "msg message",
    }
)


class Cef(LineFormat):
    """Reader of CEF lines, bare or behind a syslog header."""

    name = "cef"
    title = "CEF (ArcSight Common Event Format)"

    def fits(self, line: bytes) -> bool:
        return bool(_SNIFF.match(line))

    def reading(self, intake: Intake) -> Callable[[pl.DataFrame], pl.DataFrame]:
        envelope = Envelope(intake)

        def frame(lines: pl.DataFrame) -> pl.DataFrame:
            parts = pairs.apart(lines["text"], _LINE, _PARTS)
            fits = parts["vendor"].is_not_null()
            records = pl.DataFrame()
            if fits.any():
                records = _records(lines["line"].filter(fits), parts.filter(fits), envelope, intake)
            return together(records, lines.filter(~fits), intake)

        return frame


def _records(lines: pl.Series, parts: pl.DataFrame, envelope: Envelope, intake: Intake) -> pl.DataFrame:
    limits, height = intake.limits, len(lines)
    header = parts.select(
        _plain(parts[name]).alias(name)
        for name in ("vendor", "product", "version", "class", "name", "severity")
    )
    found = pairs.beside(_extension(parts["rest"]), header.select("severity", "version"))
    fields, names, values = pairs.settle(found, height, PLACES, limits, intake.ledger)
    time, host = envelope.open(parts["prefix"])
    have = set(fields.columns)
    if "time" in have:
        stamped = times.parse(fields["time"].str.replace(r" (?:UTC|GMT|Z)$", ""))
        intake.ledger.stamped(fields["time"], stamped)
        time = stamped.zip_with(stamped.is_not_null(), time)
    short = pl.col("name").str.slice(0, limits.value_chars)
    frame = fields.drop("time", strict=False).with_columns(
        lines.alias("line"),
        time.alias("time"),
        (fields["host"].zip_with(fields["host"].is_not_null(), host) if "host" in have else host).alias(
            "host"
        ),
        header.select(pl.concat_str("vendor", "product", separator=" ").str.slice(0, limits.value_chars))
        .to_series()
        .alias("provider"),
        header["class"].str.slice(0, limits.value_chars).replace("", None).alias("event_id"),
        header.select(pl.when(short != "").then(short)).to_series().alias("action"),
        pl.Series(["cef"]).new_from_index(0, height).alias("raw_kind"),
    )
    said = (
        frame["message"]
        if "message" in have
        else pl.Series([None], dtype=pl.String).new_from_index(0, height)
    )
    message = said.zip_with(said.is_not_null(), frame["action"])
    return frame.with_columns(
        message.alias("message"), templates.signatures(message).alias("template"), names, values
    )


def _extension(rest: pl.Series) -> pl.DataFrame:
    """Named values of each record; a value may hold blanks, and equals signs behind a backslash."""
    marked = rest.str.replace_all(_KEY, _PAIR + "${1}" + _IS)
    long = pl.DataFrame({"pair": marked.str.split(_PAIR)}).with_row_index("record")
    long = long.explode("pair", empty_as_null=False).filter(pl.col("pair").str.contains(_IS, literal=True))
    found = long.select(
        "record",
        pl.col("pair").str.split_exact(_IS, 1).struct.rename_fields(["name", "value"]).alias("both"),
    ).unnest("both")
    value = found["value"].str.strip_chars()
    coded = value.str.contains("\\", literal=True)
    if coded.any():
        value = value.scatter(coded.arg_true(), _plain(value.filter(coded)))
    return _labelled(found.with_columns(value), len(rest))


def _labelled(found: pl.DataFrame, height: int) -> pl.DataFrame:
    """Values of custom fields under the names that their labels give them."""
    is_label = found["name"].str.contains(_NAMED)
    if not is_label.any():
        return found
    labels = found.filter(is_label).select("record", pl.col("name").str.strip_suffix("Label"), "value")
    # A name that the device gave may be any word; one that has a column of its own would be taken for it.
    labels = labels.filter(pl.col("value") != "", ~pl.col("value").str.to_lowercase().is_in(list(PLACES)))
    found = found.filter(~is_label)
    at = np.full(found.height, -1, np.int64)
    record = found["record"].to_numpy()
    numbered = labels.with_row_index("i")
    for (name,), part in numbered.partition_by("name", as_dict=True).items():
        order = np.full(height, -1, np.int64)
        order[part["record"].to_numpy()[::-1]] = part["i"].to_numpy()[::-1]
        mine = (found["name"] == name).arg_true().to_numpy()
        at[mine] = order[record[mine]]
    given = pl.Series(at)
    label = labels["value"].gather(given.set(given < 0, None))
    return found.with_columns(label.zip_with(label.is_not_null(), found["name"]).alias("name"))


def _plain(text: pl.Series) -> pl.Series:
    """Text without its backslashes."""
    whole = text.str.replace_all("\\\\", "\0", literal=True)  # no text holds a NUL any more
    said = whole.str.replace_all(r"\\[rn]", "\n").str.replace_all(r"\\([|=])", "${1}")
    return said.str.replace_all("\0", "\\", literal=True)
