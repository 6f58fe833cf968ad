"""``assay triage detectors``: the card of each kind of question that reasons come from."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json
from .terminal import json_line, visible

if TYPE_CHECKING:
    from ..triage.detectors import Card


def detectors(
    name: Annotated[
        str | None,
        typer.Argument(help="As a reason names it; without one, all are listed.", show_default=False),
    ] = None,
    as_json: Json = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="All cards as one page of documentation.")
    ] = False,
) -> None:
    """Show the cards of the detectors: question, fields, known false alarms, what to do, ATT&CK."""
    from ..triage.detectors import card, cards, page

    chosen = list(cards().values()) if name is None else [card(name)]
    if markdown:
        sys.stdout.write(page())
    elif as_json:
        sys.stdout.writelines(json_line(each.to_json()) for each in chosen)
    elif name is None:
        width = max(len(each.name) for each in chosen)
        for each in chosen:
            typer.echo(f"{each.name:{width}}  {each.question}")
    else:
        _show(chosen[0])


def _show(card: "Card") -> None:
    lines = [f"{card.name}: {card.title}", "", card.question, "", "Fields: " + ", ".join(card.fields)]
    lines += ["ATT&CK: " + (", ".join(card.attack) or "none of its own"), "", "Known false alarms:"]
    lines += [f"  - {line}" for line in card.false_alarms]
    lines += ["", "What to do:", *(f"  {number}. {line}" for number, line in enumerate(card.triage, 1))]
    for line in lines:
        typer.echo(visible(line))
