"""The measured tables as a page of docs/validation."""

from collections.abc import Mapping, Sequence
from typing import Any

INTRODUCTION = """# Sigma rules: measured

Made by `python benchmarks/rules/run.py --page docs/validation/rules.md` (extra `bench`; data: `ASSAY_DATA`);
not edited by hand. Rules: 3,141 public Sigma rules. Events: the OTRF captures (Sysmon, Security, PowerShell and
others of Windows). The peer is pySigma's SQLite backend: the raw fields in a table with an index on channel and
event number, one query a rule with the same log source before it, the same engine for regular expressions.
"""


def page(results: Mapping[str, Any]) -> str:
    """Markdown of the parts that were run."""
    parts = [INTRODUCTION]
    if "agreement" in results:
        parts.append(_agreement(results["agreement"]))
    if "levels" in results:
        parts.append(_levels(results["levels"]))
    if "speed" in results:
        parts.append(_speed(results["speed"]))
    libraries = ", ".join(f"{name} {version}" for name, version in results["libraries"].items())
    parts.append(f"Libraries: {libraries}; processor: {results['machine']}.\n")
    return "\n".join(parts)


def _agreement(found: Mapping[str, Any]) -> str:
    plain = (
        "events", "rules loaded", "rules broken", "rules run", "rules compared", "rules that fire",
        "rules with the same records", "hits of Assay", "hits of SQLite", "hits of both",
    )  # fmt: skip
    gaps = ", ".join(f"{code} {count:,}" for code, count in found["gaps"].items())
    fields = ", ".join(f"`{name}` {count}" for name, count in found["fields missing"].items())
    lines = [
        "## The same rules fire on the same events\n",
        _table(["", ""], [[name, f"{found[name]:,}"] for name in plain]),
        f"Rules that are loaded but cannot be run, by reason: {gaps}. Fields that are missing: {fields}.\n",
        "Every difference:\n",
        _table(
            ["rule", "capture", "line", "fires only in", "because"],
            [[str(d[k]) for k in ("rule", "capture", "line", "only", "because")] for d in found["differences"]],
        ),
        "### Beside the labels\n",
        "The labels are high and critical rules of an earlier edition, as another engine fired them.\n",
    ]
    labels = found["labels"]
    lines.append(_table(["", ""], [[k, f"{v:,}"] for k, v in labels.items() if not isinstance(v, dict)]))
    for name in ("missed by rule", "without a label by rule"):
        told = "; ".join(f"{title} {count}" for title, count in labels[name].items())
        lines.append(f"{name.capitalize()}: {told}.\n")
    return "\n".join(lines)


def _levels(found: Mapping[str, Any]) -> str:
    rows = [
        [level, str(facts["attack"]), str(facts["ordinary"]), f"{facts['log2']:.1f}", f"{facts['used']:g}"]
        for level, facts in found["levels"].items()
    ]
    attack, ordinary = found["groups"]["attack"], found["groups"]["ordinary"]
    heads = ["best level of a group", "groups of attacks", "ordinary groups", "log2 of the ratio", "bits used"]
    return "\n".join(
        [
            "## What a level is worth\n",
            f"Groups (host, event type, five minutes) of {attack:,} in EVTX files of attacks and {ordinary:,} in "
            "ordinary ones by the most severe rule that fired; the ratio is that of the shares, half a group added to "
            "each.\n",
            _table(heads, rows),
        ]
    )


def _speed(found: Mapping[str, Any]) -> str:
    count = found["events"]
    rows = []
    for rules, pair in found["methods"].items():
        for method, facts in pair.items():
            before = facts.get("reading", facts.get("filling"))
            rows.append(
                [rules, method, f"{before:.1f}", f"{facts['rules']:.1f}", f"{count / facts['rules']:,.0f}",
                 f"{facts['hits']:,}"]
            )  # fmt: skip
    heads = ["rules", "method", "reading or filling, s", "rules, s", "events/s through the rules", "hits"]
    ratios = ", ".join(
        f"{rules}: {pair['SQLite']['rules'] / pair['Assay']['rules']:.0f} times"
        for rules, pair in found["methods"].items()
    )
    return "\n".join(
        [
            "## Speed\n",
            f"{count:,} events ({found['bytes'] / 1e9:.1f} GB of JSON lines, the captures repeated), processor "
            "seconds on one core. Reading is what triage does with or without rules; filling is the peer's table "
            "and index, in Python.\n",
            _table(heads, rows),
            f"SQLite's queries take so many times as long: {ratios}. Loading all rules takes "
            f"{found['loading rules']:.1f} s, compiling them {found['compiling']:.1f} s.\n",
        ]
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
