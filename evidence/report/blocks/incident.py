"""One incident: who, when, why, which records, what stood around them."""

import re

from ..gathering.incidents import strongest
from ..limits import DEFAULT
from ..model import Incident, Neighbour, Reason, Record
from ..shown import shown
from ..words import Words
from .block import Block, Facts, Paragraph, Section, Table
from .numbers import stamp
from .span import Line, code, faint, foreign, join, original, say, strong, told

__all__ = ["incident", "name_of", "reason_line", "summary"]

_ENTITIES = ("host", "user", "source_ip", "process")


def name_of(made: Incident, words: Words) -> str:
    """Who it is about, in a few words."""
    parts = []
    for kind in _ENTITIES:
        names = made.entities.get(kind) or []
        if names:
            more = f" +{len(names) - 1}" if len(names) > 1 else ""
            parts.append(f"{words(f'entity.{kind}')} {shown(_last(kind, names[0]), 60)}{more}")
    return ", ".join(parts[:3]) or words("entity.none")


def _last(kind: str, name: str) -> str:
    return re.split(r"[\\/]", name)[-1] or name if kind == "process" else name


def incident(made: Incident, words: Words, *, level: int = 3, fresh: bool = False) -> Section:
    """The section of one incident."""
    p = words("incident.p", p=f"{made.p:.2g}") if made.p is not None else words("incident.no_p")
    blocks: list[Block] = [
        Paragraph(summary(made, words), "lead"),
        Facts(tuple(_facts(made, words, p))),
        Section(f"why-{made.rank}", words("incident.why"), (_reasons(made, words),), level + 1),
        Section(
            f"records-{made.rank}",
            words("incident.records", n=min(len(made.records), DEFAULT.shown_records), of=made.count),
            (_records(made.records, words),),
            level + 1,
        ),
    ]
    around = _around(made, words)
    if around is not None:
        blocks.append(
            Section(
                f"around-{made.rank}",
                words("incident.around"),
                (around, Paragraph(say(words("incident.around_note")), "small")),
                level + 1,
            )
        )
    return Section(
        f"incident-{made.rank}", name_of(made, words), tuple(blocks), level=level, fresh=fresh,
        kicker=words("incident.rank", n=made.rank),
    )  # fmt: skip


def summary(made: Incident, words: Words) -> Line:
    """What happened, in one sentence: its own in English, else put together from its fields."""
    if words.language == "en":
        return told(made.summary, 600)
    reason = strongest(made)
    first = say(words("incident.summary", n=made.count, type=shown(made.records[0].type, 120)))
    return first if reason is None else join(first, reason_line(reason, words, bare=True), by="")


def _facts(made: Incident, words: Words, p: str) -> list[tuple[str, Line]]:
    rows: list[tuple[str, Line]] = [
        (words("incident.risk"), join(strong(f"{made.risk:.1f}"), faint(words("incident.bits")))),
        ("p", say(p)),
        (words("incident.percentile"), say(f"{made.percentile:.2f}")),
        (words("incident.when"), say(_when(made, words))),
    ]
    for kind in _ENTITIES:
        names = made.entities.get(kind) or []
        if names:
            listed = join(*(foreign(name, 120) for name in names[:6]), by=", ")
            more = () if len(names) <= 6 else faint(f"+{len(names) - 6}")
            rows.append((words(f"entity.{kind}"), join(listed, more)))
    rows.append(
        (
            words("incident.attack"),
            join(*(code(each) for each in made.attack))
            if made.attack
            else faint(words("incident.no_attack")),
        )
    )
    if made.tree:
        chain = " → ".join(_last("process", each) for each in made.tree)
        rows.append((words("incident.tree"), foreign(chain, 300)))
    rules = sorted({rule for record in made.records for rule in record.rules})
    if rules:
        rows.append((words("incident.rules"), join(*(foreign(rule, 120) for rule in rules[:8]), by="; ")))
    if made.continues:
        rows.append((words("incident.continues"), code(made.continues)))
    if made.feedback:
        rows.append((words("incident.feedback"), foreign("; ".join(made.feedback))))
    rows.append((words("incident.id"), code(made.id)))
    return rows


