"""Incidents as an analyst reads them; made from the same dictionaries that ``--json`` prints."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .terminal import glyphs, show, visible

if TYPE_CHECKING:
    from rich.console import Console

ENTITIES = {"host": "host", "user": "user", "source_ip": "from", "process": "process"}
SHOWN_ENTITIES = 3
SHOWN_REASONS = 4
SHOWN_RECORDS = 3
NOTABLE = 0.05
LONG_PATH = 48


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
    p = incident["p"]
    rare = "" if p is None else f"  p {p:.2g}"
    style = "bold red" if p is not None and p <= NOTABLE else "bold yellow"
    rank = f"#{incident['rank']}"
    title = Text.assemble((rank, style), f"  risk {incident['risk']:.1f}{rare}  ", (_who(incident), "bold"))
    show(screen, title, 4)
    show(
        screen,
        Text(f"    {_when(incident, marks)} {marks['dot']} id {visible(incident['id'])}", style="dim"),
        4,
    )
    if incident["continues"] is not None:
        show(screen, Text(f"    {_continued(incident['continues'])}", style="bold"), 6)
    for note in incident["feedback"]:
        show(screen, Text(f"    {_marked(note)}", style="dim"), 6)
    show(screen, Text("    " + visible(incident["summary"], 500)), 4)
    for reason in _strongest(incident["records"]):
        show(screen, Text(f"    {marks['dot']} {visible(reason['words'], 320)}"), 6)
    if incident.get("tree"):
        names = (visible(re.split(r"[\\/]", each)[-1] or each, 60) for each in incident["tree"])
        chain = f" {marks['to']} ".join(names)
        show(screen, Text(f"    {marks['dot']} chain of programs: {chain}"), 6)
    seen = incident["records"][:SHOWN_RECORDS]
    for record in seen:
        show(screen, Text(f"      {_place(record)}  {visible(record['text'], 160)}", style="dim"), 8)
    for word, record in _beside(incident):
        line = f"      {word}: {visible(record['text'], 160)}"
        show(screen, Text(line, style="dim italic"), 8)
    more = incident["count"] - len(seen)
    if more > 0:
        screen.print(Text(f"      and {more:,} more record{'s' if more > 1 else ''}", style="dim"))
    screen.print()


def _continued(thread: Mapping[str, Any]) -> str:
    since = "an unknown time" if thread["since"] is None else " ".join(_stamp(thread["since"])) + " UTC"
    told = []
    for key, names in thread["new"].items():
        if names:
            more = f" +{len(names) - SHOWN_ENTITIES}" if len(names) > SHOWN_ENTITIES else ""
            word = {"type": "event type", "source_ip": "address"}.get(key, key)
            told.append(f"{word} {', '.join(visible(name, 60) for name in names[:SHOWN_ENTITIES])}{more}")
    new = "; new: " + "; ".join(told) if told else "; nobody and nothing of a new name"
    return (
        f"continues {visible(thread['id'])} since {since}, seen in {thread['batches']:,} batches, "
        f"{thread['records']:,} records before{new}"
    )


def _marked(note: Mapping[str, Any]) -> str:
    like = {
        "incident": "was marked",
        "kind": "like an incident marked",
        "host": "on the host of an incident marked",
    }
    why = f" ({visible(note['reason'], 120)})" if note["reason"] else ""
    if note["unless"]:
        rules = ", ".join(visible(title, 80) for title in note["unless"][:SHOWN_ENTITIES])
        return (
            f"{like[note['scope']]} {note['verdict']}{why}, but shown: a severe rule fired that had not then "
            f"({rules}) [{visible(note['incident'])}]"
        )
    return f"{like[note['scope']]} {note['verdict']}{why}: risk times {note['factor']:g} [{visible(note['incident'])}]"


def _when(incident: Mapping[str, Any], marks: dict[str, str]) -> str:
    first, last = incident["first_seen"], incident["last_seen"]
    count = f"{incident['count']:,} record{'s' if incident['count'] != 1 else ''}"
    if first is None:
        return f"no time {marks['dot']} {count}"
    day, start = _stamp(first)
    last_day, end = _stamp(last)
    end = end if day == last_day else f"{last_day} {end}"
    span = f"{day} {start} UTC" if first == last else f"{day} {start} {marks['to']} {end} UTC"
    techniques = "".join(f" {marks['dot']} {visible(name)}" for name in incident["attack"])
    return f"{span} {marks['dot']} {count}{techniques}"


def _stamp(time: str) -> tuple[str, str]:
    """Day and time of day, to the second, of an ISO 8601 time."""
    day, _, rest = visible(time).partition("T")
    return day, rest[:8]


def _place(record: Mapping[str, Any]) -> str:
    rules = "".join(f" [{visible(rule, 80)}]" for rule in record["rules"])
    return f"{visible(_tail(record['source']))} line {record['line']}{rules}"


def _tail(source: str) -> str:
    """The end of a long path; the table of sources and the JSON have the whole."""
    if len(source) <= LONG_PATH:
        return source
    name = re.split(r"[\\/]", source)[-1]
    return f"…/{name}" if len(name) <= LONG_PATH else f"…/{name[:20]}…{name[-24:]}"


def _beside(incident: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The records just before and after the first one on its host: context, not findings."""
    around = incident["around"]
    before, after = around["before"][-1:], around["after"][:1]
    return [*(("just before", record) for record in before), *(("just after", record) for record in after)]


def _who(incident: Mapping[str, Any]) -> str:
    parts = []
    for key, word in ENTITIES.items():
        # Of a process, its file name; the whole path is in the JSON.
        names = [visible(re.split(r"[\\/]", name)[-1], 100) for name in incident["entities"].get(key, ())]
        if names:
            more = f" +{len(names) - SHOWN_ENTITIES}" if len(names) > SHOWN_ENTITIES else ""
            parts.append(f"{word} {', '.join(names[:SHOWN_ENTITIES])}{more}")
    return "  ".join(parts) or "no entity named"


def _strongest(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    best: dict[tuple[str, str], Mapping[str, Any]] = {}
    for record in records:
        for reason in record["reasons"]:
            key = (str(reason["field"]), str(reason["value"]))
            if key not in best or reason["bits"] > best[key]["bits"]:
                best[key] = reason
    return sorted(best.values(), key=lambda reason: -float(reason["bits"]))[:SHOWN_REASONS]
