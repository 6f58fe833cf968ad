"""The page of the map of edits."""

from collections.abc import Mapping
from typing import Any

MEASURES = ("pixel AUC", "F1", "best F1", "picture AUC")
KINDS = ("edited", "map alone", "no answer", "not edited", "not applicable")


def page(results: Mapping[str, Any]) -> str:
    """Markdown out of what `run.py` measured."""
    maps: Mapping[str, Any] = results["maps"]
    groups = sorted({key.partition("|")[2] for key in maps}, key=lambda group: (group != "all", group))
    lines = [
        "# Where a picture was edited: measured",
        "",
        f"Made by `python benchmarks/edits/run.py{_asked(results)} --page docs/validation/edits.md`; not edited by",
        "hand.",
        f"Artifact: `{results['artifact']}` (card {results['sha256'][:16]}...). It was trained on edits that a program",
        "made and never saw a picture of this page. Nothing was fitted or chosen on them, but for two things: that",
        "large pictures are looked at in windows was decided when a first version had failed on the camera originals,",
        "and things before plain backgrounds were made and left out when a second had failed on the photos of trash.",
        "How that is done was chosen on held pictures alone; these photos are no unseen test of it any more.",
        "Intervals are 95 %, by picture.",
        f"{results['unusable masks']} masks of the sets have no picture in the development data and are left out.",
        "",
        "## Maps against masks",
        "",
        "*pixel AUC* and *F1* are means over pictures. *F1* is at a fixed threshold (0.5 for the map of edits, mean",
        "plus two standard deviations of the map for the others), *best F1* at the best threshold for each very",
        "picture, which nobody knows. *picture AUC*: edited pictures against their originals, by the likelihood",
        "ratio or, for the others, by how far the highest hundredth of the map stands out. Marking everything has an",
        f"F1 of {results['everything marked']:.3f}.",
        "",
    ]
    for group in groups:
        mine = {key.partition("|")[0]: value for key, value in maps.items() if key.endswith(f"|{group}")}
        number = next(iter(mine.values()))["n"]
        lines += [f"### {'All sets' if group == 'all' else group} ({number} pictures)", ""]
        lines += ["| map | " + " | ".join(MEASURES) + " |", "| --- |" + " --- |" * len(MEASURES)]
        lines += [
            f"| {name} | " + " | ".join(_shown(value[m]) for m in MEASURES) + " |"
            for name, value in mine.items()
        ]
        lines.append("")
    lines += [
        "## What reliability means",
        "",
        "All cells of 8 x 8 pixels of the edited pictures and their originals, in tenths by the reliability that the",
        "network states; *wrong*: marked though less than half of it was edited, or the reverse.",
        "",
        "| reliability | cells | wrong |",
        "| --- | --- | --- |",
        *(
            f"| {low:.3f} to {high:.3f} | {number:,} | {wrong:.4f} |"
            for low, high, number, wrong in results["reliability"]
        ),
        "",
        "## What the verdict makes of it",
        "",
        "An answer needs a likelihood ratio of 2 or more, an interval that leaves out 1 and, for *edited*, a score",
        "above the operating point of the card, with a classical trace beside it. *map alone*: all but the trace,",
        "which the verdict calls inconclusive.",
        "",
        "| pictures | number | " + " | ".join(KINDS) + " |",
        "| --- | --- |" + " --- |" * len(KINDS),
        *(_answers(f"{kind} ones of the sets above", told) for kind, told in results["answers"].items()),
        *(_answers(f"untouched: {source}", told) for source, told in results["photos"].items()),
        "",
        "## Time",
        "",
        "| picture | looked at | processor seconds of the network |",
        "| --- | --- | --- |",
        *(
            f"| {line['side']} x {line['side']} | {line['looked at']} x {line['looked at']} | {line['cpu']:.2f} |"
            for line in results["latency"]
        ),
        "",
    ]
    return "\n".join(lines)


def _asked(results: Mapping[str, Any]) -> str:
    return f" --photos {results['asked']}" if results.get("asked") else ""


def _answers(name: str, told: Mapping[str, Any]) -> str:
    return f"| {name} | {told['n']} | " + " | ".join(str(told[kind]) for kind in KINDS) + " |"


def _shown(cell: Mapping[str, float]) -> str:
    return f"{cell['value']:.3f} [{cell['low']:.3f}, {cell['high']:.3f}]"
