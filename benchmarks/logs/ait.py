"""AIT-ADS: alerts of four test-beds. Unit: host x type x five minutes; baseline: first 40 % of the time.

Label columns (`time_label`, `event_label`) never reach the product: its input is written without them.
A group is positive if one of its alerts belongs to an attack phase.
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

from assay.models.metrics import average_precision
from assay.triage.ranking.bursts import GROUP, WINDOW, windowed

SCENARIOS = ("fox", "russellmitchell", "santos", "shaw")
BASELINE_SHARE = 0.4
COLUMNS = ("time", "name", "ip", "host", "short")


def figures(order: list[int], labels: list[list[str]]) -> dict[str, float]:
    """Figures of one ranking of groups."""
    positive = np.array([bool(labels[place]) for place in order])
    phases = {phase for group in labels for phase in group}

    def found(k: int) -> float:
        return len({phase for place in order[:k] for phase in labels[place]}) / len(phases)

    return {
        "AP": average_precision(-np.arange(len(order), dtype=float), positive),
        "P@10": float(positive[:10].mean()),
        "P@25": float(positive[:25].mean()),
        "phases@50": found(50),
        "phases@100": found(100),
    }


def ranked(path: Path) -> tuple[pl.DataFrame, list[list[str]], pl.DataFrame, int]:
    """The product's ranking of groups, the phases of each, the baseline's alerts, and how many alerts there are."""
    alerts = pl.read_csv(io.BytesIO(zstandard.decompress(path.read_bytes(), max_output_size=1 << 30)))
    cut = alerts["time"].min() + BASELINE_SHARE * (alerts["time"].max() - alerts["time"].min())
    cut = int(cut * 1_000_000 // WINDOW) * WINDOW // 1_000_000
    early, late = alerts.filter(pl.col("time") < cut), alerts.filter(pl.col("time") >= cut)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [
            scoring.write_csv(folder / f"{part}.csv", COLUMNS, frame.select(COLUMNS).iter_rows())
            for part, frame in (("early", early), ("late", late))
        ]
        ranking, records = scoring.ranked_windows(files[1], files[0], folder / "store")
    if records.height != late.height:
        raise ValueError(f"{path.name}: {late.height} alerts, {records.height} records")
    labelled = windowed(records).select(GROUP).with_columns(label=late["event_label"])
    marks = labelled.group_by(GROUP).agg(labels=pl.col("label").filter(pl.col("label") != "-").unique())
    groups = ranking.groups.join(marks, on=list(GROUP), how="left", maintain_order="left")
    return groups, groups["labels"].to_list(), early, alerts.height


def scenario(path: Path) -> dict[str, Any]:
    """All methods on one scenario."""
    groups, labels, early, alerts = ranked(path)
    own = np.arange(groups.height).tolist()
    volume = groups["volume"].to_numpy().astype(float)
    rng = np.random.default_rng(0)
    peers = peer_scores(*features(early, groups))
    methods = {
        "assay": figures(own, labels),
        **{name: figures(scoring.order_of(scores).tolist(), labels) for name, scores in peers.items()},
        "group size": figures(scoring.order_of(volume).tolist(), labels),
        "random": figures(rng.permutation(groups.height).tolist(), labels),
    }
    positive = sum(bool(group) for group in labels)
    return {"groups": groups.height, "positive": positive, "alerts": alerts, "methods": methods}


def features(early: pl.DataFrame, groups: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """What an analyst would count, for the peers: volume, how usual the type is, company, hour."""
    window = (pl.col("time") // (WINDOW // 1_000_000)).alias("window")
    past = early.select("host", window, type="name").group_by("host", "type", "window").agg(volume=pl.len())
    kinds = past.group_by("type").agg(type_windows=pl.len(), type_mean=pl.col("volume").mean())
    places = past.group_by("host", "type").agg(place_windows=pl.len())

    def numbers(frame: pl.DataFrame) -> np.ndarray:
        joined = frame.join(kinds, on="type", how="left", maintain_order="left").join(
            places, on=["host", "type"], how="left", maintain_order="left"
        )
        return joined.select(
            pl.col("volume").log1p(),
            pl.col("type_windows").fill_null(0).log1p(),
            pl.col("type_mean").fill_null(0).log1p(),
            pl.col("place_windows").fill_null(0).log1p(),
            pl.len().over("host", "window").alias("company"),
            (pl.col("window") * 300 // 3600 % 24).alias("hour"),
        ).to_numpy()

    return numbers(past).astype(float), numbers(groups.select("host", "type", "window", "volume")).astype(float)


def run(data: Path) -> dict[str, Any]:
    """All scenarios and their mean."""
    results = {name: scenario(data / "logs" / "ait_ads" / f"{name}_alerts.txt.zst") for name in SCENARIOS}
    methods = next(iter(results.values()))["methods"]
    mean = {
        method: {
            figure: float(np.mean([result["methods"][method][figure] for result in results.values()]))
            for figure in figures_
        }
        for method, figures_ in methods.items()
    }
    base = float(np.mean([result["positive"] / result["groups"] for result in results.values()]))
    scoring.table("AIT-ADS, mean of four", mean)
    print(
        f"positive groups: {base:.3f} of all; calling every group an attack has F1 {2 * base / (1 + base):.3f}"
    )
    for name, result in results.items():
        scoring.table(name, {"assay": result["methods"]["assay"]})
    return {"protocol": __doc__, "base_rate": base, "mean": mean, "scenarios": results}
