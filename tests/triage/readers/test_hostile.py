"""Whatever the bytes, readers only count: no exception leaves a reading."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.triage.limits import FAILURES, REASONS, LogLimits
from assay.triage.readers import FORMATS, LogFormatUnknown, open_sources, reader_named
from assay.triage.records.fields import SCHEMA

LIMITS = LogLimits(line_bytes=2000, block_bytes=4000, head_bytes=1000, nesting=10, extras=5, value_chars=50)
SEEDS = [
    b'{"EventID":1,"Channel":"x","@timestamp":"2020-06-10T02:50:56.537Z","User":"a","tags":["b",{"c":1}]}\n'
    * 3,
    b'{"winlog":{"event_id":1,"channel":"c","event_data":{"Image":"a","Hashes":[1,2]}},"host":{"name":"h"}}\n',
    b'{"Event":{"System":{"EventID":{"#text":1},"Provider":3,"TimeCreated":[]},"EventData":{"Data":[1]}}}\n',
    b'{"Records":[{"eventSource":"s3","eventName":"Get","eventTime":"2023-07-10T11:45:00Z"}]}\n',
    b'[{"a":1},{"b":[{"c":2}]},null,3]\n',
    b'time,host,name\n1642213952,mail,login\n1642213953,web,"quo""ted\nline"\n',
    b"0,tcp,private,REJ,0\n2,udp,ftp,SF,12\n",
    b"<38>Feb  9 11:44:56 srv sshd[1]: Failed password for root from 10.0.0.5 port 5 ssh2\nJan 1 x\n",
    b'<165>1 2024-02-09T11:44:58.003Z h a - I [x a="b"] An event\n',
    b'1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 5 "-" "curl"\n',
    "登入失敗 使用者 17\r\n".encode("utf-16"),
    "登录失败：用户 张伟 密码错误\n".encode("gb18030") * 3,
    b"#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tservice\n1707478800.5\t1.2.3.4\t-\n",
    b"CEF:0|a|b|1|x|na\\|me|3|src=1.2.3.4 msg=a b\\=c cs1Label=Rule cs1=deny all\n",
    b"<13>Feb  9 11:40:00 gate LEEF:2.0|a|b|1|deny|^|src=1.2.3.4^usrName=bob\n",
    b"type=SYSCALL msg=audit(1707478800.123:5): arch=c000003e syscall=59 success=yes comm=6375\n"
    b'type=EXECVE msg=audit(1707478800.123:5): argc=2 a0="a" a1=6220\n',
    b"[Tue Sep 30 11:30:13.262255 2014] [core:error] [pid 2:tid 9] [client 1.2.3.4:5] AH00037: no: /a/b\n",
    b"ElfFile\0" + bytes(200),
    b"\x1f\x8b\x08\0\0\0\0\0",
    b"\x28\xb5\x2f\xfd\x24\0",
]


def survives(path: Path, data: bytes, format: str) -> None:
    path.write_bytes(data)
    reading = open_sources([path], format=format, limits=LIMITS)
    row = 0
    lines = []
    for batch in reading.batches():
        assert batch.frame.schema == SCHEMA
        assert batch.frame["row"].to_list() == list(range(row, row + len(batch)))
        row += len(batch)
        lines += batch.frame["line"].to_list()
        longest = batch.frame["message"].str.len_chars().max()
        assert longest is None or longest <= LIMITS.value_chars  # type: ignore[operator]
        assert (batch.frame["extra_names"].list.len() <= LIMITS.extras).all()
        assert (batch.frame["extra_names"].list.len() == batch.frame["extra_values"].list.len()).all()
    (report,) = reading.report
    assert lines == sorted(set(lines))
    assert report.records == row and report.records <= report.lines
    assert all(rejected.code in REASONS and rejected.count > 0 for rejected in report.rejected)
    assert report.failed is None or (report.failed in FAILURES and report.failure)
    json.dumps([report.lines, report.repairs, [r.examples for r in report.rejected]])


@pytest.mark.parametrize("format", [*FORMATS, "auto"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=3000))
def test_random_bytes(tmp_path: Path, format: str, data: bytes) -> None:
    survives(tmp_path / "log", data, format)


@pytest.mark.parametrize("format", [*FORMATS, "auto"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.sampled_from(SEEDS), copies=st.integers(1, 60), damage=st.randoms(use_true_random=False))
def test_damaged_samples(
    tmp_path: Path, format: str, seed: bytes, copies: int, damage: random.Random
) -> None:
    data = bytearray(seed * copies)
    for _ in range(damage.randrange(12)):
        at = damage.randrange(len(data))
        match damage.randrange(4):
            case 0:
                data[at] = damage.randrange(256)
            case 1:
                del data[at : at + damage.randrange(40)]
            case 2:
                data[at:at] = damage.choice(
                    [b'"', b"{", b"[" * 30, b"\n", b"\0", b",", b"\xff", b"9" * 400, b"\xe2\x80\xa8"]
                )
            case 3:
                data[at:at] = data[: damage.randrange(200)]
        data = data or bytearray(b"x")
    survives(tmp_path / "log", bytes(data), format)


def test_a_bad_source_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"message":"one"}\n')
    (tmp_path / "b.empty").write_bytes(b"")
    (tmp_path / "c.gz").write_bytes(b"\x1f\x8b\x08\0damaged beyond repair")
    (tmp_path / "d.bin").write_bytes(bytes(5000))
    (tmp_path / "e.txt").write_text("two\n")
    reading = open_sources([tmp_path, tmp_path / "absent"])
    rows = [row for batch in reading.batches() for row in batch.frame["row"]]
    assert rows == [0, 1]
    assert [report.failed for report in reading.report] == [
        None, "empty", "damaged-compression", "unknown-format", None, "unreadable",
    ]  # fmt: skip
    assert [report.source.index for report in reading.report] == list(range(6))
    assert [source.index for source in reading.sources] == list(range(6))


def test_an_unknown_format_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(LogFormatUnknown, match="jsonl") as caught:
        open_sources([], format="yaml")
    assert caught.value.code == "log-format-unknown"
    assert reader_named("csv").name == "csv"


GOOD = {
    "jsonl": b'{"time":"2024-02-09T11:00:00Z","message":"fine"}',
    "zeek": b"#separator \\x09\n#path\tx\n#fields\tts\tmsg\n1707478800.5\tfine",
    "cef": b"CEF:0|a|b|1|x|y|3|msg=fine",
    "leef": b"LEEF:1.0|a|b|1|x|msg=fine",
    "auditd": b"type=USER_CMD msg=audit(1707478804.0:5): pid=1 res=success",
    "access": b'1.2.3.4 - - [09/Feb/2024:11:40:00 +0000] "GET / HTTP/1.1" 200 5',
    "weberror": b"[Sun Dec 04 04:47:44 2005] [error] fine",
    "syslog": b"<38>Feb  9 11:44:56 srv app[1]: fine",
    "csv": b"time,message\n2024-02-09 11:00:00,fine",
    "text": b"fine",
}


def test_every_line_format_is_tried() -> None:
    assert set(GOOD) | {"evtx", "parquet"} == set(FORMATS)


@pytest.mark.parametrize("format", GOOD)
@pytest.mark.parametrize(
    "filling", [b"x", b"{", b"a=1 ", b'"', b"\\", b"\0", b"\xff", b"|", b",", b"[", b"a0=ab\t", b" "]
)
def test_ten_megabytes_in_one_line(tmp_path: Path, format: str, filling: bytes) -> None:
    good = GOOD[format]
    path = tmp_path / "log"
    path.write_bytes(
        good + b"\n" + filling * (10_000_000 // len(filling)) + b"\n" + good.split(b"\n")[-1] + b"\n"
    )
    reading = open_sources([path], format=format)
    lines = [line for batch in reading.batches() for line in batch.frame["line"]]
    (report,) = reading.report
    first = good.count(b"\n")
    if (format, filling) not in (("csv", b'"'), ("auditd", b"")):
        expected = (
            [first] if format == "auditd" else [first, first + 2]
        )  # the same audit event, before and after
        assert lines == expected
    assert sum(rejected.count for rejected in report.rejected) >= 1
    assert report.rejected[0].code == "line-too-long" and report.rejected[0].examples[0][0] == first + 1


@pytest.mark.parametrize("format", ["jsonl", "cef", "leef", "auditd"])
def test_a_million_names(tmp_path: Path, format: str) -> None:
    def named(row: int) -> str:
        pairs = [(f"k{row * 50 + n}", f"v{n}") for n in range(50)]
        match format:
            case "jsonl":
                return json.dumps(dict(pairs))
            case "cef":
                return "CEF:0|a|b|1|x|y|3|" + " ".join("=".join(pair) for pair in pairs)
            case "leef":
                return "LEEF:1.0|a|b|1|x|" + "\t".join("=".join(pair) for pair in pairs)
            case _:
                said = " ".join("=".join(pair) for pair in pairs)
                return f"type=USER_CMD msg=audit(1707478804.0:{row}): {said}"

    path = tmp_path / "log"
    rows = 20_000 if format == "jsonl" else 4_000
    path.write_text("".join(named(row) + "\n" for row in range(rows)))
    reading = open_sources([path])
    frames = [batch.frame for batch in reading.batches()]
    assert reading.report[0].source.format == format
    assert sum(frame.height for frame in frames) == rows
    assert sum(int(frame["extra_names"].list.len().sum()) for frame in frames) >= 50 * rows


def test_names_that_no_struct_can_have(tmp_path: Path) -> None:
    odd = json.dumps({"EventID": 1, "Channel": "c", "a\\b": "x", 'c"d': "y", "e\n": "z"})
    (tmp_path / "log").write_text(f"{odd}\n" * 3)
    (batch,) = open_sources([tmp_path / "log"]).batches()
    assert batch.frame.select("event_id", "channel").unique().rows() == [("1", "c")] and len(batch) == 3


def test_a_number_of_two_hundred_digits_where_text_is_expected(tmp_path: Path) -> None:
    big = b"9" * 200
    stamp = b'{"Event":{"System":{"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":%s}}},"EventData":{"A":%s}}}\n'
    survives(tmp_path / "log", stamp % (b'"x"', big) + stamp % (big, b'"x"'), "jsonl")


def test_json_a_thousand_deep(tmp_path: Path) -> None:
    deep = b'{"a":' * 1000 + b"1" + b"}" * 1000
    (tmp_path / "lines").write_bytes(GOOD["jsonl"] + b"\n" + deep + b"\n" + GOOD["jsonl"] + b"\n")
    (tmp_path / "whole").write_bytes(b"[" + deep + b"," + GOOD["jsonl"] + b"]")
    reading = open_sources([tmp_path])
    assert sum(len(batch) for batch in reading.batches()) == 2
    assert [[(r.code, r.count) for r in report.rejected] for report in reading.report] == [
        [("nested-too-deep", 1)]
    ] * 2
