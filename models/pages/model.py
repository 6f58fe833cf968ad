"""The model card of an artifact as a page in Markdown, with the YAML head that a model hub reads.

Everything on it is on card.json, in a file that it lists, or follows from them; nothing is added by hand.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ..artifact import Artifact
from ..card import Card, Metric
from ..jsontext import write_json
from .text import cell, front, licence, plain, table

__all__ = ["head", "model_page"]

_PIPELINES: Final = {
    "synthetic-image": "image-classification",
    "face-swap": "image-classification",
    "edit-map": "image-segmentation",
    "face-detection": "object-detection",
}
"""Task of an artifact -> what a hub calls it."""

_QUESTIONS: Final = {
    "synthetic-image": "Was a picture, wholly or mainly, made by a generative model rather than recorded by a camera?",
    "face-swap": "Was a face in a picture replaced or driven?",
    "edit-map": "Was a region of a picture edited, and where?",
    "face-detection": "Where in a picture are faces, and their eyes, nose and mouth?",
    "log-rarity": "Which events of a log are rare in their context?",
}

_OUT: Final = (
    "As the only ground for a decision about a person: a likelihood ratio is one piece of evidence, which a person "
    "weighs with the rest of a case.",
    "Without its preprocessing, on material unlike that which it was measured on, or with a threshold that was not "
    "chosen for the place of use.",
)
_AS_PUBLISHED: Final = "as published, not measured here"


def head(artifact: Artifact) -> dict[str, Any]:
    """The YAML head: licence, library, task, tags, and the figures over all sources as ``model-index``."""
    card = artifact.card
    made: dict[str, Any] = {**licence(card.licence), "library_name": "assay"}
    if (pipeline := _PIPELINES.get(card.task)) is not None:
        made["pipeline_tag"] = pipeline
    made["tags"] = ["assay", "forensics", card.task, card.architecture.family]
    if card.use == "research":
        made["tags"].append("research-only")
    results = list(_results(card))
    if results:
        made["model-index"] = [{"name": card.name, "results": results}]
    return made


def model_page(artifact: Artifact) -> str:
    """The whole page; the same artifact gives the same page."""
    lines = [*front(head(artifact)), *_details(artifact), *_uses(artifact), *_limits(artifact.card)]
    lines += [
        *_start(artifact),
        *_training(artifact.card),
        *_evaluation(artifact.card),
        *_calibration(artifact),
    ]
    return "\n".join([*lines, *_technical(artifact)]).rstrip("\n") + "\n"


def _headline(metric: Metric) -> bool:
    return metric.source is None and not (metric.note or "").startswith(_AS_PUBLISHED)


def _results(card: Card) -> Iterator[dict[str, Any]]:
    """Figures over all sources, those measured on the same pictures together."""
    together: dict[str, list[dict[str, Any]]] = {}
    for metric in filter(_headline, card.metrics):
        tier = f", tier {metric.tier}" if metric.tier else ""
        value = {"type": metric.name, "value": metric.value, "name": f"{metric.name}{tier}"}
        together.setdefault(f"{metric.note or 'all sources'}{tier}", []).append(value)
    for told, metrics in together.items():
        yield {
            "task": {"type": _PIPELINES.get(card.task, "other"), "name": card.task},
            "dataset": {"type": card.name, "name": told},
            "metrics": metrics,
        }


def _details(artifact: Artifact) -> Iterator[str]:
    card = artifact.card
    yield from (f"# Model card: {plain(card.title)}", "", plain(card.summary), "", "## Model details", "")
    facts: list[tuple[str, str]] = [
        ("Name and version", f"`{card.id}`"),
        ("SHA-256 of its card", f"`{artifact.sha256}`"),
        ("Task", f"`{card.task}`"),
        ("Architecture", f"`{card.architecture.family}`"),
        ("Precision", f"{card.precision}; golden outputs within {card.tolerance:g}"),
        ("Licence", plain(card.licence)),
        ("Use", "research and evaluation only" if card.use == "research" else "any that the licence allows"),
        ("Created", card.created),
    ]
    if card.code:
        facts.append(("Made by", plain(card.code)))
    yield from (f"- **{name}:** {value}" for name, value in facts)
    yield ""


def _uses(artifact: Artifact) -> Iterator[str]:
    card = artifact.card
    yield from ("## Uses", "", "### Direct use", "")
    yield _QUESTIONS.get(card.task, f"The task {card.task} of Assay.")
    if card.calibration is not None:
        yield "Its score becomes a likelihood ratio, bounded by what the calibration set supports."
    elif card.task == "synthetic-image":
        yield "It has no calibration: its score is told and answers nothing (`uncalibrated`)."
    yield from ("", "### Out-of-scope use", "", *(f"- {line}" for line in _OUT), "")


def _limits(card: Card) -> Iterator[str]:
    yield from ("## Bias, risks and limitations", "")
    yield from (f"- {plain(line)}" for line in card.limits or ("None are stated on its card.",))
    yield ""


def _start(artifact: Artifact) -> Iterator[str]:
    name = artifact.card.name
    yield from (
        "## How to get started",
        "",
        "```",
        f"$ assay models verify {name}",
        f"$ assay models show {name}",
    )
    if artifact.card.task == "synthetic-image":
        yield f"$ assay detect --artifact {name} PICTURE"
    yield from ("```", "")


def _training(card: Card) -> Iterator[str]:
    yield from ("## Training data", "")
    rows = [
        (data.name, f"{data.count:,}", data.role, data.licence, (data.sha256 or "")[:16], data.note)
        for data in card.training_data
    ]
    columns = ("set", "rows", "role", "licence", "SHA-256 of its list", "note")
    yield from table(columns, rows, numbers=[1]) or ["None is stated on its card."]
    yield ""
    if card.seed is not None:
        yield from (f"Seed {card.seed}.", "")


def _evaluation(card: Card) -> Iterator[str]:
    yield from ("## Evaluation", "")
    if not card.metrics:
        yield from ("No figure is on its card.", "")
        return
    yield "Figures with their 95 % intervals where they have some; a tier says how much delivery had damaged the"
    yield from ("pictures. Figures by source follow those over all of them.", "")
    notes = dict.fromkeys(metric.note for metric in card.metrics)
    for note in notes:
        mine = [metric for metric in card.metrics if metric.note == note]
        yield from (f"### {plain(note or 'Measured')}", "", *_figures(mine), "")
    if card.operating_points:
        yield from ("### Operating points", "", *_points(card), "")


def _figures(metrics: Sequence[Metric]) -> list[str]:
    tiers = list(dict.fromkeys(metric.tier for metric in metrics))
    rows: dict[tuple[str | None, str], dict[str | None, Metric]] = {}
    for metric in metrics:
        rows.setdefault((metric.source, metric.name), {})[metric.tier] = metric
    columns = ("source", "metric", "n", *(tier or "all tiers" for tier in tiers))
    ordered = sorted(rows.items(), key=lambda row: row[0][0] is not None)
    made = [
        (source or "all", name, _sizes(cells.values()), *(_value(cells.get(tier)) for tier in tiers))
        for (source, name), cells in ordered
    ]
    return table(columns, made, numbers=range(2, len(columns)))


def _sizes(metrics: Any) -> str:
    found = sorted({metric.n for metric in metrics if metric.n is not None})
    return "-".join(f"{n:,}" for n in dict.fromkeys((found[0], found[-1]))) if found else ""


def _value(metric: Metric | None) -> str:
    if metric is None:
        return ""
    if metric.low is None or metric.high is None:
        return f"{metric.value:.3f}"
    return f"{metric.value:.3f} ({metric.low:.3f} to {metric.high:.3f})"


def _points(card: Card) -> list[str]:
    def rate(value: float | None, low: float | None, high: float | None) -> str:
        if value is None:
            return ""
        return f"{value:.3f}" if low is None or high is None else f"{value:.3f} ({low:.3f} to {high:.3f})"

    rows = [
        (p.name, p.tier, f"{p.threshold:.4g}", rate(p.fpr, p.fpr_low, p.fpr_high),
         rate(p.tpr, p.tpr_low, p.tpr_high), "" if p.n is None else f"{p.n:,}", p.chosen_on)
        for p in card.operating_points
    ]  # fmt: skip
    columns = ("name", "tier", "threshold", "false alarms", "found", "n", "chosen on")
    return table(columns, rows, numbers=[2, 3, 4, 5])


def _calibration(artifact: Artifact) -> Iterator[str]:
    yield from ("## Calibration", "")
    found = artifact.calibrators()
    if not found:
        yield from ("None.", "")
        return
    rows = [
        (
            name,
            each.method,
            f"{each.rows.h1:,}",
            f"{each.rows.h2:,}",
            f"{each.bound[0]:.2f}",
            f"{each.bound[1]:.2f}",
        )
        for name, each in found.items()
    ]
    columns = ("calibrator", "method", "rows of H1", "rows of H2", "least log10 LR", "most log10 LR")
    yield from table(columns, rows, numbers=[2, 3, 4, 5])
    if artifact.card.prior is not None:
        yield from ("", f"Probabilities are stated at a prior of {artifact.card.prior:g}.")
    yield ""


def _technical(artifact: Artifact) -> Iterator[str]:
    card = artifact.card
    yield from ("## Technical specifications", "", "### Inputs and outputs", "")
    ends = [("input", t) for t in card.inputs] + [("output", t) for t in card.outputs]
    rows = [
        (
            f"{kind} {t.name}",
            t.dtype,
            " x ".join("any" if n is None else str(n) for n in t.shape) or "one number",
        )
        for kind, t in ends
    ]
    yield from table(("array", "type", "shape of a row"), rows)
    for title, value in (
        ("Preprocessing", card.preprocessing),
        ("Architecture", card.architecture.parameters),
    ):
        if value:
            text = write_json(value).decode().rstrip("\n").replace("```", "'''")
            yield from ("", f"### {title}, as data", "", "```json", *text.split("\n"), "```")
    yield from ("", "### Files", "")
    files = [(file.path, file.role, f"{file.size:,}", cell(file.sha256)) for file in card.files]
    yield from table(("file", "role", "bytes", "SHA-256"), files, numbers=[2])
