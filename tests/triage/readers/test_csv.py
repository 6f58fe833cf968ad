"""CSV with any columns."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from assay.triage.limits import LogLimits
from assay.triage.readers import open_sources
from assay.triage.readers.csv import Csv, lay_out
from assay.triage.values import SourceReport


def read(path: Path, text: str, limits: LogLimits | None = None) -> tuple[pl.DataFrame, SourceReport]:
    path.write_text(text)
    reading = open_sources([path], format="csv", limits=limits or LogLimits())
    frames = [batch.frame for batch in reading.batches()]
    return (pl.concat(frames) if frames else pl.DataFrame()), reading.report[0]


@pytest.mark.parametrize(
    "line",
    [
        "2015-10-18 18:01:47,978 INFO [main] org.example.App: task {n} of 3, retry {n}, done",
        "2016-09-28 04:30:30, Info                  CBS    Loaded servicing stack number {n} with core",
        "job {n} ended{m}, see the other log",
    ],
)
def test_sentences_with_commas_are_no_columns(line: str) -> None:
    lines = "".join(line.format(n=n, m=", again" * (n % 3)) + "\n" for n in range(60))
    assert Csv().sniff(lines.encode()) == 0
    with_header = "time,host,note\n" + "".join(f"164221395{n},mail,a note of many words\n" for n in range(9))
    assert Csv().sniff(with_header.encode()) > 0.5
    assert Csv().sniff(b"0,tcp,http,SF,181,5450\n" * 9) > 0.5


def test_a_first_row_with_long_numbers_is_no_header() -> None:
    lines = "".join(f"20171223-22:15:29:{n}|Step_LSC|30002312|steps {n} of {n + 1}\n" for n in range(600, 640))
    layout = lay_out(lines.encode())
    assert layout is not None and not layout.header


def extras(frame: pl.DataFrame, row: int) -> dict[str, str]:
    return dict(zip(frame["extra_names"][row], frame["extra_values"][row], strict=True))


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_columns_find_their_roles(tmp_path: Path, separator: str, quote: str) -> None:
    rows = [
        ["time", "host", "user", "src_ip", "action", "size of it"],
        ["1642213952", "mail", "bob", "10.0.0.1", "login", "17"],
        ["1642213953.25", "web", "eve", "10.0.0.2", "logout", ""],
    ]
    text = "\n".join(separator.join(f"{quote}{cell}{quote}" for cell in row) for row in rows)
    frame, report = read(tmp_path / "log", text)
    assert frame["line"].to_list() == [1, 2]
    assert frame["time"].to_list()[1] == datetime(2022, 1, 15, 2, 32, 33, 250000, UTC)
    assert frame.select("host", "user", "source_ip", "action", "type").row(0) == (
        "mail", "bob", "10.0.0.1", "login", "login",
    )  # fmt: skip
    assert extras(frame, 0) == {"size of it": "17"} and extras(frame, 1) == {}
    assert report.columns["src_ip"] == "source_ip" and report.columns["size of it"] == "extra"


def test_values_show_the_role_when_names_do_not(tmp_path: Path) -> None:
    text = "".join(
        f"{n},2024-01-0{n} 10:00:00,10.0.0.{n},192.168.1.{n},Connection number {n} was refused by the remote end\n"
        for n in range(1, 9)
    )
    frame, report = read(tmp_path / "log", text)
    assert report.columns == {
        "c0": "extra", "c1": "time", "c2": "source_ip", "c3": "destination_ip", "c4": "message",
    }  # fmt: skip
    assert frame["line"].to_list() == list(range(8))
    assert frame["template"].unique().to_list() == ["Connection number <*> was refused by the remote end"]


def test_rows_of_another_width_are_counted(tmp_path: Path) -> None:
    frame, report = read(tmp_path / "log", "a,b,c\n1,2,3\n1,2\n\n4,5,6\n1,2,3,4\n7,8,9\n")
    assert frame["line"].to_list() == [1, 4, 6]
    assert [(r.code, r.count, [n for n, _ in r.examples]) for r in report.rejected] == [
        ("wrong-column-count", 2, [2, 5])
    ]


def test_quoted_line_ends_and_separators(tmp_path: Path) -> None:
    text = 'id,message\n1,"two\nlines, and a comma"\n2,"say ""hi"""\n3,plain\n4,"a","b"\n'
    frame, report = read(tmp_path / "log", text)
    assert frame["line"].to_list() == [1, 3, 4]
    assert frame["message"].to_list() == ["two\nlines, and a comma", 'say "hi"', "plain"]
    assert [(r.code, [n for n, _ in r.examples]) for r in report.rejected] == [("wrong-column-count", [5])]


def test_quotes_that_never_close_do_not_swallow_the_file(tmp_path: Path) -> None:
    body = "".join(f"{n},value number {n}\n" for n in range(60_000))
    frame, report = read(tmp_path / "log", 'id,name\n1,"open\n' + body)
    assert frame.height > 40_000
    assert "bad-quoting" in {r.code for r in report.rejected}


def test_columns_are_bounded(tmp_path: Path) -> None:
    frame, report = read(tmp_path / "log", ",".join("c" * 2000) + "\n" + ",".join("1" * 2000) + "\n")
    assert frame.is_empty() and report.failed == "unknown-format"


def test_headers_are_told_from_rows() -> None:
    assert lay_out(b"0,tcp,private,REJ,0\n2,udp,ftp,SF,12\n").header is False  # type: ignore[union-attr]
    assert lay_out(b"duration,protocol,service\n0,tcp,private\n").header is True  # type: ignore[union-attr]
    assert lay_out(b"one word\nanother line\n") is None


def test_ait_alerts(assay_data: Path) -> None:
    reading = open_sources([assay_data / "logs" / "ait_ads" / "russellmitchell_alerts.txt.zst"])
    frame = pl.concat([batch.frame for batch in reading.batches()])
    report = reading.report[0]
    assert report.source.format == "csv" and report.records == report.lines - 1 == frame.height
    assert {k: v for k, v in report.columns.items() if v != "extra"} == {
        "time": "time", "name": "action", "ip": "source_ip", "host": "host",
    }  # fmt: skip
    assert frame["time"].null_count() == frame["host"].null_count() == frame["action"].null_count() == 0


def test_nsl_kdd_has_no_header(assay_data: Path) -> None:
    reading = open_sources([assay_data / "logs" / "nsl_kdd" / "KDDTest+.txt.zst"])
    frames = [batch.frame for batch in reading.batches()]
    assert sum(f.height for f in frames) == 22_544
    assert extras(frames[0], 0)["c1"] == "tcp" and len(extras(frames[0], 0)) == 43
    assert frames[0]["line"][0] == 0


def test_http_parameters(assay_data: Path) -> None:
    reading = open_sources([assay_data / "logs" / "httpparams" / "payload_train.csv.zst"])
    frame = pl.concat([batch.frame for batch in reading.batches()])
    assert reading.report[0].source.format == "csv" and reading.report[0].columns["payload"] == "message"
    assert frame.height == reading.report[0].records and not reading.report[0].rejected


def test_a_day_and_a_time_of_day_become_one_time(tmp_path: Path) -> None:
    frame, report = read(
        tmp_path / "log", "Date;Time;User\n2024/02/09;1:02:03;bob\n2024/02/09;11:02:03,5;eve\n"
    )
    assert frame["time"].to_list() == [
        datetime(2024, 2, 9, 1, 2, 3, tzinfo=UTC), datetime(2024, 2, 9, 11, 2, 3, 500000, UTC),
    ]  # fmt: skip
    assert report.columns == {"Date": "date", "Time": "time", "User": "user"}
