"""The fields of a normalised record: a documented subset of the Elastic Common Schema.

Every reader turns its format into one polars frame with exactly the columns of `SCHEMA`, in that
order. A column is null where the source does not say. Scalar fields of the source that have no
column here are kept, bounded in number and length, as two parallel lists: `extra_names` and
`extra_values`; nothing is renamed in there, so a reason can name the field as its source spells it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

Role = Literal["key", "time", "entity", "event", "detail", "text", "extra"]


_TEXT: Final = pl.String()


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the normalised frame.

    Attributes
    ----------
    name
        Column name in the frame.
    ecs
        Name in the Elastic Common Schema (Assay's own columns start with ``assay.``).
    role
        ``key`` says where the record came from, ``entity`` who or what took part, ``event`` what
        happened, ``detail`` with which particulars, ``text`` free text, ``extra`` the rest.
    meaning
        One sentence for the documentation.
    dtype
        polars type of the column.
    """

    name: str
    ecs: str
    role: Role
    meaning: str
    dtype: pl.DataType = _TEXT


FIELDS: Final[tuple[Field, ...]] = (
    Field("row", "assay.row", "key", "Running number over the whole input, from 0.", pl.UInt64()),
    Field("source", "assay.source", "key", "Index of the source file in the reading.", pl.UInt32()),
    Field("line", "log.offset", "key", "0-based line in its source (EVTX: record order).", pl.UInt32()),
    Field("time", "@timestamp", "time", "When it happened, UTC.", pl.Datetime("us", "UTC")),
    Field("host", "host.name", "entity", "Machine that recorded the event."),
    Field("user", "user.name", "entity", "Account that acted (subject)."),
    Field("source_ip", "source.ip", "entity", "Address the activity came from."),
    Field("source_port", "source.port", "detail", "Port the activity came from."),
    Field("destination_ip", "destination.ip", "entity", "Address the activity went to."),
    Field("destination_port", "destination.port", "detail", "Port the activity went to."),
    Field("process", "process.executable", "entity", "Program that acted: path or name."),
    Field("parent", "process.parent.executable", "detail", "Program that started the process."),
    Field("command", "process.command_line", "detail", "Command line, script block or shell command."),
    Field("service", "service.name", "event", "Program or service that wrote the record (sshd, s3)."),
    Field("channel", "winlog.channel", "event", "Log channel, facility or dataset."),
    Field("event_id", "event.code", "event", "The source's own event number or code."),
    Field("provider", "event.provider", "event", "Component that defined the event."),
    Field("action", "event.action", "event", "What was done, as a short name."),
    Field("outcome", "event.outcome", "event", "success, failure, or the source's own status word."),
    Field("logon_type", "winlog.logon.type", "detail", "Way of logging on (Windows type, ssh method)."),
    Field("target_user", "user.target.name", "entity", "Account that was acted upon or logged on."),
    Field("path", "file.path", "detail", "File, registry key, share or other object touched."),
    Field("hash", "file.hash", "detail", "Hashes of the file involved, as the source writes them."),
    Field("url", "url.original", "detail", "URL, request target or queried name."),
    Field("method", "http.request.method", "detail", "Request method or protocol."),
    Field("status", "http.response.status_code", "detail", "Response or result code."),
    Field("user_agent", "user_agent.original", "detail", "Client program as it names itself."),
    Field("bytes", "network.bytes", "detail", "Amount of data moved, as written."),
    Field("message", "message", "text", "Human text (Windows events: its first line)."),
    Field("template", "assay.template", "text", "Masked signature of the message: variable parts replaced."),
    Field("raw_kind", "assay.kind", "event", "Shape of the original record, e.g. windows-flat, sshd, csv."),
    Field(
        "type",
        "event.type",
        "event",
        "Event type: (channel|provider|service) | (event_id|action and outcome|template).",
    ),
    Field("extra_names", "assay.extra.names", "extra", "Names of further fields.", pl.List(pl.String())),
    Field("extra_values", "assay.extra.values", "extra", "Their values as text.", pl.List(pl.String())),
)

SCHEMA: Final[Mapping[str, pl.DataType]] = {field.name: field.dtype for field in FIELDS}
"""Column name to polars type, in frame order."""

NAMES: Final[tuple[str, ...]] = tuple(SCHEMA)

TEXT: Final[tuple[str, ...]] = tuple(f.name for f in FIELDS if f.dtype == pl.String())
"""The columns that hold one string each."""

ENTITIES: Final[tuple[str, ...]] = tuple(f.name for f in FIELDS if f.role == "entity")
"""The columns that name someone or something that took part."""

TYPE_SEPARATOR: Final = " | "


def type_expression() -> pl.Expr:
    """Event-type key of each record from the columns that are already there.

    Returns
    -------
    pl.Expr
        String expression: the first known of channel, provider, service, then the first known of
        event_id, action (with its outcome, where that is known), template. Null only where neither
        half is known.
    """
    where = pl.coalesce("channel", "provider", "service")
    done = pl.when(pl.col("action").is_not_null()).then(
        pl.concat_str("action", "outcome", separator=" ", ignore_nulls=True)
    )
    what = pl.coalesce(pl.col("event_id"), done, pl.col("template"))
    return pl.concat_str(where, what, separator=TYPE_SEPARATOR, ignore_nulls=True).replace("", None)


def conform(frame: pl.DataFrame, literals: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Complete a frame to `SCHEMA`: order the columns, add the missing ones as nulls (lists: empty).

    Parameters
    ----------
    frame
        Any subset of the columns of `SCHEMA`, each of its type or castable to it without loss.
    literals
        Constant string columns to add, e.g. ``{"raw_kind": "csv"}``.

    Returns
    -------
    pl.DataFrame
        Exactly the columns of `SCHEMA`. `type` is computed when the frame has none.
    """
    present = set(frame.columns)
    constants = literals or {}
    columns: list[pl.Expr] = []
    for name, dtype in SCHEMA.items():
        if name in present:
            column = pl.col(name)
            columns.append(column if frame.schema[name] == dtype else column.cast(dtype))
        elif name in constants:
            columns.append(pl.lit(constants[name], dtype=dtype).alias(name))
        elif isinstance(dtype, pl.List):
            columns.append(pl.lit([], dtype=dtype).alias(name))
        else:
            columns.append(pl.lit(None, dtype=dtype).alias(name))
    complete = frame.select(columns) if frame.width else pl.DataFrame(schema=dict(SCHEMA))
    if "type" in present:
        return complete
    return complete.with_columns(type_expression().alias("type"))


def long_extras(frame: pl.DataFrame, keys: Iterable[str] = ("row",)) -> pl.DataFrame:
    """One row per extra field of each record.

    Parameters
    ----------
    frame
        A normalised frame.
    keys
        Columns repeated beside every extra.

    Returns
    -------
    pl.DataFrame
        Columns *keys*, `name`, `value`; records without extras give no row.
    """
    return (
        frame.lazy()
        .filter(pl.col("extra_names").list.len() > 0)
        .select(*keys, pl.col("extra_names").alias("name"), pl.col("extra_values").alias("value"))
        .explode("name", "value")
        .collect()
    )
