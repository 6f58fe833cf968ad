"""What became of each log source, so that no line is dropped silently."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .card_view import table
from .terminal import visible

if TYPE_CHECKING:
    from rich.console import Console

    from ..triage.records.clocks import Jump, SourceClock
    from ..triage.values import SourceReport

SHOWN_SOURCES = 40
SHOWN_EXAMPLES = 2


def show_sources(screen: "Console", sources: "Sequence[SourceReport]") -> None:
    """Print a table of the sources, those that failed first, and the first examples of what was rejected."""
    from rich.text import Text

    ordered = sorted(sources, key=lambda source: source.failed is None)
    rows = [
        (
            each.source.name,
            each.source.format,
            f"{each.source.confidence:.2f}",
            f"{each.records:,}",
            f"{sum(group.count for group in each.rejected):,}",
            f"{each.untimed:,}",
        )
        for each in ordered[:SHOWN_SOURCES]
    ]
    screen.print(table(("source", "format", "sure", "records", "rejected", "without time"), rows))
    if len(ordered) > SHOWN_SOURCES:
        screen.print(Text(f"and {len(ordered) - SHOWN_SOURCES:,} more sources", style="dim"))
    for each in ordered[:SHOWN_SOURCES]:
        name = visible(each.source.name)
        if each.failed is not None:
            screen.print(
                Text(f"{name}: failed: {visible(each.failure)} [{visible(each.failed)}]", style="bold red")
            )
        for encoding, count in each.encodings.items():
            text = f"{name}: {count:,} lines are not UTF-8 and were read as {visible(encoding)}"
            screen.print(Text(text, style="yellow"))
        for said in _clock(each.clock):
            screen.print(Text(f"{name}: {said}", style="yellow"))
        for group in each.rejected:
            screen.print(Text(f"{name}: {group.count:,} rejected [{visible(group.code)}]", style="yellow"))
            for line, excerpt in group.examples[:SHOWN_EXAMPLES]:
                screen.print(Text(f"  line {line}: {visible(excerpt, 100)}", style="dim"))


def _clock(clock: "SourceClock") -> list[str]:
    """What is odd about the times of a source, in lines; empty where nothing is."""
    lines = []
    zones = {visible(zone): count for zone, count in clock.zones.items()}
    if unzoned := zones.pop("none", 0):
        named = "".join(f", {zone} {count:,}" for zone, count in zones.items())
        lines.append(f"{unzoned:,} times name no zone and are taken as UTC{named}")
    elif len(zones) > 1:
        lines.append(
            "times of several zones: " + ", ".join(f"{zone} {count:,}" for zone, count in zones.items())
        )
    if clock.back:
        lines.append(f"the clock goes back {_times(clock.back)}: {_jumps(clock.back_examples)}")
    if clock.ahead:
        lines.append(
            f"the clock leaps, or all is silent, for over a day {_times(clock.ahead)}: {_jumps(clock.ahead_examples)}"
        )
    if clock.falling:
        lines.append("records stand newest first")
    if clock.future:
        lines.append(f"{clock.future:,} records are of a time yet to come")
    return lines


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _jumps(examples: "Sequence[Jump]") -> str:
    stamp = "%Y-%m-%d %H:%M:%S"
    return "; ".join(
        f"line {jump.line} from {jump.before.strftime(stamp)} to {jump.after.strftime(stamp)} UTC"
        for jump in examples
    )
