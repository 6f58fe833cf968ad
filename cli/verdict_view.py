"""One verdict as a person reads it; made from the same dictionary that ``--json`` prints."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .terminal import glyphs, scale, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

OUTCOMES = {
    "consistent": ("CONSISTENT", "with an untouched recording", "green"),
    "inconsistent": ("INCONSISTENT", "with an untouched recording", "red"),
    "inconclusive": ("INCONCLUSIVE", "the evidence does not decide", "yellow"),
    "not_applicable": ("NOT APPLICABLE", "no method here answers for this file", "cyan"),
    "failed": ("FAILED", "this file was not assayed", "magenta"),
}


def show_verdict(screen: "Console", verdict: Mapping[str, Any], note: str | None = None) -> None:
    """Print one verdict.

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
    screen.print(
        Text.assemble((visible(verdict["path"]), "bold"), "  ", (word, f"bold {style}"), f"  {rest}")
    )
    if note:
        screen.print(Text("  " + visible(note), style="italic"))
    for name, answer in (verdict.get("propositions") or {}).items():
        if answer.get("answered"):
            _show_ratio(screen, name, answer, marks)
    for finding in verdict.get("findings") or ():
        screen.print(_finding(finding, marks))
    for reason in verdict.get("reasons") or ():
        screen.print(Text(f"  {marks['dot']} {words(reason)}", style="dim" if verdict["support"] else style))
    screen.print(_foot(verdict, marks))
    screen.print()


def _show_ratio(screen: "Console", name: str, answer: Mapping[str, Any], marks: dict[str, str]) -> None:
    from rich.text import Text

    value, low, high = answer["log10_lr"], answer["low"], answer["high"]
    style = "red" if low > 0 else "green" if high < 0 else "yellow"
    reach = max(2.0, float(-(-max(abs(low), abs(high)) // 1)))
    line = Text(f"  {visible(name):<11}", style="bold")
    line.append(f"log10 LR {value:+.2f} [{low:+.2f}, {high:+.2f}]  ", style="default")
    screen.print(line.append_text(scale(value, low, high, reach=reach, marks=marks, style=style)))
    screen.print(Text(f"  {'':<11}{visible(answer['support'])}", style=style))


def _finding(finding: Mapping[str, Any], marks: dict[str, str]) -> "Text":
    from rich.text import Text

    ratio = finding.get("log10_lr")
    if not finding["applies"]:
        said = words(finding["why_not"]) if finding.get("why_not") else "does not apply"
        return Text(f"  {marks['no']} {visible(finding['analyzer'])}: {said}", style="dim")
    line = Text(f"  {marks['yes']} {visible(finding['analyzer'])}: ")
    if ratio is not None:
        line.append(f"log10 LR {ratio:+.2f} on {visible(finding['proposition'])}; ")
    return line.append(_detail(finding.get("detail") or {}))


def _detail(detail: Mapping[str, Any]) -> str:
    said = detail.get("words")
    if isinstance(said, str):
        return visible(said, 300)
    if isinstance(said, list):
        return "; ".join(visible(words(each), 200) for each in said[:5]) or "nothing remarkable"
    plain = [f"{key} {value}" for key, value in detail.items() if isinstance(value, (str, int, float))]
    return visible(", ".join(plain[:6]), 300) or "nothing remarkable"


def _foot(verdict: Mapping[str, Any], marks: dict[str, str]) -> "Text":
    from rich.text import Text

    facts = [visible(verdict.get("kind") or "unknown kind")]
    if verdict.get("tier"):
        facts.append(f"delivery {visible(verdict['tier'])}")
    if verdict.get("sha256"):
        facts.append(f"sha256 {verdict['sha256'][:16]}")
    facts += [
        f"{visible(each['name'])}@{visible(each['version'])}" for each in verdict.get("artifacts") or ()
    ]
    if verdict.get("seconds") is not None:
        facts.append(f"{verdict['seconds']:.2f} s")
    return Text("  " + f" {marks['dot']} ".join(facts), style="dim")


def words(reason: object) -> str:
    """Return a coded reason as one line: its words, then its code in brackets."""
    if isinstance(reason, Mapping):
        said, code = reason.get("words"), reason.get("code")
        return visible(f"{said} [{code}]" if said and code else said or code or dict(reason))
    return visible(reason)
