"""What is left of a detector when files are changed more and more, or changed by somebody who knows it."""

from collections.abc import Sequence
from typing import Any

from ....detect.validation.result import Validation
from ....detect.validation.severity import MILD
from ..blocks.block import Align, Block, Figures, Note, Paragraph, Section, Table
from ..blocks.block import Figure as Drawing
from ..blocks.span import Line, faint, say
from .cells import value

__all__ = ["attack", "robustness"]


def robustness(made: Validation, drawings: Sequence[Drawing]) -> Section:
    flips = [f for f in made.figures if f.name == "flips"]
    words = (
        f"One thing at a time is done to {made.robustness[0].n:,} files, more and more. Solid: AUC with its "
        f"interval; dashed: "
        "false alarms at the operating point. Files that become too small drop out, see the column."
    )
    blocks: list[Block] = [Paragraph(say(words)), Figures(tuple(drawings)), _levels(made.robustness)]
    if flips:
        told_of = "; ".join(f"{f.condition} {value(f)}" for f in flips)
        words = (
            f"Decisions at the operating point that change when a file is changed mildly "
            f"({', '.join(MILD)}): {told_of}."
        )
        blocks.append(Note("Stability", (say(words),)))
    return Section("robustness", "Robustness", tuple(blocks))


def attack(made: Validation) -> Section:
    blocks: list[Block] = [Paragraph(say(made.attack_words))]
    if made.attack:
        blocks.append(_levels(made.attack))
        words = (
            "Level is the largest change of a channel, of 255. “Saved” is after the last JPEG save that every "
            "part gets in "
            "use. A detector that an attacker knows can be fooled: these figures say how easily."
        )
        blocks.append(Paragraph(say(words), "small"))
    return Section("attack", "An attacker who knows it", tuple(blocks))


def _levels(rows: Sequence[Any]) -> Table:
    def cell(value: float | None, low: float | None, high: float | None) -> Line:
        return faint("–") if value is None else say(f"{value:.3f} [{low or 0:.3f}, {high or 0:.3f}]")

    body = tuple(
        (
            say(row.axis), say(f"{row.level:g}"), say(f"{row.n:,}"), cell(row.auc, row.auc_low, row.auc_high),
            cell(row.tpr, row.tpr_low, row.tpr_high),
            cell(row.false_alarms, row.false_alarms_low, row.false_alarms_high),
        )
        for row in rows
    )  # fmt: skip
    head: tuple[tuple[str, Align], ...] = (
        ("done", "left"), ("level", "right"), ("files", "right"), ("AUC", "right"), ("found", "right"),
        ("false alarms", "right"),
    )  # fmt: skip
    return Table(head, body, widths=(16, 10, 8, 22, 22, 22))
