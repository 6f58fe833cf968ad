"""One exhibit, from the answer down to the numbers."""

from ..limits import DEFAULT
from ..model import Exhibit, Overlay
from ..words import Words
from .answers import propositions, verdict
from .block import Block, Facts, Figures, Listing, Note, Paragraph, Section, Table
from .figures import Shelf, figures
from .findings import applicability, finding
from .numbers import bytes_text, log10, stamp
from .span import Line, code, faint, foreign, join, link, say, strong
from .told import coded

__all__ = ["exhibit", "linked", "summary_blocks", "titled"]


def exhibit(made: Exhibit, words: Words, shelf: Shelf, *, level: int = 2, fresh: bool = False) -> Section:
    """The section of one exhibit in a report of several; sections within are one level deeper."""
    return Section(
        f"exhibit-{made.number}",
        titled(made.file.name),
        summary_blocks(made, words, shelf, level=level + 1),
        level=level,
        fresh=fresh,
        kicker=words("exhibit.number", n=made.number),
    )


def titled(name: str) -> str:
    """The last part of a path, for titles; the whole stands among the facts."""
    return _shown(name.rstrip("/").rpartition("/")[2] or name)


def _shown(text: str) -> str:
    from ..shown import shown

    return shown(text, DEFAULT.cell_chars)


def summary_blocks(made: Exhibit, words: Words, shelf: Shelf, *, level: int = 2) -> tuple[Block, ...]:
    """Everything of one exhibit, the answer first."""
    blocks: list[Block] = [verdict(made, words)]
    also = [coded(reason, words) for reason in made.reasons]
    if also:
        blocks.append(_part("why", made, words, (Listing(tuple(also)),), level))
    blocks.append(_part("file", made, words, (_file(made, words),), level))
    if made.outcome == "failed":
        blocks.append(Note(words("exhibit.failed_title"), (say(words("exhibit.failed")),), "warning"))
        return tuple(blocks)
    blocks.append(
        _part(
            "propositions",
            made,
            words,
            (propositions(made, words), Paragraph(say(words("propositions.not_mixed")), "small")),
            level,
        )
    )
    pictures = figures(made, words, shelf)
    if pictures:
        film: tuple[Block, ...] = () if made.overlay is None else (_overlay(made.overlay, words, shelf),)
        blocks.append(_part("pictures", made, words, (Figures(pictures), *film), level))
    if made.faces:
        blocks.append(_part("faces", made, words, (_faces(made, words),), level))
    if made.findings:
        told = [finding(each, words) for each in made.findings if each.applies]
        told = [Section(f"{each.id}-{made.number}", each.title, each.blocks, level + 1) for each in told]
        blocks.append(_part("findings", made, words, (applicability(made.findings, words), *told), level))
    if made.stability:
        blocks.append(
            _part(
                "stability",
                made,
                words,
                (_stability(made, words), Paragraph(say(words("stability.note")), "small")),
                level,
            )
        )
    blocks.append(_part("silence", made, words, (Listing(_silent(made, words)),), level))
    return tuple(blocks)


def _part(name: str, made: Exhibit, words: Words, blocks: tuple[Block, ...], level: int) -> Section:
    return Section(f"{name}-{made.number}", words(f"part.{name}"), blocks, level)


def _file(made: Exhibit, words: Words) -> Facts:
    held = made.file
    rows: list[tuple[str, Line]] = [(words("file.name"), foreign(held.name, DEFAULT.text_chars))]
    rows.append((words("file.received"), say(words(f"file.received_{held.received}"))))
    rows.append(("SHA-256", code(held.sha256) if held.sha256 else faint(words("value.none"))))
    rows.append(("SHA-512", code(held.sha512) if held.sha512 else faint(words("file.no_sha512"))))
    rows.append((words("file.size"), say(bytes_text(held.size, words))))
    kind = words(f"kind.{made.kind}") if made.kind else words("value.unknown")
    rows.append((words("file.type"), join(say(kind), code(held.media_type) if held.media_type else ())))
    if held.modified:
        written = join(say(stamp(held.modified, words)), faint(words("file.modified_note")))
        rows.append((words("file.modified"), written))
    rows.append((words("file.read_again"), say(words(f"file.again_{held.read_again.replace('-', '_')}"))))
    if made.tier:
        rows.append((words("file.tier"), say(words(f"tier.{made.tier}"))))
    if made.artifacts:
        rows.append((words("file.scored_by"), join(*(code(each) for each in made.artifacts))))
    return Facts(tuple(rows))


def _overlay(held: Overlay, words: Words, shelf: Shelf) -> Paragraph:
    """Where the frames that were looked at can be seen as a video, and its hash."""
    name = link(held.file.rpartition("/")[2], shelf.place(held.file))
    return Paragraph(join(say(words("picture.overlay")), name, say("SHA-256"), code(held.sha256)))


def _faces(made: Exhibit, words: Words) -> Table:
    """Each face that was followed: when it is seen, and its score where it was assessed."""
    rows: list[tuple[Line, ...]] = []
    for each in made.faces[: DEFAULT.table_rows]:
        score = faint(words("support.not_assessed")) if each.score is None else say(f"{each.score:.2f}")
        highest = ", ".join(f"{moment.t:.2f} ({moment.score:.2f})" for moment in each.highest)
        rows.append((code(each.track), say(f"{each.start:.1f}"), say(f"{each.end:.1f}"), score, say(highest or "–")))
    return Table(
        (
            (words("column.face"), "left"),
            (words("column.from_s"), "right"),
            (words("column.to_s"), "right"),
            (words("column.score"), "right"),
            (words("column.highest"), "left"),
        ),
        tuple(rows),
        words("faces.caption", n=len(rows), of=len(made.faces)),
        (12, 13, 13, 17, 45),
    )


def _stability(made: Exhibit, words: Words) -> Table:
    base = {each.analyzer: each for each in made.findings}
    rows: list[tuple[Line, ...]] = []
    for each in made.stability:
        own = base[each.analyzer].log10_lr
        change = faint(words("value.none")) if own is None else say(log10(each.log10_lr - own))
        name = words.get(f"laundering.{each.laundering}") or each.laundering
        rows.append(
            (
                join(say(name), code(each.laundering)),
                say(words(f"tier_short.{each.tier}")),
                say(f"{each.score:.2f}"),
                say(log10(each.log10_lr)),
                change,
            )
        )
    return Table(
        (
            (words("column.delivered"), "left"),
            (words("column.tier"), "left"),
            (words("column.score"), "right"),
            (words("column.log10_lr"), "right"),
            (words("column.change"), "right"),
        ),
        tuple(rows),
        words("stability.caption"),
        (44, 14, 14, 14, 14),
    )


def _silent(made: Exhibit, words: Words) -> tuple[Line, ...]:
    """What was not asked of this exhibit, and what did not apply: none of it speaks for either side."""
    lines = [
        join(strong(words(f"proposition.{each.proposition}.name")), say(words("silence.not_assessed")))
        for each in made.answers
        if each.ratio is None
    ]
    if made.kind == "video":
        lines.append(say(words("silence.sound")))
    if not made.stability:
        lines.append(say(words("silence.stability")))
    lines.append(say(words("silence.absence")))
    return tuple(lines)


def place(number: int, part: int | None) -> str:
    """Where an exhibit stands."""
    return f"#exhibit-{number}" if part is None else f"details/{part:04d}.html#exhibit-{number}"


def linked(name: str, number: int, part: int | None) -> Line:
    """The name of an exhibit as a link to its section."""
    return link(_shown(name), place(number, part))
