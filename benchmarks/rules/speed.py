"""Rules on a million events: processor time beside SQLite's, on the same rules and events."""

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import events
import peer

from assay.triage.readers import open_sources
from assay.triage.sigma.matching import Matcher
from assay.triage.sigma.plan import compile_rules
from assay.triage.sigma.rules import load_rules

SOME = 1000
"""Rules of the smaller set, drawn from those about Windows."""


def run(data: Path, most: int) -> dict[str, Any]:
    """Measure; real captures are repeated until there are *most* events."""
    archive = data / "sigma_rules.tar.zst"
    began = time.process_time()
    loaded = load_rules(archive)
    loading = time.process_time() - began
    began = time.process_time()
    plan = compile_rules(loaded.rules)
    Matcher(plan)
    compiling = time.process_time() - began
    rules = peer.parsed(archive)
    asked = peer.queries(plan.groups, rules)
    some = set(random.Random(7).sample(sorted(asked), SOME))
    folder = data / "logs" / "otrf_windows"
    captures = [p for p in sorted(folder.glob("*.json.zst")) if not p.name.startswith("weak")]
    found: dict[str, Any] = {"loading rules": loading, "compiling": compiling, "methods": {}}
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "events.jsonl"
        count = _write(captures, file, most)
        found |= {"events": count, "bytes": file.stat().st_size}
        for name, chosen in ((f"{SOME:,} rules", some), (f"{len(asked):,} rules", set(asked))):
            found["methods"][name] = {"Assay": _ours(file, [loaded.rules[n] for n in sorted(chosen)])}
        theirs = _theirs(captures, Path(place) / "logs.db", asked, peer.columns(list(asked), rules), count)
    for name, chosen in zip(found["methods"], (some, set(asked)), strict=True):
        took = sum(theirs["each"][n] for n in chosen)
        hits = sum(theirs["hits"][n] for n in chosen)
        found["methods"][name]["SQLite"] = {"filling": theirs["filling"], "rules": took, "hits": hits}
    for name, pair in found["methods"].items():
        for method, facts in pair.items():
            told = ", ".join(f"{k} {v:,.1f}" for k, v in facts.items())
            print(f"{name:>12} {method:>7}: {told}; {count / facts['rules']:,.0f} events/s")
    return found


def _write(captures: list[Path], file: Path, most: int) -> int:
    done = 0
    with file.open("wb") as sink:
        for line in _lines(captures):
            sink.write(line + b"\n")
            done += 1
            if done == most:
                break
    return done


def _lines(captures: list[Path]) -> Iterator[bytes]:
    while True:
        for path in captures:
            yield from events.lines(path)


def _ours(file: Path, rules: list[Any]) -> dict[str, float]:
    matcher = Matcher(compile_rules(rules))
    reading, matching, hits = 0.0, 0.0, 0
    began = time.process_time()
    for batch in open_sources([file]).batches():
        read = time.process_time()
        hits += matcher.hits(batch.frame).height
        reading, matching = reading + read - began, matching + time.process_time() - read
        began = time.process_time()
    return {"reading": reading, "rules": matching, "hits": hits}


def _theirs(
    captures: list[Path], path: Path, asked: dict[int, str], columns: list[str], most: int
) -> dict[str, Any]:
    database = peer.opened(path)
    began = time.process_time()
    many = ((number, capture) for _ in range(10_000) for number, capture in enumerate(captures))
    events.fill(database, many, columns, most)
    filling = time.process_time() - began
    each, hits = {}, {}
    for number, query in asked.items():
        began = time.process_time()
        hits[number] = len(database.execute(query).fetchall())
        each[number] = time.process_time() - began
    database.close()
    return {"filling": filling, "each": each, "hits": hits}
