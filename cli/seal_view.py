"""What a check of a sealed folder has found, for people and for programs."""

from typing import TYPE_CHECKING, Any

from .terminal import show, visible

if TYPE_CHECKING:
    from rich.console import Console

    from ..evidence.sealing import Seal, Verification

__all__ = ["seal_json", "show_verification"]

SHOWN = 200
"""Faults on a screen; --json gives all."""


def seal_json(result: "Verification") -> dict[str, Any]:
    """A verification as a JSON object."""
    return {
        "folder": str(result.folder),
        "intact": result.intact,
        "known": result.known,
        "files": result.files,
        "bytes": result.size,
        "entries": result.entries,
        "head": result.head,
        "reproduce": result.reproduce,
        "note": result.note,
        "seals": [{name: getattr(seal, name) for name in seal.__slots__} for seal in result.seals],
        "faults": [fault.to_json() for fault in result.faults],
        "more": result.more,
    }


def show_verification(screen: "Console", result: "Verification") -> None:
    """Print a verification: what it comes to, who signed, then each fault."""
    from rich.text import Text

    words, style = _sum(result)
    show(screen, Text.assemble((words, style), f": {visible(result.folder)}"), 2)
    facts = f"  files: {result.files:,} of {result.size:,} bytes; entries in the log: {result.entries:,}"
    show(screen, Text(facts, style="dim"), 2)
    for seal in result.seals:
        show(screen, Text("  " + visible(_signed(seal))), 4)
        for line in filter(None, (seal.words, _stamp(seal))):
            show(screen, Text("    " + visible(line), style="dim"), 4)
    if result.note:
        show(screen, Text(f"  note: {visible(result.note)}"), 4)
    if result.reproduce is not None:
        show(screen, Text(f"  to make it again: {visible(result.reproduce)}"), 4)
    for fault in result.faults[:SHOWN]:
        where = Text.assemble("  ", (visible(fault.file), "bold"))
        show(screen, where.append(f": {visible(fault.message)} [{fault.code}]"), 4)
    rest = len(result.faults) - min(len(result.faults), SHOWN) + result.more
    if rest:
        show(screen, Text(f"  and {rest:,} more"), 4)


def _sum(result: "Verification") -> tuple[str, str]:
    if not result.intact:
        if {fault.code for fault in result.faults} <= {"key-unknown", "entry-unsigned"}:
            return "the seal is intact, but by an unknown key", "bold red"
        count = len(result.faults) + result.more
        return f"not what was sealed ({count:,} {'fault' if count == 1 else 'faults'})", "bold red"
    if result.known:
        return "intact, and signed by a key that you named", "bold green"
    return "the seal is intact, but by an unknown key: name the signer's with --key", "yellow"


def _signed(seal: "Seal") -> str:
    who = f" by {seal.who}" if seal.who else ""
    state = "" if seal.holds else ", its signature does not hold"
    known = {None: "", True: " (named)", False: " (not named)"}[seal.pinned]
    key = f"key {seal.key}{known}" if seal.key else "a damaged key"
    return f"{seal.number} {seal.what or 'checkpoint'} {seal.time}{who}{state}, {key}"


def _stamp(seal: "Seal") -> str:
    if seal.stamp is None:
        return (
            "time stamp absent: the time is that of the clock of the machine" if seal.what == "sealed" else ""
        )
    trust = {
        None: "the stamp's signer was not checked: name its certificate with --stamps",
        True: "leads to a certificate that you named",
        False: "does not lead to a certificate that you named",
    }[seal.stamp_trusted]
    return f"time stamp {seal.stamp} by {seal.stamp_by or 'nobody named'}: {trust}"
