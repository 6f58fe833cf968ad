"""What became of each log source, so that no line is dropped silently."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .card_view import table
from .terminal import visible

if TYPE_CHECKING:
    from rich.console import Console

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
        for group in each.rejected:
            screen.print(Text(f"{name}: {group.count:,} rejected [{visible(group.code)}]", style="yellow"))
            for line, excerpt in group.examples[:SHOWN_EXAMPLES]:
                screen.print(Text(f"  line {line}: {visible(excerpt, 100)}", style="dim"))
