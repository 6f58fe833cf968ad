"""docs/formats.md lists the readers, reasons, repairs and fields that the code has."""

import os
import re
from pathlib import Path

import pytest

from assay.triage.limits import REASONS, REPAIRS
from assay.triage.readers import READERS
from assay.triage.records.fields import FIELDS

TABLES = {
    "readers": (("format", "what it reads"), [(f"`{reader.name}`", reader.title) for reader in READERS]),
    "reasons": (("rejected", "meaning"), [(f"`{code}`", meaning) for code, meaning in REASONS.items()]),
    "repairs": (("mended", "meaning"), [(f"`{code}`", meaning) for code, meaning in REPAIRS.items()]),
    "fields": (
        ("column", "ECS", "role", "meaning"),
        [(f"`{f.name}`", f"`{f.ecs}`", f.role, f.meaning.replace("|", "\\|")) for f in FIELDS],
    ),
}


def _table(name: str) -> str:
    head, rows = TABLES[name]
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


@pytest.mark.parametrize("name", TABLES)
def test_the_page_has_the_table_of_the_code(name: str, repository: Path) -> None:
    """``ASSAY_WRITE_DOCS=1 pytest tests/docs/test_formats.py`` writes the tables anew."""
    path = repository / "docs" / "formats.md"
    page = path.read_text()
    place = re.compile(rf"<!-- {name} -->\n+(?:\|[^\n]*\n+)*")
    assert place.search(page), name
    if os.environ.get("ASSAY_WRITE_DOCS"):
        page = place.sub(lambda _: f"<!-- {name} -->\n\n{_table(name)}\n\n", page)
        path.write_text(page.rstrip() + "\n")
    assert f"<!-- {name} -->\n\n{_table(name)}\n" in path.read_text()
