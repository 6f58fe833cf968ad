"""Learned heads: would a ranker fitted on verdicts beat the score on sources it has not seen?

Leave one source out: AIT-ADS by scenario (groups; a logistic regression and a network of eight hidden
units on what the ranking itself uses), OTRF by tactic (records; on the score, its reasons' bits, seen and
of). The heads learn on the labels of the other sources. Rules are off.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ait
import numpy as np
import otrf
import polars as pl
import scoring
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay.models.metrics import auc, average_precision
from assay.triage.session import triage

HEADS: dict[str, Callable[[], Any]] = {
    "logistic": lambda: LogisticRegression(C=0.1, max_iter=1000),
    "network of 8": lambda: MLPClassifier((8,), alpha=1.0, max_iter=400, random_state=0),
}
QUIET = 500
"""Unlabelled records of a capture that a head learns from."""


def _fitted(head: str, rows: list[np.ndarray], truth: list[np.ndarray]) -> Any:
    return make_pipeline(StandardScaler(), HEADS[head]()).fit(np.concatenate(rows), np.concatenate(truth))


def group_features(groups: pl.DataFrame) -> np.ndarray:
    """Numbers of each group: its own bits, burst, company, hour, silence, and how often already."""
    host_sum = pl.col("own").sum().over("host", "window") - pl.col("own")
    network_sum = pl.col("own").sum().over("window") - pl.col("own")
    ordered = groups.with_row_index("at").sort("own", descending=True)
    repeats = [pl.int_range(pl.len()).over(*key) for key in (("type",), ("host",), ("host", "type"))]
    return (
        ordered.select(
            "at",
            pl.col("own").sqrt().alias("root"),
            "own",
            "burst",
            (1 + host_sum).log(2).alias("on host"),
            (1 + network_sum).log(2).alias("in network"),
            pl.col("volume").log1p(),
            *(pl.col(f"bits_{place}").fill_null(0) for place in range(5)),
            pl.len().over("host", "window").log(2).alias("types"),
            *((1 + repeat).log(2).alias(f"repeat {at}") for at, repeat in enumerate(repeats)),
        )
        .sort("at")
        .drop("at")
        .to_numpy()
        .astype(float)
    )


def by_scenario(data: Path) -> dict[str, dict[str, float]]:
    """AIT-ADS."""
    known = {}
    for name in ait.SCENARIOS:
        groups, labels = ait.ranked(data / "logs" / "ait_ads" / f"{name}_alerts.txt.zst")[:2]
        known[name] = group_features(groups), np.array([bool(label) for label in labels]), labels
    rows: dict[str, list[dict[str, float]]] = {"assay": []}
    for name, (numbers, _, labels) in known.items():
        rows["assay"].append(ait.figures(list(range(len(labels))), labels))
        others = [value for other, value in known.items() if other != name]
        for head in HEADS:
            model = _fitted(head, [value[0] for value in others], [value[1] for value in others])
            order = scoring.order_of(model.predict_proba(numbers)[:, 1])
            rows.setdefault(head, []).append(ait.figures(order.tolist(), labels))
    return {
        method: {key: float(np.mean([row[key] for row in found])) for key in found[0]} for method, found in rows.items()
    }


def record_features(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Lines and numbers of each record: its score, and bits, seen and of its reasons."""
    lines, numbers = [], []
    with triage([path], budget=1) as answer:
        for row in answer.events():
            reasons = [(r["bits"], np.log1p(r["seen"]), np.log1p(r["of"])) for r in row["reasons"]][:4]
            padded = reasons + [(0.0, 0.0, 0.0)] * (4 - len(reasons))
            typed = any(r["field"] == "type" for r in row["reasons"])
            lines.append(row["line"])
            numbers.append([row["score"], float(typed), float(len(row["reasons"])), *np.ravel(padded)])
    return np.array(lines), np.array(numbers)


def by_tactic(data: Path) -> dict[str, dict[str, float]]:
    """OTRF."""
    folder = data / "logs" / "otrf_windows"
    known: dict[str, tuple[str, np.ndarray, np.ndarray]] = {}
    for name, lines in sorted(otrf.labels_of(folder).items()):
        tactic = name.split("__")[1] if name.startswith("atomic") else name.split("__")[0]
        places, numbers = record_features(folder / f"{name}.json.zst")
        known[name] = tactic, numbers, np.isin(places, list(lines))
    rng = np.random.default_rng(0)
    rows: dict[str, list[dict[str, float]]] = {}
    for tactic in sorted({value[0] for value in known.values()}):
        rows_in, truth_in = [], []
        for other, numbers, truth in known.values():
            if other != tactic:
                quiet = np.flatnonzero(~truth)
                kept = rng.choice(quiet, min(QUIET, len(quiet)), replace=False)
                chosen = np.concatenate([np.flatnonzero(truth), kept])
                rows_in.append(numbers[chosen])
                truth_in.append(truth[chosen])
        models = {head: _fitted(head, rows_in, truth_in) for head in HEADS}
        for own, numbers, truth in known.values():
            if own != tactic:
                continue
            scores = {"assay": numbers[:, 0]}
            scores |= {head: model.predict_proba(numbers)[:, 1] for head, model in models.items()}
            for method, found in scores.items():
                top = scoring.order_of(found)[:100]
                row = {"AUC": auc(found, truth), "AP": average_precision(found, truth)}
                rows.setdefault(method, []).append(row | {"top100": float(truth[top].any())})
    return {
        method: {
            "AUC": float(np.mean([row["AUC"] for row in found])),
            "AP": float(np.mean([row["AP"] for row in found])),
            "in top 100": float(sum(row["top100"] for row in found)),
        }
        for method, found in rows.items()
    }


def run(data: Path) -> dict[str, Any]:
    """Both sets."""
    found = {"AIT-ADS by scenario": by_scenario(data), "OTRF by tactic": by_tactic(data)}
    for title, rows in found.items():
        scoring.table(title, rows)
    return {"protocol": __doc__, "sets": found}
