"""What is said once a batch is done: its groups of near twins, and lines of a list that could not be used."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .terminal import json_line, say, show, visible

if TYPE_CHECKING:
    from rich.console import Console

    from ..detect.likeness.known import Known
    from ..detect.likeness.twins import Group

__all__ = ["group_lines", "say_bad_lines", "tell_groups"]

_GROUPS, _MEMBERS = 20, 10


def group_lines(groups: Sequence["Group"]) -> Iterator[dict[str, Any]]:
    """Groups as the objects of ``--twins``: a number from 1, and the members in order of the batch."""
    for number, group in enumerate(groups, start=1):
        members = [{"path": member.path, "sha256": member.sha256} for member in group.members]
        yield {"group": number, "members": members}


def tell_groups(groups: Sequence["Group"], path: Path | None, screen: "Console | None") -> None:
    """Write the groups to a file, if one was named, and show them, or say how many there are where nothing is shown.

    Parameters
    ----------
    groups : sequence of Group
        Of the whole batch.
    path : Path | None
        File of JSON lines; one that is there is replaced.
    screen : Console | None
        None where standard output holds JSON lines: then one line goes to standard error.
    """
    if path is not None:
        path.write_text("".join(json_line(line) for line in group_lines(groups)), encoding="ascii")
    if screen is not None:
        _show(screen, groups)
    elif groups:
        say(f"near twins: {_count(groups)}; {'--twins FILE writes them' if path is None else f'see {path}'}")


def _show(screen: "Console", groups: Sequence["Group"]) -> None:
    """Print the groups, at most twenty of ten members each."""
    from rich.text import Text

    if not groups:
        return
    show(screen, Text(f"Near twins: {_count(groups)}", style="bold"), 4)
    for number, group in enumerate(groups[:_GROUPS], start=1):
        show(screen, Text(f"  {number}."), 4)
        for member in group.members[:_MEMBERS]:
            show(screen, Text(f"     {visible(member.path)}  sha256 {member.sha256[:16]}"), 8)
        if len(group.members) > _MEMBERS:
            show(screen, Text(f"     and {len(group.members) - _MEMBERS:,} more"), 8)
    if len(groups) > _GROUPS:
        show(screen, Text(f"  and {len(groups) - _GROUPS:,} more groups; --twins FILE writes all"), 4)


def say_bad_lines(known: "Known") -> None:
    """Say on standard error which lines of a list were left out."""
    for code, count in known.bad.items():
        first = ", ".join(map(str, known.examples[code]))
        say(f"{known.name}: {count:,} lines left out [{code}], the first: {first}")


def _count(groups: Sequence["Group"]) -> str:
    members = sum(len(group.members) for group in groups)
    return f"{len(groups):,} group{'s' * (len(groups) != 1)} of {members:,} pictures"
