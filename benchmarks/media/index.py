"""docs/validation.md: the headline of every page of docs/validation, copied from where it was measured."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from page import headline
from tables import row, table

from assay.detect.forge.launder import TIERS
from assay.models.card import Card

INTRODUCTION = """# Validation

The head of every page in [validation](validation), bad figures included. Each page is made by the command that it
names and is not edited by hand; this one by `python benchmarks/media/run.py --only page --page
docs/validation/media.md`, which measures nothing and only collects. `make bench` makes all.
"""


def index(record: Mapping[str, Any], card: Card, folder: Path) -> str:
    """Markdown of the index; `folder` holds the pages."""
    parts = [INTRODUCTION, "## [The picture artifact](validation/media.md)\n"]
    if "peers" in record:
        parts += [
            f"{card.id} beside other detectors on {record['pictures']['test']} pictures of sources that no choice has "
            "seen, all saved alike; area under the curve with 95 % intervals, 0.5 is chance.\n",
            headline(record),
        ]
    if "gain" in record:
        columns = [*TIERS, "mean"]
        parts += [
            "Paired gain over the reproduced pilot recipe:\n",
            table(columns, [row(record["gain"]["cells"], columns)]),
        ]
    if "operating" in record:
        overall = [line for line in record["operating"]["lines"] if not line["group"]]
        parts += [
            "What `assay detect` answers on the same pictures:\n",
            table(["share", *TIERS], [[line["name"], *row(line["cells"])] for line in overall]),
        ]
    for path in sorted(folder.glob("*.md")):
        if path.name != "media.md":
            parts += _excerpt(path, folder.name)
    return "\n".join(parts)


def _excerpt(path: Path, folder: str) -> list[str]:
    """Title, heading and first table of another page."""
    text = path.read_text(encoding="utf-8").splitlines()
    title = next(line.removeprefix("# ") for line in text if line.startswith("# "))
    first = next((n for n, line in enumerate(text) if line.startswith("|")), len(text))
    rows = []
    for line in text[first:]:
        if not line.startswith("|"):
            break
        rows.append(line)
    heading = next((line.lstrip("# ") for line in reversed(text[:first]) if line.startswith("## ")), None)
    parts = [f"## [{title.removesuffix(': measured')}]({folder}/{path.name})\n"]
    if heading:
        parts.append(f"{heading}\n")
    return [*parts, "\n".join(rows) + "\n"]
