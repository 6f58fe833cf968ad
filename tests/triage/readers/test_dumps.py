"""Dumped Windows events, many at once: what each becomes does not depend on the others, nor on the way it is read."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assay.triage.limits import DEFAULT
from assay.triage.readers import dumps, open_sources, windows
from assay.triage.readers.ledger import Ledger


def dump(number: int, data: Any, user: Any = None, **system: Any) -> dict[str, Any]:
    usual = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing", "Guid": "x"}},
        "EventID": 4624 + number,
        "Keywords": "0x8020000000000000",
        "TimeCreated": {"#attributes": {"SystemTime": f"2020-06-10T02:50:{number:02d}.537Z"}},
        "Computer": "DC1",
        "Channel": "Security",
    }
    return {"Event": {"System": {**usual, **system}, "EventData": data, "UserData": user}}


FORMS = {
    "usual": dump(0, {"SubjectUserName": "alice", "IpAddress": "10.0.0.5", "LogonType": 3, "Odd": "x", "Empty": "-"}),
    "same names, other values": dump(1, {"SubjectUserName": "bob", "IpAddress": "-", "LogonType": 2, "Odd": 7}),
    "number with qualifier": dump(2, {"Data": {"#text": ["a", "b"]}}, EventID={"#text": 7036, "#attributes": {"Q": 1}}),
    "nested unknown": dump(3, {"SubjectUserName": "eve", "Odd": {"#attributes": {"Name": "n"}, "#text": "t"}}),
    "list unknown": dump(4, {"Odd": ["p", "q"], "Truth": True, "Half": 1.5, "None": None}),
    "user data": dump(5, None, {"EventXML": {"Param": "v", "ProcessId": "7", "Deep": {"A": "b"}}}),
    "no data": dump(6, None),
    "data as text": dump(7, "text only"),
    "known as number": dump(8, {"IpPort": 443, "Status": 0, "CommandLine": "c" * 5000, "Odd": "y" * 5000}),
    "many unknown": dump(9, {f"Odd{n}": f"v{n}" for n in range(50)}),
    "no header": {"Event": {"System": {}, "EventData": {"Image": "x"}}},
}


def slowly(lines: list[bytes]) -> tuple[pl.DataFrame, Ledger]:
    ledger = Ledger(DEFAULT)
    events = [windows.decode(line) for line in lines]
    return windows.frame(pl.Series(range(len(lines)), dtype=pl.UInt32), events, ledger, DEFAULT), ledger


@pytest.mark.parametrize("names", [[name] for name in FORMS] + [list(FORMS), list(FORMS) * 3])
def test_many_at_once_is_as_one_by_one(names: list[str]) -> None:
    lines = [json.dumps(FORMS[name]).encode() for name in names]
    slow, told = slowly(lines)
    for data in (lines, b"\n".join(lines)):
        ledger = Ledger(DEFAULT)
        fast = dumps.frame(range(len(lines)), data, ledger, DEFAULT)
        assert fast is not None
        assert ledger.state() == told.state()
        for name in {*slow.columns, *fast.columns}:
            known, made = (frame[name].to_list() if name in frame.columns else None for frame in (slow, fast))
            assert made == known or (made is None and set(known or []) == {None}), name


@pytest.mark.parametrize(
    "odd",
    [
        dump(0, {}, Provider="text"),
        dump(0, {}, Provider={"Name": "without attributes"}),
        dump(0, {}, TimeCreated="2020-06-10T02:50:00Z"),
        dump(0, {}, Computer=5),
        dump(0, {}, EventID=1.5),
        {"Event": {"EventData": {}}},
    ],
)
def test_an_odd_header_sends_all_the_other_way(tmp_path: Path, odd: dict[str, Any]) -> None:
    events = [*FORMS.values(), odd]
    lines = [json.dumps(event).encode() for event in events]
    assert dumps.frame(range(len(lines)), lines, Ledger(DEFAULT), DEFAULT) is None
    path = tmp_path / "dumps.jsonl"
    path.write_bytes(b"\n".join(lines))
    reading = open_sources([path], format="jsonl")
    found = pl.concat([batch.frame for batch in reading.batches()])
    assert found["line"].to_list() == list(range(len(events))) and reading.report[0].rejected == ()
    path.write_bytes(lines[0] + b"\n")
    (alone,) = [batch.frame for batch in open_sources([path], format="jsonl").batches()]
    assert found[0].equals(alone, null_equal=True)


def test_as_many_events_as_lines() -> None:
    line = json.dumps(FORMS["usual"]).encode()
    assert dumps.frame(range(1), line + b" " + line, Ledger(DEFAULT), DEFAULT) is None
    assert dumps.frame(range(2), [line, line + b" " + line], Ledger(DEFAULT), DEFAULT) is None
