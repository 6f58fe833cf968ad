"""A card for each analyzer of pictures: what it asks, how, when it can, what it gets wrong, what its silence means.

A card is a file, `NAME.yaml`, beside this one, where NAME is that of the analyzer; a finding names it in `analyzer`.
``assay detect analyzers`` shows them, and `docs/analyzers.md` lists them. They are written for readers who are no
experts: the question and what absence means in everyday words, the terms of the trade under the method only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from ....errors import AssayError
from ...values import Profile, Proposition

__all__ = ["AnalyzerUnknown", "Card", "CardUnfit", "card", "cards", "page", "read_card"]

Text = Annotated[str, Field(min_length=10)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]


class AnalyzerUnknown(AssayError):
    """There is no analyzer of that name; the message lists those there are."""

    code = "analyzer-unknown"


class CardUnfit(AssayError):
    """A card lacks a field, or has one that is not known."""

    code = "card-unfit"


@dataclass(frozen=True, slots=True)
class Card:
    """What a reader must know to read the findings of one analyzer.

    Attributes
    ----------
    name : str
        As findings give it.
    title : str
        For people.
    proposition : Proposition
        What its findings speak to.
    profile : "fast" | "standard" | "full"
        The smallest profile that runs it.
    question : str
        What it asks, in one sentence that ends in a question mark.
    method : str
        How it looks for the answer.
    applies : str
        To which pictures.
    false_alarms : tuple of str
        Harmless causes of a finding.
    absence : str
        What it means when nothing is found, or when it does not apply.
    limits : tuple of str
        Where it fails, with figures where they were measured.
    validation : str
        Page below `docs/` where its figures are made, with a heading; empty when it has none.
    references : tuple of str
        Papers and standards.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    title: Text
    proposition: Proposition
    profile: Profile
    question: Annotated[str, Field(pattern=r"\?$")]
    method: Text
    applies: Text
    false_alarms: Texts
    absence: Text
    limits: Texts
    references: Texts
    validation: str = ""

    def to_json(self) -> dict[str, Any]:
        """The card as plain JSON values."""
        return {
            "name": self.name,
            "title": self.title,
            "proposition": self.proposition.value,
            "profile": self.profile,
            "question": self.question,
            "method": self.method,
            "applies": self.applies,
            "false_alarms": list(self.false_alarms),
            "absence": self.absence,
            "limits": list(self.limits),
            "validation": self.validation,
            "references": list(self.references),
        }

    @property
    def told_as(self) -> str:
        """What its findings speak to, in words."""
        return _TOLD[self.proposition]

    @property
    def runs_in(self) -> str:
        """The profiles that run it, in words."""
        return _RUNS[self.profile]


_TOLD: Final = {
    Proposition.SYNTHETIC: "whether the picture was generated",
    Proposition.FACE_SWAP: "whether a face was replaced",
    Proposition.EDITED: "whether a part of the picture was edited",
    Proposition.PROVENANCE: "where the file comes from; told beside the answer, never weighed in it",
}
_RUNS: Final = {
    "fast": "every profile",
    "standard": "the profiles `standard` and `full`",
    "full": "the profile `full` only",
}
_HEAD: Final = """# Analyzers of pictures

Made by `assay detect analyzers --markdown`; not edited by hand. One card for each analyzer that looks at a picture; a
finding names its card in `analyzer`. A finding is an observation with its caveat, never a conclusion by itself: read
the harmless causes before you rely on it, and never read silence as proof.
"""
_CARD: Final = TypeAdapter(Card)


def read_card(text: str) -> Card:
    """A card from YAML.

    Raises
    ------
    CardUnfit
        It is no YAML, lacks a field, or has one that is not known.
    """
    try:
        return _CARD.validate_python(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise CardUnfit(f"the card is no YAML: {str(error)[:200]}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CardUnfit(f"the card is wrong at {where or 'its top'}: {first['msg']}") from None


@cache
def cards() -> Mapping[str, Card]:
    """All cards by name: those of every profile first, then by name."""
    made = [read_card(file.read_text(encoding="utf-8")) for file in Path(__file__).parent.glob("*.yaml")]
    made.sort(key=lambda each: (tuple(_RUNS).index(each.profile), each.name))
    return MappingProxyType({each.name: each for each in made})


def card(name: str) -> Card:
    """The card of that name.

    Raises
    ------
    AnalyzerUnknown
        There is none.
    """
    if name not in cards():
        raise AnalyzerUnknown(f"there is no analyzer {name!r}; choose one of {', '.join(cards())}")
    return cards()[name]


def page() -> str:
    """All cards as the Markdown page `docs/analyzers.md`."""
    rows = ["| analyzer | question |", "| --- | --- |"]
    rows += [f"| [{each.name}](#{each.name}) | {each.question} |" for each in cards().values()]
    return "\n".join([_HEAD, *rows, "", *(_section(each) for each in cards().values())])


def _section(each: Card) -> str:
    link = each.validation
    figures = f"- Figures: [{link.split('#')[0]}]({link})\n" if link else ""
    return (
        f"## {each.name}\n\n**{each.title}.** {each.question}\n\n"
        f"- Speaks to: {each.told_as}\n- Runs in: {each.runs_in}\n- Applies to: {each.applies}\n{figures}\n"
        f"How: {each.method}\n\nHarmless causes of a finding:\n\n{_list(each.false_alarms)}\n\n"
        f"When nothing is found: {each.absence}\n\nLimits:\n\n{_list(each.limits)}\n\n"
        f"References:\n\n{_list(each.references)}\n"
    )


def _list(lines: tuple[str, ...]) -> str:
    return "\n".join(f"- {line}" for line in lines)
