"""Real rules on real captures, beside labels that another engine made from an earlier edition of the rules."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
import zstandard

from assay.triage.readers import open_sources
from assay.triage.sigma import Rules

CAPTURES = (
    "atomic__credential_access__psh_lsass_memory_dump_comsvcs__psh_lsass_memory_dump_comsvcs_2020-10-18T19500924",
    "atomic__defense_evasion__psh_mshta_html_application_execution__psh_mshta_html_application_execution_2020-10-2203521411",
    "atomic__defense_evasion__psh_control_panel_execution__psh_control_panel_execution_2020-10-2201312134",
)
GONE = {"Potential Qakbot Rundll32 Execution", "UNC2452 Process Creation Patterns"}
"""Rules of the labels that the set of rules no longer holds."""


@pytest.fixture(scope="module")
def rules(assay_data: Path) -> Rules:
    return Rules.open(assay_data / "sigma_rules.tar.zst")


def test_most_rules_can_be_run_and_the_rest_say_why(rules: Rules) -> None:
    assert len(rules) == 3141 and not rules.errors
    windows = [rule for rule in rules.rules if rule.source[0] == "windows"]
    cannot = {gap.rule for gap in rules.gaps}
    assert sum(rule.title not in cannot for rule in windows) > 0.98 * len(windows)
    assert {gap.code for gap in rules.gaps} <= {"logsource", "field", "keywords"}


def test_every_labelled_event_is_found(rules: Rules, assay_data: Path) -> None:
    folder = assay_data / "logs" / "otrf_windows"
    labels: dict[tuple[str, int], set[str]] = defaultdict(set)
    packed = (folder / "weak_labels.jsonl.zst").read_bytes()
    for line in zstandard.ZstdDecompressor().decompressobj().decompress(packed).splitlines():
        label = json.loads(line)
        if label["capture"] in CAPTURES:
            labels[label["capture"], label["line"]] |= {rule["title"] for rule in label["rules"]} - GONE
    reading = open_sources([folder / f"{name}.json.zst" for name in CAPTURES])
    fired: dict[tuple[str, int], set[str]] = defaultdict(set)
    for batch in reading.batches():
        found = rules.hits(batch.frame).join(batch.frame.select("row", "line"), on="row")
        for number, line in found.select("rule", "line").iter_rows():
            fired[CAPTURES[batch.source.index], line].add(rules.rules[number].title)
    assert sum(map(len, labels.values())) >= 10
    missing = {place: titles - fired[place] for place, titles in labels.items() if titles - fired[place]}
    assert not missing
