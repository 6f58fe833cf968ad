"""``assay validate``: how an artifact does on labelled files, and whether it does better than another."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Depth, Device, Json, Profile, Workers
from .reporting import Language, asked, place_for
from .reporting import told as written
from .terminal import json_line

if TYPE_CHECKING:
    from ..detect.validation import Plan, Validation
    from ..detect.validation.scoring import Progress
    from ..models.artifact import Artifact


_LOGS = "log-rarity"
"""Task of the artifacts that are measured on logs."""


def validate(
    artifact: Annotated[
        str,
        typer.Argument(
            help=("NAME or NAME@VERSION, or a folder; none: logs without a baseline."), show_default=False
        ),
    ],
    manifest: Annotated[
        Path,
        typer.Argument(
            help="A manifest (.csv, .parquet), a folder, or a plan (.yaml).",
            metavar="MANIFEST",
            show_default=False,
        ),
    ],
    against: Annotated[
        str | None,
        typer.Option(
            help="Compare with this artifact on the same files.", metavar="ARTIFACT", show_default=False
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Also write a report into this new folder, and seal it: HTML, PDF, JSON, plots, metrics for a card.",
            metavar="DIR",
            show_default=False,
        ),
    ] = None,
    profile: Depth = Profile.standard,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this part (again for more): tables, robustness, adversarial, audit, speed, card.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="At most so many files, spread over sources.", show_default=False
        ),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only entries of this split.", show_default=False)] = None,
    kind: Annotated[str | None, typer.Option(help="Only entries of this kind.", show_default=False)] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(help="Accept this fault of the data by its code (again for more).", show_default=False),
    ] = None,
    check_only: Annotated[bool, typer.Option("--check-only", help="Check the files and stop.")] = False,
    cache: Annotated[
        Path | None,
        typer.Option(
            help="Folder that remembers scores: a killed run goes on.", metavar="DIR", show_default=False
        ),
    ] = None,
    device: Device = "auto",
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Measure an artifact on labelled files: by source, generator and tier, with intervals.

    The files are checked first: what gives their labels away stops the run. Exit code 1: such a fault was found.
    """
    from ..detect.validation import PARTS, DataFaulty, Plan
    from ..detect.validation import validate as validated
    from ..detect.validation.run import completed, held_back
    from .progress import watched
    from .terminal import say

    unknown = [part for part in only or () if part not in PARTS]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(PARTS)}", param_hint="--only")
    plan = Plan.read(manifest)
    changed = {"split": split, "kind": kind, "accept": (*plan.accept, *(accept or ()))}
    plan = plan.model_copy(update={name: value for name, value in changed.items() if value})
    subject = None if artifact == "none" else _opened(artifact)
    of_logs = subject is None or subject.card.task == _LOGS
    if report is not None:
        if of_logs:
            raise typer.BadParameter(
                "what was measured on logs comes as text or --json", param_hint="--report"
            )
        place_for(report, [manifest], redact=False)
        options = {
            "--against": against, "--profile": profile.value, "--only": only, "--limit": limit, "--split": split,
            "--kind": kind, "--accept": accept,
        }  # fmt: skip
        given = asked("validate", [artifact, str(manifest)], options, Language.en, redact=False)

    if subject is None or of_logs:
        _logs(subject, plan, against, as_json=as_json)
        return
    with watched("pictures") as show:

        def told(stage: str, done: int, of: int) -> None:
            show(f"{stage}, {of:,} in all:" if of else f"{stage}:", done)

        if check_only:
            plan = completed(plan, held_back(subject, plan, told))
            _checked(plan, cache, workers, told, as_json=as_json)
            return
        try:
            made = validated(
                subject,
                plan,
                against=None if against is None else _opened(against),
                profile=profile.value,
                only=[part for part in PARTS if part in (only or ())],
                most=limit,
                cache=cache,
                workers=workers,
                device=device,
                progress=told,
            )
        except DataFaulty as error:
            say(f"assay: {error} [{error.code}]")
            raise typer.Exit(1) from None
    if report is not None:
        from ..evidence.report.validation import write_validation

        sealed = write_validation(made, report, key=given.key, command=given.line)
    if as_json:
        sys.stdout.write(json_line(made.to_json()))
        return
    _show(made)
    if report is not None:
        written(sealed, ())


def _opened(name: str) -> "Artifact":
    from ..models.artifact import Artifact
    from ..models.registry import Registry

    return Artifact.open(name) if (Path(name) / "card.json").is_file() else Registry().get(name)


