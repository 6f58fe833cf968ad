"""The index of all pages of figures, and their tables as one JSON file, so that no figure changes without it.

    python benchmarks/pages.py [--check]

Writes docs/validation.md from docs/validation/media.json and the heads of the other pages. Then reads README.md,
docs/validation.md and docs/validation/*.md and writes docs/validation/tables.json: each table with its heading, columns
and cells. `make bench` runs it when every page was written; a test runs it with `--check`.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TABLES = ROOT / "docs" / "validation" / "tables.json"


def pages(root: Path) -> list[Path]:
    """Pages that hold figures."""
    folder = root / "docs" / "validation"
    return [root / "README.md", root / "docs" / "validation.md", *sorted(folder.glob("*.md"))]


def tables(text: str) -> list[dict[str, Any]]:
    """Every table of a page that has a digit in a cell, in order."""
    found: list[dict[str, Any]] = []
    heading, rows = "", []
    for line in (*text.splitlines(), ""):
        if line.startswith("#"):
            heading = line.lstrip("# ").strip()
        if line.startswith("|"):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]])
        elif rows:
            if len(rows) > 2 and any(re.search(r"\d", cell) for row in rows[2:] for cell in row):
                found.append({"heading": heading, "columns": rows[0], "rows": rows[2:]})
            rows = []
    return found


def read(root: Path) -> dict[str, list[dict[str, Any]]]:
    """Tables by the page, its path seen from the root."""
    held = {
        path.relative_to(root).as_posix(): tables(path.read_text(encoding="utf-8")) for path in pages(root)
    }
    return {name: made for name, made in held.items() if made}


def write_index(root: Path) -> None:
    """The index, as the benchmark of pictures writes it at its end."""
    sys.path.insert(0, str(Path(__file__).parent / "media"))
    from index import index

    from assay.models.artifact import Artifact

    folder = root / "docs" / "validation"
    card = Artifact.open(root / "models" / "zoo" / "clip-probe").card
    record = json.loads((folder / "media.json").read_text(encoding="utf-8"))
    folder.with_suffix(".md").write_text(index(record, card, folder), encoding="utf-8")


def main() -> None:
    """Write the file, or say what differs from it."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 where pages and file differ"
    )
    given = asked.parse_args()
    made = read(ROOT)
    if not given.check:
        write_index(ROOT)
        made = read(ROOT)
        TABLES.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(
            f"written: {TABLES.relative_to(ROOT)}, {sum(map(len, made.values()))} tables of {len(made)} pages"
        )
        return
    stored = json.loads(TABLES.read_text(encoding="utf-8"))
    wrong = [name for name in sorted(made.keys() | stored.keys()) if made.get(name) != stored.get(name)]
    for name in wrong:
        print(
            f"{name} is not what {TABLES.relative_to(ROOT)} holds: regenerate it by its command, then run this one"
        )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
