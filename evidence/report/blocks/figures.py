"""Pictures with their captions: what one shows, what it does not show, and its numbers as a table."""

from ..model import Artifact, Exhibit, Picture
from ..model import Table as Numbers
from ..words import Words
from .block import Align, Figure, Table
from .span import Line, code, say
from .told import analyzer_title

__all__ = ["Shelf", "figure", "figures", "plots"]

_WIDE = frozenset({"finding", "timeline", "activity"})
_NUMBERED = frozenset({"tippett", "calibration", "timeline", "activity"})


class Shelf:
    """Where a renderer finds the files of pictures: below the folder of the report, seen from the page."""

    def __init__(self, up: str = "") -> None:
        self._up = up

    def place(self, file: str) -> str:
        """Path of a file of the report, seen from the page."""
        return f"{self._up}{file}"


def figures(made: Exhibit, words: Words, shelf: Shelf) -> tuple[Figure, ...]:
    """The pictures of an exhibit."""
    return tuple(figure(each, words, shelf) for each in made.pictures)


def plots(made: Artifact, words: Words, shelf: Shelf) -> tuple[Figure, ...]:
    """The plots of an artifact."""
    return tuple(figure(each, words, shelf) for each in made.pictures)


def figure(picture: Picture, words: Words, shelf: Shelf) -> Figure:
    """One picture."""
    title = words(f"picture.{picture.kind}.title")
    if picture.analyzer:
        title = f"{title}: {analyzer_title(picture.analyzer, words)}"
    return Figure(
        file=shelf.place(picture.file),
        alt=words(f"picture.{picture.kind}.alt"),
        title=title,
        shows=words(f"picture.{picture.kind}.shows"),
        hides=words(f"picture.{picture.kind}.hides"),
        width=picture.width,
        height=picture.height,
        legend=_legend(picture, words),
        table=None if picture.table is None else _table(picture.table, words),
        table_title=words("picture.numbers"),
        wide=picture.kind in _WIDE,
        drawing=picture.file if picture.file.endswith(".svg") else "",
    )


def _legend(picture: Picture, words: Words) -> tuple[tuple[str, str], ...]:
    """Colour names of the style sheet, and what each stands for."""
    if picture.kind in ("heat", "edits"):
        low, high = (f" ({value:.1f})" if value is not None else "" for value in (picture.low, picture.high))
        return (
            ("recording", words("legend.low" if picture.kind == "heat" else "legend.alike") + low),
            ("generated", words("legend.high" if picture.kind == "heat" else "legend.unlike") + high),
            ("hatched", words("legend.unreliable")),
            ("unseen", words("legend.unseen")),
        )
    if picture.kind == "reliability":
        return (
            ("dark", words("legend.reliability_low")),
            ("light", words("legend.reliability_high")),
            ("unseen", words("legend.unseen")),
        )
    if picture.kind in ("jpeg", "noise"):
        low, high = (f" ({value:.1f})" if value is not None else "" for value in (picture.low, picture.high))
        return (("little", words("legend.little") + low), ("much", words("legend.much") + high))
    return ()


def _table(numbers: Numbers, words: Words) -> Table:
    rows: list[tuple[Line, ...]] = []
    for row in numbers.rows:
        rows.append(tuple(_cell(value, words) for value in row))
    heads: list[tuple[str, Align]] = [(words(f"column.{name}"), "right") for name in numbers.columns]
    heads[0] = (heads[0][0], "left")
    return Table(tuple(heads), tuple(rows))


def _cell(value: float | int | str | None, words: Words) -> Line:
    if value is None:
        return say(words("value.none"))
    if isinstance(value, bool):
        return say(words("value.yes" if value else "value.no"))
    if isinstance(value, float):
        return say(f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}")
    return code(value) if isinstance(value, str) else say(f"{value:,}")
