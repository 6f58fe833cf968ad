"""A validation as blocks: the answer first, then every table and plot, then what was wrong with the data."""

from collections.abc import Mapping, Sequence

from .... import __version__
from ....detect.validation.result import Validation
from ..blocks.block import Block, Figures, Note, Page, Paragraph, Section
from ..blocks.block import Figure as Drawing
from ..blocks.span import Line, code, join, say
from . import beside, ground, measured, strained
from .cells import CONDITIONS, value

__all__ = ["page"]


def page(made: Validation, drawings: Mapping[str, Sequence[Drawing]]) -> Page:
    """The report of a validation.

    Parameters
    ----------
    made
        What was found.
    drawings
        Plots by the section that they belong to: ``curves``, ``robustness``.
    """
    subject = made.artifact
    sections: list[Section] = []
    if made.figures:
        sections += [measured.overall(made), measured.grouped(made, "source"), measured.grouped(made, "generator")]
    if drawings.get("curves"):
        words = "False alarms and misses at every threshold, and what stated likelihood ratios are worth."
        blocks = (Paragraph(say(words)), Figures(tuple(drawings["curves"])))
        sections.append(Section("curves", "Curves", blocks))
    if made.robustness:
        sections.append(strained.robustness(made, drawings.get("robustness", ())))
    if made.attack or made.attack_words:
        sections.append(strained.attack(made))
    if "audit" in made.parts:
        sections.append(measured.subgroups(made))
    if made.comparisons:
        sections.append(beside.comparison(made))
    if made.card:
        sections.append(beside.card(made))
    if made.speed:
        sections.append(ground.speed(made))
    sections += [ground.data(made), ground.how(made)]
    return Page(
        language="en",
        title=f"{subject.name}@{subject.version} on {made.title}",
        kicker="Validation report",
        about=join(say(subject.title), code(subject.sha256[:16])),
        facts=(
            ("Made", say(made.created)),
            ("Tool", say(f"Assay {__version__}")),
            ("Profile", say(made.profile)),
        ),
        blocks=(*_answer(made), *sections),
        foot=f"Assay {__version__} · {made.created} · Figures hold for the files that they were measured on.",
        created=made.created,
    )


def _answer(made: Validation) -> list[Block]:
    """What somebody reads who reads nothing else."""
    lines: list[Line] = []
    for condition, name in CONDITIONS.items():
        area, found, alarms = (made.figure(each, condition) for each in ("auc", "tpr", "false-alarms"))
        if area is not None and found is not None and alarms is not None:
            lines.append(
                say(
                    f"Files {name}: AUC {value(area)}. Past the operating point of the card lie {value(found)} where "
                    f"the truth is {made.artifact.h1}, and {value(alarms)} where it is {made.artifact.h2}."
                )
            )
    lines += [say(one.words) for one in made.comparisons if one.name == "auc"]
    wrong = [fault for fault in made.data.get("faults", ()) if fault["severity"] == "error"]
    if wrong:
        codes = ", ".join(fault["code"] for fault in wrong)
        lines.append(say(f"Known faults of these files were accepted: {codes}. See the data below."))
    if not lines:
        return []
    return [Note("In short", tuple(lines))]
