"""Small rules and small Windows events."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from assay.triage.records.extras import pack
from assay.triage.records.fields import conform
from assay.triage.sigma import Rules

CREATION = {"product": "windows", "category": "process_creation"}
SYSMON = "Microsoft-Windows-Sysmon/Operational"

Fire = Callable[..., list[int]]
"""Positions of the events on which a rule fires."""


def frame_of(
    events: Sequence[Mapping[str, str | None]], *, channel: str = SYSMON, event_id: str = "1",
    kind: str = "windows-flat",
) -> pl.DataFrame:  # fmt: skip
    """A normalised frame; names that are no column become extra fields."""
    names = list(dict.fromkeys(name for event in events for name in event))
    cells = {name: pl.Series(name, [event.get(name) for event in events], dtype=pl.String) for name in names}
    schema = conform(pl.DataFrame()).columns
    extra_names, extra_values = pack({n: s for n, s in cells.items() if n not in schema}, len(events))
    columns = [s for n, s in cells.items() if n in schema]
    rows = pl.Series("row", range(100, 100 + len(events)), dtype=pl.UInt64)
    frame = pl.DataFrame([rows, *columns, extra_names, extra_values])
    return conform(frame, {"channel": channel, "event_id": event_id, "raw_kind": kind})


def rule_of(detection: Mapping[str, Any], source: Mapping[str, str] = CREATION, **more: Any) -> dict[str, Any]:
    """A rule as its YAML would have it."""
    return {"title": "A rule", "status": "test", "logsource": dict(source), "detection": dict(detection), **more}


@pytest.fixture(name="frame_of")
def frames() -> Callable[..., pl.DataFrame]:
    """Makes a normalised frame of events."""
    return frame_of


@pytest.fixture(name="rule_of")
def made_rules() -> Callable[..., dict[str, Any]]:
    """Makes a rule, as its YAML would have it."""
    return rule_of


@pytest.fixture
def fire(tmp_path: Path) -> Fire:
    """Positions of the events on which a rule fires."""

    def run(
        detection: Mapping[str, Any], events: Sequence[Mapping[str, str | None]],
        source: Mapping[str, str] = CREATION, **options: str,
    ) -> list[int]:  # fmt: skip
        path = tmp_path / "rule.yml"
        path.write_text(yaml.safe_dump(rule_of(detection, source)))
        rules = Rules.open(path)
        assert not rules.errors and not rules.gaps, (rules.errors, rules.gaps)
        return [int(row) - 100 for row in rules.hits(frame_of(events, **options))["row"]]

    return run
