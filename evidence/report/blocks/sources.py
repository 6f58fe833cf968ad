"""What became of each log, and how urgency was measured: what was left out, mended or guessed, and what usual means."""

from ..model import Document, Source
from ..words import Words
from .block import Block, Facts, Listing, Paragraph, Section, Table
from .numbers import bytes_text, stamp
from .span import Line, code, faint, foreign, join, say, strong

__all__ = ["measure", "sources"]


def sources(made: Document, words: Words) -> Section:
    """Every source in a row, then what was rejected, then the hashes."""
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


def measure(made: Document, words: Words) -> Section:
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
