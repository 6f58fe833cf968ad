"""The schemas that are committed are those of the code, and reports fit them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from assay.evidence.report.schema import SCHEMAS, schema, text


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_schema_is_that_of_the_code(name: str, repository: Path) -> None:
    """After a change: python -m assay.evidence.report.schema docs/schema."""
    assert (repository / "docs" / "schema" / name).read_text(encoding="utf-8") == text(name)
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_reports_fit_their_schema(
    report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any]
) -> None:
    outcomes = ("inconsistent", "inconclusive", "consistent", "failed")
    folder = report_of(*(verdict(f"/nowhere/{number}.jpg", outcomes[number % 4]) for number in range(30)))
    jsonschema.validate(page(folder), schema("report.json"))
    parts = page(folder)["parts"]
    assert parts == ["details/0001.json", "details/0002.json"]
    for part in parts:
        jsonschema.validate(page(folder, part), schema("report-part.json"))
    assert [each["number"] for part in parts for each in page(folder, part)["exhibits"]] == list(range(1, 31))


def test_nothing_that_is_not_json(
    report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any]
) -> None:
    folder = report_of(verdict("/nowhere/\udcff.jpg"))
    text = (folder / "report.json").read_bytes()
    assert text.isascii()
    json.loads(text)
