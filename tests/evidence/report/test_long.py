"""Long reports: summary first, an index, details in parts; nothing lost, nothing kept in memory."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.evidence import verify
from assay.evidence.report.limits import DEFAULT
from assay.evidence.report.writing.spool import First, Spool, part_of

OUTCOMES = ("consistent", "consistent", "inconclusive", "failed", "inconsistent")


@pytest.fixture(scope="module")
def count() -> int:
    return DEFAULT.whole + 2 * DEFAULT.part + 3


def test_everything_is_there_once(
    count: int, report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any]
) -> None:
    verdicts = (verdict(f"/nowhere/{number}.jpg", OUTCOMES[number % 5], -0.5) for number in range(count))
    folder = report_of(*verdicts)
    told = page(folder)
    media = told["media"]
    assert media["total"] == count == sum(media["outcomes"].values()) and media["exhibits"] == []
    assert [each["number"] for part in told["parts"] for each in page(folder, part)["exhibits"]] == list(
        range(1, count + 1)
    )
    assert media["rows"][0]["outcome"] == "inconsistent" and len(media["rows"]) == DEFAULT.first
    html = (folder / "report.html").read_text()
    for part in told["parts"]:
        assert f'href="{part.removesuffix(".json")}.html"' in html
        assert (folder / part).with_suffix(".html").is_file()
    for row in media["rows"]:
        target = f"details/{row['part']:04d}.html"
        assert f'href="{target}#exhibit-{row["number"]}"' in html
        assert f'id="exhibit-{row["number"]}"' in (folder / target).read_text()
    rows = list(csv.DictReader(io.StringIO((folder / "index.csv").read_text(encoding="utf-8"), newline="")))
    assert [int(row["number"]) for row in rows] == list(range(1, count + 1))
    assert (folder / "index" / "0001.pdf").read_bytes().startswith(b"%PDF")
    assert verify(folder).faults == ()


def test_the_first_to_look_at_are_the_most_urgent(verdict: Callable[..., Any]) -> None:
    from assay.detect.contract import verdict_json
    from assay.evidence.report.gathering.exhibits import exhibit, row

    first = First(4)
    given = [
        ("consistent", -1.0),
        ("inconsistent", 0.4),
        ("failed", 0),
        ("inconclusive", 0.1),
        ("inconsistent", 1.9),
    ]
    for number, (outcome, log10) in enumerate(given, start=1):
        line = verdict_json(verdict(f"{number}", outcome, log10))
        first.add(row(exhibit(number, line, line, None, []), None))
    assert [each.number for each in first.rows()] == [5, 2, 4, 3]


def test_a_spool_gives_back_what_it_took_as_often_as_asked() -> None:
    with Spool() as spool:
        for number in range(5):
            spool.add(b"%d" % number)
        assert list(spool) == list(spool) == [b"0", b"1", b"2", b"3", b"4"]
        spool.add(b"5")
        assert [len(batch) for batch in spool.batches(4)] == [4, 2] and spool.count == 6


@pytest.mark.parametrize(("number", "part"), [(1, 1), (25, 1), (26, 2), (10_000, 400)])
def test_which_part_holds_a_number(number: int, part: int) -> None:
    assert part_of(number, 25) == part
