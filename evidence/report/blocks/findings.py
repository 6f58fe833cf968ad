"""What each method said of an exhibit: question, observation, harmless causes, what silence means."""

from typing import Any

from ..limits import DEFAULT
from ..model import Finding
from ..words import Words
from .block import Block, Facts, Listing, Paragraph, Section, Table
from .numbers import factor, log10
from .span import Line, code, faint, foreign, join, original, say, strong
from .told import analyzer_title, coded

__all__ = ["applicability", "details", "finding"]


def applicability(findings: list[Finding], words: Words) -> Table:
    """Every method in one row: what it asks, whether it applies, what it found."""
    rows: list[tuple[Line, ...]] = []
    for each in findings:
        state = say(words("value.applies")) if each.applies else say(words("value.not_applicable"))
        told = _observed(each, words)
        ratio = (
            say(f"{factor(each.log10_lr)} ({log10(each.log10_lr)})")
            if each.log10_lr is not None
            else faint(words("value.not_weighed"))
        )
        rows.append(
            (join(strong(analyzer_title(each.analyzer, words)), code(each.analyzer)), state, ratio, told)
        )
    return Table(
        (
            (words("column.method"), "left"),
            (words("column.applies"), "left"),
            (words("column.lr"), "left"),
            (words("column.observed"), "left"),
        ),
        tuple(rows),
        words("findings.caption"),
        (22, 12, 14, 52),
    )


def _observed(each: Finding, words: Words) -> Line:
    if not each.applies:
        return coded(each.why_not, words) if each.why_not is not None else faint(words("value.none"))
    if words.language == "en":
        return say(_shown(each.words)) if each.words else faint(words("value.nothing_found"))
    known = words.get(f"analyzer.{each.analyzer}.observed")
    if known is not None:
        return say(known)
    return (
        join(original(each.words), faint(words("value.original")))
        if each.words
        else faint(words("value.nothing_found"))
    )


def _shown(text: str) -> str:
    from ..shown import shown

    return shown(text, DEFAULT.text_chars)


def finding(each: Finding, words: Words) -> Section:
    """One method that applies, in full, beside its card."""
    blocks: list[Block] = []
    question = _card(each.analyzer, "question", words)
    if question:
        blocks.append(Paragraph(question, "lead"))
    if each.words and words.language == "en":
        blocks.append(Paragraph(say(_shown(each.words))))
    elif each.words:
        known = words.get(f"analyzer.{each.analyzer}.observed")
        blocks.append(Paragraph(say(known) if known else say(words("findings.no_translation"))))
        blocks.append(Paragraph(join(faint(words("value.original_is")), original(each.words)), "small"))
    if each.reasons:
        blocks.append(Listing(tuple(coded(reason, words) for reason in each.reasons)))
    harmless = _card(each.analyzer, "false_alarms", words)
    absence = _card(each.analyzer, "absence", words)
    rows = []
    if harmless:
        rows.append((words("findings.harmless"), harmless))
    if absence:
        rows.append((words("findings.absence"), absence))
    if rows:
        blocks.append(Facts(tuple(rows), wide=True))
    numbers = details(each, words)
    if numbers is not None:
        blocks.append(numbers)
    return Section(f"finding-{each.analyzer}", analyzer_title(each.analyzer, words), tuple(blocks), level=3)


def _card(name: str, field: str, words: Words) -> Line:
    """A field of an analyzer's card; empty where there is no card."""
    known = words.get(f"analyzer.{name}.{field}")
    if known is not None:
        return say(known)
    from ....detect.analyzers.cards import cards

    card = cards().get(name)
    if card is None:
        return ()
    value: Any = getattr(card, field)
    text = value if isinstance(value, str) else " ".join(value)
    return say(text) if words.language == "en" else join(original(text), faint(words("value.original")))


def details(each: Finding, words: Words) -> Table | None:
    """The numbers and texts behind a finding, flattened; those of lists of numbers stand in `report.json` only."""
    rows = list(_flat(each.detail, ""))
    if not rows:
        return None
    kept = rows[: DEFAULT.table_rows]
    body = [(code(name), foreign(value)) for name, value in kept]
    caption = (
        words("findings.details")
        if len(kept) == len(rows)
        else words("findings.details_cut", n=len(kept), of=len(rows))
    )
    return Table(
        ((words("column.field"), "left"), (words("column.value"), "left")), tuple(body), caption, (34, 66)
    )


_ELSEWHERE = ("crops", "frames", "stability", "map", "bound", "tables", "tier")


def _flat(node: Any, above: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in node.items():
        key = f"{above}{name}"
        if not above and name in _ELSEWHERE:
            continue
        if isinstance(value, dict):
            found += _flat(value, f"{key}.")
        elif isinstance(value, list):
            if value and all(isinstance(item, dict) for item in value):
                for place, item in enumerate(value[:8]):
                    found += _flat(item, f"{key}[{place}].")
            elif value and len(value) <= 16:
                found.append((key, ", ".join(str(item) for item in value)))
            elif value:
                found.append((key, f"[{len(value)}]"))
        elif value is True:
            found.append((key, "yes"))
        elif value is not None and value is not False and value != "":
            found.append((key, value))
    return found
