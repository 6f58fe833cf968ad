"""Both languages say the same, and all that is said is in them."""

import re
from pathlib import Path

import pytest

import assay.service.page as page
from assay.evidence.report.words.catalogue import placeholders
from assay.service.page import fontmaking
from assay.service.page.words import language_of, words_of
from assay.service.page.words.catalogue import own

HERE = Path(page.__file__).parent
TEMPLATES = "\n".join(file.read_text() for file in sorted((HERE / "templates").glob("*.j2")))
CODE = "\n".join(file.read_text() for file in sorted(HERE.rglob("*.py")))


def test_the_same_keys_and_places() -> None:
    english, chinese = own("en"), own("zh-Hant")
    assert english.keys() == chinese.keys()
    for key, sentence in english.items():
        assert placeholders(sentence) == placeholders(chinese[key]), key


def test_every_key_of_a_template_is_there_and_every_sentence_is_used() -> None:
    words = words_of("en").entries
    asked = set(re.findall(r"'((?:page|outcome|kind|reading)\.[a-z0-9_.-]+)'", TEMPLATES + CODE))
    whole = {key for key in asked if not key.endswith(".")}
    beginnings = {key for key in asked if key.endswith(".")}
    missing = {key for key in whole if key not in words and not any(w.startswith(key + ".") for w in words)}
    assert missing == set()
    for key in own("en"):
        assert key in whole or any(key.startswith(each) for each in beginnings), f"{key} is said nowhere"


def test_templates_mark_nothing_as_safe() -> None:
    assert "|safe" not in TEMPLATES.replace(" ", "") and "autoescape" not in TEMPLATES
    assert "Markup(" not in CODE


@pytest.mark.parametrize(
    ("kept", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        (None, "en;q=0.8,zh-Hant;q=0.9", "zh-Hant"),
        (None, "fr,de;q=x", "en"),
        ("zh-Hant", "en", "zh-Hant"),
        ("xx", "zh", "zh-Hant"),
    ],
)
def test_the_language(kept: str | None, accepted: str, language: str) -> None:
    assert language_of(kept, accepted) == language


def test_the_font_holds_what_is_said() -> None:
    ttLib = pytest.importorskip("fontTools.ttLib")
    held = set(ttLib.TTFont(fontmaking.FOLDER / "assay-tc.woff2").getBestCmap())
    missing = "".join(sorted(map(chr, fontmaking.written() - held)))
    assert not missing, f"python -m assay.service.page.fontmaking: {missing}"