def _logs(first: "Artifact | None", plan: "Plan", against: str | None, *, as_json: bool) -> None:
    from ..triage.validation import validate_logs
    from .card_view import table
    from .progress import watched
    from .terminal import console, visible

    second = None if against in (None, "none") else _opened(str(against))
    with watched("files") as show:
        made = validate_logs(
            first,
            plan.listed(),
            against=second,
            compare=against is not None,
            progress=lambda stage, done, of: show(f"{stage}, {of:,} in all:", done),
        )
    if as_json:
        sys.stdout.write(json_line(made.to_json()))
        return
    screen = console()
    screen.print(f"{visible(made.artifact)} on {made.files:,} files with {made.records:,} records")
    rows = [
        (
            f.of or "mean over files",
            f.name,
            f"{f.value:.3f}" + ("" if f.low is None else f" [{f.low:.3f}, {f.high:.3f}]"),
        )
        for f in made.figures
    ]
    screen.print(table(("file", "figure", "value"), rows))
    for one in made.comparisons:
        screen.print(visible(one.words))
    for name in made.unread:
        screen.print(f"{visible(name)} gave no record")


def _checked(
    plan: "Plan", cache: Path | None, workers: int | None, told: "Progress", *, as_json: bool
) -> None:
    from ..detect.validation.run import checked
    from .data import show_check

    found = checked(plan, cache=cache, workers=workers, progress=told)
    if as_json:
        sys.stdout.write(json.dumps(found.to_json()) + "\n")
    else:
        show_check(found)
    if found.errors(plan.accept):
        raise typer.Exit(1)


def _show(made: "Validation") -> None:
    from .card_view import table
    from .terminal import console, visible

    screen = console()
    subject = made.artifact
    screen.print(f"{visible(subject.name)}@{subject.version} on {visible(made.title)}")
    for condition, counted in made.files.items():
        screen.print(
            f"  {condition}: {counted['asked']:,} files, {counted['scored']:,} scored, "
            f"{counted['not_applicable']:,} not applicable, {counted['refused']:,} refused"
        )
        if why := made.unjudged.get(condition):
            told = ", ".join(f"{code} {count:,}" for code, count in sorted(why.items()))
            screen.print(f"    not applicable: {told}", style="dim", highlight=False, markup=False)
    conditions = list(made.files)
    for by in ("all", "source", "generator"):
        rows: dict[tuple[str, str], dict[str, str]] = {}
        for figure in made.figures:
            if figure.by == by and figure.condition in conditions:
                ends = (
                    ""
                    if figure.low is None or figure.high is None
                    else f" [{figure.low:.3f}, {figure.high:.3f}]"
                )
                rows.setdefault((figure.of, figure.name), {})[figure.condition] = f"{figure.value:.3f}{ends}"
        if rows:
            body = [
                (of or "all files", name, *(held.get(condition, "") for condition in conditions))
                for (of, name), held in rows.items()
            ]
            screen.print(table((by, "figure", *conditions), body))
    if made.robustness or made.attack:
        body = []
        for one in (*made.robustness, *made.attack):
            cells = (one.auc, one.tpr, one.false_alarms, one.applies)
            body.append(
                (one.axis, f"{one.level:g}", f"{one.n:,}", *("" if c is None else f"{c:.3f}" for c in cells))
            )
        screen.print(table(("changed by", "level", "files", "AUC", "found", "false alarms", "applies"), body))
    for words in (
        *(one.words for one in made.audits), *(one.words for one in made.comparisons), made.attack_words,
    ):  # fmt: skip
        if words:
            screen.print(visible(words))
    if made.card:
        equal, exact = (
            sum(each) for each in zip(*((line.equal, line.exact) for line in made.card), strict=True)
        )
        screen.print(
            f"{equal} of {len(made.card)} figures that the card states too are equal to those measured here, "
            f"{exact} of them to the last digit"
        )
        for line in made.card:
            if not line.equal:
                named = " ".join(part for part in (line.name, line.condition, line.of) if part)
                screen.print(
                    visible(
                        f"  {named}: card {line.stated:.4f} of {line.n:,}, here {line.measured:.4f} of {line.here:,}"
                    )
                )
    for note, count in made.card_left.items():
        screen.print(visible(f"{count:,} figures of the card were not measured here: {note}"))
