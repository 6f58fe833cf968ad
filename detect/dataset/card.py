"""The card of a set of data: what is in it, by which hashes it is known, and what was found wrong with it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ...intake.manifest import Entry
from .check import Check
from .facts import FileFacts

__all__ = ["dataset_card", "digest", "markdown"]


def digest(entries: Sequence[Entry], facts: Sequence[FileFacts]) -> str:
    """SHA-256 over label and content of every file in the order of their names: the set itself, wherever it lies."""
    total = hashlib.sha256()
    for entry, one in sorted(zip(entries, facts, strict=True), key=lambda pair: pair[0].name):
        total.update(f"{entry.name}\0{entry.label}\0{one.sha256}\n".encode())
    return total.hexdigest()


def dataset_card(check: Check) -> dict[str, Any]:
    """The card as plain values."""
    entries, facts = check.manifest.entries, check.facts
    groups: dict[str, Counter[str]] = {}
    for entry in entries:
        for name, value in entry.groups.items():
            groups.setdefault(name, Counter())[value] += 1
    return {
        "schema_version": 1,
        "created": datetime.now(UTC).date().isoformat(),
        "manifest_sha256": check.manifest.sha256,
        "content_sha256": digest(entries, facts),
        "files": len(entries),
        "bytes": sum(one.bytes for one in facts),
        "sources": [
            {
                "source": source, "label": label, "split": split, "files": len(mine),
                "generators": sorted({e.generator for e, _ in mine if e.generator}),
                "licences": sorted({e.licence or "none stated" for e, _ in mine}),
                "sha256": digest([e for e, _ in mine], [f for _, f in mine]),
            }
            for (source, label, split), mine in _parts(zip(entries, facts, strict=True))
        ],
        "media": dict(Counter(one.media for one in facts).most_common()),
        "groups": {name: dict(held.most_common(50)) for name, held in sorted(groups.items())},
        **{name: value for name, value in check.to_json().items() if name in ("tiers", "control", "faults")},
    }  # fmt: skip


def _parts(
    pairs: Iterable[tuple[Entry, FileFacts]],
) -> list[tuple[tuple[str, str, str], list[tuple[Entry, FileFacts]]]]:
    found: dict[tuple[str, str, str], list[tuple[Entry, FileFacts]]] = {}
    for entry, one in pairs:
        found.setdefault((entry.source, entry.label, entry.split), []).append((entry, one))
    return sorted(found.items())


def markdown(card: dict[str, Any], title: str) -> str:
    """The card as a page."""
    lines = [
        f"# Data card: {title}",
        "",
        f"{card['files']:,} files, {card['bytes']:,} bytes. Content SHA-256 `{card['content_sha256']}`, "
        f"manifest `{card['manifest_sha256']}`. Written on {card['created']}.",
        "",
        "| source | label | split | files | made by | licence | SHA-256 of the part |",
        "|---|---|---|---:|---|---|---|",
    ]
    for row in card["sources"]:
        cells = (
            row["source"] or "not stated", row["label"], row["split"] or "none", f"{row['files']:,}",
            ", ".join(row["generators"][:4]) or "not stated", "; ".join(row["licences"]), f"`{row['sha256'][:16]}`",
        )  # fmt: skip
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    lines += ["", "## By tier", "", "| label | clean | web | hard |", "|---|---:|---:|---:|"]
    lines += [
        f"| {label} | {t['clean']:,} | {t['web']:,} | {t['hard']:,} |" for label, t in card["tiers"].items()
    ]
    if card["control"]:
        lines += [
            "", "## Format-only control", "",
            "How well a forest of trees tells the label from what the files say of themselves, on files that it was "
            "not fitted on. It must be near 0.5.", "",
            "| facts | AUC | leaks |", "|---|---:|---|",
        ]  # fmt: skip
        lines += [
            f"| {c['family']} | {c['auc']:.3f} [{c['low']:.3f}, {c['high']:.3f}] | {'yes' if c['leaks'] else 'no'} |"
            for c in card["control"]
        ]
    if card["groups"]:
        lines += ["", "## Groups", ""]
        for name, held in card["groups"].items():
            lines.append(
                f"- {_cell(name)}: " + ", ".join(f"{_cell(k)} {v:,}" for k, v in list(held.items())[:20])
            )
    lines += ["", "## What was found", ""]
    lines += [f"- **{f['severity']}** `{f['code']}`: {_cell(f['words'])}." for f in card["faults"]] or [
        "Nothing."
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """A text from outside, harmless in a table."""
    return (
        text.replace("\\", "\\\\")
        .replace("|", "\\|")
        .replace("<", "&lt;")
        .replace("\n", " ")
        .replace("`", "'")
    )
