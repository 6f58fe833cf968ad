"""Detectors that others would use, on features made alike for every set.

A record becomes numbers without any knowledge of the set: of each of its normalised columns and further
fields the log frequency of its value, for numbers the logarithm, for text also its length and its share of
characters that are neither letters nor digits. Frequencies are taken from the baseline, or from the batch
itself where there is none, as for the product.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.triage.ranking.bursts import GROUP, windowed
from assay.triage.records.fields import TEXT

Floats = NDArray[np.float64]

STORE = Path("runs/benchmarks/logs")
"""Scores of slow peers, by the hash of what they saw."""

MOST = 64
"""Further fields that become features."""

SKIPPED = {"raw_kind", "message"}


def wide(frame: pl.DataFrame) -> pl.DataFrame:
    """The text columns and further fields of normalised records, one column each."""
    columns = [name for name in TEXT if name not in SKIPPED and frame[name].null_count() < frame.height]
    plain = frame.select("row", *columns)
    extras = (
        frame.select("row", "extra_names", "extra_values").explode("extra_names", "extra_values").drop_nulls()
    )
    # In one order whatever the engine's: peers draw columns by their place.
    counted = extras["extra_names"].value_counts().sort("count", "extra_names", descending=[True, False])
    common = counted["extra_names"].head(MOST).to_list()
    if not common:
        return plain
    cells = extras.filter(pl.col("extra_names").is_in(common)).unique(
        ["row", "extra_names"], keep="first", maintain_order=True
    )
    table = cells.pivot("extra_names", index="row", values="extra_values").rename(
        {name: f"extra:{name}" for name in common}
    )
    ordered = table.select("row", *(f"extra:{name}" for name in common))
    return plain.join(ordered, on="row", how="left", maintain_order="left")


def features(train: pl.DataFrame, test: pl.DataFrame) -> tuple[Floats, Floats]:
    """Numbers of the baseline's records and of those to judge."""
    parts: tuple[list[Any], list[Any]] = ([], [])
    known, asked = wide(train), wide(test)
    for name in known.columns[1:]:
        values = known[name]
        counts = known.group_by(name).agg(number=pl.len())
        numbers = values.drop_nulls().cast(pl.Float64, strict=False)
        numeric = numbers.null_count() == 0
        lengthy = values.n_unique() > 0.5 * max(values.drop_nulls().len(), 1)
        for kept, frame in zip(parts, (known, asked), strict=True):
            column = (
                frame[name] if name in frame.columns else pl.Series(name, [None] * frame.height, pl.String)
            )
            own = column.to_frame().join(counts, on=name, how="left", maintain_order="left", nulls_equal=True)
            kept.append(own["number"].fill_null(0).log1p().to_numpy())
            if numeric:
                number = column.cast(pl.Float64, strict=False).fill_null(-1.0).fill_nan(-1.0).to_numpy()
                kept.append(np.sign(number) * np.log1p(np.minimum(np.abs(number), 1e18)))
            elif lengthy:
                text = column.fill_null("")
                length = text.str.len_chars().to_numpy()
                odd = text.str.replace_all(r"[\pL\pN]", "").str.len_chars().to_numpy()
                kept += [np.log1p(length), odd / np.maximum(length, 1)]
    return np.stack(parts[0], axis=1).astype(float), np.stack(parts[1], axis=1).astype(float)


def isolation_forest(train: Floats, test: Floats, seed: int = 0) -> Floats:
    """Anomaly score of each test row by scikit-learn's IsolationForest, 200 trees."""
    from sklearn.ensemble import IsolationForest

    forest = IsolationForest(n_estimators=200, random_state=seed, n_jobs=1).fit(train)
    return -forest.score_samples(test)


def _pyod(name: str) -> Callable[[Floats, Floats], Floats]:
    def scores(train: Floats, test: Floats) -> Floats:
        import importlib

        varies = train.std(axis=0) > 0
        model = getattr(importlib.import_module(f"pyod.models.{name.lower()}"), name)()
        model.fit(train[:, varies])
        return np.nan_to_num(np.asarray(model.decision_function(test[:, varies]), float))

    return scores


PEERS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "IsolationForest": isolation_forest,
    "ECOD": _pyod("ECOD"),
    "COPOD": _pyod("COPOD"),
    "HBOS": _pyod("HBOS"),
}
"""Name to the scores of test rows after fitting on train rows."""


def peer_scores(train: Floats, test: Floats) -> dict[str, Floats]:
    """All peers; scores are kept by the hash of the numbers, since some peers are slow."""
    digest = hashlib.sha256(np.ascontiguousarray(train).tobytes())
    digest.update(np.ascontiguousarray(test).tobytes())
    found = {}
    for name, score in PEERS.items():
        path = STORE / f"{name}-{digest.hexdigest()[:24]}.npy"
        if path.exists():
            found[name] = np.load(path, allow_pickle=False)
            continue
        found[name] = score(train, test)
        STORE.mkdir(parents=True, exist_ok=True)
        np.save(path, found[name])
    return found


def group_size(frame: pl.DataFrame) -> Floats:
    """Records of the same host, event type and five minutes."""
    return windowed(frame).select(pl.len().over(GROUP))["len"].to_numpy().astype(float)
