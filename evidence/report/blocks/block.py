"""The blocks that pages are made of; both renderers know these and no others."""

from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from .span import Line

__all__ = [
    "Align",
    "Block",
    "Command",
    "Contents",
    "Facts",
    "Figure",
    "Figures",
    "Item",
    "Listing",
    "Note",
    "Page",
    "Paragraph",
    "Scale",
    "Section",
    "Table",
    "Tally",
    "Verdict",
    "plain",
]

Align = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    line: Line
    tone: Literal["plain", "lead", "small"] = "plain"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that must not be overlooked."""

    title: str
    lines: tuple[Line, ...]
    tone: Literal["info", "warning"] = "info"


@dataclass(frozen=True, slots=True)
class Scale:
    """A log10 LR with its interval on a line from ``-reach`` to ``+reach``."""

    value: float
    low: float
    high: float
    reach: float
    left: str
    right: str
    middle: str
    name: str
    told: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, to be understood at a glance: a word, what it is about, how strongly."""

    outcome: str
    word: str
    rest: str
    support: Line
    reading: Line
    scale: Scale | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they stand for."""

    rows: tuple[tuple[str, Line], ...]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first column is the head of its row."""

    columns: tuple[tuple[str, Align], ...]
    rows: tuple[tuple[Line, ...], ...]
    caption: str = ""
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Some lines, one below the other."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with what it shows, what it does not, and its numbers."""

    file: str
    alt: str
    title: str
    shows: str
    hides: str
    width: int
    height: int
    legend: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    table_title: str = ""
    wide: bool = False
    drawing: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Pictures side by side where there is room."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """Something to type."""

    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One part of a tally."""

    kind: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts side by side."""

    counts: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """Where to find what: pairs of a title and a file or a place on the page."""

    title: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what is below it.

    Attributes
    ----------
    level : int
        2 to 4.
    fresh : bool
        Begins a new page in print.
    """

    id: str
    title: str
    blocks: "tuple[Block, ...]"
    level: int = 2
    fresh: bool = False
    kicker: str = ""


Block = (
    Paragraph
    | Note
    | Verdict
    | Scale
    | Facts
    | Table
    | Listing
    | Figures
    | Command
    | Tally
    | Contents
    | Section
)


@dataclass(frozen=True, slots=True)
class Page:
    """A document.

    Attributes
    ----------
    language : str
        ``en`` or ``zh-Hant``.
    title, kicker : str
        What it is; what kind of thing that is.
    about : Line
        Below the title.
    facts : tuple
        Small facts at its head.
    foot : str
        On every page.
    created : str
        When the report was made, ISO 8601.
    """

    language: str
    title: str
    kicker: str
    about: Line
    facts: tuple[tuple[str, Line], ...]
    blocks: tuple[Block, ...]
    foot: str
    created: str = "1970-01-01T00:00:00Z"


def plain(value: Any) -> Any:
    """Blocks as plain JSON values, each with its `type`: what both renderers are given."""
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return {"type": type(value).__name__.lower()} | named
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value
