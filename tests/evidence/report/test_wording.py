"""What a report never says, in either language, whatever was found."""

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.evidence.report import Given, LogReport
from assay.evidence.report.words import LANGUAGES, words_of
from assay.triage.answer import Report

# Sentences that deny certainty are taken out first; what is left must hold none of the phrases below.
DENIALS = (
    r"no evidence that the file is authentic", r"never evidence that a file is authentic", r"proves? nothing",
    r"no proof of (?:anything|an intrusion)", r"is proof against", r"never read silence as proof", r"nobody needs",
    r"不是檔案真實的證據", r"不證明", r"不是該處有任何問題的證明", r"並不證明",
)  # fmt: skip
FORBIDDEN = (
    r"\bproof\b", r"\bproven?\b", r"\bproves\b", r"\bcertain(?:ly|ty)?\b", r"\bdefinite(?:ly)?\b", r"\bundoubtedly\b",
    r"beyond (?:a |any )?(?:reasonable )?doubt", r"without (?:a |any )?doubt", r"\bconclusive(?:ly)?\b",
    r"\bguarantee", r"\bis (?:a )?(?:fake|forged|genuine|authentic|real photo)",
    r"\b(?:99|100)(?:\.\d+)? ?% (?:sure|certain|fake|real|ai)",
    r"\bcannot be wrong\b", r"\bidentifies the\b", r"probability (?:of|that) guilt", r"證實", r"證明了", r"確定無疑",
    r"毫無疑問", r"無可置疑", r"肯定是", r"必然是", r"百分之百", r"絕對是", r"保證", r"確鑿",
)  # fmt: skip


def _text(page: str) -> str:
    """The words of a page."""
    body = re.sub(r"<(style|svg|head)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def _certain(text: str) -> list[str]:
    for denial in DENIALS:
        text = re.sub(denial, " ", text, flags=re.IGNORECASE)
    return [text[max(found.start() - 40, 0) : found.end() + 40] for each in FORBIDDEN
            for found in re.finditer(each, text, re.IGNORECASE)]  # fmt: skip


@pytest.mark.parametrize(
    "sentence", ["This is a fake.", "That is proof of it.", "100 % sure", "這證實了圖像是假的", "毫無疑問"]
)
def test_certainty_is_noticed(sentence: str) -> None:
    assert _certain(sentence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_the_catalogue_is_certain(language: str) -> None:
    assert [(key, text) for key, text in words_of(language).entries.items() if _certain(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_report_is_certain(
    language: str, report_of: Callable[..., Path], verdict: Callable[..., Any]
) -> None:
    verdicts = [verdict(f"/nowhere/{name}.jpg", name, log10) for name, log10 in
                (("consistent", -0.7), ("inconclusive", 0.1), ("inconsistent", 1.4), ("failed", 0.0))]  # fmt: skip
    folder = report_of(*verdicts, language=language)
    text = _text((folder / "report.html").read_text(encoding="utf-8"))
    words = words_of(language)
    assert _certain(text) == []
    for key in (
        "silence.absence",
        "reading.transposed_note",
        "silence.not_assessed",
        "propositions.not_mixed",
    ):
        assert re.sub(r"\s+", " ", words(key)) in text
    for name in ("synthetic", "face_swap", "edited"):
        assert words(f"proposition.{name}.h1") in text and words(f"proposition.{name}.h2") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_support_is_told_with_its_range(
    language: str, report_of: Callable[..., Path], verdict: Callable[..., Any]
) -> None:
    folder = report_of(verdict("/nowhere/a.jpg", "inconsistent", 1.1), language=language)
    text = _text((folder / "report.html").read_text(encoding="utf-8"))
    # 10^0.9 to 10^1.4: the number, its ends, and its logarithm with them.
    assert "+1.10 [+0.90, +1.40]" in text and "7.9" in text and "25" in text
    assert words_of(language)("strength.moderate") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_log_report_is_certain(
    language: str, tmp_path: Path, incident: Callable[..., Any], record: Any, key: Any
) -> None:
    done = Report((), 1000, 50, None, "batch@1.0.0", "0" * 64, 0, record, 1.0)
    lines = [incident(rank) for rank in range(1, 4)]
    given = Given(("assay", "triage"), ("logs",), language, key=key)
    LogReport(tmp_path / "r", given).finish(lines, done, budget="3", pseudonyms=False)
    text = _text((tmp_path / "r" / "report.html").read_text(encoding="utf-8"))
    assert _certain(text) == []
    assert words_of(language)("logs.rare") in text and words_of(language)("reading.silence_logs.text") in text
