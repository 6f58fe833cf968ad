"""What evidence is called, what cases and keys are called, and what a verdict quotes is text on every page."""

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from assay.evidence.report.model import Document
from assay.service.access import Role
from assay.service.database.tables import job_exhibit
from assay.service.page.shown import foreign
from assay.service.room import Room
from assay.service.work.bench import Bench
from assay.service.work.results import Kept

# The corpus of the tests of reports.
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "</style><style>*{display:none}</style>",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egpj.exe\u2066x\u2069",
    "zero\u200bwidth\ufeff",
    "한글 ไทย עברית 🙂 𠮷",
    "' onmouseover='alert(1)",
    "&lt;b&gt;&amp;",
    "a" * 255,
]


class _Reader(HTMLParser):
    """What a browser makes of a page: its tags with their attributes, and its text outside of fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._field = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._field = tag == "textarea"

    def handle_endtag(self, tag: str) -> None:
        self._field = False

    def handle_data(self, data: str) -> None:
        if not self._field:
            self.text.append(data)


def _sound(page: str) -> None:
    """Every tag is one of ours and runs nothing; nothing in the text steers how it is drawn."""
    read = _Reader(page)
    for tag, attributes in read.tags:
        assert tag not in ("iframe", "object", "embed", "base", "style", "b"), tag
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")], (
            attributes
        )
        for name in ("src", "href", "action"):
            address = attributes.get(name)
            assert address is None or re.match("[/#?]", address), (tag, address)
        if tag == "script":
            assert (attributes["src"] or "").startswith("/static/")
    text = "".join(read.text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff\u200b]", text)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_names_are_text(text: str, room: Room, signed: Any) -> None:
    case = room.cases.make(text.replace("\x1b", "").replace("\x07", "") or "x", note=text)
    with room.store.arrival() as arrival:
        arrival.write(text.encode())
        held, _ = room.exhibits.receive(arrival, case_id=case.id, name=text, by=f"key {text}")
    room.keys.make(text, [Role.SUBMIT], cases=[case.id])
    browser = signed("admin")
    for path in (
        "/", "/cases", f"/cases/{case.id}", "/evidence", f"/evidence/{held.sha256}", "/custody", "/keys", "/health",
    ):  # fmt: skip
        page = browser.see(path).text
        _sound(page)
    shown = html.unescape(browser.see(f"/evidence/{held.sha256}").text)
    assert foreign(text, 200) in shown
    sought = browser.client.get("/search", params={"q": text[:200]}).text
    _sound(sought)


Verdict = Callable[..., Any]


@pytest.mark.parametrize(
    ("text", "language"),
    [(text, ("en", "zh-Hant")[place % 2]) for place, text in enumerate(HOSTILE)],
    ids=range(len(HOSTILE)),
)
def test_what_a_verdict_quotes_is_text(
    text: str, language: str, room: Room, signed: Any, held: dict[str, str]
) -> None:
    browser = signed("admin")
    analysis = done(browser.client.app.state.bench, held, text)
    page = browser.see(f"/analyses/{analysis}", **{"accept-language": language}).text
    assert 'class="answer' in page
    _sound(page)
    # Keys of metadata are text as well as values.
    assert html.unescape(page).count(foreign(text, 60)[:50]) >= 2
    _sound(browser.see(f"/compare?a={analysis}/1&b={analysis}/1").text)
    _sound(browser.see("/analyses").text)


def done(bench: Bench, held: dict[str, str], text: str) -> str:
    """An analysis that has ended with a verdict in which everything that comes from a file is this text."""
    import json

    from assay.detect.contract import verdict_json
    from assay.detect.values import Answer, Finding, LikelihoodRatio, Outcome, Proposition, Reason, Verdict

    ratio = LikelihoodRatio(1.1, 0.9, 1.4)
    answers = {name: Answer(None, "not assessed", False) for name in list(Proposition)[:3]}
    answers[Proposition.SYNTHETIC] = Answer(ratio, "weak support", True)
    findings = (
        Finding("synthetic", Proposition.SYNTHETIC, True, score=1.5, ratio=ratio, words=text),
        Finding(
            "metadata", Proposition.PROVENANCE, True, words=text, detail={text: text, "exif": {"Make": text}}
        ),
        Finding("jpeg", Proposition.PROVENANCE, False, why_not=Reason("not-jpeg", text)),
        Finding(text, Proposition.PROVENANCE, True, words="of an analyzer with that name"),
    )
    verdict = Verdict(
        text, held["sha256"], "image", Outcome.INCONSISTENT, (Reason("synthetic-supported", text),), score=0.7,
        proposition=Proposition.SYNTHETIC, tier="clean", answers=answers, findings=findings, seconds=0.5,
    )  # fmt: skip
    line = (json.dumps(verdict_json(verdict)) + "\n").encode()
    asked = {"profile": "standard", "lang": "en", "pictures": True, "report": False, "redact": False}
    job = bench.jobs.add(held["case"], "analysis", asked, [held["sha256"]], by=text)
    database = bench.jobs._database
    with database.writing() as connection:
        bench.jobs.finish(connection, job.id, {"outcomes": {"inconsistent": 1}, "troubles": [text]})
        bench.results.name(connection, job.id, [Kept("verdicts.jsonl", bench.results.store.put(line))])
        connection.execute(
            job_exhibit.update().where(job_exhibit.c.job_id == job.id).values(
                name=text, begins=0, length=len(line), outcome="inconsistent", log10_lr=1.1,
                proposition="synthetic", reason=text, kind="image",
            )
        )  # fmt: skip
    return job.id


def test_the_model_of_a_report_is_still_what_the_page_reads() -> None:
    assert {"media", "artifacts", "parts"} <= set(Document.model_fields)
