"""What all sets share: files written for the product's own readers, figures of a ranking, trivial peers."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.models.engine import Engine
from assay.models.metrics.bootstrap import bootstrap
from assay.triage.baseline import fit
from assay.triage.counting.spool import Spool
from assay.triage.pipeline import Ranking, rank
from assay.triage.ranking.scorer import OUTPUTS
from assay.triage.readers import open_sources
from assay.triage.session import triage

Floats = NDArray[np.float64]


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """Write a table for the CSV reader."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def record_scores(path: Path, baseline: Any = None) -> Floats:
    """Score of every record, in order, by the product."""
    with triage([path], baseline=baseline, budget=1) as answer:
        return np.array([row["score"] for row in answer.events()])


def ranked_windows(path: Path, normal: Path, folder: Path) -> tuple[Ranking, pl.DataFrame]:
    """The product's ranking of windows of one file, with counts from another, and the file's records."""
    known = fit([normal], "normal", held_out=0.0, store=folder)
    with Spool(folder) as spool:
        for batch in open_sources([path]).batches():
            spool.append(batch.frame)
        with Engine.open(known, device="cpu", outputs=OUTPUTS) as engine:
            ranking = rank(engine, spool, included=False)
        return ranking, pl.concat(list(spool.frames()))


def order_of(scores: Floats, seed: int = 0) -> NDArray[np.int64]:
    """Places from the highest score down, ties in random order."""
    return np.lexsort((np.random.default_rng(seed).random(len(scores)), -scores))


def interval(metric: Callable[..., float], *arrays: Any, n: int = 200) -> dict[str, float]:
    """A figure with its bootstrap interval."""
    found = bootstrap(metric, *arrays, n=n)
    return {"value": round(found.value, 4), "low": round(found.low, 4), "high": round(found.high, 4)}


def table(title: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Print figures, one line a method."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    width = max(len(title), *(len(name) for name in rows))
    print(f"\n{title:<{width}}  " + "  ".join(f"{name:>10}" for name in names))
    for name, row in rows.items():
        print(f"{name:<{width}}  " + "  ".join(f"{_shown(row.get(key)):>10}" for key in names))


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        value = value["value"]
    return f"{value:.3f}" if isinstance(value, float) else str(value)
