"""Names, metadata and log fields that try to be markup, commands, formulas or directions: they stay text."""

import csv
import io
import re
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typst

from assay.evidence.report import Given, LogReport
from assay.evidence.report.blocks.block import Page, Section, plain
from assay.evidence.report.blocks.span import foreign
from assay.evidence.report.pdf.rendering import covered, legible
from assay.evidence.report.shown import shown
from assay.triage.answer import Report

ELEMENTS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "bdi",
        "dl",
        "div",
    ),
    *(
        "dt",
        "dd",
        "main",
        "nav",
        "ul",
        "li",
        "section",
        "figure",
        "figcaption",
        "img",
        "svg",
        "circle",
        "path",
        "rect",
    ),
    *(
        "polyline",
        "polygon",
        "text",
        "strong",
        "br",
        "span",
        "code",
        "q",
        "table",
        "caption",
        "colgroup",
        "col",
        "thead",
    ),
    *("tbody", "tr", "th", "td", "aside", "details", "summary", "pre", "footer"),
}
ATTRIBUTES = re.compile(r"on.*|srcdoc|action|formaction|xlink:href|http-equiv")
STEERING = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


class _Live(HTMLParser):
    """Everything in a page that could do something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            self.found.append(tag)
        for name, value in attributes:
            if ATTRIBUTES.fullmatch(name) and (tag, name) != ("meta", "http-equiv"):
                self.found.append(f"{tag} {name}")
            if name in ("href", "src") and not re.match(r"#|data:image/|(?:\.\./)?[a-z]+[/.]", value or ""):
                self.found.append(f"{name}={value}")


def _check(page: Path) -> None:
    text = page.read_bytes().decode("utf-8")
    live = _Live()
    live.feed(text)
    assert live.found == []
    assert STEERING.findall(text) == []
    assert text.count("<style>") == text.count("</style>") == 1


def _actions(document: bytes) -> list[str]:
    """Names in a PDF that could make a reader do something, looked for in its streams as well."""
    parts = [document]
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", document, re.DOTALL):
        try:
            parts.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    words = (
        rb"/JavaScript",
        rb"/JS\b",
        rb"/Launch",
        rb"/URI",
        rb"/SubmitForm",
        rb"/EmbeddedFile",
        rb"/OpenAction",
        rb"/AA\b",
    )
    return [word.decode() for word in words for part in parts if re.search(word, part)]


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_a_hostile_batch(
    language: str, report_of: Callable[..., Path], verdict: Callable[..., Any], hostile: list[str]
) -> None:
    verdicts = [
        verdict(f"/nowhere/{text}", words=text, detail={"exif": {text[:200]: text}, "note": text})
        for text in hostile
    ]
    verdicts += [verdict(f"/nowhere/{number}") for number in range(10)]
    folder = report_of(*verdicts, language=language)
    pages = list(folder.rglob("*.html"))
    assert len(pages) == 4
    for page in pages:
        _check(page)
    for document in folder.rglob("*.pdf"):
        assert _actions(document.read_bytes()) == []
    for text in folder.glob("*.json*"):
        assert text.read_bytes().isascii()
    table = io.StringIO((folder / "index.csv").read_bytes().decode("utf-8"), newline="")
    cells = [cell for row in csv.reader(table) for cell in row]
    assert [
        cell for cell in cells if cell.lstrip()[:1] in ("=", "@", "\t") or re.match(r"[+][^\d]", cell)
    ] == []


def test_hostile_logs(
    tmp_path: Path, incident: Callable[..., Any], record: Any, key: Any, hostile: list[str]
) -> None:
    lines = [incident(rank, text, host=text[:80]) for rank, text in enumerate(hostile, start=1)]
    done = Report((), 1000, 50, None, "batch@1.0.0", "0" * 64, 0, record, 1.0)
    given = Given(("assay", "triage"), tuple(hostile), key=key)
    LogReport(tmp_path / "r", given).finish(lines, done, budget="30", pseudonyms=False)
    _check(tmp_path / "r" / "report.html")
    assert _actions((tmp_path / "r" / "report.pdf").read_bytes()) == []


def test_typst_takes_hostile_text_as_text(tmp_path: Path, hostile: list[str]) -> None:
    """A heading of each text: what typst says of its body is the text itself, not what it would mean as markup."""
    import json

    from assay.evidence.report.pdf import rendering, typesetting

    sections = tuple(Section(f"s{n}", foreign(text)[0].text, ()) for n, text in enumerate(hostile))
    page = Page("en", "title", "kicker", (), (), sections, "foot")
    data = rendering._fitted(plain(page), tmp_path, frozenset()) | {"words": {"not_shown": "-"}}
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(typesetting.FONTS)]
    )
    template = Path(typesetting.__file__).with_name("report.typ").read_bytes()
    found = json.loads(
        typst.query(
            template,
            "heading",
            field="body",
            root=str(tmp_path),
            font_paths=fonts,
            sys_inputs={"page": json.dumps(data)},
        )
    )
    assert [_flat(body) for body in found] == [
        each.title if not each else legible(each.title) for each in sections
    ]


def _flat(body: dict[str, Any]) -> str:
    if body["func"] == "sequence":
        return "".join(_flat(each) for each in body["children"])
    return str(body.get("text", " ")) if body["func"] == "text" else " "


def test_no_character_of_print_is_an_empty_box(hostile: list[str]) -> None:
    for text in hostile:
        assert all(ord(mark) in covered() for mark in legible(shown(text)))
    assert legible("한") == "\\ud55c" and legible("檢材 exhibit") == "檢材 exhibit"


def test_the_list_of_characters_is_that_of_the_font() -> None:
    """And the Chinese catalogue is in every font that ships."""
    pytest.importorskip("fontTools")
    from assay.evidence.report.pdf.fontmaking import held, written
    from assay.evidence.report.pdf.typesetting import FONTS

    both = ("AssaySansTC-Regular.otf", "AssaySans-Regular.ttf")
    assert frozenset().union(*(held(FONTS / font) for font in both)) == covered()
    needed = {point for point in written() if chr(point).isprintable()}
    assert needed - held(FONTS / "AssaySansTC-Regular.otf") == set()
    # A page in HTML takes the rest from the machine; more than a few that are missing are worth making the font again.
    missing = needed - held(FONTS / "AssaySansTC-words.woff2")
    assert len(missing) < 0.03 * len(needed), "python -m assay.evidence.report.pdf.fontmaking ... words"


def test_a_command_can_be_typed_whatever_the_names(hostile: list[str]) -> None:
    """The line is printable, and a shell makes of it the very bytes of the names."""
    import subprocess

    from assay.evidence.report.writing.given import joined

    names = [name.replace("\0", "") for name in hostile]
    line = joined(["printf", "%s\\0", *names])
    assert line.isprintable()
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert done.stdout.split(b"\0")[:-1] == [name.encode("utf-8", "surrogateescape") for name in names]
