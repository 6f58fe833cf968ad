"""Whether the same rules fire on the same real events as in SQLite, and as the labels say."""

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import events
import peer
import zstandard

from assay.triage.limits import DEFAULT
from assay.triage.readers import open_sources
from assay.triage.sigma.matching import Matcher
from assay.triage.sigma.plan import compile_rules
from assay.triage.sigma.rules import load_rules

Hit = tuple[int, int, int]
"""Number of the capture, line, number of the rule."""


def run(data: Path) -> dict[str, Any]:
    """Compare on all OTRF captures."""
    archive = data / "sigma_rules.tar.zst"
    loaded = load_rules(archive)
    plan = compile_rules(loaded.rules)
    rules = peer.parsed(archive)
    asked = peer.queries(plan.groups, rules)
    folder = data / "logs" / "otrf_windows"
    captures = [p for p in sorted(folder.glob("*.json.zst")) if not p.name.startswith("weak")]
    ours, cut = _ours(captures, Matcher(plan), set(asked))
    with tempfile.TemporaryDirectory() as place:
        theirs, count = _theirs(captures, asked, peer.columns(list(asked), rules), Path(place) / "logs.db")
    differing = ours ^ theirs
    found = {
        "events": count,
        "rules loaded": len(loaded.rules),
        "rules broken": len(loaded.errors),
        "rules run": len(loaded.rules) - len(plan.gaps),
        "gaps": dict(Counter(gap.code for gap in plan.gaps).most_common()),
        "fields missing": dict(Counter(gap.detail for gap in plan.gaps if gap.code == "field").most_common()),
        "rules compared": len(asked),
        "rules that fire": len({hit[2] for hit in ours | theirs}),
        "rules with the same records": len(set(asked) - {hit[2] for hit in differing}),
        "hits of Assay": len(ours),
        "hits of SQLite": len(theirs),
        "hits of both": len(ours & theirs),
        "differences": [
            {
                "rule": loaded.rules[rule].title,
                "capture": captures[source].name.removesuffix(".json.zst"),
                "line": line,
                "only": "Assay" if (source, line, rule) in ours else "SQLite",
                "because": f"a value was cut at {DEFAULT.value_chars:,} characters" if (source, line) in cut else "?",
            }
            for source, line, rule in sorted(differing)
        ],
    }
    found["labels"] = _labels(folder, captures, loaded.rules, ours, theirs)
    print(json.dumps({k: v for k, v in found.items() if k != "labels"}, indent=1))
    print(json.dumps(found["labels"], indent=1))
    return found


def _ours(captures: Sequence[Path], matcher: Matcher, asked: set[int]) -> tuple[set[Hit], set[tuple[int, int]]]:
    """Hits of the rules asked about, and lines with a value that was cut."""
    hits: set[Hit] = set()
    cut: set[tuple[int, int]] = set()
    for batch in open_sources(captures).batches():
        fired = matcher.hits(batch.frame).join(batch.frame.select("row", "source", "line"), on="row")
        hits.update(hit for hit in fired.select("source", "line", "rule").iter_rows() if hit[2] in asked)
        for row in batch.frame.iter_rows(named=True):
            texts = [*(v for v in row.values() if isinstance(v, str)), *row["extra_values"]]
            if any(len(text) == DEFAULT.value_chars and text.endswith("…") for text in texts):
                cut.add((row["source"], row["line"]))
    return hits, cut


def _theirs(
    captures: Sequence[Path], asked: dict[int, str], columns: Sequence[str], path: Path
) -> tuple[set[Hit], int]:
    database = peer.opened(path)
    count = events.fill(database, enumerate(captures), columns)
    hits = {(s, line, number) for number, query in asked.items() for s, line in database.execute(query)}
    database.close()
    return hits, count


def _labels(
    folder: Path, captures: Sequence[Path], rules: Sequence[Any], ours: set[Hit], theirs: set[Hit]
) -> dict[str, Any]:
    """The labels: high and critical rules of an earlier edition, as another engine fired them."""
    numbers = {path.name.removesuffix(".json.zst"): number for number, path in enumerate(captures)}
    packed = (folder / "weak_labels.jsonl.zst").read_bytes()
    labels: set[tuple[int, int, str]] = set()
    for line in zstandard.ZstdDecompressor().decompressobj().decompress(packed).splitlines():
        label = json.loads(line)
        labels |= {(numbers[label["capture"]], label["line"], rule["title"]) for rule in label["rules"]}
    titles = {rule.title for rule in rules}

    def titled(hits: set[Hit]) -> set[tuple[int, int, str]]:
        strong = ("high", "critical")
        return {(s, at, rules[n].title) for s, at, n in hits if rules[n].level in strong}

    mine, others = titled(ours), titled(theirs)
    missed, more = labels - mine, mine - labels
    return {
        "labels (event and rule)": len(labels),
        "found": len(labels & mine),
        "missed, the rule is not in the set": len({m for m in missed if m[2] not in titles}),
        "missed, SQLite does not fire either": len({m for m in missed if m[2] in titles and m not in others}),
        "missed, SQLite fires": len({m for m in missed if m in others}),
        "fired without a label": len(more),
        "of these SQLite fires too": len(more & others),
        "missed by rule": dict(Counter(m[2] for m in missed).most_common()),
        "without a label by rule": dict(Counter(m[2] for m in more).most_common()),
    }
