"""HttpParams: values of request parameters; 1.2 % of attacks embedded in ordinary ones, no baseline.

Values of `payload_test`: all ordinary ones, and attacks drawn so that they are 1.2 % (five draws). The
product reads JSON lines with the one field `payload`.
"""

import io
import json
from pathlib import Path
from typing import Any

import comparison
import numpy as np
import polars as pl
import zstandard

SHARE = 0.012
DRAWS = 5


def load(path: Path) -> tuple[list[str], list[str]]:
    """Ordinary values and attacks."""
    text = zstandard.decompress(path.read_bytes(), max_output_size=1 << 28)
    rows = pl.read_csv(io.BytesIO(text), infer_schema=False).with_columns(pl.col("payload").fill_null(""))
    ordinary = rows.filter(pl.col("label") == "norm")["payload"].to_list()
    return ordinary, rows.filter(pl.col("label") != "norm")["payload"].to_list()


def mixture(ordinary: list[str], attacks: list[str], draw: int) -> tuple[list[str], np.ndarray]:
    """Values in random order and which are attacks."""
    rng = np.random.default_rng(draw)
    chosen = rng.choice(len(attacks), round(len(ordinary) * SHARE / (1 - SHARE)), replace=False)
    values = np.array(ordinary + [attacks[place] for place in chosen], dtype=object)
    truth = np.arange(len(values)) >= len(ordinary)
    order = rng.permutation(len(values))
    return values[order].tolist(), truth[order]


def prepare(data: Path, folder: Path, draw: int) -> tuple[None, Path, np.ndarray]:
    """One mixture as a file."""
    values, truth = mixture(*load(data / "logs" / "httpparams" / "payload_test.csv.zst"), draw)
    path = folder / f"params-{draw}.jsonl"
    path.write_text("".join(json.dumps({"payload": value}) + "\n" for value in values), encoding="utf-8")
    return None, path, truth


def run(data: Path) -> dict[str, Any]:
    """All draws."""
    result = comparison.compared("HttpParams, 1.2 % embedded", data, prepare, DRAWS)
    return {"protocol": __doc__, **result}
