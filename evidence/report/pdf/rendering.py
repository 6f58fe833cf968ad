"""Blocks to PDF: one template, which is given data and never markup, and fonts that ship."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from ....errors import AssayError
from ..blocks.block import Page, plain
from ..limits import DEFAULT
from ..pictures.plot import PRINTED
from ..shown import escaped
from ..words import words_of
from . import typesetting

__all__ = ["ReportUnprintable", "covered", "legible", "printed"]


class ReportUnprintable(AssayError):
    """The PDF of a report could not be made; the rest of the report is there."""

    code = "report-unprintable"


def printed(page: Page, root: Path) -> bytes:
    """The page as a PDF document.

    Parameters
    ----------
    page : Page
        What it says.
    root : Path
        Folder of the report, which holds the pictures; nothing outside of it is read.

    Raises
    ------
    ReportUnprintable
        The process that sets it failed or took too long.
    """
    blocks = plain(page)
    data = _fitted(blocks, root, _ids(blocks))
    data["words"] = {"not_shown": words_of(page.language)("ui.not_shown")}
    command = [sys.executable, "-m", typesetting.__name__, str(root.resolve()), page.created]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(data).encode("ascii"),
            capture_output=True,
            timeout=DEFAULT.pdf_seconds,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        why = error.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ReportUnprintable(f"the PDF could not be set ({why[:300]}): please report it") from None
    except subprocess.TimeoutExpired:
        raise ReportUnprintable(f"the PDF took longer than {DEFAULT.pdf_seconds} s to set") from None
    return done.stdout


@cache
def covered() -> frozenset[int]:
    """Code points that the fonts for print hold, from the list that was made with them."""
    found: set[int] = set()
    for line in (typesetting.FONTS / "coverage.txt").read_text(encoding="ascii").split():
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
