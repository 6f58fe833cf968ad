"""ATT&CK techniques that an event type names by itself.

Deliberately small: an id is given only where the event *is* the technique's trace (an audit log was
cleared), never where it merely fits. Technique ids: MITRE ATT&CK Enterprise.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from ..records.fields import TYPE_SEPARATOR

WINDOWS: Final[Mapping[tuple[str, str], str]] = {
    ("security", "1102"): "T1070.001",
    ("system", "104"): "T1070.001",
    ("security", "4720"): "T1136.001",
    ("security", "4697"): "T1543.003",
    ("system", "7045"): "T1543.003",
    ("security", "4698"): "T1053.005",
    ("security", "4719"): "T1562.002",
    ("security", "4728"): "T1098",
    ("security", "4732"): "T1098",
    ("security", "4756"): "T1098",
    ("security", "4740"): "T1110",
    ("microsoft-windows-sysmon/operational", "8"): "T1055",
    ("microsoft-windows-sysmon/operational", "19"): "T1546.003",
    ("microsoft-windows-sysmon/operational", "20"): "T1546.003",
    ("microsoft-windows-sysmon/operational", "21"): "T1546.003",
    ("microsoft-windows-sysmon/operational", "25"): "T1055",
}
"""(channel in lower case, event id) to technique."""

LSASS_ACCESS: Final = ("microsoft-windows-sysmon/operational", "10", "lsass.exe", "T1003.001")
"""Sysmon's "process accessed" of the process that holds credentials."""

PROGRAMS: Final[Mapping[str, str]] = {"useradd": "T1136.001", "adduser": "T1136.001"}
"""Name of a Unix program that writes to the log only when it does this."""


ACTIONS: Final[Mapping[str, str]] = {
    # What the reader of syslog takes out of accounts' own programs.
    "user-add": "T1136.001",
    "group-add-member": "T1098",
    "ssh-too-many-attempts": "T1110",
    # CloudTrail: calls that are the technique itself.
    "StopLogging": "T1562.008",
    "DeleteTrail": "T1562.008",
    "DeleteFlowLogs": "T1562.008",
    "CreateUser": "T1136.003",
    "CreateAccessKey": "T1098.001",
    "AttachUserPolicy": "T1098.003",
    "PutUserPolicy": "T1098.003",
}
"""Action of a record to technique."""

TACTICS: Final[Mapping[str, str]] = {
    "T1003": "credential-access",
    "T1053": "execution",
    "T1055": "defense-evasion",
    "T1070": "defense-evasion",
    "T1098": "persistence",
    "T1110": "credential-access",
    "T1136": "persistence",
    "T1543": "persistence",
    "T1546": "persistence",
    "T1562": "defense-evasion",
}
"""Technique, without its part, to the one tactic that it counts for when tactics meet."""


def tactic_of(kind: str) -> str | None:
    """The tactic that an event type is the trace of, whatever its records say.

    Parameters
    ----------
    kind
        Event type of a record, as `assay.triage.records.fields.type_expression` makes it.

    Returns
    -------
    str or None
        None for most; those that depend on more than the type are left out.
    """
    where, _, what = kind.partition(TYPE_SEPARATOR)
    action, _, outcome = what.partition(" ")
    found = WINDOWS.get((where.lower(), what)) or PROGRAMS.get(where)
    if found is None and (outcome in ("", "success") or action == "ssh-too-many-attempts"):
        found = ACTIONS.get(action)
    return None if found is None else TACTICS[found.partition(".")[0]]


def traces(groups: pl.DataFrame) -> pl.DataFrame:
    """Groups that are traces by their type.

    Parameters
    ----------
    groups
        Has `host`, `type` and `window`.

    Returns
    -------
    pl.DataFrame
        ``host, type, window, tactic``.
    """
    known = {
        kind: tactic for kind in groups["type"].unique().to_list() if (tactic := tactic_of(kind)) is not None
    }
    schema = {"type": pl.String(), "tactic": pl.String()}
    table = pl.DataFrame({"type": [*known], "tactic": [*known.values()]}, schema=schema)
    return groups.select("host", "type", "window").join(table, on="type", how="inner")


def techniques(records: pl.DataFrame) -> tuple[str, ...]:
    """Techniques named by some records.

    Parameters
    ----------
    records
        Normalised records.

    Returns
    -------
    tuple of str
        Sorted, without repeats.
    """
    found: set[str] = set()
    columns = records.select("channel", "event_id", "service", "path", "target_user", "action", "outcome")
    for channel, event_id, service, path, target, action, outcome in columns.iter_rows():
        place = ((channel or "").lower(), event_id or "")
        if place in WINDOWS:
            found.add(WINDOWS[place])
        if place == LSASS_ACCESS[:2] and any(
            (text or "").lower().endswith(LSASS_ACCESS[2]) for text in (path, target)
        ):
            found.add(LSASS_ACCESS[3])
        if action in ACTIONS and (outcome in (None, "success") or action == "ssh-too-many-attempts"):
            found.add(ACTIONS[action])
        if service in PROGRAMS:
            found.add(PROGRAMS[service])
    return tuple(sorted(found))
