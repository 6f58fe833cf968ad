"""Blocks to PDF: one template, which is given data and never markup, and fonts that ship."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from ..blocks.block import Page, plain
from ..pictures.plot import PRINTED
from ..shown import escaped
from ..words import words_of

__all__ = ["covered", "printed"]

_HERE: Final = Path(__file__).parent
FONTS: Final = _HERE / "fonts"


def printed(page: Page, root: Path) -> bytes:
    """The page as a PDF document, PDF/A-2a: tagged, for archives, nothing in it that is fetched or run.

    Parameters
    ----------
    page : Page
        What it says.
    root : Path
        Folder of the report, which holds the pictures; nothing outside of it is read.
    """
    import typst

    data = _fitted(plain(page), root, _ids(plain(page)))
    data["words"] = {"not_shown": words_of(page.language)("ui.not_shown")}
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)])
    # The stubs want text and root to be of one type; a template in bytes needs no file below the root.
    made: bytes = typst.compile(  # type: ignore[call-overload]
        (_HERE / "report.typ").read_bytes(),
        root=str(root.resolve()),
        font_paths=fonts,
        format="pdf",
        sys_inputs={"page": json.dumps(data)},
        pdf_standards="a-2a",
        timestamp=datetime.fromisoformat(page.created),
    )
    return made


@cache
def covered() -> frozenset[int]:
    """Code points that the fonts for print hold, from the list that was made with them."""
    found: set[int] = set()
    for line in (FONTS / "coverage.txt").read_text(encoding="ascii").split():
        first, _, last = line.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)


def legible(text: str) -> str:
    """`text` with every character that no font for print holds as an escape: it is never an empty box."""
    known = covered()
    if all(ord(mark) in known for mark in text):
        return text
    return "".join(mark if ord(mark) in known else escaped(mark) for mark in text)


def _ids(node: Any) -> frozenset[str]:
    """Places on the page that a link may lead to."""
    found: set[str] = set()
    if isinstance(node, dict):
        if node.get("type") == "section":
            found.add(node["id"])
        for value in node.values():
            found |= _ids(value)
    elif isinstance(node, list):
        for value in node:
            found |= _ids(value)
    return frozenset(found)


def _fitted(node: Any, root: Path, ids: frozenset[str]) -> Any:
    """Blocks for the template: legible texts, links that lead somewhere, pictures that are there."""
    if isinstance(node, str):
        return legible(node)
    if isinstance(node, list):
        return [_fitted(each, root, ids) for each in node]
    if not isinstance(node, dict):
        return node
    made = {name: _fitted(value, root, ids) for name, value in node.items()}
    if made.get("type") == "span":
        place = node["href"].removeprefix("#")
        made["href"] = place if node["href"].startswith("#") and place in ids else ""
    elif made.get("type") == "figure":
        file = root / node["file"]
        made["found"] = file.is_file()
        made["file"] = f"/{node['file']}"
        made["svg"] = _with_style(file) if node["drawing"] and file.is_file() else ""
    elif made.get("type") == "item":
        made["shown"] = f"{node['count']:,}"
    return made


def _with_style(file: Path) -> str:
    """A drawing in the colours of paper, every character of it in our font."""
    head, body = file.read_text(encoding="utf-8").split(">", 1)
    return f"{head}><style>{PRINTED}</style>{legible(body)}"
