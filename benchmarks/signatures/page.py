"""The measured tables as a page of docs/validation."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

INTRODUCTION = """# Signatures: grouping and speed, measured

Made by `python benchmarks/signatures/run.py --page docs/validation/signatures.md` (data: `ASSAY_DATA`); not edited by
hand. 2,000 lines of each of sixteen loghub systems with the corrected templates. GA is the share of lines whose group
is exactly a true group, F1 the same of groups. Both methods get the message without its header. drain3 runs with its
default settings, and with three usual masks. The masks of Assay were chosen on these samples, so the figures are
**development figures**; no rule names a system, and the third table says which systems each rule moves.
"""
METHODS = ("assay", "drain3", "drain3 masked", "typed")


def page(results: Mapping[str, Any]) -> str:
    """Markdown of a run."""
    systems = results["systems"]
    rows = [[name, *(_pair(found[method]) for method in METHODS)] for name, found in systems.items()]
    means = [
        f"{fmean(f[m][0] for f in systems.values()):.3f} / {fmean(f[m][1] for f in systems.values()):.3f}"
        for m in METHODS
    ]
    heads = ["GA / F1", "signatures", "drain3, default", "drain3, usual masks", "kinds left in (rejected)"]
    read = [
        [name, _pair(f["reader"]), _pair(f["assay"]), _pair(f["drain3"])]
        for name, f in systems.items()
        if "reader" in f
    ]
    rules = [[rule, *_gain(moved, len(systems))] for rule, moved in results["rules"].items()]
    speed = [[name, f"{rate:,}"] for name, rate in results["speed"].items()]
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    return "\n".join(
        [
            INTRODUCTION,
            _table(heads, [*rows, ["**mean**", *means]]),
            "## Raw lines through the reader\n",
            "The same lines with their headers, as a user hands them in: the reader of syslog takes the sentences of\n"
            "sshd, pam, sudo and their kind apart and masks what is left.\n",
            _table(["GA / F1", "reader", "signatures alone", "drain3, default"], read),
            "## What each rule gives\n",
            "All rules less all but this one. A rule that moves no system keeps values apart that these samples do\n"
            "not have; one that only helps text of other kinds than these is named as such in `docs/decisions.md`.\n",
            _table(["rule", "GA, mean", "F1, mean", "better on", "worse on"], rules),
            "## Lines a processor second\n",
            _table(["", "lines/s"], speed),
            f"Libraries: {versions}.\n",
        ]
    )


def _gain(moved: Mapping[str, Sequence[float]], count: int) -> list[str]:
    better = [name for name, (ga, f1) in moved.items() if ga + f1 > 0]
    worse = [name for name in moved if name not in better]
    means = [f"{sum(change[at] for change in moved.values()) / count:+.4f}" for at in (0, 1)]
    return [*means, ", ".join(better) or "none", ", ".join(worse) or "none"]


def _pair(found: Sequence[float]) -> str:
    return f"{found[0]:.3f} / {found[1]:.3f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
