"""What was found, over all files, by source and by generator, and by subgroup."""

from collections.abc import Mapping
from typing import Final

from ....detect.validation.result import Figure, Validation
from ..blocks.block import Align, Block, Facts, Paragraph, Section, Table
from ..blocks.numbers import per_cent
from ..blocks.span import Line, faint, foreign, say, told
from .cells import CONDITIONS, NAMES, value

__all__ = ["grouped", "overall", "subgroups"]

_MOST_ROWS: Final = 60


def overall(made: Validation) -> Section:
    conditions = [name for name in CONDITIONS if name in made.files]
    rows: list[tuple[Line, ...]] = []
    for name, title in NAMES.items():
        held = [made.figure(name, condition) for condition in conditions]
        if any(held):
            rows.append((say(title), *(faint("–") if f is None else say(value(f)) for f in held)))
    asked = next(iter(made.files.values()), {"asked": 0})["asked"]
    words = (
        f"{asked:,} files. Intervals are of 95 %: by bootstrap over pictures, or over units where pictures hang "
        f"together; "
        "of shares after Wilson. An answer is what a verdict would call one, but for the test of stability."
    )
    head: list[tuple[str, Align]] = [
        ("figure", "left"),
        *((CONDITIONS[name], "right") for name in conditions),
    ]
    counted = Facts(
        tuple(
            (
                CONDITIONS[name],
                say(
                    f"{c['scored']:,} scored, {c['not_applicable']:,} not applicable"
                    f"{_why(made.unjudged.get(name, {}))}, {c['refused']:,} could not be read"
                ),
            )
            for name, c in made.files.items()
        )
    )
    return Section(
        "overall", "Over all files", (Paragraph(say(words)), Table(tuple(head), tuple(rows)), counted)
    )


def grouped(made: Validation, by: str) -> Section:
    conditions = [name for name in CONDITIONS if name in made.files]
    held: dict[tuple[str, str], dict[str, Figure]] = {}
    for figure in made.figures:
        if figure.by == by:
            held.setdefault((figure.of, figure.name), {})[figure.condition] = figure
    rows: list[tuple[Line, ...]] = []
    for (of, name), found in list(held.items())[:_MOST_ROWS]:
        count = max(figure.n for figure in found.values())
        cells = (faint("–") if c not in found else say(value(found[c])) for c in conditions)
        rows.append((foreign(of, 60), say(NAMES.get(name, name)), say(f"{count:,}"), *cells))
    head: list[tuple[str, Align]] = [(by, "left"), ("figure", "left"), ("files", "right")]
    head += [(CONDITIONS[name], "right") for name in conditions]
    widths = (20, 18, 8, *(16 for _ in conditions))
    beside = "" if by == "source" else " Each generator stands beside all real pictures."
    words = f"What holds over all files need not hold for one {by}: here is each.{beside}"
    blocks: list[Block] = [Paragraph(say(words)), Table(tuple(head), tuple(rows), widths=widths)]
    if len(held) > _MOST_ROWS:
        blocks.append(
            Paragraph(faint(f"{len(held) - _MOST_ROWS:,} further rows are in report.json."), "small")
        )
    return Section(f"by-{by}", f"By {by}", tuple(blocks))


def subgroups(made: Validation) -> Section:
    if not made.audits:
        words = "The manifest names no group that has two values with fifteen real pictures each: nothing was audited."
        return Section("audit", "Subgroups", (Paragraph(say(words)),))
    blocks: list[Block] = []
    for audit in made.audits:
        head: tuple[tuple[str, Align], ...] = (
            (audit.group, "left"), ("real files", "right"), ("false alarms", "right"),
        )  # fmt: skip
        rows = tuple(
            (
                foreign(rate.value, 60),
                say(f"{rate.n:,}"),
                say(f"{per_cent(rate.rate)} [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"),
            )
            for rate in audit.rates
        )
        caption = f"{audit.group}, {CONDITIONS.get(audit.condition, audit.condition)}"
        blocks += [Table(head, rows, caption), Paragraph(told(audit.words))]
    return Section("audit", "Subgroups", tuple(blocks))


def _why(unjudged: Mapping[str, int]) -> str:
    reasons = ", ".join(f"{name} {count:,}" for name, count in sorted(unjudged.items()))
    return f" ({reasons})" if reasons else ""
