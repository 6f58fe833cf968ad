"""``assay detect analyzers``: the card of each analyzer that looks at a picture."""

import sys
import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json
from .terminal import json_line, visible

if TYPE_CHECKING:
    from ..detect.analyzers.cards import Card

_WIDTH = 100


def analyzers(
    name: Annotated[
        str | None,
        typer.Argument(help="As a finding names it; without one, all are listed.", show_default=False),
    ] = None,
    as_json: Json = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="All cards as one page of documentation.")
    ] = False,
) -> None:
    """Show the cards of the analyzers: question, method, harmless causes, what silence means, limits, references."""
    from ..detect.analyzers.cards import card, cards, page

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
    lines = [f"{card.name}: {card.title}", "", *_wrapped(card.question), ""]
    lines += [*_wrapped(f"Speaks to: {card.told_as}"), *_wrapped(f"Runs in: {card.runs_in}".replace("`", ""))]
    lines += [*_wrapped(f"Applies to: {card.applies}"), "", *_wrapped(f"How: {card.method}"), ""]
    lines += ["Harmless causes of a finding:", *_items(card.false_alarms), ""]
    lines += [*_wrapped(f"When nothing is found: {card.absence}"), "", "Limits:", *_items(card.limits)]
    if card.validation:
        lines.append(f"  - Figures: docs/{card.validation}")
    lines += ["", "References:", *_items(card.references)]
    for line in lines:
        typer.echo(visible(line))


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)


def _items(texts: tuple[str, ...]) -> list[str]:
    return [
        line
        for text in texts
        for line in textwrap.wrap(text, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    ]
