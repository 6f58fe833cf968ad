"""A validation as blocks: the answer first, then every table and plot, then what was wrong with the data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .... import __version__
from ....detect.validation.cardlines import WITHIN
from ....detect.validation.conditions import NATIVE
from ....detect.validation.result import Figure, Subject, Validation
from ....detect.validation.severity import MILD
from ..blocks.block import Align, Block, Facts, Figures, Listing, Note, Page, Paragraph, Section, Table
from ..blocks.block import Figure as Drawing
from ..blocks.numbers import per_cent
from ..blocks.span import Line, code, faint, foreign, join, say, told

__all__ = ["page"]

_SHARES: Final = frozenset({"tpr", "false-alarms", "coverage", "error", "applies", "flips"})
_NAMES: Final[Mapping[str, str]] = {
    "auc": "AUC",
    "auc-macro": "AUC, mean over sources",
    "eer": "equal error rate",
    "tpr": "found at the operating point",
    "false-alarms": "false alarms at the operating point",
    "coverage": "gets an answer",
    "error": "wrong among the answered",
    "cllr": "Cllr",
    "cllr-cal": "Cllr lost by calibration",
    "cllr-cal-noise-floor": "the same of a perfect scorer",
    "ece": "ECE",
    "ece-noise-floor": "ECE of a perfect scorer",
    "applies": "gets a score",
    "flips": "decision changes",
}
_CONDITIONS: Final = {"native": "as it comes", "clean": "clean", "web": "web", "hard": "hard"}
_MOST_ROWS: Final = 60


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
        sections += [_overall(made), _by(made, "source"), _by(made, "generator")]
    if drawings.get("curves"):
        words = "False alarms and misses at every threshold, and what stated likelihood ratios are worth."
        blocks = (Paragraph(say(words)), Figures(tuple(drawings["curves"])))
        sections.append(Section("curves", "Curves", blocks))
    if made.robustness:
        sections.append(_robustness(made, drawings.get("robustness", ())))
    if made.attack or made.attack_words:
        sections.append(_attack(made))
    if "audit" in made.parts:
        sections.append(_audit(made))
    if made.comparisons:
        sections.append(_comparison(made))
    if made.card:
        sections.append(_card(made))
    if made.speed:
        sections.append(_speed(made))
    sections += [_data(made), _how(made)]
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
    for condition, name in _CONDITIONS.items():
        auc, found, alarms = (made.figure(each, condition) for each in ("auc", "tpr", "false-alarms"))
        if auc is not None and found is not None and alarms is not None:
            lines.append(
                say(
                    f"Files {name}: AUC {_value(auc)}; at the operating point of the card it finds {_value(found)} of "
                    f"{made.artifact.h1} and accuses {_value(alarms)} of {made.artifact.h2}."
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


def _value(figure: Figure) -> str:
    if figure.name in _SHARES:
        text = per_cent(figure.value)
        if figure.low is not None and figure.high is not None:
            text += f" [{100 * figure.low:.1f}, {100 * figure.high:.1f}]"
        return text
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _why(unjudged: Mapping[str, int]) -> str:
    reasons = ", ".join(f"{name} {count:,}" for name, count in sorted(unjudged.items()))
    return f" ({reasons})" if reasons else ""


def _overall(made: Validation) -> Section:
    conditions = [name for name in _CONDITIONS if name in made.files]
    rows: list[tuple[Line, ...]] = []
    for name, title in _NAMES.items():
        held = [made.figure(name, condition) for condition in conditions]
        if any(held):
            rows.append((say(title), *(faint("–") if f is None else say(_value(f)) for f in held)))
    asked = next(iter(made.files.values()), {"asked": 0})["asked"]
    words = (
        f"{asked:,} files. Intervals are of 95 %: by bootstrap over pictures, or over units where pictures hang "
        f"together; "
        "of shares after Wilson. An answer is what a verdict would call one, but for the test of stability."
    )
    head: list[tuple[str, Align]] = [
        ("figure", "left"),
        *((_CONDITIONS[name], "right") for name in conditions),
    ]
    counted = Facts(
        tuple(
            (
                _CONDITIONS[name],
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


def _by(made: Validation, by: str) -> Section:
    conditions = [name for name in _CONDITIONS if name in made.files]
    held: dict[tuple[str, str], dict[str, Figure]] = {}
    for figure in made.figures:
        if figure.by == by:
            held.setdefault((figure.of, figure.name), {})[figure.condition] = figure
    rows: list[tuple[Line, ...]] = []
    for (of, name), found in list(held.items())[:_MOST_ROWS]:
        count = max(figure.n for figure in found.values())
        cells = (faint("–") if c not in found else say(_value(found[c])) for c in conditions)
        rows.append((foreign(of, 60), say(_NAMES.get(name, name)), say(f"{count:,}"), *cells))
    head: list[tuple[str, Align]] = [(by, "left"), ("figure", "left"), ("files", "right")]
    head += [(_CONDITIONS[name], "right") for name in conditions]
    widths = (20, 18, 8, *(16 for _ in conditions))
    beside = "" if by == "source" else " Each generator stands beside all real pictures."
    words = f"What holds over all files need not hold for one {by}: here is each.{beside}"
    blocks: list[Block] = [Paragraph(say(words)), Table(tuple(head), tuple(rows), widths=widths)]
    if len(held) > _MOST_ROWS:
        blocks.append(
            Paragraph(faint(f"{len(held) - _MOST_ROWS:,} further rows are in report.json."), "small")
        )
    return Section(f"by-{by}", f"By {by}", tuple(blocks))


def _robustness(made: Validation, drawings: Sequence[Drawing]) -> Section:
    flips = [f for f in made.figures if f.name == "flips"]
    words = (
        f"One thing at a time is done to {made.robustness[0].n:,} files, more and more. Solid: AUC with its "
        f"interval; dashed: "
        "false alarms at the operating point. Files that become too small drop out, see the column."
    )
    blocks: list[Block] = [Paragraph(say(words)), Figures(tuple(drawings)), _levels(made.robustness)]
    if flips:
        told_of = "; ".join(f"{f.condition} {_value(f)}" for f in flips)
        words = (
            f"Decisions at the operating point that change when a file is changed mildly "
            f"({', '.join(MILD)}): {told_of}."
        )
        blocks.append(Note("Stability", (say(words),)))
    return Section("robustness", "Robustness", tuple(blocks))


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


def _attack(made: Validation) -> Section:
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


def _audit(made: Validation) -> Section:
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
        caption = f"{audit.group}, {_CONDITIONS.get(audit.condition, audit.condition)}"
        blocks += [Table(head, rows, caption), Paragraph(told(audit.words))]
    return Section("audit", "Subgroups", tuple(blocks))


def _comparison(made: Validation) -> Section:
    assert made.against is not None
    names = (f"{made.artifact.name}@{made.artifact.version}", f"{made.against.name}@{made.against.version}")
    rows = tuple(
        (
            say(one.name), say(_CONDITIONS.get(one.condition, one.condition)), say(f"{one.n:,}"),
            say(f"{one.first:.3f}"), say(f"{one.second:.3f}"),
            say(f"{one.difference:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"),
        )
        for one in made.comparisons
    )  # fmt: skip
    head: tuple[tuple[str, Align], ...] = (
        ("figure", "left"), ("delivered", "left"), ("files", "right"), (names[0], "right"), (names[1], "right"),
        ("difference", "right"),
    )  # fmt: skip
    words = Listing(tuple(say(one.words) for one in made.comparisons))
    return Section(
        "comparison", f"Beside {names[1]}", (words, Table(head, rows, widths=(16, 12, 8, 16, 16, 26)))
    )


def _card(made: Validation) -> Section:
    equal, exact = (sum(each) for each in zip(*((one.equal, one.exact) for one in made.card), strict=True))
    words = (
        f"{equal} of {len(made.card)} figures that the card states, on as many files or faces, come out equal here, "
        f"{exact} of them to the last digit. Equal means: apart by {WITHIN}, or a share by one row, at most; "
        "the weights that ship may be rounded, and other libraries and processors move what lies next to an operating "
        "point."
    )
    left = tuple(say(f"{count:,} further figures of the card were not measured here: {note}.")
                 for note, count in made.card_left.items())  # fmt: skip
    head: tuple[tuple[str, Align], ...] = (
        ("figure", "left"), ("delivered", "left"), ("of", "left"), ("rows", "right"), ("card", "right"),
        ("here", "right"), ("", "left"),
    )  # fmt: skip
    rows = tuple(
        (
            say(_NAMES.get(one.name, one.name)),
            say(one.condition) if one.condition else faint("–"),
            foreign(one.of, 60) if one.of else faint("all"),
            say(f"{one.n:,}" if one.n == one.here else f"{one.n:,} / {one.here:,}"),
            say(f"{one.stated:.4f}"),
            say(f"{one.measured:.4f}"),
            say("exact") if one.exact else say("equal") if one.equal else say("differs"),
        )
        for one in sorted(made.card, key=lambda line: line.equal)
    )
    blocks: list[Block] = [Paragraph(say(words))]
    if left:
        blocks.append(Listing(left))
    blocks.append(Table(head, rows, "Those that differ first", widths=(22, 10, 20, 12, 10, 10, 8)))
    return Section("card", "Beside the card", tuple(blocks))


def _speed(made: Validation) -> Section:
    titles = {
        "pictures": "pictures timed", "megapixels": "megapixels a picture", "parts": "parts that the network looks at",
        "preparing": "processor seconds to cut them", "network": "processor seconds of the network",
    }  # fmt: skip
    rows = tuple((titles.get(name, name), say(f"{value:g}")) for name, value in made.speed.items())
    return Section("speed", "Speed", (Facts(rows),))


def _data(made: Validation) -> Section:
    data = made.data
    blocks: list[Block] = [
        Facts(
            (
                ("manifest", foreign(data["manifest"], 200)), ("SHA-256", code(data["sha256"])),
                ("files", say(f"{data['files']:,}")), ("accepted", say(", ".join(data["accepted"]) or "nothing")),
            )
        )
    ]  # fmt: skip
    if data["control"]:
        head: tuple[tuple[str, Align], ...] = (
            ("format-only control", "left"),
            ("AUC", "right"),
            ("leaks", "left"),
        )
        rows = tuple(
            (
                say(c["family"]), say(f"{c['auc']:.3f} [{c['low']:.3f}, {c['high']:.3f}]"),
                say("yes" if c["leaks"] else "no"),
            )
            for c in data["control"]
        )  # fmt: skip
        blocks.append(
            Table(head, rows, "How well the label is told from what the files say, without any picture")
        )
    if data["faults"]:
        blocks.append(
            Listing(
                tuple(
                    join(say(fault["severity"]), told(fault["words"], 600), faint(f"[{fault['code']}]"))
                    for fault in data["faults"]
                )
            )
        )
    return Section("data", "The data", tuple(blocks))


def _how(made: Validation) -> Section:
    run = made.run
    subjects: list[Subject] = [made.artifact, *(() if made.against is None else (made.against,))]
    rows = [(f"{s.name}@{s.version}", code(s.sha256)) for s in subjects]
    rows += [
        ("backend", say(f"{run['backend']} on {run['device']}")), ("processor", say(str(run["cpu"]))),
        ("libraries", say(", ".join(f"{name} {version}" for name, version in run["libraries"].items()))),
        ("parts measured", say(", ".join(made.parts))),
        ("as it comes", say(f"tier told from the file itself ({NATIVE.name}); the other tiers are one fixed "
            f"delivery each")),
        ("processor time", say(f"{made.seconds:,.0f} s, what was remembered from earlier runs not among it")),
    ]  # fmt: skip
    return Section("how", "How it was measured", (Facts(tuple(rows)),))
