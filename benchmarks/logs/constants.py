"""What the ranking's numbers are worth where they were not chosen: chosen on three scenarios, measured on the fourth.

Draws weights of the ranking at random from stated values, takes the twenty draws that serve three scenarios of AIT-ADS
best, and measures the median of each of their weights on the fourth: the middle of what works, since the one best draw
of hundreds is best by luck. *Best*: most phases in the first 50 and 100 places, less what is missing to AP .68, P@10
.95 and P@25 .85. Nothing else of the product is fitted here.
"""

from pathlib import Path
from typing import Any

import ait
import numpy as np
import polars as pl
import scoring

from assay.triage.ranking.ranking import Weights, ranked

DRAWS = 400
KEPT = 20
VALUES: dict[str, tuple[float, ...]] = {
    "host_company": (4.0, 5.0, 6.0, 8.0),
    "ordinary": (0.0, 2.0, 3.0, 3.5, 4.0),
    "same_type": (0.7, 0.8, 0.85, 0.9, 0.95),
    "floor": (0.0, 0.2, 0.3, 0.5),
    "wide_host": (0.0, 0.25, 0.5, 1.0),
    "wide_network": (0.5, 1.0, 2.0, 4.0, 5.0, 6.0),
    "wide_same_type": (0.05, 0.1, 0.2, 0.3, 0.5),
    "wide_same_place": (0.3, 0.5, 0.7, 1.0),
    "wide_same_host": (0.5, 0.7, 0.85, 1.0),
    "wide_same_window": (0.2, 0.3, 0.5, 0.7, 1.0),
    "head": (20, 25),
    "every": (2, 3, 4),
}
WANTED = {"AP": (0.68, 5.0), "P@10": (0.95, 3.0), "P@25": (0.85, 3.0)}
"""What has to be reached, and what each missing unit costs in units of phases."""


def drawn(rng: np.random.Generator) -> Weights:
    """Weights at random."""
    chosen = {name: values[int(rng.integers(len(values)))] for name, values in VALUES.items()}
    return Weights(**chosen)  # type: ignore[arg-type]


def middle(chosen: list[Weights]) -> Weights:
    """The median of each weight."""
    medians = {name: float(np.median([getattr(each, name) for each in chosen])) for name in VALUES}
    return Weights(**medians | {name: round(medians[name]) for name in ("head", "every")})  # type: ignore[arg-type]


def worth(figures: list[dict[str, float]]) -> float:
    """How well weights serve some scenarios, from their figures."""
    mean = {name: float(np.mean([each[name] for each in figures])) for name in figures[0]}
    missing = sum(cost * min(mean[name] - wanted, 0.0) for name, (wanted, cost) in WANTED.items())
    return mean["phases@50"] + mean["phases@100"] + missing


def run(data: Path) -> dict[str, Any]:
    """Each scenario with the weights that the other three chose."""
    scenarios = [
        ait.ranked(data / "logs" / "ait_ads" / f"{name}_alerts.txt.zst")[0].drop(
            "own", "alone", "bits", "risk"
        )
        for name in ait.SCENARIOS
    ]
    rng = np.random.default_rng(0)
    draws = [drawn(rng) for _ in range(DRAWS)]
    figures = [[measured(groups, weights) for groups in scenarios] for weights in draws]
    found = {}
    for left_out, name in enumerate(ait.SCENARIOS):
        rest = [place for place in range(len(scenarios)) if place != left_out]
        order = sorted(range(DRAWS), key=lambda draw: -worth([figures[draw][place] for place in rest]))
        found[name] = measured(scenarios[left_out], middle([draws[draw] for draw in order[:KEPT]]))
    mean = {
        name: float(np.mean([each[name] for each in found.values()])) for name in next(iter(found.values()))
    }
    rows = {"mean of four": mean, **found}
    scoring.table("chosen on the other three", rows)
    return {"protocol": __doc__, "draws": DRAWS, "rows": rows}


def measured(groups: pl.DataFrame, weights: Weights) -> dict[str, float]:
    """Figures of one scenario's groups, ranked anew."""
    given = groups.select("host", "type", "window", "records", "raw", "first", "last")
    windows = groups.drop("records", "raw", "first", "last", "labels")
    again = ranked(given, windows, weights).join(
        groups.select("host", "type", "window", "labels"),
        on=["host", "type", "window"],
        how="left",
        maintain_order="left",
    )
    return ait.figures(list(range(again.height)), again["labels"].to_list())
