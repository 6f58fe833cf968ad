"""How the sources of ``assay triage --dry-run`` are shown."""

from typing import TYPE_CHECKING

from .card_view import table
from .terminal import visible

if TYPE_CHECKING:
    from rich.console import Console

    from ..triage.survey import Survey

SHOWN_FIELDS = 40
SHOWN_FURTHER = 12


def show_survey(screen: "Console", survey: "Survey") -> None:
    """Print what one source holds: its fields and how often they are filled, its columns and their roles."""
    from rich.text import Text

    report, found = survey.report, survey.found
    source = report.source
    screen.print(Text(visible(source.name), style="bold"))
    head = f"  {source.format} ({source.confidence:.2f}) · {survey.encoding} · {report.records:,} records"
    first, last = report.clock.first, report.clock.last
    if first is not None and last is not None:
        head += f" · {first:%Y-%m-%d %H:%M:%S} → {last:%Y-%m-%d %H:%M:%S} UTC"
    screen.print(Text(head))
    if found.kinds:
        kinds = ", ".join(f"{visible(kind, 40)} {count:,}" for kind, count in found.kinds.most_common(8))
        screen.print(Text(f"  kinds: {kinds}", style="dim"))
    for code, count in report.repairs.items():
        screen.print(Text(f"  {visible(code)}: {count:,}", style="yellow"))
    roles = [
        f"{visible(name, 40)} → {visible(role)}" for name, role in report.columns.items() if role != "extra"
    ]
    if report.columns:
        others = len(report.columns) - len(roles)
        screen.print(
            Text(f"  columns: {', '.join(roles) or 'none with a role'}; {others:,} kept as further fields")
        )
    if found.fields:
        records = max(report.records, 1)
        rows = [
            (name, f"{100 * fill.count / records:.1f} %", visible(fill.example, 80))
            for name, fill in list(found.fields.items())[:SHOWN_FIELDS]
        ]
        screen.print(table(("field", "filled", "first value"), rows))
    if found.further:
        records = max(report.records, 1)
        names = ", ".join(
            f"{visible(name, 40)} {100 * count / records:.0f} %"
            for name, count in found.further.most_common(SHOWN_FURTHER)
        )
        rest = len(found.further) - SHOWN_FURTHER
        screen.print(
            Text(f"  further fields: {names}{f' and {rest:,} more' if rest > 0 else ''}", style="dim")
        )
