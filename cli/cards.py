"""Cards on the terminal: one by name, all in a list, as JSON or as a page."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Protocol, TypeVar

import typer

from .terminal import json_line, visible

Name = Annotated[
    str | None,
    typer.Argument(
        help="As a finding or a reason names it; without one, all are listed.", show_default=False
    ),
]
Markdown = Annotated[bool, typer.Option("--markdown", help="All cards as one page of documentation.")]


class _Card(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def question(self) -> str: ...

    def to_json(self) -> dict[str, Any]: ...


Card = TypeVar("Card", bound=_Card)


def show(
    cards: Mapping[str, Card],
    chosen: Card | None,
    lines: Callable[[Card], Sequence[str]],
    page: Callable[[], str] | None,
    *,
    as_json: bool,
) -> None:
    """Print cards.

    Parameters
    ----------
    cards
        All of them, by name.
    chosen
        The one that was asked for; None for all.
    lines
        A card as lines for people.
    page
        Makes the page of all; None when it was not asked for.
    as_json
        One JSON line a card instead.
    """
    all_or_one = list(cards.values()) if chosen is None else [chosen]
    if page is not None:
        sys.stdout.write(page())
    elif as_json:
        sys.stdout.writelines(json_line(each.to_json()) for each in all_or_one)
    elif chosen is None:
        width = max(len(each.name) for each in all_or_one)
        for each in all_or_one:
            typer.echo(f"{each.name:{width}}  {each.question}")
    else:
        for line in lines(chosen):
            typer.echo(visible(line))
