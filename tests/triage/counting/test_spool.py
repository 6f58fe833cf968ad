"""Records on disk and back."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.triage.counting import blocks
from assay.triage.counting.counts import Counter
from assay.triage.counting.spool import Spool
from assay.triage.pipeline import count_windows, counted
from assay.triage.ranking.bursts import GROUP, windowed
from assay.triage.ranking.groups import NAMES, names_of
from assay.triage.records.fields import conform


def frame_of(first: int, count: int, source: int, timed: bool = True) -> pl.DataFrame:
    rows = range(first, first + count)
    when = [datetime(2026, 1, 1, 10, row % 60, tzinfo=UTC) if timed or row % 3 else None for row in rows]
    return conform(
        pl.DataFrame(
            {
                "row": pl.Series(rows, dtype=pl.UInt64),
                "source": pl.Series([source] * count, dtype=pl.UInt32),
                "line": pl.Series(range(count), dtype=pl.UInt32),
                "time": pl.Series(when, dtype=pl.Datetime("us", "UTC")),
                "host": [f"h{row % 2}" for row in rows],
                "user": [f"u{row % 11}" for row in rows],
                "action": [f"a{row % 3}" for row in rows],
                "message": [f"message {row}" for row in rows],
                "extra_names": [["a"] * (row % 3) for row in rows],
                "extra_values": [["b"] * (row % 3) for row in rows],
            }
        )
    )


def pieces(timed: bool = True) -> list[pl.DataFrame]:
    return [frame_of(first, count, source, timed) for first, count, source in
            ((0, 5, 0), (5, 3, 0), (8, 20, 1), (28, 1, 2), (29, 120, 3))]  # fmt: skip


@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_what_goes_in_comes_out(tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROWS", rows)
    with Spool(tmp_path) as spool:
        for frame in pieces():
            spool.append(frame)
        whole = pl.concat(pieces())
        assert len(spool) == whole.height
        assert pl.concat(list(spool.frames())).equals(whole)
        assert max(block.height for block in spool.blocks) <= rows
        assert spool.rows([28, 0, 9, 9]).equals(whole[[0, 9, 28]])
        assert spool.rows([4], ["message"]).row(0) == (4, "message 4")
        assert spool.rows([]).is_empty()
        assert next(spool.frames(["line"])).columns == ["line"]
        with pytest.raises(IndexError):
            spool.rows([whole.height])
    assert not list(tmp_path.iterdir())


def test_rows_must_follow_each_other(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool.append(frame_of(0, 2, 0))
        with pytest.raises(ValueError, match="does not follow"):
            spool.append(frame_of(3, 2, 0))


def test_a_block_ends_by_its_bytes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BYTES", 1)
    with Spool(tmp_path) as spool:
        for frame in pieces():
            spool.append(frame)
        spool.finish()
        assert [block.height for block in spool.blocks] == [5, 3, 20, 1, 120]


def test_stretches_do_not_depend_on_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROWS", 40)
    found = []
    for size in (1, 1 << 40):
        monkeypatch.setattr(blocks, "BYTES", size)
        with Spool(tmp_path) as spool:
            for frame in pieces():
                spool.append(frame)
            found.append([frame["row"].to_list() for frame in spool.frames(("row",), every=2)])
    assert found[0] == found[1] == [list(range(40)), list(range(80, 120))]


@pytest.mark.parametrize("timed", [True, False])
def test_groups_counts_and_names_do_not_depend_on_blocks(
    tmp_path: Path, timed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for rows in (1000, 64, 9):
        monkeypatch.setattr(blocks, "ROWS", rows)
        counter = Counter()
        with Spool(tmp_path, counter=counter) as spool:
            for frame in pieces(timed):
                spool.append(frame)
            groups = spool.groups()
            count_windows(counter, groups)
            again = counted(spool)
            early = counted(spool, before=pl.col("window") % 2 == 0)
            names = names_of(spool.blocks, groups[::2])
            found.append([groups, counter.counts(), again, early, names])
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            if isinstance(one, pl.DataFrame):
                assert one.equals(two)
            else:
                assert one.entries.equals(two.entries) and one.contexts.equals(two.contexts)
    groups, first, again, early, names = found[0]
    assert first.entries.equals(again.entries)
    assert 0 < len(early) < len(again)
    by_hand = windowed(pl.concat(pieces(timed))).group_by(GROUP).agg(
        volume=pl.len().cast(pl.Int64), first=pl.col("time").min(), last=pl.col("time").max(),
        users=pl.col("user").unique().sort().head(NAMES),
    ).sort(GROUP)  # fmt: skip
    assert groups.drop("gap").equals(by_hand.drop("users"))
    assert names["users"].to_list() == by_hand["users"].to_list()[::2]
    assert names["addresses"].null_count() == names.height


def test_hosts_without_a_name_are_one_group(tmp_path: Path) -> None:
    frame = frame_of(0, 6, 0).with_columns(host=pl.Series(["", None, "", None, "x", None]), time=pl.lit(
        datetime(2026, 1, 1, tzinfo=UTC), pl.Datetime("us", "UTC")), type=pl.lit("t"))  # fmt: skip
    with Spool(tmp_path) as spool:
        spool.append(frame)
        assert spool.groups().select("host", "volume").rows() == [("", 5), ("x", 1)]
        assert np.bincount(spool.blocks[0].members()).tolist() in ([5, 1], [1, 5])
