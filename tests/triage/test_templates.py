"""Masked signatures."""

import csv
import io
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from assay.triage.templates import signatures


@pytest.mark.parametrize(
    ("message", "template"),
    [
        ("Connection from 10.0.0.5:443 closed after 12 s", "Connection from <*> closed after <*> s"),
        ("user 'bob' logged in from host7", "user 'bob' logged in from <*>"),
        ('said "anything at all 7" twice', "said <*> twice"),
        ("open C:\\Windows\\System32\\cmd.exe failed", "open <*> failed"),
        ("read /var/log/auth.log ok", "read <*> ok"),
        ("object {6a910b9d-498a-5ee0-c903-000000000400} gone", "object <*> gone"),
        ("mail to eve@example.org bounced", "mail to <*> bounced"),
        ("GET https://example.org/a?b=c done", "GET <*> done"),
        ("ids 1, 2, 3, 4 seen", "ids <*> seen"),
        ("flags 0xdeadBEEF set", "flags <*> set"),
        ("使用者 17 登入失敗", "使用者 <*> 登入失敗"),
        ("no variables here", "no variables here"),
    ],
)
def test_variable_parts_are_masked(message: str, template: str) -> None:
    assert signatures([message]).to_list() == [template]


@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=20))
def test_a_signature_does_not_depend_on_its_neighbours(messages: list[str | None]) -> None:
    together = signatures(pl.Series(messages, dtype=pl.String)).to_list()
    alone = [signatures(pl.Series([m], dtype=pl.String))[0] for m in messages]
    assert together == alone


def accuracy(found: list[str], true: list[str]) -> float:
    """Share of lines whose group is exactly a group of the truth (grouping accuracy)."""
    by_found: dict[str, list[int]] = defaultdict(list)
    by_true: dict[str, list[int]] = defaultdict(list)
    for number, (a, b) in enumerate(zip(found, true, strict=True)):
        by_found[a].append(number)
        by_true[b].append(number)
    return sum(len(rows) for rows in by_found.values() if by_true[true[rows[0]]] == rows) / len(true)


@pytest.mark.parametrize(
    ("system", "least"), [("Apache", 1.0), ("HDFS", 0.99), ("BGL", 0.9), ("Zookeeper", 0.9)]
)
def test_grouping_of_labelled_samples(assay_data: Path, system: str, least: float) -> None:
    path = assay_data / "logs" / "loghub" / system / f"{system}_2k.log_structured.csv.zst"
    text = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read().decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    found = signatures([row["Content"] for row in rows]).to_list()
    assert accuracy(found, [row["EventId"] for row in rows]) >= least
