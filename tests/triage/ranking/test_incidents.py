"""Groups, ranking, incidents."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.triage.ranking.bursts import GROUP, VOLUME_PAIRS
from assay.triage.ranking.groups import SHOWN, Best
from assay.triage.ranking.incidents import REACH, clusters
from assay.triage.ranking.ranking import WEIGHTS, merged, ranked

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def windows_of(rows):
    """Windows of rows of (host, type, window, raw), and the row of each record's window."""
    frame = pl.DataFrame(
        {
            "host": [row[0] for row in rows],
            "type": [row[1] for row in rows],
            "window": [row[2] for row in rows],
            "time": pl.Series(
                [DAY + timedelta(minutes=5 * row[2]) for row in rows], dtype=pl.Datetime("us", "UTC")
            ),
        }
    )
    nothing = {
        f"{name}_{at}": pl.lit(0) for at in range(len(VOLUME_PAIRS)) for name in ("bits", "seen", "of")
    }
    windows = (
        frame.group_by(GROUP)
        .agg(volume=pl.len().cast(pl.Int64), first=pl.col("time").min(), last=pl.col("time").max())
        .sort(GROUP)
        .with_columns(gap=pl.lit(None, pl.Int64), burst=pl.lit(0.0), **nothing)
    )
    own = frame.join(windows.with_row_index("at"), on=GROUP, how="left", maintain_order="left")["at"]
    return windows, own.to_numpy().astype(np.int64)


def best_of(rows, size=1000):
    windows, own = windows_of(rows)
    best = Best()
    raw = np.array([row[3] for row in rows], np.float32)
    for start in range(0, len(rows), size):
        part = slice(start, start + size)
        best.add_records(own[part], raw[part], np.arange(len(rows))[part])
    return best, windows


def ranking_of(rows):
    best, windows = best_of(rows)
    return ranked(best.totals(windows), windows)


