"""Texts of a card in Markdown: they come from whoever made the artifact, and must stay texts."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import yaml

__all__ = ["cell", "front", "licence", "plain", "table"]

_MARKS: Final = re.compile(r"([\\`*_\[\]<>|#~])")
_LICENCES: Final[Mapping[str, str]] = {
    "apache-2.0": "apache-2.0", "mit": "mit", "bsd-3-clause": "bsd-3-clause", "bsd-2-clause": "bsd-2-clause",
    "cc0-1.0": "cc0-1.0", "cc-by-4.0": "cc-by-4.0", "cc-by-sa-4.0": "cc-by-sa-4.0", "cc-by-nc-4.0": "cc-by-nc-4.0",
}  # fmt: skip


def plain(text: str) -> str:
    """A text on one line in which no mark means anything to a reader of Markdown or HTML."""
    shown = "".join(mark if mark.isprintable() else " " for mark in text)
    return _MARKS.sub(r"\\\1", " ".join(shown.split())).replace("\\_", "_")


def cell(value: object) -> str:
    """A value in a table; empty for None."""
    return "" if value is None else plain(str(value))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[int] = ()) -> list[str]:
    """Lines of a table; the columns `numbers` stand to the right. Empty where there are no rows."""
    right = set(numbers)
    filled = ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    if not filled:
        return []
    rule = "|" + "|".join("---:" if at in right else "---" for at in range(len(columns))) + "|"
    return ["| " + " | ".join(columns) + " |", rule, *filled]


def front(head: Mapping[str, Any]) -> list[str]:
    """The YAML head of a page."""
    text = yaml.safe_dump(dict(head), sort_keys=False, allow_unicode=True, width=110)
    return ["---", *text.rstrip("\n").split("\n"), "---", ""]


def licence(stated: str) -> dict[str, str]:
    """The licence as a hub names it; `other` with its name where it has no name for it."""
    known = _LICENCES.get(stated.strip().lower())
    return {"license": known} if known else {"license": "other", "license_name": " ".join(stated.split())}
