"""One verdict as a person reads it; made from the same dictionary that ``--json`` prints."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .terminal import glyphs, scale, show, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

NOT_ASSESSED = "-not-assessed"
OUTCOMES = {
    "consistent": ("CONSISTENT", "with an untouched recording", "green"),
    "inconsistent": ("INCONSISTENT", "with an untouched recording", "red"),
    "inconclusive": ("INCONCLUSIVE", "the evidence does not decide", "yellow"),
    "not_applicable": ("NOT APPLICABLE", "no method here answers for this file", "cyan"),
    "failed": ("FAILED", "this file was not assayed", "magenta"),
}

BARS = "▁▂▃▄▅▆▇█"
"""Scores of a video from 0 to 1."""

WIDE = 88
"""Columns from which on the scale is drawn in full length."""


def show_verdict(screen: "Console", verdict: Mapping[str, Any], note: str | None = None) -> None:
    """Print one verdict: the answer, its ratios on a scale, what each analyzer said, why, and what took part.

    Parameters
    ----------
    screen : Console
        Where to.
    verdict : mapping
        One line of ``assay detect --json``.
    note : str, optional
        A line under the title, such as what a demo knows about the file.
    """
    from rich.text import Text

    marks = glyphs(screen)
    word, rest, style = OUTCOMES[verdict["outcome"]]
    missing = [
        visible(name) for name, answer in verdict["propositions"].items() if answer["log10_lr"] is None
    ]
    if verdict["kind"] == "video":
        missing.append("sound")
    if verdict["outcome"] == "consistent" and missing:
        # A splice of two camera photos is no generated picture: the title must not clear what was not looked at.
        rest += ", as far as assessed"
    title = Text.assemble((visible(verdict["path"]), "bold"), "  ", (word, f"bold {style}"), f"  {rest}")
    show(screen, title, 4)
    if note:
        show(screen, Text("  " + visible(note), style="italic"), 4)
    for name, answer in verdict["propositions"].items():
        if answer["log10_lr"] is not None:
            _show_ratio(screen, name, answer, marks)
    for place, reason in enumerate(_to_show(verdict)):
        show(screen, Text(f"  {'why ' if place == 0 else 'also'}  {words(reason)}"), 8)
    for finding in verdict["findings"]:
        show(screen, _finding(finding, marks), 4)
        if finding["picture"]:
            show(screen, Text(f"    picture: {visible(finding['picture'])}"), 6)
    if verdict.get("timeline"):
        scored = any(face["score"] is not None for face in verdict.get("faces") or ())
        show(screen, _timeline(verdict["timeline"], marks, "faces" if scored else "frames"), 4)
    for line in _faces(verdict.get("faces") or ()):
        show(screen, line, 6)
    if verdict.get("overlay"):
        show(screen, Text(f"  overlay: {visible(verdict['overlay'])}"), 4)
    if verdict["findings"] and missing:
        screen.print(Text(f"  {marks['no']} not assessed: {', '.join(missing)}"))
    show(screen, _foot(verdict, marks), 4)
    screen.print()


def _show_ratio(screen: "Console", name: str, answer: Mapping[str, Any], marks: dict[str, str]) -> None:
    from rich.text import Text

    value, low, high = answer["log10_lr"], answer["low"], answer["high"]
    style = "red" if low > 0 else "green" if high < 0 else "yellow"
    reach = float(max(2, math.ceil(max(abs(low), abs(high)))))
    line = Text(f"  {visible(name)}  ", style="bold").append_text(
        scale(
            value, low, high, reach=reach, marks=marks, style=style, width=33 if screen.width >= WIDE else 25
        )
    )
    line.append(f"  log10 LR {value:+.2f} [{low:+.2f}, {high:+.2f}]", style="not bold")
    show(screen, line, 4)
    weight = "" if answer["answered"] else ", not enough to answer"
    show(screen, Text(f"  {visible(answer['support'])}{weight}", style=style), 4)


def _to_show(verdict: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Reasons that the lines around them do not say already."""
    return [
        reason
        for reason in verdict["reasons"]
        if reason["words"] != verdict["support"] and not reason["code"].endswith(NOT_ASSESSED)
    ]


def _finding(finding: Mapping[str, Any], marks: dict[str, str]) -> "Text":
    from rich.text import Text

    name = visible(finding["analyzer"])
    if not finding["applies"]:
        return Text(f"  {marks['no']} {name}: not applicable: {words(finding['why_not'])}", style="dim")
    return Text(f"  {marks['yes']} {name}: {visible(finding['detail'].get('words', ''), 600)}")


def _timeline(moments: Sequence[Mapping[str, Any]], marks: dict[str, str], what: str) -> "Text":
    """The scores of a video's faces or whole frames over its time, and when they are highest."""
    from rich.text import Text

    bars = "".join(BARS[min(int(each["score"] * len(BARS)), len(BARS) - 1)] for each in moments)
    if marks["yes"] == "x":
        bars = " ".join(f"{each['score']:.1f}" for each in moments)
    highest = sorted(moments, key=lambda each: -each["score"])[:3]
    when = ", ".join(
        f"{each['t']:.2f} s ({each['score']:.2f})" for each in sorted(highest, key=lambda each: each["t"])
    )
    return Text(f"  {what} over time  {moments[0]['t']:.1f} s {bars} {moments[-1]['t']:.1f} s; highest at {when}")


MOST_FACES = 6
"""Faces that are shown one by one."""


def _faces(faces: Sequence[Mapping[str, Any]]) -> "Iterator[Text]":
    """Each face that was followed: those with the highest scores, then those that were seen longest."""
    from rich.text import Text

    ordered = sorted(faces, key=lambda each: (-(each["score"] or 0.0), each["from"] - each["to"]))
    for each in sorted(ordered[:MOST_FACES], key=lambda each: each["track"]):
        told = f"  face {each['track']}  {each['from']:.2f} to {each['to']:.2f} s"
        if each["score"] is not None:
            told += f"  score {each['score']:.2f}"
            worst = each.get("worst")
            told += "" if not worst else "; highest at " + ", ".join(
                f"{moment['t']:.2f} s ({moment['score']:.2f})" for moment in worst
            )
            style = "red" if each.get("over") else ""
        else:
            why = ", ".join(visible(code) for code in each.get("unfit") or ())
            told, style = f"{told}  not assessed{f': {why}' if why else ''}", "dim"
        yield Text(told, style=style)
    if len(faces) > MOST_FACES:
        yield Text(f"  and {len(faces) - MOST_FACES} more faces", style="dim")


def _foot(verdict: Mapping[str, Any], marks: dict[str, str]) -> "Text":
    from rich.text import Text

    facts = [visible(verdict["kind"] or "unknown kind")]
    if verdict["tier"]:
        facts.append(f"delivery {visible(verdict['tier'])}")
    if verdict["sha256"]:
        facts.append(f"sha256 {visible(verdict['sha256'][:16])}")
    facts += [f"{visible(each['name'])}@{visible(each['version'])}" for each in verdict["artifacts"]]
    facts.append(f"{verdict['seconds']:.2f} s")
    return Text("  " + f" {marks['dot']} ".join(facts), style="dim")


def words(reason: Mapping[str, Any]) -> str:
    """Return a coded reason as one line: its words, then its code in brackets."""
    return f"{visible(reason['words'], 600)} [{visible(reason['code'])}]"
