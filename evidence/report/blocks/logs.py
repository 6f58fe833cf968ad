"""The pages about logs: what to look at first, what was read and rejected, what it was compared with."""

from collections.abc import Sequence

from ..model import Document, Incident, Row
from ..words import Words
from . import closing
from .block import (
    Block,
    Contents,
    Figures,
    Item,
    Note,
    Page,
    Section,
    Table,
    Tally,
)
from .figures import Shelf, figure
from .incident import incident, reason_line
from .numbers import stamp
from .sources import measure, sources
from .span import Line, faint, link, say, strong, told

__all__ = ["index_page", "page", "part_page"]


def page(
    made: Document,
    words: Words,
    shelf: Shelf,
    pages: Sequence[tuple[str, str]] = (),
    detail: Sequence[Incident] = (),
    parts: Sequence[tuple[str, str]] = (),
) -> Page:
    """The report itself; `pages`, `detail` and `parts` as in :func:`assay.evidence.report.blocks.media.page`."""
    logs = made.logs
    assert logs is not None
    blocks: list[Block] = [_tally(made, words)]
    taken = closing.redaction(made, words)
    if taken is not None:
        blocks.append(taken)
    blocks.append(Note(words("logs.rare_title"), (say(words("logs.rare")),), "warning"))
    whole = len(logs.rows) == logs.total
    if logs.rows:
        caption = (
            words("logs.index_caption") if whole else words("index.first", n=len(logs.rows), of=logs.total)
        )
        blocks.append(Section("index", words("part.ranked"), (rows_table(logs.rows, words, caption),)))
    else:
        blocks.append(Note(words("logs.none_title"), (say(words("logs.none")),)))
    if pages:
        blocks.append(Contents(words("part.pages"), tuple(pages)))
    if logs.pictures:
        blocks.append(
            Section(
                "activity",
                words("part.activity"),
                (Figures(tuple(figure(each, words, shelf) for each in logs.pictures)),),
            )
        )
    shown = logs.incidents or list(detail)
    if shown:
        title = words("part.incidents") if logs.incidents else words("part.first_incidents", n=len(shown))
        told = tuple(incident(each, words, fresh=place > 0) for place, each in enumerate(shown))
        blocks.append(Section("incidents", title, told))
    blocks += [sources(made, words), measure(made, words)]
    blocks += closing.ending(made, words, parts)
    return Page(
        words.language, words("title.logs_of", n=logs.total), words("title.logs"),
        say(words("logs.about", records=logs.records, sources=len(logs.sources) + logs.sources_left_out)),
        closing.head_facts(made, words), tuple(blocks), closing.foot(made, words), made.created,
    )  # fmt: skip


def _tally(made: Document, words: Words) -> Tally:
    logs = made.logs
    assert logs is not None
    items = [
        Item("incidents", words("tally.incidents"), logs.total),
        Item("records", words("tally.records"), logs.records),
        Item("sources", words("tally.sources"), len(logs.sources) + logs.sources_left_out),
        Item("rejected", words("tally.rejected"), logs.rejected),
    ]
    return Tally(tuple(items))


def rows_table(rows: Sequence[Row], words: Words, caption: str, up: str = "") -> Table:
    """Incidents in one line each."""
    from ..shown import shown

    cells: list[tuple[Line, ...]] = []
    for row in rows:
        href = (
            f"#incident-{row.number}"
            if row.part is None
            else f"{up}details/{row.part:04d}.html#incident-{row.number}"
        )
        cells.append(
            (
                say(f"{row.number:,}"),
                link(shown(row.name, 100) or words("entity.none"), href),
                strong(f"{row.risk or 0.0:.1f}"),
                say(f"{row.p:.2g}") if row.p is not None else faint(words("value.none")),
                say(stamp(row.first_seen, words)),
                say(f"{row.records or 0:,}"),
                _what(row, words),
            )
        )
    return Table(
        (
            (words("column.rank"), "right"),
            (words("column.who"), "left"),
            (words("column.risk"), "right"),
            ("p", "right"),
            (words("column.first_seen"), "left"),
            (words("column.records"), "right"),
            (words("column.summary"), "left"),
        ),
        tuple(cells),
        caption,
        (7, 20, 7, 9, 14, 10, 33),
    )


def _what(row: Row, words: Words) -> Line:
    if words.language == "en" or row.reason is None:
        return told(row.why or "", 200)
    return reason_line(row.reason, words, bare=True)


def part_page(made: Document, number: int, incidents: Sequence[Incident], words: Words) -> Page:
    """One part of a long report."""
    title = words("title.part", first=incidents[0].rank, last=incidents[-1].rank)
    back = Contents(words("part.pages"), ((words("title.back"), "../report.html"),))
    blocks = tuple(incident(each, words, level=2, fresh=place > 0) for place, each in enumerate(incidents))
    return Page(
        words.language, title, words("title.logs"), say(words("batch.part_about", n=number)),
        closing.head_facts(made, words), (back, *blocks), closing.foot(made, words), made.created,
    )  # fmt: skip


def index_page(made: Document, rows: Sequence[Row], words: Words, up: str = "../") -> Page:
    """One page of the index of a long report."""
    title = words("title.index", first=rows[0].number, last=rows[-1].number)
    blocks: list[Block] = (
        [Contents(words("part.pages"), ((words("title.back"), f"{up}report.html"),))] if up else []
    )
    blocks.append(rows_table(rows, words, words("logs.index_caption"), up))
    return Page(
        words.language, title, words("title.logs"), say(words("batch.about")), closing.head_facts(made, words),
        tuple(blocks), closing.foot(made, words), made.created,
    )  # fmt: skip
