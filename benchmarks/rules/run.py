"""Sigma rules: agreement with pySigma's SQLite backend on real events, and speed beside it, in one run.

    python benchmarks/rules/run.py [--data DIR] [--events N] [--part agreement|levels|speed]... [--out FILE]
        [--page FILE]

DIR holds ``sigma_rules.tar.zst`` and in ``logs/`` the captures of OTRF and EVTX files (default: $ASSAY_DATA,
else ../shared/data beside the checkout). Needs the extra ``bench``. Prints what it measures and writes JSON;
times are processor time (user and system) of this one process.
"""

import argparse
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import agreement
import levels
import speed
from page import page

ROOT = Path(__file__).resolve().parents[2]
PEERS = ("pysigma", "pysigma-backend-sqlite", "ahocorasick_rs", "google-re2", "polars")


def main() -> None:
    """Run the chosen parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = Path(os.environ.get("ASSAY_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=data)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--part", action="append", choices=("agreement", "levels", "speed"), dest="parts")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/rules.json"))
    parser.add_argument("--page", type=Path, help="also write the tables as Markdown to this file")
    options = parser.parse_args()
    if not (options.data / "sigma_rules.tar.zst").is_file():
        print(f"no rules at {options.data}: name the data with --data; nothing was measured")
        return
    results: dict[str, Any] = {
        "made_by": "benchmarks/rules/run.py",
        "machine": platform.processor() or platform.machine(),
        "libraries": {name: version(name) for name in PEERS},
    }
    parts = options.parts or ("agreement", "levels", "speed")
    if "agreement" in parts:
        results["agreement"] = agreement.run(options.data)
    if "levels" in parts:
        results["levels"] = levels.run(options.data)
    if "speed" in parts:
        results["speed"] = speed.run(options.data, options.events)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\nwritten: {options.out}")
    if options.page is not None:
        options.page.parent.mkdir(parents=True, exist_ok=True)
        options.page.write_text(page(results))
        print(f"written: {options.page}")


if __name__ == "__main__":
    main()
