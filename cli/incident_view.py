"""Incidents as an analyst reads them; made from the same dictionaries that ``--json`` prints."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .terminal import glyphs, visible

if TYPE_CHECKING:
    from rich.console import Console

ENTITIES = {"host": "host", "user": "user", "source_ip": "from", "process": "process"}
SHOWN_ENTITIES = 4
SHOWN_REASONS = 4
SHOWN_RECORDS = 3


def show_incidents(screen: "Console", incidents: Iterable[Mapping[str, Any]]) -> int:
    """Print the ranked list, most urgent first, and return how many there were."""
    shown = 0
    for incident in incidents:
        show_incident(screen, incident)
        shown += 1
    return shown


def show_incident(screen: "Console", incident: Mapping[str, Any]) -> None:
    """Print one incident: how urgent, who, when, why, and where its records are."""
    from rich.text import Text

    marks = glyphs(screen)
    p = incident.get("p")
    rare = "" if p is None else f"  p {p:.2g}"
    style = "bold red" if p is not None and p <= 0.05 else "bold yellow"
    screen.print(
        Text.assemble(
            (f"#{incident['rank']}", style),
            f"  risk {incident['risk']:.1f}{rare}  ",
            (_who(incident), "bold"),
        )
    )
    records = incident["records"]
    span = (
        f"{visible(incident['first_seen'] or 'no time')} {marks['to']} {visible(incident['last_seen'] or '')}"
    )
    screen.print(Text(f"    {span}", style="dim"))
    screen.print(Text("    " + visible(incident["summary"], 400)))
    for reason in _strongest(records):
        screen.print(Text(f"    {marks['dot']} {_because(reason)}"))
    for record in records[:SHOWN_RECORDS]:
        rules = ", ".join(visible(rule) for rule in record.get("rules") or ())
        place = f"{visible(record['source'])} line {record['line']}"
        screen.print(Text(f"      {place}  score {record['score']:.1f}  {rules}".rstrip(), style="dim"))
    if len(records) > SHOWN_RECORDS:
        screen.print(Text(f"      and {len(records) - SHOWN_RECORDS} more listed by --json", style="dim"))
    screen.print()


def _who(incident: Mapping[str, Any]) -> str:
    parts = []
    for key, word in ENTITIES.items():
        names = [visible(name, 60) for name in incident["entities"].get(key) or ()]
        if names:
            more = f" +{len(names) - SHOWN_ENTITIES}" if len(names) > SHOWN_ENTITIES else ""
            parts.append(f"{word} {', '.join(names[:SHOWN_ENTITIES])}{more}")
    return "  ".join(parts) or "no entity named"


def _strongest(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    best: dict[tuple[str, str], Mapping[str, Any]] = {}
    for record in records:
        for reason in record.get("reasons") or ():
            key = (str(reason["field"]), str(reason["value"]))
            if key not in best or reason["bits"] > best[key]["bits"]:
                best[key] = reason
    return sorted(best.values(), key=lambda reason: -float(reason["bits"]))[:SHOWN_REASONS]


def _because(reason: Mapping[str, Any]) -> str:
    seen = "never seen" if not reason["seen"] else f"seen {reason['seen']:,} times"
    return (
        f"{visible(reason['field'])} {visible(reason['value'], 120)!s}: {seen} in {reason['of']:,} "
        f"({visible(reason['context'], 80)}), {reason['bits']:.1f} bits"
    )
