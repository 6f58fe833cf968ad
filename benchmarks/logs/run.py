"""Quality of log triage beside trivial baselines, on development data that is not part of the repository.

    python benchmarks/logs/run.py [--data DIR] [--out FILE] [--set NAME]... [--page FILE]

DIR holds ``logs/`` (default: $ASSAY_DATA, else ../shared/data beside the checkout). Prints tables and
writes JSON after each set; sets that are not run keep what they gave before, in FILE and on the page. The
constants of the score and of the ranking were chosen on these sets (`docs/decisions.md`), so the figures are
development figures, not a test.
Peers need the extra `bench`; their scores are kept in runs/benchmarks/logs.
"""

import argparse
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import ait
import cloudtrail
import constants
import control
import csic
import evtx_mixed
import hdfs
import heads
import nsl
import numpy
import otrf
import params
import polars
import reasons
import web
from page import page

ROOT = Path(__file__).resolve().parents[2]
SETS = {
    "ait": ait.run,
    "otrf": otrf.run,
    "nsl": nsl.run,
    "hdfs": hdfs.run,
    "params": params.run,
    "csic": csic.run,
    "web": web.run,
    "evtx": evtx_mixed.run,
    "cloudtrail": cloudtrail.run,
    "control": control.run,
    "reasons": reasons.run,
    "heads": heads.run,
    "constants": constants.run,
}


def main() -> None:
    """Run the chosen sets."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    data = Path(os.environ.get("ASSAY_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=data)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/logs.json"))
    parser.add_argument("--set", action="append", choices=sorted(SETS), dest="sets")
    parser.add_argument("--page", type=Path, help="also write the tables as Markdown to this file")
    options = parser.parse_args()
    if not (options.data / "logs").is_dir():
        print(f"no logs at {options.data / 'logs'}: name the data with --data; nothing was measured")
        return
    # What sets that are not run now gave before, to the same file, stays.
    before: dict[str, Any] = json.loads(options.out.read_text()) if options.out.exists() else {}
    results = before | {
        "made_by": "benchmarks/logs/run.py",
        "machine": platform.processor() or platform.machine(),
        "libraries": {"polars": polars.__version__, "numpy": numpy.__version__},
    }
    for name in options.sets or SETS:
        began = time.perf_counter()
        results[name] = SETS[name](options.data)
        results[name]["seconds"] = round(time.perf_counter() - began, 1)
        print(f"({results[name]['seconds']} s)", flush=True)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\nwritten: {options.out}")
    if options.page is not None:
        options.page.parent.mkdir(parents=True, exist_ok=True)
        before = options.page.read_text() if options.page.exists() else ""
        options.page.write_text(page(results, before))
        print(f"written: {options.page}")


if __name__ == "__main__":
    main()
