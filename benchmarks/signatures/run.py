"""Masked signatures beside drain3 on the sixteen loghub samples: grouping and speed, in one run.

    python benchmarks/signatures/run.py [--data DIR] [--out FILE] [--page FILE]

DIR holds ``logs/loghub`` (default: $ASSAY_DATA, else ../shared/data beside the checkout). drain3 comes
with ``pip install 'assay[bench]'``. Speed is of processor seconds, one process: short lines are all
32,000 messages, shuffled; long ones are messages of 1,000 characters made by joining them. drain3 is
a Python loop; polars may use every core, and what all cores spent is counted.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
from page import page
from peers import drain, typed
from samples import Sample, as_read, grouping, samples

from assay.triage.records import templates

ROOT = Path(__file__).resolve().parents[2]
READ = ("Linux", "Mac", "OpenSSH")
"""Systems whose raw lines are syslog, which the reader takes apart before it masks."""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    data = Path(os.environ.get("ASSAY_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=data)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/signatures.json"))
    parser.add_argument("--page", type=Path, help="also write the tables as Markdown to this file")
    options = parser.parse_args()
    if not (options.data / "logs" / "loghub").is_dir():
        print(
            f"no logs at {options.data / 'logs' / 'loghub'}: name the data with --data; nothing was measured"
        )
        return
    systems = samples(options.data)
    results = {
        "systems": {system.name: _system(system) for system in systems},
        "rules": {rule: _rule(rule, systems) for rule in templates.rules()},
        "speed": _speed(systems),
        "versions": {name: version(name) for name in ("polars", "drain3")},
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=1) + "\n")
    text = page(results)
    print(text)
    if options.page is not None:
        options.page.write_text(text)
    print(f"written: {options.out}")


def _system(system: Sample) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {
        "assay": grouping(templates.signatures(system.messages).to_list(), system.truth),
        "typed": grouping(typed(system.messages).to_list(), system.truth),
        "drain3": grouping(drain(system.messages), system.truth),
        "drain3 masked": grouping(drain(system.messages, masked=True), system.truth),
    }
    if system.name in READ:
        found["reader"] = grouping(as_read(system), system.truth)
    return found


def _rule(rule: str, systems: Sequence[Sample]) -> dict[str, tuple[float, float]]:
    """What each system gains by a rule: with all of them less without this one; systems it moves."""
    gained = {}
    for system in systems:
        frame = pl.DataFrame({"message": system.messages})
        full, less = (
            grouping(frame.select(templates.signature(without=out)).to_series().to_list(), system.truth)
            for out in ((), (rule,))
        )
        if full != less:
            gained[system.name] = (full[0] - less[0], full[1] - less[1])
    return gained


def _speed(systems: Sequence[Sample]) -> dict[str, Any]:
    short = [message for system in systems for message in system.messages]
    random.Random(0).shuffle(short)
    flat = " ".join(short * 10)
    long = [flat[start : start + 1000] for start in range(0, len(flat) - 1000, 1000)]
    many = pl.DataFrame({"message": short * 10})
    kilo = pl.DataFrame({"message": long})
    whole = max(map(len, short)) + 1000
    return {
        "assay, short lines": _rate(lambda: many.select(templates.signature()), many.height),
        "typed, short lines": _rate(lambda: typed(short * 10), many.height),
        "drain3, short lines": _rate(lambda: drain(short), len(short)),
        "drain3 masked, short lines": _rate(lambda: drain(short, masked=True), len(short)),
        "assay, 1 kB messages": _rate(lambda: kilo.select(templates.signature()), kilo.height),
        "assay, 1 kB messages, every character": _rate(
            lambda: kilo.select(templates.signature(chars=whole)), kilo.height
        ),
        "drain3, 1 kB messages": _rate(lambda: drain(long[:2000]), 2000),
    }


def _rate(work: Callable[[], object], lines: int) -> int:
    """Lines a processor second, the best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return round(lines / best)


if __name__ == "__main__":
    main()
