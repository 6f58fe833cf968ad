"""The cards: every question has one, and the page lists them all."""

import re
from pathlib import Path

import pytest

from assay.triage.counting.contexts import PAIRS
from assay.triage.detectors import DetectorUnknown, card, cards, detector_of, page
from assay.triage.ranking.bursts import VOLUME_PAIRS


@pytest.mark.parametrize("name", [pair.name for pair in PAIRS])
def test_every_question_of_a_record_has_a_card(name: str) -> None:
    found = card(detector_of(name))
    # A question about something else than a field within its event type must be named, not fall into the rest.
    if not name.startswith("type>"):
        assert any(
            ask != "*>*" and re.fullmatch(ask.replace("+", r"\+").replace("*", ".*"), name)
            for ask in found.asks
        )


@pytest.mark.parametrize("field", [*{pair.field for pair in VOLUME_PAIRS}, "company", "rule"])
def test_every_question_of_a_window_has_a_card(field: str) -> None:
    assert f"window:{field}" in card(detector_of(f"window:{field}")).asks


def test_a_further_field_has_a_card() -> None:
    assert detector_of("type>GrantedAccess") == "rare-value"


def test_cards_are_complete_and_their_questions_exist() -> None:
    of_windows = {f"window:{pair.field}" for pair in VOLUME_PAIRS} | {"window:company", "window:rule", "window:tactics"}
    asked = {pair.name for pair in PAIRS} | of_windows
    for name, each in cards().items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
        assert each.question.endswith("?") and each.fields and each.false_alarms and each.triage
        assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", technique) for technique in each.attack)
        assert any(detector_of(question) == name for question in asked), f"nothing asks for {name}"


def test_an_unknown_card_is_refused_with_the_names() -> None:
    with pytest.raises(DetectorUnknown, match="new-address"):
        card("nonsense")


def test_the_page_is_made_from_the_cards(repository: Path) -> None:
    written = (repository / "docs" / "detectors.md").read_text(encoding="utf-8")
    assert written == page(), "run `assay triage detectors --markdown > docs/detectors.md`"
    assert all(f"\n## {name}\n" in written for name in cards())
