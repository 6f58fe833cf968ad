"""The measured tables as a page of docs/validation."""

from collections.abc import Mapping, Sequence
from typing import Any

INTRODUCTION = """# Log triage: measured

Made by `python benchmarks/logs/run.py --page docs/validation/logs.md` (data: `ASSAY_DATA`, peers: the extra
`bench`); not edited by hand. The constants of the score and of the ranking were chosen on these sets, as
[decisions.md](../decisions.md) tells, so these are **development figures**: other sites will differ. Trivial
methods stand beside each figure, for without its base rate a figure says nothing. Intervals are bootstrap
intervals by record, by capture for OTRF; where several mixtures were drawn, figures and the ends of intervals
are means over the draws.
"""

LIBRARIES = "Libraries: "
AIT = ("AP", "P@10", "P@25", "phases@50", "phases@100")
COMPARED = {
    "hdfs": "HDFS: sessions of a file system",
    "params": "HttpParams: values of request parameters",
    "csic": "CSIC-2010: requests to a shop",
    "web": "Web: a scanner in an access log",
    "evtx": "EVTX: attack samples among ordinary records",
    "cloudtrail": "CloudTrail: the negative control",
}
"""Sets of labelled records, all with the same figures."""

NSL = ("AUC Test+", "AUC Test-21", "1%: top100")


def page(results: Mapping[str, Any], before: str = "") -> str:
    """Markdown of all sets that have results; of others, what the page said before."""
    parts = []
    writers = {
        "ait": _ait,
        "otrf": _otrf,
        "nsl": _nsl,
        **dict.fromkeys(COMPARED, _compared),
        "control": _control,
    }
    writers |= {"reasons": _reasons, "heads": _heads, "constants": _constants}
    parts += [
        write(results[name] | {"title": COMPARED.get(name, "")})
        for name, write in writers.items()
        if name in results
    ]
    sections = _sections(before) | {part.partition("\n")[0]: part for part in parts}
    libraries = ", ".join(f"{name} {version}" for name, version in results["libraries"].items())
    return "\n".join(
        [INTRODUCTION, *sections.values(), f"{LIBRARIES}{libraries}; processor: {results['machine']}.\n"]
    )


def _sections(text: str) -> dict[str, str]:
    """Sections of a page by their headings, in order."""
    body = text.rpartition(f"\n{LIBRARIES}")[0]
    return {
        (part := f"## {piece}").partition("\n")[0]: part.rstrip("\n") + "\n"
        for piece in body.split("\n## ")[1:]
    }


def _ait(found: Mapping[str, Any]) -> str:
    rows = [[name, *(_number(values[key]) for key in AIT)] for name, values in found["mean"].items()]
    each = [
        [scenario, name, *(_number(values[key]) for key in AIT)]
        for scenario, facts in found["scenarios"].items()
        for name, values in facts["methods"].items()
        if name not in ("group size", "random")
    ]
    base = f"Share of groups that belong to an attack (base rate): {_number(found['base_rate'])}.\n"
    return "\n".join(
        [
            "## AIT-ADS: alerts of four enterprise test-beds\n",
            found["protocol"].strip() + "\n",
            base,
            _table(["mean of the four", *AIT], rows),
            _table(["scenario", "method", *AIT], each),
        ]
    )


def _otrf(found: Mapping[str, Any]) -> str:
    rows = []
    for name, values in found["mean"].items():
        shares = [
            f"{_number(values[k]['value'])} [{_number(values[k]['low'])}, {_number(values[k]['high'])}]"
            for k in ("AUC", "AP")
        ]
        rows.append([name, *shares, str(values["in top 100"])])
    count = len(found["captures"])
    return "\n".join(
        [
            "## OTRF: Windows events of single attacks\n",
            found["protocol"].strip() + "\n",
            f"{count} captures; share of labelled events (base rate): {_number(found['base_rate'])}.\n",
            _table(
                ["mean over captures", "AUC", "AP", f"captures (of {count}) with one in the top 100"], rows
            ),
        ]
    )


