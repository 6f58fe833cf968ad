"""``assay triage detectors``: the card of each kind of question that reasons come from."""

from typing import TYPE_CHECKING

from .cards import Markdown, Name, show
from .options import Json

if TYPE_CHECKING:
    from ..triage.detectors import Card


def detectors(name: Name = None, as_json: Json = False, markdown: Markdown = False) -> None:
    """Show the cards of the detectors: question, fields, known false alarms, what to do, ATT&CK."""
    from ..triage.detectors import card, cards, page

    chosen = None if name is None else card(name)
    show(cards(), chosen, _lines, page if markdown else None, as_json=as_json)


def _lines(card: "Card") -> list[str]:
    lines = [f"{card.name}: {card.title}", "", card.question, "", "Fields: " + ", ".join(card.fields)]
    lines += ["ATT&CK: " + (", ".join(card.attack) or "none of its own"), "", "Known false alarms:"]
    lines += [f"  - {line}" for line in card.false_alarms]
    return [*lines, "", "What to do:", *(f"  {number}. {line}" for number, line in enumerate(card.triage, 1))]
