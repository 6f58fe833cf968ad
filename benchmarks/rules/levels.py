"""What the level of a rule tells: how much oftener it fires in EVTX files of attacks than in ordinary ones."""

import math
import tarfile
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import zstandard

from assay.triage.ranking.bursts import GROUP, windowed
from assay.triage.readers import open_sources
from assay.triage.sigma import Rules
from assay.triage.sigma.signal import LEVEL_BITS, LEVELS

SETS = {"attack": "evtx_attack_samples.tar.zst", "ordinary": "benign_evtx.tar.zst"}


def run(data: Path) -> dict[str, Any]:
    """Count groups by the most severe rule that fired in them."""
    rules = Rules.open(data / "sigma_rules.tar.zst")
    counts: dict[str, Counter[int]] = {}
    groups: dict[str, int] = {}
    for name, archive in SETS.items():
        with tempfile.TemporaryDirectory() as place:
            with zstandard.open(data / "logs" / archive, "rb") as plain, tarfile.open(fileobj=plain, mode="r|") as tape:
                tape.extractall(place, filter="data")
            groups[name], counts[name] = _counted(rules, sorted(Path(place).rglob("*.evtx")))
    found: dict[str, Any] = {"groups": groups, "levels": {}}
    for number, level in enumerate(LEVELS):
        shares = {name: (counts[name][number] + 0.5) / (groups[name] + 1) for name in SETS}
        found["levels"][level] = {
            **{name: counts[name][number] for name in SETS},
            "log2": math.log2(shares["attack"] / shares["ordinary"]),
            "used": LEVEL_BITS[level],
        }
        print(level, found["levels"][level])
    return found


def _counted(rules: Rules, files: list[Path]) -> tuple[int, Counter[int]]:
    numbers = {rule: LEVELS.index(each.level) for rule, each in enumerate(rules.rules)}
    key = ["source", *GROUP]
    seen, fired = [], []
    for batch in open_sources(files).batches():
        place = windowed(batch.frame).select("row", *key)
        seen.append(place.select(key).unique())
        level = pl.col("rule").replace_strict(numbers, return_dtype=pl.Int64).alias("level")
        fired.append(rules.hits(batch.frame).with_columns(level).join(place, on="row").select(*key, "level"))
    best = pl.concat(fired).group_by(key).agg(pl.col("level").max())
    return pl.concat(seen).unique().height, Counter(best["level"].to_list())
