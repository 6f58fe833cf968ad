"""Batches on disk and back."""

from pathlib import Path

import polars as pl
import pytest

from assay.triage.fields import conform
from assay.triage.spool import Spool
from assay.triage.values import Batch, SourceFile


def batch(first: int, count: int, source: int) -> Batch:
    rows = range(first, first + count)
    frame = conform(
        pl.DataFrame(
            {
                "row": pl.Series(rows, dtype=pl.UInt64),
                "source": pl.Series([source] * count, dtype=pl.UInt32),
                "line": pl.Series(range(count), dtype=pl.UInt32),
                "message": [f"message {row}" for row in rows],
                "extra_names": [["a"] * (row % 3) for row in rows],
                "extra_values": [["b"] * (row % 3) for row in rows],
            }
        )
    )
    return Batch(frame, SourceFile(source, f"s{source}", None, "text", 1.0))


@pytest.mark.parametrize("rows_per_file", [1, 7, 1000])
def test_what_goes_in_comes_out(tmp_path: Path, rows_per_file: int) -> None:
    batches = [batch(0, 5, 0), batch(5, 3, 0), batch(8, 20, 1), batch(28, 1, 2)]
    with Spool(tmp_path, rows_per_file=rows_per_file) as spool:
        for one in batches:
            spool.append(one)
        assert len(spool) == 29
        whole = pl.concat([one.frame for one in batches])
        assert pl.concat(list(spool.frames())).equals(whole)
        again = list(spool.batches())
        assert pl.concat([one.frame for one in again]).equals(whole)
        assert all((one.frame["source"] == one.source.index).all() for one in again)
        assert spool.rows([28, 0, 9, 9]).equals(whole[[0, 9, 28]])
        assert spool.rows([4], ["message"]).row(0) == (4, "message 4")
        assert spool.rows([]).is_empty()
        assert next(spool.frames(["line"])).columns == ["line"]
        with pytest.raises(IndexError):
            spool.rows([29])
    assert not list(tmp_path.iterdir())


def test_rows_must_follow_each_other(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool.append(batch(0, 2, 0))
        with pytest.raises(ValueError, match="does not follow"):
            spool.append(batch(3, 2, 0))
