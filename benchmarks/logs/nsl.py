"""NSL-KDD: connections as rows of 41 features, read by the CSV reader; no label column is written.

Two protocols: a baseline of the normal rows of train, tested on Test+ and Test-21; and 1 % of attacks
embedded in normal rows of Test+, triaged without a baseline, attacks among the first 100 (five draws).
"""

import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scoring
import zstandard
from peers import peer_scores

from assay.models.metrics import auc
from assay.triage.baseline import fit

FEATURES = 41
NOMINAL = {1: "protocol_type", 2: "service", 3: "flag"}
HEADER = tuple(NOMINAL.get(place, f"feature_{place:02d}") for place in range(FEATURES))
DRAWS = 5


def load(path: Path) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Features as text, whether it is an attack, difficulty."""
    text = zstandard.decompress(path.read_bytes(), max_output_size=1 << 28)
    rows = pl.read_csv(io.BytesIO(text), has_header=False, infer_schema=False)
    attack = (rows[:, FEATURES] != "normal").to_numpy()
    return rows[:, :FEATURES], attack, rows[:, FEATURES + 1].cast(pl.Int64).to_numpy()


def encoded(train: pl.DataFrame, rows: pl.DataFrame) -> np.ndarray:
    """Numbers for the peer: nominal features by log frequency in *train*, amounts by log."""
    columns = []
    for place in range(FEATURES):
        column, known = rows[:, place], train[:, place]
        if place in NOMINAL:
            counts = dict(known.value_counts().iter_rows())
            columns.append(np.log1p([counts.get(value, 0) for value in column]))
        else:
            columns.append(np.log1p(column.cast(pl.Float64).to_numpy()))
    return np.stack(columns, axis=1)


def run(data: Path) -> dict[str, Any]:
    """Both protocols."""
    folder = data / "logs" / "nsl_kdd"
    train, bad, _ = load(folder / "KDDTrain+_20Percent.txt.zst")
    test, attack, difficulty = load(folder / "KDDTest+.txt.zst")
    normal, hard = train.filter(pl.Series(~bad)), difficulty < 21
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        known = fit(
            [scoring.write_csv(place / "normal.csv", HEADER, normal.iter_rows())],
            "normal",
            held_out=0.0,
            store=place / "store",
        )
        tests = scoring.write_csv(place / "test.csv", HEADER, test.iter_rows())
        methods = {
            "assay": scoring.record_scores(tests, known),
            **peer_scores(encoded(normal, normal), encoded(normal, test)),
            "random": np.random.default_rng(0).random(test.height),
        }
        hits: dict[str, list[int]] = {name: [] for name in methods}
        plain, attacks = np.flatnonzero(~attack), np.flatnonzero(attack)
        for draw in range(DRAWS):
            rng = np.random.default_rng(draw)
            chosen = rng.choice(attacks, round(len(plain) / 99), replace=False)
            mixed = rng.permutation(np.concatenate([plain, chosen]))
            truth, rows = attack[mixed], test[mixed.tolist()]
            path = scoring.write_csv(place / f"mixed-{draw}.csv", HEADER, rows.iter_rows())
            numbers = encoded(rows, rows)
            embedded = {
                "assay": scoring.record_scores(path),
                **peer_scores(numbers, numbers),
                "random": rng.random(len(truth)),
            }
            for method, scores in embedded.items():
                hits[method].append(int(truth[scoring.order_of(scores, draw)[:100]].sum()))
    result = {
        method: {
            "AUC Test+": auc(scores, attack),
            "AUC Test-21": auc(scores[hard], attack[hard]),
            "1%: top100": float(np.mean(hits[method])),
        }
        for method, scores in methods.items()
    }
    scoring.table("NSL-KDD", result)
    base, base_hard = float(attack.mean()), float(attack[hard].mean())
    every = 2 * base / (1 + base)
    print(
        f"attacks: {base:.3f} of Test+, {base_hard:.3f} of Test-21; F1 of calling every row one {every:.3f}"
    )
    return {
        "protocol": __doc__,
        "base_rate": base,
        "base_rate_21": base_hard,
        "methods": result,
        "draws": hits,
    }
