"""The catalogue: the same sentences in both languages, all of them used, none of them missing."""

import re
from pathlib import Path

import pytest

from assay.detect.analyzers.cards import cards
from assay.evidence.report.words import LANGUAGES, words_of
from assay.evidence.report.words.catalogue import placeholders, read
from assay.triage.limits import FAILURES, REASONS, REPAIRS

EN, ZH = read("en"), read("zh-Hant")
# Keys that are put together from a value; each group is held against the values below.
BUILT = (
    "outcome.", "strength.", "side.", "proposition.", "tier.", "tier_short.", "laundering.", "kind.", "reason.",
    "picture.", "column.", "metric.", "limit.", "redaction.", "reading.", "reproduce.note.", "entity.",
    "methods.profile_", "calibration.", "file.received_", "file.again_", "measure.how_", "custody.", "part.", "title.",
    "incident.before", "incident.after",
)  # fmt: skip


def _code(repository: Path) -> str:
    folder = repository / "evidence" / "report"
    files = [*folder.rglob("*.py"), *folder.rglob("*.j2")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    assert EN.keys() == ZH.keys()
    assert {key: placeholders(text) for key, text in EN.items()} == {
        key: placeholders(text) for key, text in ZH.items()
    }


def test_no_sentence_is_empty_or_still_english() -> None:
    same = {key for key in EN if EN[key] == ZH[key]}
    assert all(EN.values()) and all(ZH.values())
    # Names and signs that have no other form.
    assert same <= {"value.none", "incident.attack"}


def test_every_key_in_the_code_exists(repository: Path) -> None:
    used = set(re.findall(r"""words(?:\.get)?\(\s*["']([a-z0-9_.-]+)["']""", _code(repository)))
    assert used - EN.keys() == set()


def test_every_key_is_used(repository: Path) -> None:
    code = _code(repository)
    # A key may stand alone or as one of two in an expression: "value.yes" if ... else "value.no".
    plain = set(re.findall(r"""["']([a-z0-9_]+(?:\.[a-z0-9_-]+)+)["']""", code))
    unused = {key for key in EN if key not in plain and not key.startswith(BUILT)}
    assert unused == set()


def test_what_is_put_together_exists() -> None:
    from assay.detect.stability import LAUNDERINGS
    from assay.detect.values import Outcome, Proposition

    wanted = {f"outcome.{each.value}.{part}" for each in Outcome for part in ("word", "rest")}
    wanted |= {
        f"proposition.{each}.{part}" for each in list(Proposition)[:3] for part in ("name", "h1", "h2")
    }
    wanted |= {f"side.{each}.{part}" for each in list(Proposition)[:3] for part in ("h1", "h2")}
    wanted |= {f"laundering.{each.name}" for each in LAUNDERINGS["full"]}
    wanted |= {f"{kind}.{tier}" for kind in ("tier", "tier_short") for tier in ("clean", "web", "hard")}
    wanted |= {f"methods.profile_{each}" for each in ("fast", "standard", "full")}
    kinds = (
        "edits",
        "exhibit",
        "heat",
        "reliability",
        "finding",
        "jpeg",
        "noise",
        "timeline",
        "tippett",
        "calibration",
        "activity",
    )
    wanted |= {f"picture.{kind}.{part}" for kind in kinds for part in ("title", "alt", "shows", "hides")}
    assert wanted - EN.keys() == set()


def test_texts_of_the_code_are_translated() -> None:
    told = read("zh-Hant.translated")
    for group, codes in (("rejected", REASONS), ("failure", FAILURES), ("repair", REPAIRS)):
        found = {key.split(".", 1)[1] for key in told if key.startswith(f"{group}.")}
        assert found <= set(codes), "a translation of a code that is gone"
        # What came since is shown in English; more than a few of them are worth a translation.
        assert len(found) >= 0.8 * len(codes), set(codes) - found
    named = {key.split(".")[1] for key in told if key.startswith("analyzer.")}
    assert named <= set(cards()), "a translation of a card that is gone"


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_are_put_in(language: str) -> None:
    assert "12,345" in words_of(language)("title.batch_of", n=12345)
    with pytest.raises(KeyError):
        words_of(language)("title.part", first=1)


def test_other_languages_are_refused() -> None:
    with pytest.raises(ValueError, match="zh-Hant"):
        words_of("de")
