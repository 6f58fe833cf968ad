"""Inspecting the room of the service, for people and for programs."""

import sys

from .terminal import console, json_line, show, visible

__all__ = ["show_inspection"]

SHOWN = 200
"""Faults on a screen; --json gives all."""


def show_inspection(*, head: str | None, as_json: bool) -> bool:
    """Inspect the room that the settings name, print what was found, and say whether it is intact."""
    from rich.text import Text

    from ..service.evidence.inspection import inspect
    from ..service.room import Room
    from ..service.settings import Settings

    with Room.open(Settings.read()) as room:
        found = inspect(room, head=head)
        place = visible(room.settings.store_place)
    if as_json:
        page = {name: getattr(found, name) for name in found.__slots__ if name != "faults"}
        page |= {"intact": found.intact, "faults": [fault.to_json() for fault in found.faults]}
        sys.stdout.write(json_line(page))
        return found.intact
    screen = console()
    words, style = ("intact", "green") if found.intact else ("not intact", "bold red")
    show(screen, Text.assemble((words, style), f": {place}"), 2)
    facts = (
        f"  exhibits: {found.exhibits:,} of {found.bytes:,} bytes; results: {found.results:,}; "
        f"entries in the log: {found.entries:,}, of which signed: {found.signed:,}"
    )
    show(screen, Text(facts, style="dim"), 2)
    show(screen, Text(f"  head {found.head}", style="dim"), 2)
    for fault in found.faults[:SHOWN]:
        where = Text.assemble("  ", (visible(fault.file), "bold"))
        show(screen, where.append(f": {visible(fault.message)} [{fault.code}]"), 4)
    if rest := len(found.faults) - min(len(found.faults), SHOWN) + found.more:
        show(screen, Text(f"  and {rest:,} more"), 4)
    return found.intact
