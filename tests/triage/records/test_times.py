"""Time stamps to UTC."""

from datetime import UTC, datetime

import polars as pl
import pytest

from assay.triage.records import times
from assay.triage.records.times import parse

MOMENT = datetime(2020, 6, 9, 22, 50, 54, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2020-06-09T22:50:54Z",
        "2020-06-09T22:50:54.000000000Z",
        "2020-06-10T00:50:54+02:00",
        "2020-06-10T00:50:54.0+0200",
        "2020-06-09T22:50:54",
        "2020-06-09 22:50:54",
        "2020-06-09 22:50:54.000 UTC",
        "2020-06-09 22:50:54,000",
        "2020-06-10 00:50:54 +0200",
        "10/Jun/2020:00:50:54 +0200",
        "6/9/2020 10:50:54 PM",
        "2020/06/09 22:50:54",
        "Tue Jun 09 22:50:54 2020",
        "1591743054",
        "1591743054.0",
        "1591743054000",
        "1591743054000000",
        "1591743054000000000",
    ],
)
def test_every_notation_is_the_same_moment(text: str) -> None:
    assert parse(pl.Series([text, None, "nonsense"])).to_list() == [MOMENT, None, None]


def test_notations_may_be_mixed() -> None:
    texts = [
        "2020-06-09T22:50:54Z",
        "1591743054",
        "6/9/2020 10:50:54 PM",
        "2020-06-09 22:50:54",
        "-",
        None,
    ] * 50
    parsed = parse(pl.Series(texts))
    assert parsed.to_list() == [MOMENT, MOMENT, MOMENT, MOMENT, None, None] * 50


@pytest.mark.parametrize(
    "text", ["0", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2020-02-31T00:00:00Z", "12"]
)
def test_impossible_moments_are_null(text: str) -> None:
    assert parse(pl.Series([text])).to_list() == [None]


def test_stamps_without_a_zone_are_counted() -> None:
    texts = pl.Series(
        [
            "2024-05-01 10:00:00",
            "2024-05-01T10:00:00Z",
            "2024-05-01T10:00:00+02:00",
            "2024-05-01 10:00:00 UTC",
            "2024-05-01",
            "1714557600",
            "yesterday",
            None,
        ]
    )
    parsed = times.parse(texts)
    assert parsed.is_not_null().to_list() == [True] * 6 + [False] * 2
    assert times.zones(texts, parsed)[times.UNZONED] == 2


def test_runs_of_equal_stamps_are_parsed_as_each_stamp_alone() -> None:
    stamps = ["2024-02-29T10:00:00Z", None, "1700000000", "no time", "2024-02-29 10:00:00,5", "1950-01-01T00:00:00Z"]
    runs = pl.Series([stamp for stamp in [None, *stamps, *stamps] for _ in range(5)], dtype=pl.String)
    alone = [times.parse(pl.Series([stamp], dtype=pl.String))[0] for stamp in runs]
    assert times.parse(runs).to_list() == alone
    written = datetime(2024, 3, 1, tzinfo=UTC)
    turning = ["Dec 31 23:59:59", "Jan  1 00:00:00", "nonsense", "Feb 28 10:00:00"]
    once = times.YearClock(written).parse(pl.Series(turning)).to_list()
    clock = times.YearClock(written)
    assert clock.parse(pl.Series([stamp for stamp in turning for _ in range(4)])).to_list()[::4] == once
    assert clock.parse(pl.Series(["Mar  1 00:00:00"])).to_list()[0].year == once[-1].year
