"""Taggers: what they say of records reaches the ranking, by row and by group."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assay.triage import taggers, triage
from assay.triage.taggers import Tags, made, tagged


class Odd:
    """Tags records by the end of their path: 1 for an odd digit, 2 for a 7."""

    kind = "odd"

    def __init__(self, recipe: Mapping[str, Any]) -> None:
        self.recipe = recipe

    def tag(self, frame: pl.DataFrame) -> pl.DataFrame:
        digit = pl.col("path").str.slice(-1).cast(pl.Int64)
        odd = frame.filter(digit % 2 == 1).select("row", tag=pl.lit(1))
        return pl.concat([odd, frame.filter(digit == 7).select("row", tag=pl.lit(2)), odd.head(1)])


def write(path: Path, count: int) -> Path:
    rows = [
        {"@timestamp": f"2026-03-02T10:{n % 60:02d}:00Z", "host": {"name": f"h{n % 3}"}, "event": {"code": "1"},
         "file": {"path": f"/a/{n % 10}"}}
        for n in range(count)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_tags_are_found_by_row_and_by_group(tmp_path: Path) -> None:
    files = [write(tmp_path / "a.jsonl", 40), write(tmp_path / "b.jsonl", 25)]
    with triage(files, taggers=(Odd({}), Odd({}))) as answer:
        tags = answer.ranking.tags
        assert tags.rows([7, 8, 47]).rows() == [
            (7, 0, 1), (7, 0, 2), (7, 1, 1), (7, 1, 2), (47, 0, 1), (47, 0, 2), (47, 1, 1), (47, 1, 2),
        ]  # fmt: skip
        sums = tags.groups().group_by("tagger", "tag").agg(pl.col("records").sum()).sort("tagger", "tag")
    sevens = sum(n % 10 == 7 for n in range(40)) + sum(n % 10 == 7 for n in range(25))
    odd = sum(n % 2 for n in range(40)) + sum(n % 2 for n in range(25))
    assert sums.rows() == [(0, 1, odd), (0, 2, sevens), (1, 1, odd), (1, 2, sevens)]


def test_many_tags_go_to_disk_and_are_found_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [write(tmp_path / f"{n}.jsonl", 30) for n in range(4)]
    monkeypatch.setattr(taggers, "ROWS_IN_MEMORY", 20)
    with triage(files, taggers=(Odd({}),)) as answer:
        tags = answer.ranking.tags
        assert tags._files
        assert tags.rows(range(120))["row"].unique().to_list() == [n for n in range(120) if n % 30 % 2]
        assert tags.groups()["records"].sum() == 72


def test_no_tags_are_empty_tables() -> None:
    assert Tags().rows([1]).is_empty() and Tags().groups().is_empty()
    assert tagged((), pl.DataFrame({"row": [1]})).is_empty()


def test_only_listed_kinds_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError):
        made("os:system", {})
    monkeypatch.setattr(taggers, "KINDS", {"tags": ".taggers:Tags"})
    assert isinstance(made("tags", Path("x")), Tags)  # type: ignore[arg-type]
