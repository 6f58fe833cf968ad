"""What every report ends with: custody, how to do it again, redaction, limits, how to read it."""

from collections.abc import Sequence

from ..model import Document
from ..words import Words
from .block import Block, Command, Contents, Facts, Listing, Note, Paragraph, Section, Table
from .numbers import stamp
from .span import Line, code, foreign, join, say, strong

__all__ = ["custody", "ending", "foot", "head_facts", "limits", "parts", "reading", "redaction", "reproduce"]


def head_facts(made: Document, words: Words) -> tuple[tuple[str, Line], ...]:
    """Small facts at the head of the first page."""
    return (
        (words("head.made"), say(stamp(made.created, words))),
        (words("head.tool"), say(f"Assay {made.tool.version}")),
        (words("head.redacted"), say(words("value.yes" if made.redaction.applied else "value.no"))),
    )


def foot(made: Document, words: Words) -> str:
    """On every page."""
    return words("foot.line", version=made.tool.version, made=stamp(made.created, words))


def redaction(made: Document, words: Words) -> Note | None:
    """That something was taken out, and what."""
    if not made.redaction.applied:
        return None
    told = [say(words("redaction.told", n=made.redaction.values))]
    told += [say(words(f"redaction.{name}")) for name in made.redaction.what]
    return Note(words("redaction.title"), tuple(told), "info")


def reading(made: Document, words: Words) -> Section:
    """How a likelihood ratio, a p, a rank are to be read, and how they are not."""
    names = (
        ("ratio", "transposed", "words", "outcomes", "silence")
        if made.media is not None
        else ("rank", "rare", "bits", "p", "silence_logs")
    )
    notes: list[Block] = []
    if made.media is not None:
        notes.append(
            Note(words("reading.transposed_title"), (say(words("reading.transposed_note")),), "warning")
        )
    lines = tuple(
        join(strong(words(f"reading.{name}.title")), say(words(f"reading.{name}.text"))) for name in names
    )
    return Section("reading", words("part.reading"), (*notes, Listing(lines)))


def custody(made: Document, words: Words) -> Section:
    """The chain: what is in the folder, and how to check it."""
    lines = tuple(say(words(f"custody.{name}")) for name in ("log", "seal", "originals"))
    chain = Table(
        ((words("column.when"), "left"), (words("column.what"), "left"), (words("column.by"), "left")),
        tuple(
            (say(stamp(each.when, words)), say(words(f"custody.{each.what}")), foreign(each.who))
            for each in made.custody
        ),
        words("custody.caption"),
        (30, 40, 30),
    )
    return Section(
        "custody", words("part.custody"), (chain, Listing(lines), Command("assay evidence verify ."))
    )


def reproduce(made: Document, words: Words) -> Section:
    """The command, what it must give, and what must be at hand."""
    command = made.command
    blocks: list[Block] = [
        Paragraph(say(words("reproduce.intro"))),
        Command(command.line),
        Paragraph(join(say(words("reproduce.compare")), code(command.answers))),
        Command(command.compare),
    ]
    rows: list[tuple[str, Line]] = [(f"SHA-256 {command.answers}", code(command.sha256))]
    rows += [(words("reproduce.needs"), code(each)) for each in command.needs]
    run = made.run
    if run is not None:
        rows.append(
            (words("reproduce.ran_on"), foreign(f"{run.backend}, {run.device}, {run.precision}, {run.cpu}"))
        )
        rows.append(
            (words("reproduce.libraries"), foreign(", ".join(f"{n} {v}" for n, v in run.libraries.items())))
        )
        if run.golden_within is not None:
            rows.append(
                (
                    words("reproduce.golden"),
                    say(words("reproduce.golden_same" if run.golden_within else "reproduce.golden_differs")),
                )
            )
    rows.append((words("reproduce.system"), foreign(f"Python {made.tool.python}, {made.tool.system}")))
    blocks.append(Facts(tuple(rows)))
    if command.notes:
        blocks.append(Listing(tuple(say(words(f"reproduce.note.{name}")) for name in command.notes)))
    return Section("reproduce", words("part.reproduce"), tuple(blocks))


def parts(listed: Sequence[tuple[str, str]], words: Words) -> Section:
    """Where everything stands in full; the index leads there as well."""
    return Section("parts", words("part.parts"), (Contents(words("part.pages"), tuple(listed)),))


def ending(made: Document, words: Words, listed: Sequence[tuple[str, str]]) -> list[Block]:
    """The last sections of a report, and the list of its parts where it has any."""
    told = [make(made, words) for make in (reading, limits, custody, reproduce)]
    return [*told, parts(listed, words)] if listed else [*told]


def limits(made: Document, words: Words) -> Section:
    """What this report does not say."""
    return Section(
        "limits", words("part.limits"), (Listing(tuple(say(words(f"limit.{name}")) for name in made.limits)),)
    )
