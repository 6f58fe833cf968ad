"""Incidents and events as flat rows, the same for every format that has columns."""

import os
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

Row = dict[str, Any]

Kind = Literal["text", "number", "whole", "time", "texts"]

INCIDENT: Final[Mapping[str, Kind]] = {
    "rank": "whole",
    "id": "text",
    "risk": "number",
    "p": "number",
    "percentile": "number",
    "severity": "whole",
    "first_seen": "time",
    "last_seen": "time",
    "count": "whole",
    "host": "texts",
    "user": "texts",
    "source_ip": "texts",
    "process": "texts",
    "type": "text",
    "field": "text",
    "value": "text",
    "attack": "texts",
    "rules": "texts",
    "summary": "text",
    "reasons": "texts",
    "records": "texts",
    "feedback": "texts",
    "continues": "text",
    "since": "time",
    "batches": "whole",
}
"""Columns of an incident; `type`, `field` and `value` are those of its kind, `records` the places of those shown."""

RECORD: Final = (
    "type",
    "host",
    "user",
    "target_user",
    "source_ip",
    "source_port",
    "destination_ip",
    "destination_port",
    "process",
    "parent",
    "command",
    "service",
    "action",
    "outcome",
    "path",
    "url",
    "message",
)
"""Fields of the record itself that an event has as columns."""

EVENT: Final[Mapping[str, Kind]] = {
    "source": "text",
    "line": "whole",
    "time": "time",
    "score": "number",
    "p": "number",
    "severity": "whole",
    "incident": "whole",
    "incident_id": "text",
    **dict.fromkeys(RECORD, "text"),
    "reasons": "texts",
}
"""Columns of an event."""


def incident_row(page: Mapping[str, Any]) -> Row:
    """One incident.

    Parameters
    ----------
    page
        As `assay.triage.contract.incident_json` gives it.

    Returns
    -------
    dict
        The columns of `INCIDENT`.
    """
    words: dict[str, float] = {}
    for record in page["records"]:
        for reason in record["reasons"]:
            words[reason["words"]] = max(reason["bits"], words.get(reason["words"], 0.0))
    thread = page["continues"] or {}
    marked = any(note["verdict"] == "true" and note["scope"] == "incident" for note in page["feedback"])
    return {
        **{name: page[name] for name in ("rank", "id", "risk", "p", "percentile", "first_seen", "last_seen", "count")},
        "severity": severity(page["p"], page["risk"], marked),
        **{name: list(page["entities"].get(name, ())) for name in ("host", "user", "source_ip", "process")},
        **{name: page["kind"][name] for name in ("type", "field", "value")},
        "attack": list(page["attack"]),
        "rules": list(dict.fromkeys(rule for record in page["records"] for rule in record["rules"])),
        "summary": page["summary"],
        "reasons": sorted(words, key=lambda text: -words[text]),
        "records": [f"{record['source']}:{record['line']}" for record in page["records"]],
        "feedback": [f"{note['verdict']} ({note['scope']}) {note['incident']}" for note in page["feedback"]],
        "continues": thread.get("id"),
        "since": thread.get("since"),
        "batches": thread.get("batches"),
    }


def event_row(row: Mapping[str, Any], record: Mapping[str, Any], ids: Mapping[int, str]) -> Row:
    """One event.

    Parameters
    ----------
    row
        As `Triage.events` gives it.
    record
        The normalised record.
    ids
        Rank of each incident to its id.

    Returns
    -------
    dict
        The columns of `EVENT`.
    """
    return {
        **{name: row[name] for name in ("source", "line", "time", "score", "p")},
        "severity": severity(row["p"], row["score"], False),
        "incident": row["incident"],
        "incident_id": None if row["incident"] is None else ids.get(row["incident"]),
        **{name: record[name] for name in RECORD},
        "reasons": [reason["words"] for reason in row["reasons"]],
    }


def severity(p: float | None, bits: float, marked: bool) -> int:
    """How severe, 0..10 as CEF has it.

    Parameters
    ----------
    p
        None without a baseline; the bits then decide.
    bits
        Risk of an incident, score of an event.
    marked
        Whether an analyst marked the incident true.

    Returns
    -------
    int
        10 marked true; 9, 7, 5 for p up to 0.001, 0.01, 0.05, or for at least 30, 20, 10 bits; else 3.
    """
    if marked:
        return 10
    if p is not None:
        return next((level for bound, level in ((0.001, 9), (0.01, 7), (0.05, 5)) if p <= bound), 3)
    return next((level for bound, level in ((30, 9), (20, 7), (10, 5)) if bits >= bound), 3)


def sound(text: str) -> str:
    """Text that can be written as UTF-8: bytes of a file name that are none appear as ``\\xff``."""
    if text.isascii():
        return text
    try:
        return os.fsencode(text).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()


def sound_page(value: Any) -> Any:
    """A JSON value with all its texts as `sound` has them."""
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, Mapping):
        return {sound(key): sound_page(item) for key, item in value.items()}
    return [sound_page(item) for item in value] if isinstance(value, list | tuple) else value


def one_line(text: str) -> str:
    """Text without control characters, which appear as ``\\x0a``: some formats have one message a line."""
    return text if text.isprintable() else _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
