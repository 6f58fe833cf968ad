"""How each step of the intrusion fared, by comparing the planted lines with the answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .logs import Planted

__all__ = ["Fate", "fates"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the lines of one step.

    Attributes
    ----------
    step : str
        What the intruder did.
    lines : int
        How many lines it left.
    ranks : tuple of int
        Ranks of the incidents that hold any of them, most urgent first; empty when it was missed.
    """

    step: str
    lines: int
    ranks: tuple[int, ...]


def fates(planted: Sequence[Planted], events: Iterable[Mapping[str, Any]]) -> list[Fate]:
    """Look every planted line up among the `events` of a triage (rows with source, line and incident)."""
    wanted = {(each.path.name, each.line): each.step for each in planted}
    lines: dict[str, int] = {}
    ranks: dict[str, set[int]] = {}
    for each in planted:
        lines[each.step] = lines.get(each.step, 0) + 1
        ranks.setdefault(each.step, set())
    for event in events:
        step = wanted.get((Path(event["source"]).name, event["line"]))
        if step is not None and event["incident"] is not None:
            ranks[step].add(event["incident"])
    return [Fate(step, count, tuple(sorted(ranks[step]))) for step, count in lines.items()]