def _when(made: Incident, words: Words) -> str:
    if made.first_seen is None:
        return words("value.no_time")
    if made.first_seen == made.last_seen:
        return stamp(made.first_seen, words)
    return f"{stamp(made.first_seen, words)} – {stamp(made.last_seen, words)}"


def _reasons(made: Incident, words: Words) -> Table:
    best: dict[tuple[str, str], Reason] = {}
    for record in made.records:
        for reason in record.reasons:
            key = (reason.field, reason.value)
            if key not in best or reason.bits > best[key].bits:
                best[key] = reason
    ordered = sorted(best.values(), key=lambda each: -each.bits)[: DEFAULT.shown_records + 2]
    rows: list[tuple[Line, ...]] = [
        (
            say(f"{each.bits:.1f}"),
            reason_line(each, words),
            say(f"{each.seen:,} / {each.of:,}"),
            code(each.detector),
        )
        for each in ordered
    ]
    return Table(
        (
            (words("column.bits"), "right"),
            (words("column.reason"), "left"),
            (words("column.seen_of"), "right"),
            (words("column.detector"), "left"),
        ),
        tuple(rows),
        words("incident.reasons_caption"),
        (8, 56, 16, 20),
    )


def reason_line(reason: Reason, words: Words, *, bare: bool = False) -> Line:
    """A reason as a sentence; in another language from its fields, with the original words behind it."""
    if words.language == "en":
        return told(reason.words, 500)
    sentence = _translated(reason, words)
    if bare:
        return sentence
    return join(sentence, faint(words("value.original_is")), original(reason.words, 400))


def _translated(reason: Reason, words: Words) -> Line:
    bits = f"{reason.bits:.1f}"
    window = words.get(f"window.{reason.field}")
    if window is not None:
        # Of a window, not of a field: what it was compared with is no name that stands in a record.
        values = {"value": shown(reason.value, 60), "place": shown(reason.context, 100), "bits": bits}
        return told(words(f"window.{reason.field}", **values, seen=reason.seen, of=reason.of))
    name = words.get(f"field.{reason.field}")
    field = say(name) if name else join(say(words("incident.reason_field")), code(reason.field), by="")
    often = "incident.reason_never" if reason.seen == 0 else "incident.reason_counts"
    return join(
        field, say(words("incident.reason_value")), foreign(reason.value, 120),
        say(words("incident.reason_context")), foreign(reason.context, 100),
        say(words(often, seen=reason.seen, of=reason.of, bits=bits)), by="",
    )  # fmt: skip


def _records(records: list[Record], words: Words) -> Table:
    rows: list[tuple[Line, ...]] = [
        (_place(each), say(stamp(each.time, words)), say(f"{each.score:.1f}"), foreign(each.text, 360))
        for each in records[: DEFAULT.shown_records]
    ]
    return Table(
        (
            (words("column.place"), "left"),
            (words("column.time"), "left"),
            (words("column.bits"), "right"),
            (words("column.record"), "left"),
        ),
        tuple(rows),
        words("incident.records_caption"),
        (22, 16, 8, 54),
    )


def _place(record: Neighbour) -> Line:
    name = re.split(r"[\\/]", record.source)[-1] or record.source
    return join(foreign(name, 60), code(f":{record.line}"), by="")


def _around(made: Incident, words: Words) -> Table | None:
    rows: list[tuple[Line, ...]] = []
    for where, records in (("before", made.before), ("after", made.after)):
        for each in records:
            rows.append(
                (
                    say(words(f"incident.{where}")),
                    _place(each),
                    say(stamp(each.time, words)),
                    foreign(each.text, 240),
                )
            )
    if not rows:
        return None
    heads = (
        (words("column.where"), "left"),
        (words("column.place"), "left"),
        (words("column.time"), "left"),
        (words("column.record"), "left"),
    )
    return Table(heads, tuple(rows), "", (10, 22, 16, 52))  # type: ignore[arg-type]
