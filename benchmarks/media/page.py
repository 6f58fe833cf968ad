"""The measured tables as a page of docs/validation."""

from collections.abc import Iterable, Mapping, Sequence

from assay.detect.forge.launder import TIERS
from assay.detect.forge.trial import Figure
from assay.models.card import Card, Metric

INTRODUCTION = """# The picture artifact: measured

Made by `python benchmarks/media/run.py --page docs/validation/media.md` (data: `ASSAY_DATA`); not edited by hand.
Values with 95 % intervals, bootstrapped by picture (shares: Wilson). Every picture of both classes is saved alike
before it is scored: `clean` JPEG 96 at full size, `web` long side at most 768 and JPEG 60, `hard` 512 and 40. The
artifact runs through the same crops and engine as `assay detect`; a picture's score is the mean over its crops.
"""

LEFT_OUT = """## Sources of the training set, each left out in turn

What every choice, the threshold and the calibrators were made on; no probe saw a source that it scores. Deliveries are
drawn at random per picture within the tier. From the card, where `assay train media detect/training.yaml` wrote them.
`auc-macro-left-out` and `auc-gain-of-twins` (the same recipe with and without latent twins, paired by picture) are
means over the photo-like generated sources, without those that hold paintings, drawings and posters; `auc-macro` is
over all folds. `ece`, `cllr` and `cllr-cal` weigh each picture by a calibrator that never saw the sources of its fold;
`ece-noise-floor` is what chance alone gives a perfectly calibrated scorer of that size.
"""

TESTED = """## Test sources, used for no choice

Trivial scorers trained on the same pictures under the same launderings stand beside the artifact; 0.5 is chance.
`header-only, pipeline input` sees only what a header could say of the crops that the network gets: it must be at 0.5.
The rates are at the fixed threshold of the card.
"""

_NAMES = {
    "auc-macro": "AUC, mean of sources",
    "auc": "AUC",
    "tpr": "generated found",
    "false-alarms": "false alarms",
}


def page(
    card: Card, threshold: float, crops: int, count: int, tables: Mapping[str, Sequence[Figure]], speed: float
) -> str:
    """Markdown of the card's left-out figures and of the measured tables."""
    left_out = [m for m in card.metrics if (m.note or "").startswith("leave-source-out")]
    parts = [
        INTRODUCTION,
        f"{card.id}, fixed threshold {threshold:.3f}.\n",
        LEFT_OUT,
        _table(["figure", "pictures", *TIERS], _rows(m for m in left_out if m.source is None)),
        _table(["source", "figure", "pictures", *TIERS], _rows(m for m in left_out if m.source is not None)),
        "At the fixed threshold (`fixed`: single crops, as in the profile fast; `fixed-3`: means over three, as in the "
        "others):\n",
        _table(["operating point", "pictures", *TIERS], _points(card)),
        TESTED,
        f"{count} pictures, {crops} crops each at most; {speed:.0f} crops a second through the engine.\n",
    ]
    for name, figures in tables.items():
        parts += [f"### {name}\n", _table(["figure", "source", "pictures", *TIERS], _measured(figures))]
    return "\n".join(parts)


def _rows(metrics: Iterable[Metric]) -> list[list[str]]:
    cells: dict[tuple[str, ...], dict[str, str]] = {}
    sizes: dict[tuple[str, ...], int | None] = {}
    for metric in metrics:
        key = (metric.name,) if metric.source is None else (metric.source, metric.name)
        same = metric.low == metric.high
        shown = f"{metric.value:.3f}" if same else f"{metric.value:.3f} [{metric.low:.3f}, {metric.high:.3f}]"
        cells.setdefault(key, {})[str(metric.tier)] = shown
        sizes.setdefault(key, metric.n)
    return [[*key, str(sizes[key]), *(found.get(t, "") for t in TIERS)] for key, found in cells.items()]


def _points(card: Card) -> list[list[str]]:
    rows = []
    for name in dict.fromkeys(point.name for point in card.operating_points):
        points = {p.tier: p for p in card.operating_points if p.name == name}
        size = str(next(iter(points.values())).n)
        for words, kind in (("false alarms", "fpr"), ("generated found", "tpr")):
            found = [
                [getattr(points.get(t), kind + end, None) for end in ("", "_low", "_high")] for t in TIERS
            ]
            shown = ["" if v is None else f"{v:.3f} [{low:.3f}, {high:.3f}]" for v, low, high in found]
            rows.append([f"{name}: {words}", size, *shown])
    return rows


def _measured(figures: Sequence[Figure]) -> list[list[str]]:
    cells: dict[tuple[str, str], dict[str, str]] = {}
    sizes: dict[tuple[str, str], int] = {}
    for kind, words in _NAMES.items():
        for figure in figures:
            if figure.name == kind:
                key = (words, figure.source or "")
                cells.setdefault(key, {})[figure.tier] = str(figure.interval)
                sizes.setdefault(key, figure.interval.n)
    return [[*key, str(sizes[key]), *(found.get(t, "") for t in TIERS)] for key, found in cells.items()]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
