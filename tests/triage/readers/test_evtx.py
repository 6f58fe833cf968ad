"""EVTX files: real ones, damaged ones."""

import io
import random
import tarfile
from pathlib import Path

import polars as pl
import pytest
import zstandard

from assay.triage.readers import open_sources


@pytest.fixture(scope="module")
def samples(assay_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("evtx")
    with (assay_data / "logs" / "evtx_attack_samples.tar.zst").open("rb") as packed:
        data = zstandard.ZstdDecompressor().stream_reader(packed).read()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(folder, filter="data")
    return sorted(folder.rglob("*.evtx"), key=lambda p: p.stat().st_size)


def test_records_are_read_in_order_with_their_fields(samples: list[Path]) -> None:
    reading = open_sources(samples[:20] + samples[-5:])
    frame = pl.concat([batch.frame for batch in reading.batches()])
    assert all(r.source.format == "evtx" and r.failed is None for r in reading.report)
    assert frame["time"].null_count() == frame["event_id"].null_count() == frame["host"].null_count() == 0
    assert frame["provider"].null_count() == 0
    traced = frame.filter(pl.col("channel").is_null())  # a trace session has no channel, and says so
    assert set(traced["provider"]) <= {"Microsoft-Windows-RPC"}
    assert set(frame["raw_kind"]) == {"windows-dump"}
    for report in reading.report:
        own = frame.filter(pl.col("source") == report.source.index)
        assert own["line"].is_sorted() and own["line"].n_unique() == own.height == report.records
        assert report.lines == report.records + sum(r.count for r in report.rejected)
    zerologon = frame.filter(pl.col("provider") == "Microsoft-Windows-RPC")
    assert zerologon.height and (zerologon["extra_names"].list.contains("InterfaceUuid")).all()
    processes = frame.filter((pl.col("event_id") == "1") & pl.col("channel").str.contains("Sysmon"))
    assert processes.height > 20 and processes["command"].null_count() < processes.height * 0.1


def test_compressed_files_give_the_same(samples: list[Path], tmp_path: Path) -> None:
    packed = tmp_path / "log.evtx.zst"
    packed.write_bytes(zstandard.compress(samples[30].read_bytes()))
    frames = [
        pl.concat([batch.frame for batch in open_sources([path]).batches()]) for path in (samples[30], packed)
    ]
    assert frames[0].equals(frames[1])


@pytest.mark.parametrize("seed", range(12))
def test_damage_is_counted_and_stops_nothing(samples: list[Path], tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    data = bytearray(samples[40 + seed].read_bytes())
    if seed % 3 == 0:
        del data[draw.randrange(5000, len(data)) :]
    for _ in range(30):
        data[draw.randrange(8, len(data))] = draw.randrange(256)
    damaged = tmp_path / "damaged.evtx"
    damaged.write_bytes(data)
    reading = open_sources([damaged, samples[0]])
    rows = sum(len(batch) for batch in reading.batches())
    first, second = reading.report
    assert second.records > 0 and second.failed is None
    assert rows == first.records + second.records
    assert first.failed in (None, "damaged-file")
    assert first.lines == first.records + sum(r.count for r in first.rejected)
