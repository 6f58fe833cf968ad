"""What the columns of a table mean."""

import pytest

from assay.triage.readers.layout import lay_out
from assay.triage.readers.roles import find, place


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Source Address", "source_ip"), ("SourceIP", "source_ip"), ("src-ip", "source_ip"), ("Date/Time", "time"),
        ("UserName", "user"), ("user_name", "user"), ("Computer Name", "host"), ("EventID", "event_id"),
        ("DstPort", "destination_port"),
        ("來源位址", "source_ip"), ("时间", "time"), ("ユーザー名", "user"), ("主機", "host"), ("動作", "action"),
    ],
)  # fmt: skip
def test_names(name: str, column: str) -> None:
    found = place(name)
    assert found is not None and found[0] == column


@pytest.mark.parametrize("name", ["", "x", "src_bytes", "duration", "count", "漢字"])
def test_names_that_say_nothing(name: str) -> None:
    assert place(name) is None


@pytest.mark.parametrize(
    "stamp", ["2024-02-09T11:00:{:02}Z", "17074788{:02}", "1707478800{:03}", "09/Feb/2024:11:00:{:02} +0000"]
)
def test_values_alone(stamp: str) -> None:
    verbs = ("logon", "logoff", "file read", "file write")
    rows = [
        [stamp.format(n), f"srv-{n % 3}", ("root", "alice", "bob")[n % 3], f"10.0.0.{n}", verbs[n % 4],
         ("ok", "failed")[n % 2], "INFO", str(n * n)]
        for n in range(40)
    ]  # fmt: skip
    assert find([f"c{n}" for n in range(8)], rows, named=False) == {
        "c0": "time", "c1": "host", "c2": "user", "c3": "source_ip", "c4": "action", "c5": "outcome",
    }  # fmt: skip


def test_a_table_of_measurements_has_no_people_in_it() -> None:
    rows = [
        [str(n), ("tcp", "udp")[n % 2], ("http", "ftp", "smtp")[n % 3], ("SF", "REJ")[n % 2], "root"]
        for n in range(40)
    ]
    assert find([f"c{n}" for n in range(5)], rows, named=False) == {}


def test_a_day_and_a_time_of_day_are_one_time() -> None:
    assert find(["date", "time", "x"], [["2024-02-09", f"11:00:0{n}", "1"] for n in range(9)], named=True) == {
        "date": "date", "time": "time",
    }  # fmt: skip


def test_a_word_that_comes_again_is_no_header() -> None:
    layout = lay_out(b"login,alice,10.0.0.1\nlogin,bob,10.0.0.2\nlogout,bob,10.0.0.2\n")
    assert layout is not None and layout.header is False


def test_a_time_of_day_is_no_address() -> None:
    rows = [["Dec", "10", f"06:55:{n}", "sshd", str(24200 + n)] for n in range(10, 40)]
    assert "source_ip" not in find(["month", "day", "clock", "part", "number"], rows, named=True).values()
    rows = [[f"06:55:{n}", f"fe80::{n}"] for n in range(10, 40)]
    assert find(["c0", "c1"], rows, named=False).get("c1") == "source_ip"
