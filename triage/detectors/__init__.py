"""A card for each kind of question that triage asks: what it asks, needs, gets wrong, and what to do next.

The cards are data (`cards.yaml`); a reason names its card in `detector`, ``assay triage detectors`` shows
them, and `docs/detectors.md` lists them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import yaml

from ...errors import AssayError


class DetectorUnknown(AssayError):
    """There is no card of that name; the message lists those there are."""

    code = "detector-unknown"


@dataclass(frozen=True, slots=True)
class Card:
    """One kind of question.

    Attributes
    ----------
    name
        As reasons give it.
    title
        For people.
    question
        What it asks.
    asks
        Questions it answers for: names of `assay.triage.counting.contexts.Pair` (``user>source_ip``) and of windows
        (``window:volume``); ``*`` stands for anything.
    fields
        Fields that a record must have for the question to be asked.
    false_alarms
        Known harmless causes.
    triage
        Steps to take, in order.
    attack
        ATT&CK techniques that such a finding may belong to.
    """

    name: str
    title: str
    question: str
    asks: tuple[str, ...]
    fields: tuple[str, ...]
    false_alarms: tuple[str, ...]
    triage: tuple[str, ...]
    attack: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The card as plain JSON values."""
        return {
            "name": self.name,
            "title": self.title,
            "question": self.question,
            "fields": list(self.fields),
            "false_alarms": list(self.false_alarms),
            "triage": list(self.triage),
            "attack": list(self.attack),
        }


_HEAD: Final = """# Detectors

Made by `assay triage detectors --markdown`; not edited by hand. One card for each kind of question that triage asks;
a reason names its card in `detector`. The techniques are those that such a finding *may* belong to: the `attack` of
an incident lists only those that a record is the trace of by itself, or that a rule names.
"""


@cache
def cards() -> Mapping[str, Card]:
    """All cards by name, in the order of the file."""
    text = Path(__file__).with_name("cards.yaml").read_text(encoding="utf-8")
    read: Sequence[Mapping[str, Any]] = yaml.load(text, yaml.CSafeLoader)  # ten times as fast as the loader in Python
    made = [Card(**_frozen(fields)) for fields in read]
    return MappingProxyType({card.name: card for card in made})


def _frozen(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, str) else tuple(value) for name, value in fields.items()}


def card(name: str) -> Card:
    """The card of that name.

    Raises
    ------
    DetectorUnknown
        There is none.
    """
    if name not in cards():
        raise DetectorUnknown(f"there is no detector {name!r}; choose one of {', '.join(cards())}")
    return cards()[name]


@cache
def detector_of(question: str) -> str:
    """Name of the card that answers for a question.

    Parameters
    ----------
    question
        Name of a pair, or ``window:`` and the field of a window's question.

    Returns
    -------
    str
        The card that names it exactly, else the first whose pattern fits.

    Raises
    ------
    DetectorUnknown
        No card fits.
    """
    for exact in (True, False):
        for each in cards().values():
            if question in each.asks if exact else any(fnmatchcase(question, ask) for ask in each.asks):
                return each.name
    raise DetectorUnknown(f"no detector answers for {question!r}")


def page() -> str:
    """All cards as the Markdown page `docs/detectors.md`."""
    parts = [_HEAD]
    for each in cards().values():
        parts.append(
            f"## {each.name}\n\n**{each.title}.** {each.question}\n\n"
            f"- Fields: {', '.join(f'`{name}`' if ' ' not in name else name for name in each.fields)}\n"
            f"- Questions: {', '.join(f'`{ask}`' for ask in each.asks)}\n"
            f"- ATT&CK: {', '.join(each.attack) or 'none of its own'}\n\n"
            "Known false alarms:\n\n" + "\n".join(f"- {line}" for line in each.false_alarms) + "\n\n"
            "What to do:\n\n" + "\n".join(f"{n}. {line}" for n, line in enumerate(each.triage, 1)) + "\n"
        )
    return "\n".join(parts)
