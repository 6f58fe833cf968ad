"""A model card as a person reads it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .terminal import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ..models.artifact import Artifact
    from ..models.card import Card


def show_card(screen: "Console", artifact: "Artifact") -> None:
    """Print the whole card of `artifact`: what it is, how it did, where it fails, what it holds."""
    from rich.text import Text

    card = artifact.card
    screen.print(Text(f"{visible(card.title)}  ({visible(artifact.id)})", style="bold"))
    screen.print(Text(visible(card.summary)))
    screen.print()
    for name, value in _facts(card, artifact.sha256):
        screen.print(Text(f"  {name:<14}", style="dim").append(visible(value), style="default"))
    _show(screen, "Measured", ("metric", "value", "95 % interval", "n", "tier", "source"), _metrics(card))
    _show(
        screen, "Operating points", ("name", "tier", "threshold", "false alarms", "chosen on"), _points(card)
    )
    _show(screen, "Trained on", ("name", "rows", "role", "licence"), _data(card))
    files = [(f.path, f.role, f"{f.size:,}", f.sha256[:16]) for f in card.files]
    _show(screen, "Files", ("path", "role", "bytes", "sha256"), files)
    if card.limits:
        screen.print(Text("\nLimits", style="bold"))
        for limit in card.limits:
            screen.print(Text(f"  - {visible(limit)}"))


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


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.3f} to {high:.3f}"


def _metrics(card: "Card") -> list[tuple[Any, ...]]:
    return [
        (
            m.name,
            f"{m.value:.3f}",
            _interval(m.low, m.high),
            "" if m.n is None else f"{m.n:,}",
            m.tier,
            m.source,
        )
        for m in card.metrics
    ]


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
