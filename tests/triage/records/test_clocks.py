"""Zones and jumps of a source's clock are counted and shown with their lines."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.triage.readers import open_sources
from assay.triage.records import times
from assay.triage.records.clocks import AHEAD, BACK, EXAMPLES, ZONES, Clock

START = datetime(2026, 3, 17, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def series(moments):
    return pl.Series(moments, dtype=pl.Datetime("us", "UTC"))


def clock(moments, piece=1000):
    watched = Clock()
    for first in range(0, len(moments), piece):
        part = moments[first : first + piece]
        watched.add(pl.Series(range(first, first + len(part)), dtype=pl.UInt32), series(part))
    return watched


def test_jumps_are_told_with_their_line():
    moments = [START, START + MINUTE, START - 60 * MINUTE, START - 59 * MINUTE, START + timedelta(days=3)]
    report = clock(moments).report()
    assert (report.back, report.ahead, report.falling) == (1, 1, False)
    (jump,) = report.back_examples
    assert (jump.line, jump.before, jump.after) == (2, moments[1], moments[2])
    assert report.ahead_examples[0].line == 4
    assert (report.first, report.last) == (moments[2], moments[4])


def test_neighbours_a_little_out_of_order_are_no_jump():
    report = clock([START, START - 4 * MINUTE, START + MINUTE, START - MINUTE]).report()
    assert report.back == report.ahead == 0


def test_newest_first_is_no_row_of_jumps():
    report = clock([START - n * 30 * MINUTE for n in range(50)]).report()
    assert report.falling and report.back == 0 and report.back_examples == ()


def test_records_without_a_time_are_passed_over():
    report = clock([None, START, None, START - 60 * MINUTE, None]).report()
    assert report.back == 1 and report.back_examples[0].line == 3
    assert clock([None, None]).report().first is None


def test_a_time_yet_to_come():
    assert clock([START, datetime.now(UTC) + timedelta(days=400)]).report().future == 1


@given(
    steps=st.lists(st.integers(-2 * AHEAD, 2 * AHEAD), max_size=30),
    gaps=st.sets(st.integers(0, 30)),
    piece=st.integers(1, 9),
)
def test_pieces_do_not_matter_and_every_jump_is_counted(steps, gaps, piece):
    moments, now = [], START
    for place, step in enumerate([0, *steps]):
        now += timedelta(microseconds=step)
        moments.append(None if place in gaps else now)
    whole, cut = clock(moments), clock(moments, piece)
    assert whole.report() == cut.report()
    known = [m for m in moments if m is not None]
    strides = [(b - a) // timedelta(microseconds=1) for a, b in pairwise(known)]
    assert whole.back == sum(s < -BACK for s in strides)
    assert whole.ahead == sum(s > AHEAD for s in strides)
    assert len(whole.back_examples) == min(whole.back, EXAMPLES)


def test_different_zones_are_bounded():
    watched = Clock()
    watched.name_zones({f"+{hour:02}:{minute:02}": 1 for hour in range(10) for minute in range(10)})
    assert sum(watched.zones.values()) == 100 and len(watched.zones) == ZONES + 1


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2024-05-01T10:00:00Z", "Z"),
        ("2024-05-01 10:00:00 UTC", "UTC"),
        ("2024-05-01T10:00:00+0200", "+02:00"),
        ("2024-05-01T10:00:00.123-05:30", "-05:30"),
        ("01/May/2024:10:00:00 +0000", "+00:00"),
        ("1714557600", "epoch"),
        ("1714557600.25", "epoch"),
        ("2024-05-01 10:00:00", "none"),
        ("2024-05-01", "none"),
    ],
)
def test_the_zone_of_a_stamp(text, zone):
    texts = pl.Series([text, "no time", None])
    assert dict(times.zones(texts, times.parse(texts))) == {zone: 1}


@pytest.mark.parametrize("readers", [1, 2])
def test_a_source_that_was_set_back_shows_it(tmp_path: Path, readers: int) -> None:
    rows = [START + n * MINUTE for n in range(200)] + [START - 300 * MINUTE + n * MINUTE for n in range(200)]
    path = tmp_path / "a.csv"
    stamps = [row.strftime("%Y-%m-%d %H:%M:%S") + ("" if n % 4 else "+02:00") for n, row in enumerate(rows)]
    path.write_text("time,host,action\n" + "".join(f"{stamp},h,read\n" for stamp in stamps))
    reading = open_sources([path], readers=readers)
    assert sum(len(batch) for batch in reading.batches()) == 400
    report = reading.report[0].clock
    assert report.zones == {"none": 300, "+02:00": 100}
    # Stamps of two zones in one file are a clock that jumps by the distance between them, all the time.
    assert report.back == 99 and report.back_examples[0].line in (1, 2, 3, 4, 5)
