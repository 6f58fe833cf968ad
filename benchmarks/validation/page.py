"""The page of the validations of the artifacts that ship, out of their reports.

    python benchmarks/validation/page.py runs/validation --page docs/validation/artifacts.md

Measures nothing: `make validate` writes the reports, and runs this at its end. Without --page the page is printed.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Report = Mapping[str, Any]

CONDITIONS = {"native": "as it comes", "clean": "clean", "web": "web", "hard": "hard"}
AXES = {"native": "nothing", "attack": "attack", "attack, saved": "attack, then saved"}


def page(reports: Sequence[Report]) -> str:
    """Markdown of the page."""
    lines = [
        "# Artifacts that ship, put to the test: measured",
        "",
        "Made by `make validate`, whose last step is `python benchmarks/validation/page.py runs/validation --page",
        "docs/validation/artifacts.md`; not edited by hand. Every row is of `assay validate` with the plan of the",
        "artifact in `detect/validation/plans/`, see [validating](../validating.md), where the whole reports are",
        "described. Intervals are 95 %. AUC: 0.5 is chance; found and false alarms are at the operating point of the",
        "card. *Equal*: the figure of the card and the same measured again on the artifact as it ships, apart by",
        "0.005, or a share by one row, at most; *exact*: to the last digit.",
        "",
        "| artifact | on | files | " + " | ".join(f"AUC {name}" for name in CONDITIONS.values())
        + " | card: measured again | equal | exact |",
        "| --- |" + " --- |" * (5 + len(CONDITIONS)),
    ]  # fmt: skip
    lines += [_head(report) for report in reports]
    for report in reports:
        lines += ["", *_one(report)]
    return "\n".join(lines) + "\n"


def _head(report: Report) -> str:
    asked = next(iter(report["files"].values()), {"asked": 0})["asked"]
    auc = [_figure(report, "auc", condition) for condition in CONDITIONS]
    card = report["card"]
    cells = (
        _id(report), report["title"], f"{asked:,}", *auc, f"{len(card):,}", f"{sum(map(_equal, card)):,}",
        f"{sum(map(_exact, card)):,}",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _one(report: Report) -> Iterator[str]:
    asked = next(iter(report["files"].values()), {"asked": 0})["asked"]
    yield f"## {_id(report)}"
    yield ""
    sha256, title, profile = report["artifact"]["sha256"], report["title"], report["profile"]
    yield f"Card {sha256[:16]}..., on {asked:,} files ({title}), profile {profile}, parts {', '.join(report['parts'])}."
    rows = (*report["robustness"], *report["attack"])
    if rows:
        yield from _levels(report, rows)
    for words in (report["attack_words"], *(audit["words"] for audit in report["audits"])):
        if words:
            yield from ("", words)
    yield from _card(report)


def _levels(report: Report, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield ""
    yield "One thing at a time is done to some of the files, more and more; see `assay.detect.validation.conditions`."
    yield ""
    yield "| done | level | files | gets a score | AUC | found | false alarms |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in rows:
        cells = (
            AXES.get(row["axis"], row["axis"]), f"{row['level']:g}", f"{row['n']:,}", f"{row['applies']:.2f}",
            *(_interval(row, name) for name in ("auc", "tpr", "false_alarms")),
        )  # fmt: skip
        yield "| " + " | ".join(cells) + " |"
    flips = [f for f in report["figures"] if f["name"] == "flips"]
    if flips:
        told = ", ".join(f"{f['condition']} {f['value']:.3f} [{f['low']:.3f}, {f['high']:.3f}]" for f in flips)
        yield ""
        yield f"Share of decisions that turn under a mild change: {told}."


def _card(report: Report) -> Iterator[str]:
    differ = [line for line in report["card"] if not _equal(line)]
    if differ:
        yield from (
            "", "Figures of the card that come out otherwise:", "",
            "| figure | delivered | of | rows on the card | here | card | here |", "| --- |" + " --- |" * 6,
        )  # fmt: skip
        for line in differ:
            yield (
                f"| {line['name']} | {line['condition']} | {line['of']} | {line['n']:,} | {line['here']:,} | "
                f"{line['stated']:.4f} | {line['measured']:.4f} |"
            )
    for note, count in report["card_left"].items():
        yield from ("", f"{count:,} further figures of the card are not measured again here: {note}.")


def _equal(line: Mapping[str, Any]) -> bool:
    return bool(line["equal"])


def _exact(line: Mapping[str, Any]) -> bool:
    return line["n"] == line["here"] and round(line["stated"], 4) == round(line["measured"], 4)


def _id(report: Report) -> str:
    return f"{report['artifact']['name']}@{report['artifact']['version']}"


def _figure(report: Report, name: str, condition: str) -> str:
    found = next(
        (f for f in report["figures"] if (f["name"], f["condition"], f["by"]) == (name, condition, "all")), None
    )
    return "–" if found is None else f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def _interval(row: Mapping[str, Any], name: str) -> str:
    value, low, high = (row[key] for key in (name, f"{name}_low", f"{name}_high"))
    if value is None:
        return "–"
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    """Read the reports, write the page."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path, help="holds one report folder for each artifact")
    asked.add_argument("--page", type=Path)
    given = asked.parse_args()
    found = sorted(given.folder.glob("*/report.json"))
    if not found:
        sys.exit(f"{given.folder} holds no report: run make validate first")
    text = page([json.loads(path.read_text(encoding="utf-8")) for path in found])
    if given.page is None:
        sys.stdout.write(text)
    else:
        given.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
