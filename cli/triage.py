"""``assay triage``: which of these events deserve an analyst, and why?"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import detectors, feedback, rule_view
from .default_command import DEFAULT, DefaultGroup
from .feedback import File
from .options import Device, Json, LogFormat, Paths, Record, Threads, must_be_writable
from .progress import watched
from .reporting import Language, Redact, ReportFolder, ReportLanguage, asked, place_for, told
from .reveal import KeyFile, open_key, reveal
from .terminal import json_line, say, visible

if TYPE_CHECKING:
    from ..triage.exports import Target
    from ..triage.outcome import Triage
    from ..triage.values import SourceReport

BUDGET = 20

app = typer.Typer(
    cls=DefaultGroup,
    no_args_is_help=True,
    help="Rank the incidents in a batch of logs, most urgent first, with the reasons for each.",
)
app.add_typer(feedback.app, name="feedback")
app.command("detectors")(detectors.detectors)
app.command("reveal")(reveal)


@app.command(DEFAULT, hidden=True)
def triage(
    paths: Paths,
    as_json: Json = False,
    form: LogFormat = "auto",
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Only say how the input is read: format, encoding, fields, rejected lines of each source.",
        ),
    ] = False,
    baseline: Annotated[
        str | None,
        typer.Option(
            help="A baseline, by name or folder; without one, rare means rare here.", show_default=False
        ),
    ] = None,
    budget: Annotated[
        str, typer.Option(help="Most incidents to give: a number, or one a day of the logs, like 50/day.")
    ] = str(BUDGET),
    events: Annotated[
        Path | None,
        typer.Option(
            help="Also write one row for each record: FILE.jsonl or FILE.parquet.", show_default=False
        ),
    ] = None,
    exports: Annotated[
        list[str] | None,
        typer.Option(
            "--export",
            metavar="FORMAT:FILE",
            help="Also write incidents, or with events.FORMAT:FILE records, as jsonl, csv, parquet, timesketch, "
            "syslog or cef; may be repeated.",
            show_default=False,
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Sigma rules as an extra signal: a folder, an archive or one .yml (extra sigma).",
            show_default=False,
        ),
    ] = None,
    device: Device = "auto",
    workers: Threads = None,
    record: Record = None,
    marks: File = None,
    pseudonyms: Annotated[
        bool,
        typer.Option(
            "--pseudonyms", help="Give users, hosts and addresses other names, which the key gives back."
        ),
    ] = False,
    key: KeyFile = None,
    site: Annotated[
        str | None,
        typer.Option(
            "--continue",
            metavar="NAME",
            help="Go on where the last batch of this site ended: known incidents are continued, not repeated.",
            show_default=False,
        ),
    ] = None,
    report_folder: ReportFolder = None,
    language: ReportLanguage = Language.en,
    redact: Redact = False,
) -> None:
    """Rank the incidents in a batch of logs, most urgent first, with the reasons for each.

    Exit code 1: some source failed (it is named), or a page of the report could not be set, and the rest was done.
    """
    if events is not None and events.suffix not in (".jsonl", ".parquet"):
        raise typer.BadParameter("the name must end in .jsonl or .parquet", param_hint="--events")
    must_be_writable(events, "--events")
    must_be_writable(record, "--record")
    targets = _targets(exports or ())
    place_for(report_folder, paths, redact)
    unprinted = False
    # Identities of a redacted report are pseudonyms: the same in every run with the key, and to be given back by it.
    pseudonyms = pseudonyms or redact
    if dry_run and report_folder is not None:
        raise typer.BadParameter("a dry run finds nothing to report", param_hint="--report")
    if key is not None and not pseudonyms:
        raise typer.BadParameter("a key is for --pseudonyms", param_hint="--key")
    if dry_run and pseudonyms:
        raise typer.BadParameter("a dry run shows lines as they are", param_hint="--pseudonyms")
    if dry_run:
        sources = _read_only(paths, form, as_json=as_json)
    else:
        from ..triage.contract import incident_json
        from ..triage.session import triage as assay
        from .events import write_events

        before = None
        if site is not None:
            from ..triage.continuity import load

            before = load(site)
        secret = open_key(key, create=True) if pseudonyms else None
        writer = None
        if report_folder is not None:
            from ..evidence.report import LogReport

            again: dict[str, object] = {"--format": form, "--baseline": baseline, "--budget": budget}
            again |= {"--rules": rules, "--feedback": marks, "--continue": site, "--key": key}
            again |= {"--pseudonyms": pseudonyms and not redact}
            needed = [("marks", True), ("state", site), ("key", pseudonyms), ("rules", rules)]
            at_hand = [name for name, holds in needed if holds]
            writer = LogReport(report_folder, asked("triage", paths, again, language, redact, at_hand))
        known = Path(baseline) if baseline is not None and Path(baseline).is_dir() else baseline
        with watched("records") as progress:
            answer = assay(
                paths,
                format=form,
                baseline=known,
                budget=budget,
                device=device,
                workers=workers,
                rules=rules,
                progress=progress,
                feedback=feedback.store(marks).read(),
                state=before,
                pseudonyms=secret,
            )
        with answer:
            incidents = [incident_json(incident) for incident in answer.incidents]
            if events is not None:
                write_events(answer.events(), events)
            if targets:
                from ..triage.exports import export

                export(targets, incidents, answer.detailed())
            feedback.remember(answer)
            report = answer.report
            review = None if report.feedback is None else report.feedback.to_json()
            if writer is not None:
                sealed = writer.finish(
                    incidents, report, budget=budget, pseudonyms=pseudonyms, held_out=answer.held_out
                )
                told(sealed, writer.troubles)
                unprinted = bool(writer.troubles)
            if record is not None:
                from .record import write_record

                options = {"format": form, "baseline": report.baseline, "budget": budget}
                done = {
                    "sources": len(report.sources),
                    "records": report.records,
                    "incidents": len(incidents),
                    "feedback": review,
                    "nothing_new": report.nothing_new,
                    "rules": None if report.rules is None else report.rules.to_json(),
                }
                write_record(
                    record, "triage", options | {"device": device, "workers": workers}, report.run, done
                )
        sources = report.sources
        if as_json:
            sys.stdout.writelines(json_line(line) for line in incidents)
        else:
            from .incident_view import show_incidents
            from .terminal import console

            show_incidents(console(), incidents)
        notes = [*feedback.told(review), *rule_view.told(report.rules)]
        if site is not None and answer.state is not None:
            from ..triage.continuity import save

            kept = save(answer.state, site)
            notes.append(_gone_on(answer, kept.id))
        for line in notes:
            say(line) if as_json else typer.echo(visible(line))
    _report(sources, as_json=as_json)
    if unprinted or any(source.failed is not None for source in sources):
        raise typer.Exit(1)


def _targets(texts: Sequence[str]) -> "list[Target]":
    """What is exported where; refused before the work when it is no target or cannot be written."""
    if not texts:
        return []
    from ..triage.exports.targets import ExportTargetInvalid, target

    try:
        found = [target(text) for text in texts]
    except ExportTargetInvalid as error:
        raise typer.BadParameter(str(error), param_hint="--export") from error
    for each in found:
        must_be_writable(each.path, "--export")
    return found


def _gone_on(answer: "Triage", kept: str) -> str:
    """What came of the batches before, in one line."""
    state = answer.state
    assert state is not None
    on = sum(incident.continues is not None for incident in answer.incidents)
    dropped = f", {state.dropped:,} dropped for want of room" if state.dropped else ""
    return (
        f"batch {state.batches:,}: {on:,} incidents continue earlier ones, {len(answer.incidents) - on:,} are new, "
        f"{answer.report.nothing_new:,} held nothing new and are not shown; "
        f"{len(state.threads):,} are remembered in {kept}{dropped}"
    )


def _read_only(paths: list[Path], form: str, *, as_json: bool) -> "tuple[SourceReport, ...]":
    """Read everything, and say of each source what is in it once it is read."""
    from ..triage.readers import open_sources
    from ..triage.survey import Survey, survey
    from .survey_view import show_survey
    from .terminal import console

    reading = open_sources(paths, format=form)
    screen = console()
    with watched("records") as progress:
        for step in survey(reading):
            if not isinstance(step, Survey):
                progress("read", step)
            elif as_json:
                sys.stdout.write(json_line(step.to_json()))
            else:
                show_survey(screen, step)
    return tuple(reading.report)


def _report(sources: "tuple[SourceReport, ...]", *, as_json: bool) -> None:
    """Say what became of each source: on the screen, or, when that carries JSON, on standard error."""
    from .source_view import show_sources
    from .terminal import console

    show_sources(console(stderr=as_json), sources)
