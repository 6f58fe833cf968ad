"""Blocks to HTML by templates that escape everything; pictures go into the page itself."""

import base64
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from ..blocks.block import Page, plain
from ..words import words_of

__all__ = ["Folder", "rendered"]

_HERE: Final = Path(__file__).parent
_FONT: Final = _HERE.parent / "pdf" / "fonts" / "AssaySansTC-words.woff2"
_TYPES: Final = {".png": "image/png", ".jpg": "image/jpeg", ".svg": "image/svg+xml"}


class Folder:
    """Where the files of pictures are; a file that is not there becomes a line that says so."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def data(self, file: str) -> str:
        """A picture as a ``data:`` address; empty when it cannot be read."""
        path = self._root / file.removeprefix("../")
        try:
            content = path.read_bytes()
        except OSError:
            return ""
        return f"data:{_TYPES[path.suffix]};base64,{base64.b64encode(content).decode('ascii')}"

    def drawing(self, file: str) -> Markup:
        """A drawing of our own to stand in the page, so that it follows its colours."""
        try:
            # Made by .pictures.plot alone, which escapes every text and knows no scripts or links.
            return Markup((self._root / file).read_text(encoding="utf-8"))
        except OSError:
            return Markup("")


def rendered(page: Page, folder: Folder) -> str:
    """The page as one HTML document.

    Parameters
    ----------
    page : Page
        What it says.
    folder : Folder
        Holds the pictures.
    """
    template = _templates().get_template("page.html.j2")
    return template.render(
        page=plain(page), words=words_of(page.language), folder=folder, style=_style(page.language)
    )


@cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["share"] = _share
    return made


@cache
def _style(language: str) -> Markup:
    """The style sheet; pages in Chinese bring the characters of their own sentences, for machines that have none."""
    sheet = (_HERE / "style.css").read_text(encoding="utf-8")
    if language != "en":
        font = base64.b64encode(_FONT.read_bytes()).decode("ascii")
        source = f"url(data:font/woff2;base64,{font}) format('woff2')"
        sheet = f'@font-face {{ font-family: "Assay Sans TC"; src: {source}; }}\n{sheet}'
    return Markup(sheet)


def _share(value: Any, reach: Any) -> str:
    """Where a number lies between ``-reach`` and ``+reach``, in per cent."""
    return f"{(min(max(float(value), -float(reach)), float(reach)) + float(reach)) / (2 * float(reach)) * 100:.2f}"
