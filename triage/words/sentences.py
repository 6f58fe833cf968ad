"""One sentence for an incident, one line for a record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ..answer import Reason
from .event_names import in_words
from .leading import LAST
from .phrases import BRIEF, LONGEST, PREVIOUS, SPREAD, kind_rarity, label, short, shown, spoken, steps

_TELLING: Final = (
    *("action", "user", "target_user", "process", "path"),
    *("source_ip", "destination_ip", "destination_port", "outcome"),
)
"""Fields that say what a record without a telling message is about, in this order."""

ONE_LINE: Final = ("type", "event_id", "command", "message", "url", *_TELLING)
"""Columns that `one_line` needs beside the further fields."""

Row = Mapping[str, Any]


def summary(
    record: Row,
    time: datetime | None,
    reasons: Sequence[Reason],
    records: int,
    types: int,
    last: datetime | None,
    included: bool,
) -> str:
    """One sentence for an incident: when, who, what, where, how unusual, and how much more there is.

    Parameters
    ----------
    record
        Its first record, normalised.
    time
        When that happened.
    reasons
        Of the first record and its window, in the order of `assay.triage.words.leading`.
    records, types
        How many records and event types it holds.
    last
        Time of its last record.
    included
        Whether the records are in the counts themselves.

    Returns
    -------
    str
        Ends with a full stop.
    """
    when = f"{time:%Y-%m-%d %H:%M} UTC: " if time is not None else ""
    told = [shown("type", record["type"] or "", 120)]
    named = (
        ("user", "by"),
        ("target_user", "for"),
        ("host", "on"),
        ("source_ip", "from"),
        ("process", "with"),
    )
    for field, joint in named:
        value = record[field]
        if value and not (field == "target_user" and value == record["user"]):
            told.append(f"{joint} {_file_name(value) if field == 'process' else shown(field, value, 60)}")
    why = _why(record, reasons, included)
    rest = f"{records:,} record{'s' * (records != 1)} of {types} event type{'s' * (types != 1)}"
    until = ""
    if time is not None and last is not None and last > time:
        until = f" until {last:%H:%M}" if last.date() == time.date() else f" until {last:%Y-%m-%d %H:%M}"
    return f"{when}{' '.join(told)}; {why}; {rest} in all{until}."


def _why(record: Row, reasons: Sequence[Reason], included: bool) -> str:
    """The leading reason, without what the sentence has said already."""
    lead = next((reason for reason in reasons if reason.field != LAST), None)
    if lead is None:
        return "it stands out only by the company it keeps"
    end = f"({lead.bits:.1f} bits)"
    if lead.context == PREVIOUS:
        return f"it rarely follows the kind of event before it: {steps(lead.seen, lead.of, included)} {end}"
    if lead.context == SPREAD:
        return f"a kind of event that comes from {lead.seen:,} of {lead.of:,} source addresses {end}"
    if lead.field == "type":
        scope = "" if lead.context == "site" else f" of {spoken(lead.context)}"
        return f"{kind_rarity(lead.seen, lead.of, included, scope)} {end}"
    if lead.detector == "spelling":
        mix = lead.words.rpartition("mix of characters")[2]
        return f"its {label(lead.field)} has an unusual mix of characters{mix}"
    kind = shown("type", record["type"] or "")
    return lead.words.removeprefix(f"{kind}: ").replace(kind, "this kind of event", 1)


def one_line(record: Row) -> str:
    """A record in one line.

    Parameters
    ----------
    record
        The normalised record.

    Returns
    -------
    str
        Its command, or the message that holds it, else its message or URL; a short message or event number of a
        structured record is followed by its telling fields; bounded.
    """
    message, command = record["message"], record["command"]
    told = message if message and command and command in message else command or message or record["url"]
    if told and (command or record["event_id"] is None or len(told) > BRIEF):
        return short(told)
    parts = [
        record[name] if name == "action" else f"{name}={shown(name, record[name], LONGEST)}"
        for name in _TELLING
        if record[name]
    ]
    if not parts:
        extras = zip(record["extra_names"] or (), record["extra_values"] or (), strict=False)
        parts = [f"{name}={value}" for name, value in extras]
    if told:
        parts.insert(0, told.rstrip(" :."))
    elif record["event_id"] is not None and not record["action"]:
        parts.insert(0, in_words(record["type"] or ""))
    return short(" ".join(parts) or record["type"] or "")


def _file_name(path: str) -> str:
    return short(path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path, 60)
