"""Incidents and records as JSON: the fields of the public contract, in its order.

The schemas are `docs/schema/incident.json` and `docs/schema/event.json`.
"""

from datetime import datetime
from typing import Any

from .answer import Incident, Neighbour, Reason, Record


def incident_json(incident: Incident) -> dict[str, Any]:
    """One incident.

    Parameters
    ----------
    incident
        As triage gives it.

    Returns
    -------
    dict
        Plain JSON values; times are ISO 8601 in UTC or null.
    """
    return {
        "rank": incident.rank,
        "risk": round(incident.risk, 3),
        "p": incident.p,
        "percentile": incident.percentile,
        "entities": {name: list(values) for name, values in incident.entities.items()},
        "first_seen": time_json(incident.first_seen),
        "last_seen": time_json(incident.last_seen),
        "count": incident.count,
        "records": [record_json(record) for record in incident.records],
        "attack": list(incident.attack),
        "summary": incident.summary,
        "id": incident.id,
        "kind": {
            "host": incident.kind.host,
            "type": incident.kind.type,
            "field": incident.kind.field,
            "value": incident.kind.value,
        },
        "feedback": [
            {
                "incident": note.mark.incident,
                "verdict": note.mark.verdict,
                "scope": note.scope,
                "factor": note.factor,
                "unless": [*note.unless],
                "reason": note.mark.reason,
            }
            for note in incident.feedback
        ],
        "continues": None
        if incident.continues is None
        else {
            "id": incident.continues.id,
            "since": time_json(incident.continues.since),
            "batches": incident.continues.batches,
            "records": incident.continues.records,
            "new": {name: list(values) for name, values in incident.continues.new.items()},
        },
        "around": {
            "before": [neighbour_json(each) for each in incident.before],
            "after": [neighbour_json(each) for each in incident.after],
        },
        "tree": list(incident.tree),
    }


def record_json(record: Record) -> dict[str, Any]:
    """One record of an incident.

    Parameters
    ----------
    record
        Part of an incident.

    Returns
    -------
    dict
        Plain JSON values.
    """
    return {
        "source": record.source,
        "line": record.line,
        "time": time_json(record.time),
        "score": round(record.score, 3),
        "type": record.type,
        "text": record.text,
        "reasons": [reason_json(reason) for reason in record.reasons],
        "rules": list(record.rules),
    }


def neighbour_json(record: Neighbour) -> dict[str, Any]:
    """One record before or after an incident's first.

    Parameters
    ----------
    record
        Context, not a finding.

    Returns
    -------
    dict
        Plain JSON values.
    """
    return {
        "source": record.source,
        "line": record.line,
        "time": time_json(record.time),
        "type": record.type,
        "text": record.text,
    }


def reason_json(reason: Reason, *, typical: bool = True) -> dict[str, Any]:
    """One reason.

    Parameters
    ----------
    reason
        Part of a record.
    typical
        Whether to give what is usual as well; rows of ``--events`` do not.

    Returns
    -------
    dict
        Plain JSON values.
    """
    told = {
        "field": reason.field,
        "value": reason.value,
        "context": reason.context,
        "seen": reason.seen,
        "of": reason.of,
        "bits": reason.bits,
        "words": reason.words,
        "detector": reason.detector,
    }
    return (
        told | {"typical": [{"value": value, "seen": seen} for value, seen in reason.typical]}
        if typical
        else told
    )


def time_json(time: datetime | None) -> str | None:
    """A time as ISO 8601 with microseconds where there are any, ``Z`` for UTC.

    Parameters
    ----------
    time
        With its zone (UTC), or None.

    Returns
    -------
    str or None
    """
    return None if time is None else time.isoformat().replace("+00:00", "Z")
