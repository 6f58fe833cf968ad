"""OTRF captures of Windows events, unsupervised: each capture is triaged as its own batch, event by event.

Labels are Sigma rules of level high or critical that fire; no rule is used here. An unlabelled event may
still be part of the attack, so precision is a lower bound.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scoring
import zstandard
from peers import peer_scores

from assay.models.metrics import auc, average_precision
from assay.triage.readers import open_sources

FIELDS = ("type", "host", "user", "process", "parent", "command", "path", "target_user")


def labels_of(folder: Path) -> dict[str, set[int]]:
    """Labelled lines per capture."""
    text = zstandard.decompress((folder / "weak_labels.jsonl.zst").read_bytes(), max_output_size=1 << 26)
    lines: dict[str, set[int]] = {}
    for line in text.decode().splitlines():
        label = json.loads(line)
        lines.setdefault(label["capture"], set()).add(label["line"])
    return lines


def capture(path: Path, lines: set[int]) -> dict[str, dict[str, float]]:
    """All methods on one capture."""
    frame = pl.concat([batch.frame for batch in open_sources([path]).batches()])
    truth = np.isin(frame["line"].to_numpy(), list(lines))
    frequency = frame.select((pl.len().over(name) / pl.len()).log().alias(name) for name in FIELDS).to_numpy()
    methods = {
        "assay": scoring.record_scores(path),
        "rarity of the type": -frequency[:, 0],
        "sum of rarities": -frequency.sum(axis=1),
        **peer_scores(frequency, frequency),
        "random": np.random.default_rng(len(lines)).random(len(truth)),
    }
    found = {}
    for name, scores in methods.items():
        top = scoring.order_of(scores)[:100]
        found[name] = {
            "AUC": auc(scores, truth),
            "AP": average_precision(scores, truth),
            "top100": float(truth[top].any()),
            "base": float(truth.mean()),
        }
    return found


def run(data: Path) -> dict[str, Any]:
    """All captures with labels."""
    folder = data / "logs" / "otrf_windows"
    results = {
        name: capture(folder / f"{name}.json.zst", lines) for name, lines in sorted(labels_of(folder).items())
    }
    mean: dict[str, dict[str, Any]] = {}
    for method in next(iter(results.values())):
        rows = [result[method] for result in results.values()]
        mean[method] = {
            "AUC": scoring.interval(np.mean, np.array([row["AUC"] for row in rows])),
            "AP": scoring.interval(np.mean, np.array([row["AP"] for row in rows])),
            "in top 100": int(sum(row["top100"] for row in rows)),
        }
    base = float(np.mean([result["assay"]["base"] for result in results.values()]))
    scoring.table(f"OTRF, {len(results)} captures", mean)
    print(f"labelled events: {base:.5f} of all, mean over captures (what a constant score has as AP)")
    return {"protocol": __doc__, "base_rate": base, "mean": mean, "captures": results}
