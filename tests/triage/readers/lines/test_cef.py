"""CEF and LEEF."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from assay.triage.limits import LogLimits

LINES: list[tuple[str, dict[str, Any]]] = [
    ("CEF:0|Acme|Wall|4.2|100|Port scan \\| blocked|7|src=10.1.2.3 spt=4431 dst=192.0.2.7 dpt=22 proto=TCP act=blocked "
     "rt=1707478800123 dvchost=fw1 msg=Many ports tried \\= scan cs1Label=Rule Name cs1=deny all cn1=7 "
     "request=http://x/?a=b&c=d suser=eve duser=root fname=C:\\\\new b.exe",
     {"time": datetime(2024, 2, 9, 11, 40, 0, 123000, UTC), "host": "fw1", "user": "eve", "target_user": "root",
      "source_ip": "10.1.2.3", "source_port": "4431", "destination_ip": "192.0.2.7", "destination_port": "22",
      "provider": "Acme Wall", "event_id": "100", "action": "Port scan | blocked", "outcome": "blocked",
      "message": "Many ports tried = scan", "url": "http://x/?a=b&c=d", "path": "C:\\new b.exe",
      "extras": {"severity": "7", "version": "4.2", "Rule Name": "deny all", "cn1": "7"}}),
    ("<134>Feb  9 11:40:00 gate7 CEF: 0|Acme|Wall|4.2|login|Login|3|suser=bob outcome=failure",
     {"time": datetime(2024, 2, 9, 11, 40, tzinfo=UTC), "host": "gate7", "user": "bob", "outcome": "failure",
      "message": "Login"}),
    ("<134>1 2024-02-09T11:40:01+01:00 gate8 acme - - - CEF:0|Acme|Wall|4.2|login|Login|3|src=2001:db8::1",
     {"time": datetime(2024, 2, 9, 10, 40, 1, tzinfo=UTC), "host": "gate8", "source_ip": "2001:db8::1"}),
    ("CEF:0|a|b|1|x|y|3|rt=Feb 09 2024 11:40:00.5 UTC", {"time": datetime(2024, 2, 9, 11, 40, 0, 500000, UTC)}),
    ("CEF:1|a\\|b|c\\\\d|1|x|y|Low|", {"provider": "a|b c\\d", "event_id": "x"}),
    # a label must not lend a name that has a column of its own
    ("CEF:0|a|b|1|x|y|Low|cs1Label=suser cs1=mallory", {"user": None, "extras": {"severity": "Low", "version": "1",
                                                                                 "cs1": "mallory"}}),
    ("LEEF:1.0|Acme|Box|1|deny|devTime=Feb 09 2024 11:40:00\tsrc=10.1.2.3\tdst=192.0.2.7\tsrcPort=1\tusrName=eve\tsev=5"
     "\tmsg=no way = no",
     {"time": datetime(2024, 2, 9, 11, 40, tzinfo=UTC), "source_ip": "10.1.2.3", "source_port": "1", "user": "eve",
      "event_id": "deny", "message": "no way = no", "extras": {"version": "1", "sev": "5"}}),
    ("<13>Feb  9 11:40:00 gate LEEF:2.0|Acme|Box|1|allow|^|src=10.1.2.4^usrName=bob^cat=fw",
     {"host": "gate", "source_ip": "10.1.2.4", "user": "bob", "channel": "fw",
      "time": datetime(2024, 2, 9, 11, 40, tzinfo=UTC)}),
    ("LEEF:2.0|Acme|Box|1|allow|x7C|src=10.1.2.5|usrName=bo", {"source_ip": "10.1.2.5", "user": "bo"}),
    ("LEEF:2.0|Acme|Box|1|allow|0x5e|src=10.1.2.5^usrName=bo", {"source_ip": "10.1.2.5", "user": "bo"}),
    ("LEEF:2.0|Acme|Box|1|allow|src=10.1.2.6\tusrName=al", {"source_ip": "10.1.2.6", "user": "al"}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_lines(read: Callable[..., Any], line: str, expected: dict[str, Any]) -> None:
    frame, report = read(line + "\n")
    assert (
        report.source.format
        == line[line.index("EF:") - 1 if "CEF" in line else line.index("LEEF") :][:4].strip(":").lower()
    )
    row = frame.row(0, named=True)
    every = zip(row["extra_names"], row["extra_values"], strict=True)
    row["extras"] = {name: value for name, value in every if not name.startswith("?")}
    assert {name: row[name] for name in expected} == expected


def test_lines_keep_their_places(read: Callable[..., Any]) -> None:
    cef = [line for line, _ in LINES if "CEF" in line]
    frame, report = read(
        "\n".join([*cef, "what is this", "", *cef]) + "\n",
        limits=LogLimits(line_bytes=1000, block_bytes=1000),
    )
    assert frame["line"].to_list() == [*range(7), *range(8, 14)]
    assert frame["raw_kind"].to_list() == ["cef"] * 6 + ["text"] + ["cef"] * 6
    assert report.repairs["read-as-text"] == 1


def test_names_without_end_are_bounded(read: Callable[..., Any]) -> None:
    many = " ".join(f"k{n}={n}" for n in range(20_000))
    frame, _ = read(f"CEF:0|a|b|1|x|y|1|{many}\nLEEF:1.0|a|b|1|x|y\n", format="cef")
    assert frame["extra_names"][0].len() == 64
    frame, _ = read("LEEF:1.0|a|b|1|x|" + many.replace(" ", "\t") + "\n")
    assert frame["extra_names"][0].len() == 64
