"""Windows: their number, volume, silence, hour."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from assay.models.networks.rarity_arrays import RarityArrays
from assay.models.networks.rarity_roles import Roles
from assay.triage.counting.encoding import coded
from assay.triage.counting.spool import Spool
from assay.triage.pipeline import counted
from assay.triage.ranking.bursts import (
    UNTIMED_ROWS,
    VOLUME_PAIRS,
    burst_bits,
    encode_groups,
    grouped,
    volumes,
    windowed,
)
from assay.triage.ranking.scorer import score_groups
from assay.triage.records.fields import conform

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def records(times, host="h", kind="t"):
    return pl.DataFrame(
        {
            "row": pl.Series(range(len(times)), dtype=pl.UInt64),
            "time": pl.Series(times, dtype=pl.Datetime("us", "UTC")),
            "host": [host] * len(times),
            "type": [kind] * len(times),
        }
    )


def parts(frame):
    columns = coded(frame)
    return grouped(frame, columns["host"], columns["type"])[1]


def test_a_window_is_five_minutes():
    times = [DAY, DAY + timedelta(minutes=4, seconds=59), DAY + timedelta(minutes=5)]
    window = windowed(records(times))["window"].to_list()
    assert window[0] == window[1] == window[2] - 1


def test_records_without_a_time_go_by_position():
    window = windowed(records([None] * (UNTIMED_ROWS + 1)))["window"]
    assert window[0] == window[UNTIMED_ROWS - 1] == -1 and window[UNTIMED_ROWS] == -2


def test_volumes_add_up_in_pieces_and_know_the_silence(monkeypatch):
    times = [DAY + timedelta(minutes=m) for m in (0, 1, 2, 60, 61)]
    frame = records(times)
    whole = volumes([parts(frame)])
    assert whole["volume"].to_list() == [3, 2]
    assert whole["gap"].to_list() == [None, 12]
    assert whole["first"].to_list() == [times[0], times[3]] and whole["last"].to_list() == [times[2], times[4]]
    assert volumes([parts(frame[:2]), parts(frame[2:])]).equals(whole)
    monkeypatch.setattr("assay.triage.ranking.bursts.MERGE_AT", 1)
    assert volumes(parts(frame[at : at + 1]) for at in range(5)).equals(whole)


def test_no_records_have_no_volumes():
    assert volumes([]).is_empty()


def test_hours_run_from_monday():
    groups = volumes([parts(records([DAY, DAY + timedelta(days=7), DAY + timedelta(days=1)]))])
    made = encode_groups(groups)
    place = [pair.name for pair in VOLUME_PAIRS].index("type>hour")
    by_window = dict(zip(groups["window"].to_list(), made.entry[made.index[:, place] - 1].tolist(), strict=True))
    monday, tuesday, next_monday = (by_window[key] for key in sorted(by_window))
    assert monday == next_monday != tuesday


@pytest.mark.parametrize(
    ("volume", "seen", "windows", "included", "bits"),
    [
        (80, (100, 100), (10, 10), False, 3.0),  # eight times the mean of ten
        (5, (100, 100), (10, 10), False, 0.0),  # fewer than usual is no burst
        (16, (0, 80), (0, 20), False, 2.0),  # the host never had the type: the type's mean of four
        (32, (0, 0), (0, 0), False, 5.0),  # a baseline knows that the type does not happen
        (32, (32, 32), (1, 1), True, 0.0),  # a batch with one window of the type knows nothing
        (80, (180, 180), (11, 11), True, 3.0),  # its own records are taken out
    ],
)
def test_burst_is_the_ratio_to_what_is_usual(volume, seen, windows, included, bits):
    found = burst_bits(np.array([volume]), np.array([seen]), np.array([windows]), included)
    assert found[0] == pytest.approx(bits)


def test_without_times_the_size_of_a_named_session_counts_in_both_directions(tmp_path):
    rows = [(f"s{n:03d}", "open") for n in range(200) for _ in range(3)] + [("few", "open")] + [("many", "open")] * 40
    frame = conform(
        pl.DataFrame({"host": [row[0] for row in rows], "type": [row[1] for row in rows]}).with_columns(
            row=pl.int_range(len(rows), dtype=pl.UInt64), time=pl.lit(None, pl.Datetime("us", "UTC"))
        )
    )
    with Spool(tmp_path) as spool:
        spool.append(frame)
        counts, groups = counted(spool), spool.groups()

    class Engine:
        def score_columns(self, batches):
            network = RarityArrays(counts.state(), True, Roles(0))
            for batch in batches:
                found = network(batch)
                yield SimpleNamespace(raw=found["raw"], arrays=found)

    bursts = dict(score_groups(Engine(), groups, included=True).select("host", "burst").iter_rows())
    assert bursts["s001"] == 0 and min(bursts["few"], bursts["many"]) > 3
