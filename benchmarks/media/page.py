"""The measured tables as a page of docs/validation."""

from collections.abc import Iterable, Mapping
from typing import Any

from tables import lines, row, shown, size, table

from assay.detect.forge.launder import TIERS
from assay.models.card import Card, Metric, OperatingPoint

Record = Mapping[str, Any]

INTRODUCTION = """# The picture artifact: measured

Made by `python benchmarks/media/run.py --page docs/validation/media.md` (data: `ASSAY_DATA`); not edited by hand.
Values with 95 % intervals, bootstrapped by picture (shares: Wilson). Every picture of both classes is saved alike
before it is scored: `clean` JPEG 96 at full size, `web` long side at most 768 and JPEG 60, `hard` 512 and 40. All
detectors see the same delivered pictures; those that look at native crops get the same crops, and a picture's score is
the mean over its crops.
"""

PEERS = """## Side by side

Test sources, used for no choice. `AUC` is the mean over the sources that hold both classes, 0.5 is chance; `mean` is
over the three tiers. `found at 5 %` is the share of generated pictures found when 5 % of all photos are false alarms,
over all test pictures together, mean over the tiers; on so few photos a threshold of its own for each peer flatters
all of them alike. Everything but `sahu65` is trained on the same pictures under launderings drawn alike.
"""

GAIN = """### Paired with the pilot recipe

How much the AUC (mean of sources) exceeds that of the reproduced pilot recipe, the same pictures drawn for both.
"""

LEFT_OUT = """## Sources of the training set, each fold left out in turn

What every choice, the threshold and the calibrators were made on; no probe saw a source that it scores. Deliveries are
drawn at random per picture within the tier. From the card, where `assay train media detect/training.yaml` wrote them.
`auc-macro-left-out` and `auc-gain-of-...` (the same recipe with and without what the forge makes, paired by picture)
are means over the photo-like generated sources, without those that hold paintings, drawings and posters. `ece`, `cllr`
and `cllr-cal` weigh each picture by a calibrator that never saw the sources of its fold; `ece-noise-floor` is what
chance alone gives a perfectly calibrated scorer of that size.
"""

ONE_OUT = """## One source, one generator left out

The recipe of the card, fitted again without one source (or one family of generators, in all sources) and without the
photos of the same fold, against which it is measured; single crops, launderings drawn. `found` and `false alarms` are
at the threshold of the card. Families with fewer than seven pictures are not shown.
"""

ABLATIONS = """## Ablations

The recipe of the card with one thing changed. `left out`: mean AUC over the photo-like generated sources, folds left
out, mean over the tiers. `test`: mean AUC over the test sources, mean over the tiers; `change`: paired with the whole
recipe on the same pictures. `hard negatives`: false alarms on left-out photos after what photos go through (resizing,
denoising, retouching), mean over the tiers, at a threshold that the variant gets as the recipe got its own. Nothing was
chosen by the test columns.
"""

OPERATING = """## What `assay detect` answers

The whole product on the delivered test pictures as JPEG files, profile standard: its own estimate of the tier, its
calibrators, its stability test. An exhibit is answered when it is called consistent or inconsistent with an untouched
recording.
"""

RATIOS = """Likelihood ratios beside the bounds that the calibration set supports, and calibration on these pictures;
on so few, ECE says little more than its noise floor. The figures on the left-out training sources stand below.
"""

SPEED = """## Speed

Pictures, and native crops, a second; one peer after the other in the same run on the same views, without reading files
and delivering. All cores of the machine: {machine}.
"""


def page(record: Record, card: Card) -> str:
    """Markdown of everything that was measured."""
    parts = [
        INTRODUCTION,
        f"{card.id}, fixed threshold {record['threshold']:.3f}; {record['pictures']['test']} test pictures, "
        f"{record['pictures']['training']} training pictures, {record['pictures']['crops']} crops each at most.\n",
    ]
    if "peers" in record:
        parts += _peers(record)
    if "operating" in record:
        parts += _operating(record["operating"])
    parts += _left_out(card)
    if "leave_out" in record:
        found = record["leave_out"]
        heads = ["figure", "left out"]
        parts += [ONE_OUT, "### Sources\n", lines(found["sources"], heads)]
        parts += ["### Generators\n", lines(found["generators"], heads)]
    if "ablations" in record:
        parts += [ABLATIONS, _ablations(record["ablations"])]
    if "speed" in record:
        parts += [SPEED.format(machine=record["machine"]), _speed(record["speed"])]
    if "peers" in record:
        parts += ["## Every figure of every detector\n"]
        for name, peer in record["peers"].items():
            if "lines" in peer:
                parts += [f"### {name}\n", lines(peer["lines"], ["figure", "source"])]
    return "\n".join(parts)


