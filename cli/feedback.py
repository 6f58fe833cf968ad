"""``assay triage feedback``: what an analyst says of an incident, and what later runs make of it."""

import getpass
import sys
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .default_command import DEFAULT, DefaultGroup
from .options import Json
from .terminal import json_line, say, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..triage.feedback import FeedbackStore
    from ..triage.outcome import Triage

app = typer.Typer(
    cls=DefaultGroup,
    no_args_is_help=True,
    help="Mark an incident as true, false or benign; later runs raise, lower or suppress what is like it.",
)


class Verdict(StrEnum):
    """What an incident was."""

    true = "true"
    false = "false"
    benign = "benign"


File = Annotated[
    Path | None,
    typer.Option(
        "--feedback", metavar="FILE", help="File of marks; by default the user's own.", show_default=False
    ),
]


@app.command(DEFAULT, hidden=True)
def mark(
    incident: Annotated[
        str,
        typer.Argument(help="Id of an incident that was shown, or the beginning of it.", metavar="INCIDENT"),
    ],
    verdict: Annotated[
        Verdict, typer.Argument(help="true: it was one; false: a false alarm; benign: known and wanted.")
    ],
    reason: Annotated[str, typer.Option(help="Why, in your words.", show_default=False)] = "",
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="Last day on which it counts.", show_default=False
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Who says so; by default the user's name.", show_default=False)
    ] = None,
    file: File = None,
) -> None:
    """Mark an incident as true, false or benign; later runs raise, lower or suppress what is like it."""
    from ..triage.feedback import Memory, user_feedback

    last = None if until is None else until.date()
    if last is not None and last < date.today():
        raise typer.BadParameter(f"{last} is over", param_hint="--until")
    remembered = Memory(user_feedback()).find(incident.lower())
    said = store(file).add(remembered, verdict.value, reason=reason, until=last, by=_who(by))
    typer.echo(visible(f"marked {said.incident} {said.verdict}: {said.rule()}"))


@app.command("list")
def listed(file: File = None, as_json: Json = False) -> None:
    """List the marks, what each does, who made it and when it ends."""
    from datetime import UTC

    place = store(file)
    known = place.read()
    now = datetime.now(UTC)
    for each in known.marks:
        if as_json:
            sys.stdout.write(json_line(each.to_json() | {"active": each.active(now), "rule": each.rule()}))
            continue
        state = "" if each.active(now) else "  (expired)"
        when = each.at.strftime("%Y-%m-%d %H:%M UTC")
        typer.echo(visible(f"{each.incident}  {each.verdict}{state}  {when} by {each.by or 'nobody named'}"))
        if each.reason:
            typer.echo(visible(f"    reason: {each.reason}"))
        typer.echo(visible(f"    was: {each.summary}"))
        typer.echo(visible(f"    rule: {each.rule()}"))
    if known.damaged:
        say(f"{place.path}: {known.damaged:,} lines are no marks and do not count")


@app.command("remove")
def remove(
    incident: Annotated[
        str, typer.Argument(help="Id of the marked incident, or the beginning of it.", metavar="INCIDENT")
    ],
    by: Annotated[
        str | None, typer.Option(help="Who says so; by default the user's name.", show_default=False)
    ] = None,
    file: File = None,
) -> None:
    """Take a mark back; the file keeps it, with who took it back and when."""
    gone = store(file).remove(incident.lower(), by=_who(by))
    typer.echo(visible(f"removed the mark {gone.verdict} of {gone.incident}"))


def store(file: Path | None) -> "FeedbackStore":
    """The file of marks that is meant."""
    from ..triage.feedback import FeedbackStore, user_feedback
    from ..triage.feedback.store import FILE

    return FeedbackStore(file if file is not None else user_feedback() / FILE)


def remember(answer: "Triage") -> None:
    """Keep what was shown, so that it can be marked by its id; that this cannot be written stops nothing."""
    from ..triage.feedback import Memory, user_feedback

    try:
        Memory(user_feedback()).add(answer.shown())
    except OSError as error:
        say(
            f"assay: these incidents cannot be marked later: {error.filename}: {error.strerror} [not-writable]"
        )


def told(review: "Mapping[str, object] | None") -> list[str]:
    """What the marks did, in lines for people; nothing where there are no marks."""
    if review is None:
        return []
    lines = []
    gone: object = review["suppressed"]
    assert isinstance(gone, dict)
    marks = review["marks"]
    assert isinstance(marks, list)
    if review["active"] or review["expired"] or review["damaged"]:
        lines.append(
            f"feedback: {gone['windows']:,} windows ({gone['records']:,} records) suppressed; "
            f"{review['active']:,} marks count, {review['expired']:,} expired, {review['damaged']:,} damaged lines"
        )
    if review["unseen"]:
        lines.append(f"  {review['unseen']:,} windows far down the list were not compared with kinds")
    for mark in marks:
        why = f" ({mark['reason']})" if mark["reason"] else ""
        lines.append(
            f"  {mark['incident']} {mark['verdict']}{why}: {mark['suppressed']:,} windows suppressed, "
            f"{mark['lowered']:,} lowered, {mark['raised']:,} raised"
            + (f", {mark['spared']:,} shown all the same: a severe rule fired anew" if mark["spared"] else "")
        )
    return lines


def _who(by: str | None) -> str:
    if by is not None:
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
