"""Benign control: is p valid on ordinary logs that were not fitted?

The first 40 % of the time of each AIT-ADS scenario (before the attacks; alerts of an attack phase, which
santos has from its first second, are left out). A baseline is fitted on its first 60 %, a fifth of
which is held out for p; the rest is triaged. Unit: windows of host x type x five minutes, and incidents.
p <= a should hold for at most a share a of windows if days were alike.
"""

import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scoring
import zstandard
from ait import BASELINE_SHARE, COLUMNS, SCENARIOS

from assay.triage.baseline import fit
from assay.triage.session import triage

LEVELS = (0.01, 0.05, 0.1)
FITTED = 0.6
EVERYTHING = 100_000


def scenario(path: Path) -> dict[str, np.ndarray]:
    """p of every window and of every incident of the ordinary rest."""
    alerts = pl.read_csv(io.BytesIO(zstandard.decompress(path.read_bytes(), max_output_size=1 << 30)))
    span = alerts["time"].max() - alerts["time"].min()
    ordinary = alerts.filter(
        (pl.col("time") < alerts["time"].min() + BASELINE_SHARE * span) & (pl.col("event_label") == "-")
    )
    cut = alerts["time"].min() + FITTED * BASELINE_SHARE * span
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = {
            "early": ordinary.filter(pl.col("time") < cut),
            "late": ordinary.filter(pl.col("time") >= cut),
        }
        files = {
            part: scoring.write_csv(folder / f"{part}.csv", COLUMNS, frame.select(COLUMNS).iter_rows())
            for part, frame in parts.items()
        }
        known = fit([files["early"]], "early", store=folder / "store")
        with triage([files["late"]], baseline=known, budget=EVERYTHING) as answer:
            windows = np.array([window.p for window in answer.windows()])
            incidents = np.array([incident.p for incident in answer.incidents])
    return {"windows": windows, "incidents": incidents}


def interval(hits: int, number: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, as if windows were independent; they are not, so it is too narrow."""
    middle, spread = hits + 1.92, 1.96 * np.sqrt(hits * (number - hits) / number + 0.96)
    return max(float((middle - spread) / (number + 3.84)), 0.0), float((middle + spread) / (number + 3.84))


def run(data: Path) -> dict[str, Any]:
    """All scenarios."""
    results: dict[str, Any] = {}
    each = {name: scenario(data / "logs" / "ait_ads" / f"{name}_alerts.txt.zst") for name in SCENARIOS}
    units = ("windows", "incidents")
    each["all four"] = {unit: np.concatenate([found[unit] for found in each.values()]) for unit in units}
    for name, found in each.items():
        row: dict[str, Any] = {"n windows": len(found["windows"]), "n incidents": len(found["incidents"])}
        for unit, values in found.items():
            row |= {f"{unit} {level}": float(np.mean(values <= level)) for level in LEVELS}
            row[f"{unit} interval"] = interval(int(np.sum(values <= LEVELS[0])), len(values))
        results[name] = row
    shares = {name: {key: v for key, v in row.items() if "interval" not in key} for name, row in results.items()}
    scoring.table("share with p <= level", shares)
    return {"protocol": __doc__, "scenarios": results}
