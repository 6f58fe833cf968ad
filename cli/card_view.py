"""A model card as a person reads it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .terminal import show, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ..models.artifact import Artifact
    from ..models.card import Card, Metric

CELL = 17
"""Columns of a value with its interval."""


def show_card(screen: "Console", artifact: "Artifact") -> None:
    """Print the whole card of `artifact`: what it is, how it did, where it fails, what it holds."""
    from rich.text import Text

    card = artifact.card
    screen.print(Text(f"{visible(card.title)}  ({visible(artifact.id)})", style="bold"))
    screen.print(Text(visible(card.summary)))
    screen.print()
    for name, value in _facts(card, artifact.sha256):
        screen.print(Text(f"  {name:<14}", style="dim").append(visible(value), style="default"))
    _measured(screen, card.metrics)
    _show(
        screen, "Operating points", ("name", "tier", "threshold", "false alarms", "chosen on"), _points(card)
    )
    _show(screen, "Trained on", ("name", "rows", "role", "licence"), _data(card))
    files = [(f.path, f.role, f"{f.size:,}", f.sha256[:16]) for f in card.files]
    _show(screen, "Files", ("path", "role", "bytes", "sha256"), files)
    if card.limits:
        screen.print(Text("\nLimits", style="bold"))
        for limit in card.limits:
            show(screen, Text(f"  - {visible(limit)}"), 4)


def _facts(card: "Card", sha256: str) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        ("task", card.task),
        ("architecture", card.architecture.family),
        ("precision", f"{card.precision}, golden outputs within {card.tolerance:g}"),
        ("licence", f"{card.licence} (use: {card.use})"),
        ("created", card.created),
        ("card sha256", sha256),
    ]
    if card.prior is not None:
        facts.append(("prior", card.prior))
    if card.code:
        facts.append(("made by", card.code))
    return facts


def _measured(screen: "Console", metrics: "Sequence[Metric]") -> None:
    """Print the metrics by source, one line each, the tiers side by side."""
    from rich.text import Text

    if not metrics:
        return
    tiers = list(dict.fromkeys(metric.tier for metric in metrics))
    screen.print(Text("\nMeasured, with 95 % intervals", style="bold"))
    wide = max(len(visible(metric.name)) for metric in metrics)
    heads = "".join(f"  {visible(tier or 'all tiers'):<{CELL}}" for tier in tiers)
    screen.print(Text(f"    {'metric':<{wide}}{'n':>9}{heads}".rstrip(), style="dim"))
    # What a figure was measured on stands in its note: two figures of one name must not be taken for each other.
    notes: dict[str | None, dict[str | None, dict[str, dict[str | None, Metric]]]] = {}
    for metric in metrics:
        sources = notes.setdefault(metric.note, {})
        sources.setdefault(metric.source, {}).setdefault(metric.name, {})[metric.tier] = metric
    for note, sources in notes.items():
        if note is not None:
            show(screen, Text(f"  {visible(note)}", style="bold"), 4)
        for source, lines in sources.items():
            show(screen, Text(f"  {visible(source or 'all sources')}"), 4)
            for name, cells in lines.items():
                given = "".join(f"  {_cell(cells.get(tier)):<{CELL}}" for tier in tiers)
                screen.print(Text(f"    {visible(name):<{wide}}{_sizes(cells.values()):>9}{given}".rstrip()))


def _sizes(metrics: "Iterable[Metric]") -> str:
    """Number of rows, or their range where the tiers differ."""
    found = sorted({metric.n for metric in metrics if metric.n is not None})
    return "-".join(f"{n:,}" for n in dict.fromkeys((found[0], found[-1]))) if found else ""


def _cell(metric: "Metric | None") -> str:
    if metric is None:
        return ""
    if metric.low is None or metric.high is None:
        return _number(metric.value)
    return f"{_number(metric.value)} [{_number(metric.low)}, {_number(metric.high)}]"


def _number(value: float) -> str:
    return (
        f"{value:.3f}".replace("0.", ".", 1)
        if abs(value) < 1 and round(abs(value), 3) < 1
        else f"{value:.3f}"
    )


def _points(card: "Card") -> list[tuple[Any, ...]]:
    return [
        (p.name, p.tier, f"{p.threshold:.4g}", "" if p.fpr is None else f"{p.fpr:.3f}", p.chosen_on)
        for p in card.operating_points
    ]


def _data(card: "Card") -> list[tuple[Any, ...]]:
    return [(d.name, f"{d.count:,}", d.role, d.licence) for d in card.training_data]


def _show(screen: "Console", title: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    filled = list(rows)
    if filled:
        from rich.text import Text

        screen.print(Text(f"\n{title}", style="bold"))
        screen.print(table(columns, filled))


def table(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> "Table":
    """Make a plain table of cells that came from outside."""
    from rich import box
    from rich.table import Table

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        drawn.add_column(name, overflow="fold")
    for row in rows:
        drawn.add_row(*("" if cell is None else visible(cell) for cell in row))
    return drawn
