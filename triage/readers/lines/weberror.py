"""Error logs of Apache httpd and nginx."""

import re
from collections.abc import Callable
from typing import Final

import polars as pl

from ...records import extras, templates, times
from ..contract import Intake
from .lineformat import LineFormat
from .rest import together

_APACHE: Final = (
    r"^\[([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \d{4})\] "
    r"\[(?:(\w*):)?(\w+)\] (?:\[pid (\d+)(?::tid (\d+))?\] )?"
    r"(?:\[client (\[?[0-9A-Fa-f.:]+?\]?)(?::(\d+))?\] )?(?:(AH\d{5}): )?(.*)$"
)
_NGINX: Final = (
    r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)() \[(emerg|alert|crit|error|warn|notice|info|debug)\] "
    r"(\d+)#(\d+): (?:\*\d+ )?()()()(.*)$"
)
_PARTS: Final = ("stamp", "module", "level", "process_id", "thread", "client", "port", "code", "message")
_SNIFF: Final = tuple(re.compile(p) for p in (_APACHE, _NGINX))
_REFERER: Final = r", referer: (\S+)$"
_TAIL: Final = r"(?:, (?:client|server|request|upstream|host|referrer|subrequest): .*)$"
_NAMED: Final = {
    "source_ip": r", client: ([0-9A-Fa-f.:]+)",
    "request": r', request: "([^"]*)',
    "server": r", server: ([^,]+)",
    "upstream": r', upstream: "([^"]*)',
    "site": r', host: "([^"]*)',
    "referrer": r', referrer: "([^"]*)',
}
_FILE: Final = r"(?::|\bopen\(\)) \"?((?:/|[A-Z]:[/\\])[^\s\",]+)"


class WebError(LineFormat):
    """Reader of the error logs of web servers."""

    name = "weberror"
    title = "Apache or nginx error log"

    def fits(self, line: bytes) -> bool:
        text = line.decode("utf-8", "replace")
        return any(pattern.match(text) for pattern in _SNIFF)

    def reading(self, intake: Intake) -> Callable[[pl.DataFrame], pl.DataFrame]:
        return lambda lines: _errors(lines, intake)


def _errors(lines: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    frames: list[pl.DataFrame] = []
    for pattern, read in ((_APACHE, _apache), (_NGINX, _nginx)):
        parts = lines["text"].str.extract_groups(pattern).struct.unnest()
        parts.columns = list(_PARTS)
        fits = parts["stamp"].is_not_null()
        if fits.any():
            mine = parts.filter(fits).with_columns(pl.when(pl.all() != "").then(pl.all()))
            frames.append(read(lines["line"].filter(fits), mine, intake))
            lines = lines.filter(~fits)
        if lines.is_empty():
            break
    frame = pl.concat(frames, how="diagonal").sort("line") if frames else pl.DataFrame()
    return together(frame, lines, intake)


def _apache(line: pl.Series, parts: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    said = parts["message"].fill_null("")
    named = {"referrer": said.str.extract(_REFERER)}
    return _frame(line, parts, said.str.replace(_REFERER, ""), named, "apache-error", intake)


def _nginx(line: pl.Series, parts: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    said = parts["message"].fill_null("")
    named = {name: said.str.extract(pattern) for name, pattern in _NAMED.items()}
    parts = parts.with_columns(named.pop("source_ip").alias("client"))
    return _frame(line, parts, said.str.replace(_TAIL, ""), named, "nginx-error", intake)


def _frame(
    line: pl.Series,
    parts: pl.DataFrame,
    said: pl.Series,
    named: dict[str, pl.Series],
    kind: str,
    intake: Intake,
) -> pl.DataFrame:
    limits, height = intake.limits, len(line)
    time = times.parse(parts["stamp"].str.replace_all(r"  +", " "))
    intake.ledger.stamped(parts["stamp"], time)
    message = said.str.slice(0, limits.value_chars)
    signature = templates.signatures(message)
    level = parts["level"]
    columns: dict[str, pl.Series] = {
        "time": time,
        "source_ip": parts["client"].str.strip_chars("[]"),
        "source_port": parts["port"],
        "provider": parts["module"],
        "event_id": parts["code"],
        "message": message,
        "template": signature,
        "path": message.str.extract(_FILE),
        "outcome": level,
    }
    further = {"process_id": parts["process_id"], "thread": parts["thread"]}
    if "request" in named:
        request = (
            named.pop("request")
            .str.extract_groups(r"^(?:([A-Z]{3,10}) )?(\S*)(?: HTTP/[\d.]+)?")
            .struct.unnest()
        )
        request.columns = ["method", "url"]
        columns |= {"method": request["method"], "url": request["url"].str.slice(0, limits.value_chars)}
    further |= {name: series.str.slice(0, limits.value_chars) for name, series in named.items()}
    names, values = extras.pack(further, height)
    frame = pl.DataFrame([line, *(series.alias(name) for name, series in columns.items())])
    return (
        frame.with_columns(
            pl.when(pl.all().exclude("line", "time") != "").then(pl.all().exclude("line", "time"))
        )
        .with_columns(
            pl.lit("http").alias("service"),
            pl.concat_str(pl.lit("error-log"), "outcome", separator=" ", ignore_nulls=True).alias("channel"),
            pl.lit(kind).alias("raw_kind"),
            names,
            values,
        )
        .drop("outcome")
    )
