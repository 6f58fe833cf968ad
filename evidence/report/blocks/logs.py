"""The pages about logs: what to look at first, what was read and rejected, what it was compared with."""

from collections.abc import Sequence

from ..model import Document, Incident, Row, Source
from ..words import Words
from . import closing
from .block import (
    Block,
    Contents,
    Facts,
    Figures,
    Item,
    Line,
    Listing,
    Note,
    Page,
    Paragraph,
    Section,
    Table,
    Tally,
    code,
    faint,
    foreign,
    join,
    link,
    say,
    strong,
    told,
)
from .figures import Shelf, figure
from .incident import incident, reason_line
from .numbers import bytes_text, stamp

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
    blocks += [_sources(made, words), _measure(made, words)]
    blocks += [
        closing.reading(made, words),
        closing.limits(made, words),
        closing.custody(made, words),
        closing.reproduce(made, words),
    ]
    if parts:
        blocks.append(closing.parts(parts, words))
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


def _sources(made: Document, words: Words) -> Section:
    logs = made.logs
    assert logs is not None
    rows: list[tuple[Line, ...]] = []
    troubles: list[Line] = []
    for each in logs.sources:
        state = strong(words("sources.failed")) if each.failed else say(words("sources.read"))
        rows.append(
            (
                foreign(each.name, 120),
                join(code(each.format), faint(f"{each.confidence:.2f}")),
                say(f"{each.records:,}"),
                say(f"{sum(group.count for group in each.rejected):,}"),
                say(f"{each.untimed:,}"),
                join(say(stamp(each.first, words)), say(f"– {stamp(each.last, words)}"))
                if each.first
                else faint(words("value.no_time")),
                state,
            )
        )
        troubles += _troubles(each, words)
    table = Table(
        (
            (words("column.source"), "left"),
            (words("column.format"), "left"),
            (words("column.records"), "right"),
            (words("column.rejected"), "right"),
            (words("column.untimed"), "right"),
            (words("column.span"), "left"),
            (words("column.state"), "left"),
        ),
        tuple(rows),
        words("sources.caption"),
        (26, 13, 11, 10, 10, 20, 10),
    )
    hashes = Table(
        (
            (words("column.source"), "left"),
            (words("column.size"), "right"),
            ("SHA-256", "left"),
            ("SHA-512", "left"),
        ),
        tuple(
            (
                foreign(each.name, 90),
                say(bytes_text(each.size, words)),
                code(each.sha256) if each.sha256 else faint(words("value.none")),
                code(each.sha512) if each.sha512 else faint(words("value.none")),
            )
            for each in logs.sources
        ),
        words("sources.hashes"),
        (20, 14, 26, 40),
    )
    blocks: list[Block] = [table]
    if logs.sources_left_out:
        blocks.append(Paragraph(say(words("sources.left_out", n=logs.sources_left_out)), "small"))
    blocks.append(
        Section(
            "rejected",
            words("part.rejected"),
            (Listing(tuple(troubles)) if troubles else Paragraph(say(words("sources.nothing_rejected"))),),
            3,
        )
    )
    blocks.append(Section("hashes", words("part.hashes"), (hashes,), 3))
    return Section("sources", words("part.sources"), tuple(blocks), fresh=True)


def _troubles(each: Source, words: Words) -> list[Line]:
    """What was left out of a source, mended in it, or guessed about it."""
    told: list[Line] = []
    name = foreign(each.name, 80)
    if each.failed:
        told.append(
            join(
                name,
                strong(words("sources.failed_because")),
                _why("failure", each.failed, each.failure or "", words),
            )
        )
    for group in each.rejected:
        line = join(
            name, say(words("sources.rejected", n=group.count)), _why("rejected", group.code, "", words)
        )
        for example in group.examples[:2]:
            line = join(line, faint(words("sources.example")), foreign(example, 120))
        told.append(line)
    for repair, count in each.repairs.items():
        told.append(join(name, say(words("sources.repaired", n=count)), _why("repair", repair, "", words)))
    for encoding, count in each.encodings.items():
        told.append(join(name, say(words("sources.encoded", n=count)), code(encoding)))
    return told


def _why(kind: str, reason: str, fallback: str, words: Words) -> Line:
    from ....triage.limits import FAILURES, REASONS, REPAIRS

    known = words.get(f"{kind}.{reason}") if words.language != "en" else None
    english = {"failure": FAILURES, "rejected": REASONS, "repair": REPAIRS}[kind].get(reason, fallback)
    return join(say(known or english), faint(f"[{reason}]"))


def _measure(made: Document, words: Words) -> Section:
    """What usual means here, how far p can be relied on, the budget, rules and marks."""
    logs = made.logs
    assert logs is not None
    base = logs.baseline
    rows: list[tuple[str, Line]] = [
        (words("measure.baseline"), code(base.name) if base.name else say(words("measure.no_baseline"))),
        (words("measure.artifact"), join(code(base.artifact), code(base.sha256))),
        (words("measure.budget"), say(words("measure.budget_told", budget=logs.budget, n=logs.total))),
        (words("measure.windows"), say(words("measure.windows_told", n=logs.windows))),
    ]
    if base.reference is not None:
        rows.append(
            (
                words("measure.p"),
                say(
                    words(
                        "measure.p_told",
                        n=base.reference,
                        least=f"{base.smallest_p:.2g}" if base.smallest_p else "?",
                    )
                ),
            )
        )
    else:
        rows.append((words("measure.p"), say(words("measure.no_p"))))
    rows.append(
        (
            words("measure.rules"),
            say(
                words("measure.rules_run", n=logs.rules)
                if logs.rules is not None
                else words("measure.no_rules")
            ),
        )
    )
    if logs.suppressed is not None:
        rows.append((words("measure.marks"), say(words("measure.suppressed", n=logs.suppressed))))
    if logs.nothing_new is not None:
        rows.append((words("measure.continued"), say(words("measure.nothing_new", n=logs.nothing_new))))
    if logs.spilled:
        rows.append((words("measure.spilled"), say(words("measure.spilled_told", n=logs.spilled))))
    lines = tuple(say(words(f"measure.how_{name}")) for name in ("score", "group", "rank", "valid"))
    return Section("measure", words("part.measure"), (Facts(tuple(rows), wide=True), Listing(lines)))


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