def test_groups_do_not_depend_on_how_records_are_cut(monkeypatch):
    rows = [(f"h{n % 3}", f"t{n % 4}", n // 30, float(n * 37 % 101)) for n in range(300)]
    whole, windows = best_of(rows)
    monkeypatch.setattr("assay.triage.ranking.groups.MERGE_AT", 50)
    pieces, _ = best_of(rows, 41)
    assert whole.totals(windows).equals(pieces.totals(windows))
    assert whole.records(windows, windows).equals(pieces.records(windows, windows))


def test_groups_keep_few_records_the_most_surprising_ones():
    best, windows = best_of([("h", "t", 0, float(n % 40)) for n in range(50)] + [("h", "u", 0, 99.0)])
    kept = best.records(windows, windows.filter(pl.col("type") == "t"))
    assert kept["raw"].to_list() == [39.0, 38.0, 37.0][:SHOWN]
    assert kept["row"].to_list() == [39, 38, 37][:SHOWN]
    assert best.totals(windows)["records"].to_list() == [50, 1]
    assert best.totals(windows)["raw"].to_list() == [39.0, 99.0]


def test_of_equal_records_the_first_are_kept():
    best, windows = best_of([("h", "t", 0, 5.0)] * 9, size=2)
    assert best.records(windows, windows)["row"].to_list() == [0, 1, 2][:SHOWN]


def test_no_records_give_no_groups():
    _, windows = best_of([("a", "x", 0, 1.0)])
    assert Best().totals(windows.clear()).height == 0


def test_company_on_the_host_lifts_a_group():
    ranking = ranking_of([("a", "x", 0, 8.0), ("b", "y", 0, 8.0), ("b", "z", 0, 7.0)])
    assert ranking.row(0, named=True)["type"] == "y"
    bits = dict(ranking.select("type", "bits").iter_rows())
    lifted = [
        WEIGHTS.alone * 8**0.5 + WEIGHTS.host_company * np.log2(1 + 7 - WEIGHTS.ordinary) * (1 - 2**-8),
        WEIGHTS.alone * 7**0.5 + WEIGHTS.host_company * np.log2(1 + 8 - WEIGHTS.ordinary) * (1 - 2**-7),
    ]
    assert [bits["y"], bits["z"]] == pytest.approx(sorted(lifted, reverse=True), abs=0.001)


def test_what_every_window_has_a_few_of_is_no_company():
    dull = [(host, kind, 0, WEIGHTS.ordinary) for host in "ab" for kind in "xyz"]
    ranking = ranking_of([*dull, ("c", "x", 0, 2 * WEIGHTS.ordinary)])
    assert ranking.row(0, named=True)["host"] == "c"
    assert ranking["bits"].to_list() == ranking["alone"].to_list()


def test_company_does_not_put_what_stands_beside_before_what_is_odd():
    ranking = ranking_of([("a", "odd", 0, 12.0), ("a", "usual", 0, 1.0), ("a", "dull", 0, 0.125)])
    assert ranking["type"].to_list() == ["odd", "usual", "dull"]
    assert ranking["bits"].to_list() == sorted(ranking["bits"].to_list(), reverse=True)


def test_company_counts_at_the_same_time_only():
    ranking = ranking_of([("b", "y", 0, 8.0), ("b", "z", 1, 7.0)])
    bits = dict(ranking.select("type", "bits").iter_rows())
    assert bits == {"y": pytest.approx(WEIGHTS.alone * 8**0.5), "z": pytest.approx(WEIGHTS.alone * 7**0.5)}


def test_a_repeated_type_falls_behind():
    ranking = ranking_of([("a", "x", n * 9, 10.0 - n / 10) for n in range(4)] + [("b", "y", 1, 8.0)])
    assert ranking["risk"].to_list() == sorted(ranking["risk"].to_list(), reverse=True)
    third = ranking.filter(pl.col("window") == 18).row(0, named=True)
    share = WEIGHTS.floor + (1 - WEIGHTS.floor) * WEIGHTS.same_type**2
    assert third["risk"] == pytest.approx(WEIGHTS.alone * 9.8**0.5 * share, abs=1e-4)
    assert ranking["type"].to_list().index("y") == 2


def test_a_repeated_type_falls_no_further_than_to_half():
    odd = [("a", "x", n * 9, 16.0) for n in range(20)]
    ranking = ranking_of([*odd, ("b", "y", 1, 3.0)])
    assert ranking["type"].to_list().index("y") == 20


def test_an_incident_takes_in_its_host_near_in_time():
    rows = [("a", "x", 10, 9.0), ("a", "y", 11, 8.0), ("a", "z", 10 + REACH + 1, 8.0), ("b", "y", 10, 5.0)]
    found = clusters(ranking_of(rows), 10)
    assert [cluster.rank for cluster in found] == [1, 2, 3]
    assert found[0].groups.select("host", "type").rows() == [("a", "x"), ("a", "y")]
    assert sum(cluster.groups.height for cluster in found) == 4


def test_every_group_is_in_one_incident_and_the_budget_holds():
    rows = [(f"h{n % 4}", f"t{n}", n % 7, 5.0 + n % 3) for n in range(60)]
    found = clusters(ranking_of(rows), 1000)
    places = [tuple(row) for cluster in found for row in cluster.groups.select(GROUP).iter_rows()]
    assert len(places) == len(set(places)) == 60
    assert [cluster.risk for cluster in found] == sorted((cluster.risk for cluster in found), reverse=True)
    assert len(clusters(ranking_of(rows), 3)) == 3


def test_a_group_without_evidence_opens_no_incident():
    assert clusters(ranking_of([("a", "x", 0, 0.0)]), 5) == []


def test_after_the_head_every_third_place_goes_to_the_wider_reading():
    second = np.arange(40)[::-1].copy()
    order = merged(second)[0].tolist()
    assert sorted(order) == list(range(40))
    assert order[: WEIGHTS.head] == list(range(WEIGHTS.head))
    brought = [
        place for place in range(WEIGHTS.head, WEIGHTS.head + 6) if place % WEIGHTS.every == WEIGHTS.every - 1
    ]
    assert [order[place] for place in brought] == [39, 38]
    assert [order[at] for at in range(WEIGHTS.head, WEIGHTS.head + 6) if at not in brought] == [
        WEIGHTS.head,
        WEIGHTS.head + 1,
        WEIGHTS.head + 2,
        WEIGHTS.head + 3,
    ]


def test_risks_fall_with_rank_also_where_a_group_was_brought_forward():
    rows = [("loud", f"t{n % 20}", n // 20, 9.0) for n in range(60)] + [("quiet", "lone", 30, 7.0)]
    ranking = ranking_of(rows)
    risks = ranking["risk"].to_list()
    assert risks == sorted(risks, reverse=True)
    alone = ranking.filter(pl.col("type") == "lone").row(0, named=True)
    assert (
        ranking["type"].to_list().index("lone") < WEIGHTS.head + WEIGHTS.every
        and alone["risk"] > alone["bits"]
    )
