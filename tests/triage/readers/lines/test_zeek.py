"""Zeek's own logs."""
# ruff: noqa: E501 -- log lines are as long as they are

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from assay.triage.limits import LogLimits

CONN = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2024-02-09-11-00-00\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tconn_state\n"
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tstring\n"
    "1707478800.123456\tCa1\t10.0.0.5\t5151\t192.0.2.1\t443\ttcp\tssl\t1.5\t120\tSF\n"
    "1707478801.0\tCa2\t10.0.0.5\t5152\t192.0.2.1\t80\ttcp\t-\t-\t-\tS0\n"
)
HTTP = (
    "#separator \\x7c\n#unset_field|~\n#path|http\n"
    "#fields|ts|uid|id.orig_h|id.orig_p|id.resp_h|id.resp_p|method|host|uri|status_code|user_agent\n"
    "1707478802.5|Ca3|10.0.0.5|5153|192.0.2.1|80|GET|example.com|/caf\\xc3\\xa9|404|~\n"
)


def test_rows_have_the_fields_of_the_header_above_them(read: Callable[..., Any]) -> None:
    frame, report = read(CONN + "bad\trow\n#close\t2024-02-09-12-00-00\n" + HTTP + CONN)
    assert report.source.format == "zeek" and report.source.confidence == 1.0
    assert frame["line"].to_list() == [8, 9, 16, 25, 26]
    assert frame["channel"].to_list() == ["conn", "conn", "http", "conn", "conn"]
    assert frame.row(0, named=True)["time"] == datetime(2024, 2, 9, 11, 40, 0, 123456, UTC)
    assert frame.select("source_ip", "source_port", "destination_ip", "destination_port", "service", "outcome").row(0) == (
        "10.0.0.5", "5151", "192.0.2.1", "443", "ssl", "SF",
    )  # fmt: skip
    assert frame["service"][1] is None and frame["extra_names"][1].to_list() == ["uid"]
    assert frame.select("method", "host", "url", "outcome", "user_agent", "type").row(2) == (
        "GET", None, "/café", "404", None, "http | GET 404",
    )  # fmt: skip
    assert [(r.code, r.count, r.examples[0][0]) for r in report.rejected] == [("wrong-column-count", 1, 10)]
    assert (
        frame.height + 1 + sum(line.startswith("#") for line in (CONN * 2 + HTTP).splitlines()) + 1
        == report.lines
    )


def test_a_file_without_a_header_is_counted_whole(read: Callable[..., Any]) -> None:
    frame, report = read("a\tb\n" * 10, format="zeek")
    assert frame.is_empty() and [(r.code, r.count) for r in report.rejected] == [("not-this-format", 10)]


def test_headers_without_end_are_bounded(read: Callable[..., Any]) -> None:
    many = "".join(f"#fields\ta{n}\nx{n}\n" for n in range(50_000))
    frame, report = read("#separator \\x09\n#path\tx\n" + many)
    assert frame.height == 64 and report.rejected[0].count == 50_000 - 64


def test_columns_are_bounded(read: Callable[..., Any]) -> None:
    head = "#fields\t" + "\t".join(f"c{n}" for n in range(30)) + "\n" + "\t".join("1" * 30) + "\n"
    frame, _ = read(head, format="zeek", limits=LogLimits(extras=5))
    assert frame["extra_names"][0].len() == 5
    frame, report = read(head, format="zeek", limits=LogLimits(columns=20))
    assert frame.is_empty() and report.rejected[0].code == "not-this-format"
