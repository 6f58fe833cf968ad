"""``assay detect analyzers``: the card of each analyzer that looks at a picture."""

import textwrap
from typing import TYPE_CHECKING

from .cards import Markdown, Name, show
from .options import Json

if TYPE_CHECKING:
    from ..detect.analyzers.cards import Card

_WIDTH = 100


def analyzers(name: Name = None, as_json: Json = False, markdown: Markdown = False) -> None:
    """Show the cards of the analyzers: question, method, harmless causes, what silence means, limits, references."""
    from ..detect.analyzers.cards import card, cards, page

    chosen = None if name is None else card(name)
    show(cards(), chosen, _lines, page if markdown else None, as_json=as_json)


def _lines(card: "Card") -> list[str]:
    lines = [f"{card.name}: {card.title}", "", *_wrapped(card.question), ""]
    lines += [*_wrapped(f"Speaks to: {card.told_as}"), *_wrapped(f"Runs in: {card.runs_in}".replace("`", ""))]
    lines += [*_wrapped(f"Applies to: {card.applies}"), "", *_wrapped(f"How: {card.method}"), ""]
    lines += ["Harmless causes of a finding:", *_items(card.false_alarms), ""]
    lines += [*_wrapped(f"When nothing is found: {card.absence}"), "", "Limits:", *_items(card.limits)]
    if card.validation:
        lines.append(f"  - Figures: docs/{card.validation}")
    return [*lines, "", "References:", *_items(card.references)]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)


def _items(texts: tuple[str, ...]) -> list[str]:
    return [
        line
        for text in texts
        for line in textwrap.wrap(text, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    ]
