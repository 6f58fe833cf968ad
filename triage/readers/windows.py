"""Windows events as JSON, in every spelling that exporters use, to normalised columns.

Four layouts of the same thing: flat (NXLog and others), winlogbeat before ECS (`event_data`),
winlogbeat with ECS (`winlog.event_data`), and EVTX dumps (`Event.System`, `Event.EventData`). One
msgspec struct knows the union of the field names; fields that it does not know are skipped without
being built, which is what makes the reader fast. What is skipped carries no evidence (thread
numbers, record numbers, copies of the same time).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl

from ..limits import LogLimits
from ..records import extras, times
from . import generic
from .cells import cleaned, merge
from .ledger import Ledger
from .vocabulary import DETAIL, DULL, EXTRA, HEADER, SETTLED
from .wide import PLACE, SPELLINGS, Columns

_NOTHING: Final = msgspec.Raw(b"null")


class _System(msgspec.Struct, gc=False):
    Provider: Any = None
    EventID: Any = None
    TimeCreated: Any = None
    Computer: Any = None
    Channel: Any = None
    Keywords: Any = None


Detail = msgspec.defstruct(
    "Detail",
    [(f"f{n}", Any, msgspec.field(name=name, default=None)) for n, name in enumerate(SPELLINGS)],
    module=__name__,
    gc=False,
)
Envelope = msgspec.defstruct(
    "Envelope", [("event_data", Detail | None, None)], bases=(Detail,), module=__name__, gc=False
)


class Dump(msgspec.Struct, gc=False):
    """The layout of EVTX dumps."""

    System: _System | None = None
    EventData: msgspec.Raw = _NOTHING
    UserData: msgspec.Raw = _NOTHING


# The tree of layouts: an event may hold its data beside its envelope or in a nested object.
Record = msgspec.defstruct(
    "Record",
    [("winlog", Envelope | None, None), ("Event", Dump | None, None)],
    bases=(Envelope,),
    module=__name__,
    gc=False,
)

_ENVELOPE_NAMES: Final = (
    *(n for k, names in HEADER.items() if k not in ("time", "message") for n in names),
    "Keywords",
    "EventTypeOrignal",
)
_DATA_NAMES: Final = tuple(dict.fromkeys((*(n for names in DETAIL.values() for n in names), *EXTRA)))
KNOWN: Final = SETTLED | frozenset(SPELLINGS)
"""Names of fields that are read, or that are known to carry no evidence."""
_IDENTIFIERS: Final = tuple(f"f{PLACE[name]}" for name in HEADER["event_id"])
_DECODER: Final = msgspec.json.Decoder(Record)
_ANY: Final = msgspec.json.Decoder(dict[str, Any])


def decode(line: bytes) -> Any:
    """Decode one event.

    Raises
    ------
    msgspec.DecodeError
        The line is no JSON, or not of any of the layouts.
    RecursionError
        It is nested too deep.
    """
    return _DECODER.decode(line)


def complete(event: Any) -> bool:
    """Whether a decoded event has what makes it a Windows event in one of the layouts."""
    return (
        event.Event is not None
        or event.winlog is not None
        or event.event_data is not None
        or any(getattr(event, place) is not None for place in _IDENTIFIERS)
    )


def looks_windows(sample: Mapping[str, Any]) -> str | None:
    """Name the layout of one decoded JSON object, or None when it is no Windows event."""
    keys = sample.keys()
    event = sample.get("Event")
    if isinstance(event, dict) and "System" in event:
        return "windows-dump"
    winlog = sample.get("winlog")
    if isinstance(winlog, dict) and ("event_id" in winlog or "event_data" in winlog):
        return "windows-ecs"
    if "log_name" in keys and "event_id" in keys:
        return "windows-beats"
    if "EventID" in keys and ("Channel" in keys or "SourceName" in keys or "Computer" in keys):
        return "windows-flat"
    if "EventId" in keys and "Channel" in keys:
        return "windows-flat"
    return None


def frame(lines: pl.Series, events: Sequence[Any], ledger: Ledger, limits: LogLimits) -> pl.DataFrame:
    """Turn decoded events into normalised columns.

    Parameters
    ----------
    lines
        UInt32 line number of each event.
    events
        What `decode` gave, as many.

    Returns
    -------
    pl.DataFrame
        Some of the columns of `fields.SCHEMA`, `line` first.
    """
    envelopes, details, kind, unknown = _split(events, limits)
    wide = Columns(envelopes)
    if details is envelopes:
        cells = cleaned(wide.frame((*_ENVELOPE_NAMES, *_DATA_NAMES)), limits, ledger)
    else:
        cells = cleaned(wide.frame(_ENVELOPE_NAMES), limits, ledger)
        data = cleaned(Columns(details).frame(_DATA_NAMES), limits, ledger)
        cells = cells.hstack([column for column in data if column.name not in cells.columns])
    names, values = extras.pack({n: cells[n] for n in EXTRA if n in cells.columns}, len(lines))
    if unknown:
        names, values = _with_unknown(names, values, unknown)
    columns = [lines.alias("line"), kind.alias("raw_kind"), names, values]
    columns.append(_time(wide, events, envelopes, ledger).alias("time"))
    message = wide.titles(HEADER["message"])
    if message is not None:
        columns.append(message.alias("message"))
    return merge(cells).with_columns(columns)


Unknown = dict[int, list[tuple[str, str]]]


def _split(
    events: Sequence[Any], limits: LogLimits
) -> tuple[Sequence[Any], Sequence[Any], pl.Series, Unknown]:
    """Envelope and data of each event, its layout, and the data that none of the known names describe."""
    envelopes: list[Any] = []
    details: list[Any] = []
    kinds: list[str] = []
    unknown: Unknown = {}
    nested = False
    for number, event in enumerate(events):
        if event.Event is not None:
            envelope, kind = _system(event.Event.System or _System()), "windows-dump"
            detail, pairs = _dumped(event.Event, limits)
            if pairs:
                unknown[number] = pairs
        elif event.winlog is not None:
            envelope, kind = event.winlog, "windows-ecs"
            detail = envelope.event_data or _EMPTY
        elif event.event_data is not None:
            envelope, detail, kind = event, event.event_data, "windows-beats"
        else:
            envelope, detail, kind = event, event, "windows-flat"
        nested = nested or detail is not envelope
        envelopes.append(envelope)
        details.append(detail)
        kinds.append(kind)
    return envelopes, details if nested else envelopes, pl.Series(kinds, dtype=pl.String), unknown


_EMPTY: Final = Detail()


def _system(system: _System) -> Any:
    envelope = Detail()
    for name, value in (
        ("Computer", system.Computer),
        ("Channel", system.Channel),
        ("Keywords", system.Keywords),
        ("EventID", _text(system.EventID)),
        ("SourceName", _attribute(system.Provider, "Name")),
        ("TimeCreated", _attribute(system.TimeCreated, "SystemTime")),
    ):
        setattr(envelope, f"f{PLACE[name]}", value)
    return envelope


def _dumped(event: Dump, limits: LogLimits) -> tuple[Any, list[tuple[str, str]]]:
    """Data of a dumped event: by the known names, else every field of it."""
    data, user = bytes(event.EventData), bytes(event.UserData)
    raw = data if data.startswith(b"{") else user
    if not raw.startswith(b"{"):
        return _EMPTY, []
    record = _ANY.decode(raw)
    detail = msgspec.convert(record, Detail) if raw is data else _EMPTY
    return detail, unknown_pairs(record, limits)


def unknown_pairs(record: Mapping[str, Any], limits: LogLimits) -> list[tuple[str, str]]:
    """Names and values of those data of a dumped event that none of the known names describe."""
    fields = {name: value for name, value in record.items() if name not in KNOWN}
    pairs: list[tuple[str, str]] = []
    if fields:
        for name, value in generic.flatten(fields, limits):
            if value not in DULL and name.rpartition(".")[2] not in KNOWN:
                short = name.replace("#attributes.", "")[: limits.name_chars]
                pairs.append((short, value[: limits.value_chars]))
            if len(pairs) == limits.extras // 2:
                break
    return pairs


def _with_unknown(names: pl.Series, values: pl.Series, unknown: Unknown) -> tuple[pl.Series, pl.Series]:
    height = len(names)
    counts = np.zeros(height + 1, np.int64)
    for number, pairs in unknown.items():
        counts[number + 1] = len(pairs)
    offsets = np.cumsum(counts)
    flat = [pair for number in sorted(unknown) for pair in unknown[number]]
    more = [extras.lists(pl.Series([pair[n] for pair in flat], dtype=pl.String), offsets) for n in (0, 1)]
    both = pl.DataFrame([names, values, more[0].alias("n"), more[1].alias("v")]).select(
        pl.concat_list("extra_names", "n"), pl.concat_list("extra_values", "v")
    )
    return both["extra_names"], both["extra_values"]


def _text(value: Any) -> Any:
    return value.get("#text") if isinstance(value, dict) else value


def _attribute(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        inner = value.get("#attributes", value)
        return inner.get(name) if isinstance(inner, dict) else None
    return value


def _time(
    wide: Columns, events: Sequence[Any], envelopes: Sequence[Any], ledger: Ledger
) -> pl.Series:
    height = len(events)
    parsed = pl.Series([None], dtype=times.UTC_MICROSECONDS).new_from_index(0, height)
    for name in HEADER["time"]:
        column = wide.one(name)
        if column is None and name == "@timestamp" and events and events[0] is not envelopes[0]:
            outer = [e.f0 if type(e.f0) is str else None for e in events]
            column = pl.Series(outer, dtype=pl.String)
        if column is None:
            continue
        values = times.parse(column)
        ledger.stamped(column.filter(parsed.is_null()), values.filter(parsed.is_null()))
        parsed = values if parsed.null_count() == height else parsed.zip_with(parsed.is_not_null(), values)
        if not parsed.null_count():
            break
    return parsed