def _nsl(found: Mapping[str, Any]) -> str:
    rows = [[name, *(_number(values[key]) for key in NSL)] for name, values in found["methods"].items()]
    base = f"{_number(found['base_rate'])} (Test+), {_number(found['base_rate_21'])} (Test-21)"
    heads = ["method", "AUC Test+", "AUC Test-21", "attacks in the top 100 at 1 %"]
    return "\n".join(
        [
            "## NSL-KDD: connections\n",
            found["protocol"].strip() + "\n",
            f"Base rates: {base}.\n",
            _table(heads, rows),
        ]
    )


def _compared(found: Mapping[str, Any]) -> str:
    methods = found["methods"]
    more = [key for key in next(iter(methods.values())) if key == "found"]
    rows = [
        [
            name,
            *(_interval(row, key) for key in ("AUC", "AP")),
            f"{row['in top 100']:.1f}",
            *(_number(row[key]) for key in more),
        ]
        for name, row in methods.items()
    ]
    every = _number(found["all_positive_f1"])
    base = f"Base rate {found['base_rate']:.4f}; calling everything an attack has F1 {every}"
    return "\n".join(
        [
            f"## {found['title']}\n",
            found["protocol"].strip() + "\n",
            f"{base}; draws: {found['draws']}.\n",
            _table(["method", "AUC", "AP", "attacks in the top 100", *more], rows),
        ]
    )


def _reasons(found: Mapping[str, Any]) -> str:
    rows = [[field, str(number), str(right)] for field, (right, number) in found["by field"].items()]
    told = f"{found['hits']} hits: the first reason names a field of the rule in {_number(found['first reason'])}"
    return "\n".join(
        [
            "## Reasons beside rules\n",
            found["protocol"].strip() + "\n",
            f"{told} of them, one of the reasons in {_number(found['any reason'])}.\n",
            _table(["first reason", "hits", "rule tests it"], rows),
        ]
    )


def _heads(found: Mapping[str, Any]) -> str:
    parts = ["## Learned heads\n", found["protocol"].strip() + "\n"]
    for title, rows in found["sets"].items():
        keys = list(next(iter(rows.values())))
        cells = [[name, *(_number(row[key]) for key in keys)] for name, row in rows.items()]
        parts.append(_table([title, *keys], cells))
    return "\n".join(parts)


def _constants(found: Mapping[str, Any]) -> str:
    rows = [[name, *(_number(row[key]) for key in AIT)] for name, row in found["rows"].items()]
    told = f"{found['draws']} draws.\n"
    return "\n".join(
        [
            "## Constants of the ranking, left out\n",
            found["protocol"].strip() + "\n",
            told,
            _table(["scenario", *AIT], rows),
        ]
    )


def _control(found: Mapping[str, Any]) -> str:
    keys = [f"{unit} {level}" for unit in ("windows", "incidents") for level in (0.01, 0.05, 0.1)]
    rows = [
        [name, f"{row['n windows']}, {row['n incidents']}", *(_share(row, key) for key in keys)]
        for name, row in found["scenarios"].items()
    ]
    heads = ["scenario", "windows, incidents", *(key.replace(" ", " p <= ") for key in keys)]
    return "\n".join(["## Benign control\n", found["protocol"].strip() + "\n", _table(heads, rows)])


def _interval(row: Mapping[str, float], key: str) -> str:
    return f"{_number(row[key])} [{_number(row[f'{key} low'])}, {_number(row[f'{key} high'])}]"


def _share(row: Mapping[str, Any], key: str) -> str:
    """A share, with its interval where it was made."""
    ends = row.get(f"{key.split()[0]} interval") if key.endswith(" 0.01") else None
    told = "" if ends is None else f" [{_number(ends[0])}, {_number(ends[1])}]"
    return _number(row[key]) + told


def _number(value: float) -> str:
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
