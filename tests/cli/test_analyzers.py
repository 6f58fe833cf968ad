"""``assay detect analyzers``: lists the cards, shows one, and refuses a name that is none."""

import json
from collections.abc import Callable
from typing import Any

from assay.detect.analyzers.cards import card, cards, page


def test_the_command_lists_shows_and_refuses(assay: Callable[..., Any]) -> None:
    assert assay("detect", "analyzers").out.count("?\n") == len(cards())
    shown = assay("detect", "analyzers", "jpeg-grid").out
    assert "When nothing is found" in shown and all(len(line) <= 110 for line in shown.splitlines())
    assert json.loads(assay("detect", "analyzers", "jpeg", "--json").out) == card("jpeg").to_json()
    assert assay("detect", "analyzers", "--markdown").out == page()
    unknown = assay("detect", "analyzers", "nonsense")
    assert unknown.code == 2 and "jpeg-grid" in unknown.err
