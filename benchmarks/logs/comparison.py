"""One protocol for sets of labelled records: the product, the peers and trivial scores on the same files."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scoring
from numpy.typing import NDArray
from peers import Floats, features, group_size, peer_scores

from assay.models.metrics import auc, average_precision
from assay.triage.baseline import fit
from assay.triage.readers import open_sources

Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Sessions:
    """Labels of sessions.

    Attributes
    ----------
    truth
        [sessions].
    owner
        Session of each record.
    """

    truth: Truth
    owner: NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """Labels of records that come from several attacks.

    Attributes
    ----------
    truth
        [records].
    owner
        Attack of each record, -1 for none.
    """

    truth: Truth
    owner: NDArray[np.int64]


Labels = Truth | Sessions | Parts
Prepare = Callable[[Path, Path, int], tuple[Path | None, Path, Labels]]


def records(path: Path) -> pl.DataFrame:
    """The normalised records of a file."""
    return pl.concat([batch.frame for batch in open_sources([path]).batches()])


def scores_of(train: Path | None, test: Path, folder: Path) -> dict[str, Floats]:
    """Scores of all methods on one file."""
    baseline = None if train is None else fit([train], "normal", held_out=0.0, store=folder / "store")
    judged = records(test)
    known = judged if train is None else records(train)
    return {
        "assay": scoring.record_scores(test, baseline),
        **peer_scores(*features(known, judged)),
        "group size": group_size(judged),
        "random": np.random.default_rng(judged.height).random(judged.height),
    }


def figures(scores: Floats, labels: Labels) -> dict[str, float]:
    """AUC, AP with their intervals, and what is in the first 100."""
    truth = labels if isinstance(labels, np.ndarray) else labels.truth
    if isinstance(labels, Sessions):
        best = np.full(len(truth), -np.inf)
        np.maximum.at(best, labels.owner, scores)
        scores = best
    top = scoring.order_of(scores)[:100]
    found = {"in top 100": float(truth[top].sum())}
    for name, metric in (("AUC", auc), ("AP", average_precision)):
        interval = scoring.interval(metric, scores, truth, n=100)
        found |= {name: interval["value"], f"{name} low": interval["low"], f"{name} high": interval["high"]}
    if isinstance(labels, Parts):
        found["found"] = len(set(labels.owner[top]) - {-1}) / len(set(labels.owner) - {-1})
    return found


def compared(title: str, data: Path, prepare: Prepare, draws: int) -> dict[str, Any]:
    """All methods on all draws: figures are means over draws, and so are the ends of the intervals."""
    rows: dict[str, list[dict[str, float]]] = {}
    shares = []
    for draw in range(draws):
        with tempfile.TemporaryDirectory() as name:
            train, test, labels = prepare(data, Path(name), draw)
            for method, scores in scores_of(train, test, Path(name)).items():
                rows.setdefault(method, []).append(figures(scores, labels))
        shares.append(float((labels if isinstance(labels, np.ndarray) else labels.truth).mean()))
    methods = {
        method: {key: round(float(np.mean([row[key] for row in found])), 4) for key in found[0]}
        for method, found in rows.items()
    }
    base = float(np.mean(shares))
    every = 2 * base / (1 + base)
    ends = ("low", "high")
    shown = {
        method: {key: value for key, value in row.items() if not key.endswith(ends)}
        for method, row in methods.items()
    }
    scoring.table(title, shown)
    print(f"base rate {base:.4f}; calling everything an attack has F1 {every:.3f}; {draws} draw(s)")
    return {"base_rate": base, "all_positive_f1": every, "draws": draws, "methods": methods}