def headline(record: Record) -> str:
    """One row a detector: AUC by tier and over them, and what is found at 5 % false alarms."""
    rows = []
    for name, peer in record["peers"].items():
        if "lines" in peer:
            by_name = {line["name"]: line["cells"] for line in peer["lines"] if not line["group"]}
            auc = by_name["AUC, mean of sources"]
            found = [cell["value"] for cell in by_name["found at 5 % false alarms"].values()]
            mean = f"{sum(found) / len(found):.2f}" if found else ""
            rows.append([name, *row(auc, [*TIERS, "mean"]), mean])
    return table(["detector", *(f"AUC {tier}" for tier in (*TIERS, "mean")), "found at 5 %"], rows)


def _peers(record: Record) -> list[str]:
    notes = []
    for name, peer in record["peers"].items():
        state = peer.get("absent")
        kept = f"not measured: {state}" if state else f"{peer['note']} ({peer['takes']})"
        notes.append(f"- **{name}**: {kept}.")
    parts = [PEERS, headline(record), "\n".join(notes) + "\n"]
    if "gain" in record:
        cells = record["gain"]["cells"]
        columns = [*TIERS, "mean"]
        parts += [GAIN, table(["pictures", *columns], [[size(cells), *row(cells, columns)]])]
    return parts


def _operating(found: Record) -> list[str]:
    overall = [line for line in found["lines"] if not line["group"]]
    return [
        OPERATING,
        lines(overall, ["share"], grouped=False),
        RATIOS,
        lines(found["ratios"], ["figure"], grouped=False),
        "Share of exhibits whose log10 LR has the other sign when they are delivered by the web, or worse:\n",
        lines(found["flips"], ["exhibits"], grouped=False),
        "### By source\n",
        lines([line for line in found["lines"] if line["group"]], ["share", "source"]),
    ]


def _left_out(card: Card) -> list[str]:
    metrics = [m for m in card.metrics if (m.note or "").startswith("leave-source-out")]
    return [
        LEFT_OUT,
        _metrics(["figure"], (m for m in metrics if m.source is None)),
        _metrics(["source", "figure"], (m for m in metrics if m.source is not None)),
        "At the fixed threshold (`fixed`: single crops; `fixed-n`: means over n):\n",
        _points(card),
    ]


def _metrics(heads: list[str], metrics: Iterable[Metric]) -> str:
    cells: dict[tuple[str, ...], dict[str, dict[str, Any]]] = {}
    for metric in metrics:
        key = (metric.name,) if metric.source is None else (metric.source, metric.name)
        value = {"value": metric.value, "low": metric.low, "high": metric.high, "n": metric.n}
        cells.setdefault(key, {})[str(metric.tier)] = value
    return table([*heads, "pictures", *TIERS], [[*key, size(c), *row(c)] for key, c in cells.items()])


def _points(card: Card) -> str:
    rows = []
    for name in dict.fromkeys(point.name for point in card.operating_points):
        points = {p.tier: p for p in card.operating_points if p.name == name}
        for words, kind in (("false alarms", "fpr"), ("generated found", "tpr")):
            cells = {str(tier): _rate(point, kind) for tier, point in points.items()}
            rows.append([f"{name}: {words}", size(cells), *row(cells)])
    return table(["operating point", "pictures", *TIERS], rows)


def _rate(point: OperatingPoint, kind: str) -> dict[str, Any]:
    ends = {end: getattr(point, f"{kind}_{end}") for end in ("low", "high")}
    return {"value": getattr(point, kind), **ends, "n": point.n}


def _ablations(variants: Iterable[Record]) -> str:
    rows = []
    for one in variants:
        left, alarms = list(one["left_out"].values()), [c["value"] for c in one["negatives"].values()]
        change = one["change"] or {"cells": {}}
        rows.append(
            [
                one["name"],
                f"{sum(left) / len(left):.3f}" if left else "",
                shown(one["tested"]["cells"].get("mean")),
                shown(change["cells"].get("mean")),
                f"{sum(alarms) / len(alarms):.3f}" if alarms else "",
            ]
        )
    return table(["variant", "left out", "test", "change", "hard negatives"], rows)


def _speed(found: Record) -> str:
    rows = [
        [name, f"{speed['pictures']:.1f}", "" if speed["crops"] is None else f"{speed['crops']:.1f}"]
        for name, speed in found.items()
    ]
    return table(["detector", "pictures/s", "crops/s"], rows)
