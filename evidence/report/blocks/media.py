"""The pages about media: one exhibit or a batch, the parts of a long batch, its index."""

from collections.abc import Sequence

from ..model import Document, Exhibit, Row
from ..words import Words
from . import closing
from .answers import ratio_line
from .artifact import artifact, validation
from .block import Block, Contents, Item, Page, Paragraph, Section, Table, Tally
from .exhibit import exhibit, linked, summary_blocks, titled
from .figures import Shelf
from .span import Line, code, faint, join, say, strong, told

__all__ = ["OUTCOMES", "index_page", "page", "part_page"]

OUTCOMES = ("inconsistent", "inconclusive", "consistent", "not_applicable", "failed")


def page(
    made: Document,
    words: Words,
    shelf: Shelf,
    pages: Sequence[tuple[str, str]] = (),
    detail: Sequence[Exhibit] = (),
    parts: Sequence[tuple[str, str]] = (),
) -> Page:
    """The report itself.

    Parameters
    ----------
    pages
        Titles and files of the index of a long report.
    detail
        Exhibits to show in full although they stand in parts: the first to look at.
    parts
        Titles and files of the parts.
    """
    media = made.media
    assert media is not None
    single = media.exhibits[0] if media.total == 1 and media.exhibits else None
    blocks: list[Block] = []
    taken = closing.redaction(made, words)
    if single is not None:
        blocks += summary_blocks(single, words, shelf)
        title, about = (
            say(titled(single.file.name)),
            code(f"SHA-256 {single.file.sha256}" if single.file.sha256 else ""),
        )
        kicker = words(f"title.{made.kind}")
    else:
        blocks += _batch(made, words, shelf, pages, detail)
        title, about = say(words("title.batch_of", n=media.total)), say(words("batch.about"))
        kicker = words("title.batch")
    if taken is not None:
        blocks.insert(1, taken)
    blocks.append(_methods(made, words))
    if made.artifacts:
        measured = tuple(validation(each, words, shelf) for each in made.artifacts)
        blocks.append(Section("validation", words("part.validation"), measured))
    blocks += closing.ending(made, words, parts)
    return Page(
        words.language,
        title[0].text,
        kicker,
        about,
        closing.head_facts(made, words),
        tuple(blocks),
        closing.foot(made, words),
        made.created,
    )


def _batch(
    made: Document, words: Words, shelf: Shelf, pages: Sequence[tuple[str, str]], detail: Sequence[Exhibit]
) -> list[Block]:
    media = made.media
    assert media is not None
    tally = Tally(
        tuple(Item(name, words(f"outcome.{name}.word"), media.outcomes.get(name, 0)) for name in OUTCOMES)
    )
    blocks: list[Block] = [tally, Paragraph(say(words("batch.not_added")), "small")]
    if media.unpictured:
        blocks.append(Paragraph(say(words("batch.unpictured", n=media.unpictured)), "small"))
    whole = len(media.rows) == media.total
    table = rows_table(
        media.rows,
        words,
        words("index.caption") if whole else words("index.first", n=len(media.rows), of=media.total),
    )
    blocks.append(Section("index", words("part.index" if whole else "part.first"), (table,)))
    if pages:
        blocks.append(Contents(words("part.pages"), tuple(pages)))
    shown = media.exhibits or list(detail)
    if shown:
        title = words("part.exhibits") if media.exhibits else words("part.first_detail", n=len(shown))
        blocks.append(
            Section(
                "exhibits",
                title,
                tuple(
                    exhibit(each, words, shelf, level=3, fresh=place > 0) for place, each in enumerate(shown)
                ),
                fresh=True,
            )
        )
    return blocks


def rows_table(rows: Sequence[Row], words: Words, caption: str, up: str = "") -> Table:
    """Exhibits in one line each."""
    cells: list[tuple[Line, ...]] = []
    for row in rows:
        name = linked(row.name, row.number, row.part)
        if up and name[0].href:
            name = (type(name[0])(name[0].text, name[0].style, up + name[0].href),)
        outcome = strong(words(f"outcome.{row.outcome}.word"))
        why = words.get(f"reason.{row.why}") if row.why else None
        cells.append(
            (
                say(f"{row.number:,}"),
                name,
                outcome,
                join(
                    ratio_line(row.ratio, words),
                    faint(words(f"proposition.{row.proposition}.name")) if row.proposition else (),
                ),
                say(why) if why else code(row.why or ""),
                code((row.sha256 or "")[:16]),
            )
        )
    return Table(
        (
            (words("column.number"), "right"),
            (words("column.exhibit"), "left"),
            (words("column.outcome"), "left"),
            (words("column.lr"), "left"),
            (words("column.why"), "left"),
            (words("column.sha256"), "left"),
        ),
        tuple(cells),
        caption,
        (5, 22, 13, 22, 23, 15),
    )


def _methods(made: Document, words: Words) -> Section:
    media = made.media
    assert media is not None
    blocks: list[Block] = [
        Paragraph(say(words("methods.intro"))),
        Paragraph(say(words(f"methods.profile_{media.profile}"))),
        _cards(words),
        Paragraph(say(words("methods.fusion"))),
    ]
    blocks += [artifact(each, words) for each in made.artifacts]
    return Section("methods", words("part.methods"), tuple(blocks), fresh=True)


def _cards(words: Words) -> Table:
    """All methods with their references; a reader who doubts one needs to know where it comes from."""
    from ....detect.analyzers.cards import cards
    from .told import analyzer_title, written

    rows: list[tuple[Line, ...]] = []
    for name, card in cards().items():
        question = words.get(f"analyzer.{name}.question")
        asked = say(question) if question and words.language != "en" else written(card.question, words)
        rows.append(
            (
                join(strong(analyzer_title(name, words)), code(name)),
                asked,
                told("; ".join(each.rstrip(".") for each in card.references), 700),
            )
        )
    return Table(
        (
            (words("column.method"), "left"),
            (words("column.question"), "left"),
            (words("column.references"), "left"),
        ),
        tuple(rows),
        words("methods.caption"),
        (22, 34, 44),
    )


def part_page(made: Document, number: int, exhibits: Sequence[Exhibit], words: Words) -> Page:
    """One part of a long report."""
    first, last = exhibits[0].number, exhibits[-1].number
    title = words("title.part", first=first, last=last)
    blocks = tuple(
        exhibit(each, words, Shelf("../"), level=2, fresh=place > 0) for place, each in enumerate(exhibits)
    )
    back = Contents(words("part.pages"), ((words("title.back"), "../report.html"),))
    return Page(
        words.language, title, words("title.batch"), say(words("batch.part_about", n=number)),
        closing.head_facts(made, words), (back, *blocks), closing.foot(made, words), made.created,
    )  # fmt: skip


def index_page(made: Document, rows: Sequence[Row], words: Words, up: str = "../") -> Page:
    """One page of the index of a long report."""
    title = words("title.index", first=rows[0].number, last=rows[-1].number)
    back = Contents(words("part.pages"), ((words("title.back"), f"{up}report.html"),)) if up else None
    table = rows_table(rows, words, words("index.caption"), up)
    return Page(
        words.language, title, words("title.batch"), say(words("batch.about")), closing.head_facts(made, words),
        ((back, table) if back else (table,)), closing.foot(made, words), made.created,
    )  # fmt: skip
