"""``assay demo``: both jobs on evidence that the demo makes itself, so that the truth about every file is known."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .terminal import console, json_line, visible

if TYPE_CHECKING:
    from rich.console import Console

BUDGET = 12
SHOWN = 5


def demo(
    to: Annotated[Path, typer.Option(help="Folder for the evidence and the answers.")] = Path("assay-demo"),
) -> None:
    """Make pictures and logs, assay them, and say what each one really is. Needs no network."""
    screen = console()
    _title(screen, "Pictures: is each one an untouched recording?")
    verdicts = _pictures(screen, to)
    _title(screen, "Logs: two quiet weeks make the baseline, a later day is triaged with it")
    _logs(screen, to)
    _title(screen, "Where everything is")
    for path, what in (
        (to / "media", "the pictures"),
        (verdicts, "what `assay detect --json` says of them"),
        (to / "logs", "the logs: quiet/ and night/"),
        (to / "incidents.jsonl", "what `assay triage --json` says of night/"),
        (to / "events.jsonl", "one row for each record of it"),
        (to / "models", "the baseline, an artifact like any other"),
    ):
        screen.print(f"  {visible(path)}: {what}")
    screen.print("\nTry it again, one job at a time:")
    screen.print(f"  assay detect {visible(to / 'media')}")
    screen.print(f"  assay triage {visible(to / 'logs' / 'night')} --baseline {visible(_baseline(to))}")


def _title(screen: "Console", words: str) -> None:
    from rich.text import Text

    screen.print(Text(f"\n{words}\n", style="bold underline"))


def _pictures(screen: "Console", to: Path) -> Path:
    from ..demo.media import write_media
    from ..detect.contract import verdict_json
    from ..detect.session import detect
    from .card_view import table
    from .verdict_view import show_verdict

    made = write_media(to / "media")
    rows = []
    answers = to / "verdicts.jsonl"
    with answers.open("w", encoding="ascii") as file:
        for each, verdict in zip(made, detect([each.path for each in made]), strict=True):
            line = verdict_json(verdict)
            file.write(json_line(line))
            show_verdict(screen, line, note=f"really: {each.truth}")
            ratio = "" if line["log10_lr"] is None else f"{line['log10_lr']:+.2f}"
            rows.append((each.path.name, each.truth, line["outcome"], ratio))
    screen.print("In short; the models say what they say, right or wrong:")
    screen.print(table(("file", "really", "verdict", "log10 LR"), rows))
    return answers


def _logs(screen: "Console", to: Path) -> None:
    from ..demo.hindsight import fates
    from ..demo.logs import write_logs
    from ..triage.baseline import fit
    from ..triage.contract import incident_json
    from ..triage.session import triage
    from .card_view import table
    from .events import write_events
    from .incident_view import show_incidents

    logs = write_logs(to / "logs")
    baseline = fit([logs.quiet], "demo", store=to / "models")
    with triage([logs.night], baseline=baseline, budget=BUDGET) as answer:
        incidents = [incident_json(incident) for incident in answer.incidents]
        write_events(answer.events(), to / "events.jsonl")
        records = answer.report.records
    with (to / "incidents.jsonl").open("w", encoding="ascii") as file:
        file.writelines(json_line(line) for line in incidents)
    show_incidents(screen, incidents[:SHOWN])
    screen.print(
        f"These are the first {len(incidents[:SHOWN])} of {len(incidents)}; incidents.jsonl holds all of them.\n"
    )
    rows = [
        (fate.step, fate.lines, ", ".join(f"#{rank}" for rank in fate.ranks) or "missed")
        for fate in fates(logs.planted, _rows(to / "events.jsonl"))
    ]
    screen.print(
        f"In short: what the intruder did, among {records:,} records, and the {BUDGET} incidents that hold it:"
    )
    screen.print(table(("planted", "lines", "incident"), rows))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="ascii") as file:
        for line in file:
            yield json.loads(line)


def _baseline(to: Path) -> Path:
    return max((to / "models").glob("demo@*"), key=lambda folder: folder.stat().st_mtime)
