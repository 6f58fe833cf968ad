"""Each modifier, by a rule of its own."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.triage.sigma import Rules

Fire = Callable[..., list[int]]

COMMANDS = ["whoami /all", "cmd.exe /c WhoAmI", "net user", "calc", None]
EVENTS = [{"command": command} for command in COMMANDS]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"CommandLine": "WHOAMI /all"}, [0]),
        ({"CommandLine": ["calc", "net user"]}, [2, 3]),
        ({"CommandLine|contains": "whoami"}, [0, 1]),
        ({"CommandLine|startswith": "whoami"}, [0]),
        ({"CommandLine|endswith": "WHOAMI"}, [1]),
        ({"CommandLine|contains|all": ["cmd", "whoami"]}, [1]),
        ({"CommandLine|contains|cased": "WhoAmI"}, [1]),
        ({"CommandLine|cased": "calc"}, [3]),
        ({"CommandLine|cased": "Calc"}, []),
        ({"CommandLine": "net*r"}, [2]),
        ({"CommandLine": "ca?c"}, [3]),
        ({"CommandLine": "c?c"}, []),
        ({"CommandLine": "*"}, [0, 1, 2, 3]),
        ({"CommandLine": "?alc"}, [3]),
        ({"CommandLine": "????"}, [3]),
        ({"CommandLine": None}, [4]),
        ({"CommandLine": ""}, [4]),
        ({"CommandLine|exists": True}, [0, 1, 2, 3]),
        ({"CommandLine|exists": False}, [4]),
        ({"CommandLine|re": "who(ami|is)"}, [0]),
        ({"CommandLine|re|i": "who(ami|is)$"}, [1]),
        ({"CommandLine|re": "^net .*$"}, [2]),
    ],
)
def test_text(fire: Fire, item: dict[str, object], expected: list[int]) -> None:
    assert fire({"a": item, "condition": "a"}, EVENTS) == expected


def test_wildcards_that_are_escaped_are_plain(fire: Fire) -> None:
    events = [{"command": "copy a*b"}, {"command": "copy axb"}, {"command": "what?"}, {"command": "whatX"}]
    assert fire({"a": {"CommandLine|contains": r"a\*b"}, "condition": "a"}, events) == [0]
    assert fire({"a": {"CommandLine|endswith": r"what\?"}, "condition": "a"}, events) == [2]


def test_windash_means_every_dash(fire: Fire) -> None:
    events = [{"command": f"tool {dash}enc x"} for dash in ("-", "/", "\N{EN DASH}", "\N{EM DASH}", "+")]
    assert fire({"a": {"CommandLine|contains|windash": " -enc "}, "condition": "a"}, events) == [0, 1, 2, 3]


@pytest.mark.parametrize("offset", [0, 1, 2])
def test_base64offset_finds_every_alignment(fire: Fire, offset: int) -> None:
    hidden = base64.b64encode(b"x" * offset + b"http://evil.example").decode()
    events = [{"command": hidden}, {"command": "aHR0c"}]
    assert fire({"a": {"CommandLine|base64offset|contains": "http://evil"}, "condition": "a"}, events) == [0]


@pytest.mark.parametrize(("modifier", "expected"), [("lt", [0]), ("lte", [0, 1]), ("gt", [2]), ("gte", [1, 2])])
def test_numbers(fire: Fire, modifier: str, expected: list[int]) -> None:
    events = [{"Width": "9"}, {"Width": "10"}, {"Width": "100"}, {"Width": "many"}, {}]
    assert fire({"a": {f"Width|{modifier}": 10}, "condition": "a"}, events) == expected


def test_a_number_and_a_truth_value_are_equal_to_their_text(fire: Fire) -> None:
    assert fire({"a": {"Width": 10}, "condition": "a"}, [{"Width": "10"}, {"Width": "100"}]) == [0]
    assert fire({"a": {"Signed": True}, "condition": "a"}, [{"Signed": "true"}, {"Signed": "false"}]) == [0]


def test_a_dash_that_says_nothing_is_an_absent_field(fire: Fire) -> None:
    events = [{"source_ip": "10.0.0.1"}, {"source_ip": None}, {"source_ip": "a-b"}]
    security = {"product": "windows", "service": "security"}
    for item, expected in (({"IpAddress": "-"}, [1]), ({"IpAddress|contains": "-"}, [1, 2])):
        where = {"channel": "Security", "event_id": "4625"}
        assert fire({"a": item, "condition": "a"}, events, security, **where) == expected


def test_networks(fire: Fire) -> None:
    events = [{"destination_ip": ip} for ip in ("10.1.2.3", "11.1.2.3", "fe80::1", "no address", None)]
    source = {"product": "windows", "category": "network_connection"}
    item = {"DestinationIp|cidr": ["10.0.0.0/8", "fe80::/10"]}
    assert fire({"a": item, "condition": "a"}, events, source, event_id="3") == [0, 2]


def test_a_field_compared_with_another(fire: Fire) -> None:
    events = [
        {"process": r"C:\A.exe", "parent": r"c:\a.EXE"}, {"process": r"C:\a.exe", "parent": r"C:\b.exe"},
        {"process": None, "parent": None},
    ]  # fmt: skip
    assert fire({"a": {"Image|fieldref": "ParentImage"}, "condition": "a"}, events) == [0]
    starts = [
        {"process": "C:\\Tools\\a.exe", "CurrentDirectory": "C:\\Tools\\"},
        {"process": "D:\\a.exe", "CurrentDirectory": "C:\\"},
    ]
    assert fire({"a": {"Image|fieldref|startswith": "CurrentDirectory"}, "condition": "a"}, starts) == [0]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("one and two", [1]),
        ("one or two", [0, 1, 2]),
        ("one and not two", [0]),
        ("not one", [2, 3]),
        ("1 of them", [0, 1, 2]),
        ("all of them", [1]),
        ("not 1 of them", [3]),
        ("1 of o*", [0, 1]),
        ("(one or two) and not (one and two)", [0, 2]),
    ],
)
def test_conditions(fire: Fire, condition: str, expected: list[int]) -> None:
    events = [{"command": "a"}, {"command": "ab"}, {"command": "b"}, {"process": "ab"}]
    detection = {"one": {"CommandLine|contains": "a"}, "two": {"CommandLine|contains": "b"}}
    assert fire({**detection, "condition": condition}, events) == expected


def test_a_list_of_maps_is_or_and_a_map_is_and(fire: Fire) -> None:
    events = [{"command": "a", "process": "p"}, {"command": "a"}, {"process": "q"}]
    assert fire({"s": {"CommandLine": "a", "Image": "p"}, "condition": "s"}, events) == [0]
    assert fire({"s": [{"CommandLine": "a"}, {"Image": "q"}], "condition": "s"}, events) == [0, 1, 2]


def test_keywords_look_at_everything_a_line_says(fire: Fire) -> None:
    events = [{"message": "Failed PASSWORD for root"}, {"user": "mallory-password"}, {"detail": "no"}, {}]
    detection = {"keywords": ["password for", "*mal*word"], "condition": "keywords"}
    source = {"product": "linux", "service": "syslog"}
    assert fire(detection, events, source, channel="", event_id="", kind="syslog") == [0, 1]
    every = {"keywords": {"|all": ["failed", "root"]}, "condition": "keywords"}
    assert fire(every, events, source, channel="", event_id="", kind="syslog") == [0]


@pytest.mark.parametrize(
    ("item", "source", "code", "detail"),
    [
        ({"CommandLine|re": "(?=a)b"}, None, "broken-rule", "(?="),
        ({"CommandLine|re": r"(a)\1"}, None, "broken-rule", "invalid"),
        ({"CommandLine|re": "(a{900}){900}"}, None, "broken-rule", ""),
        ({"CommandLine|re": "(?:abcdefghij){1000}" * 20}, None, "regex", "(?:abc"),
        ({"CommandLine|expand": "%admins%"}, None, "value", "placeholder %admins%"),
        ({"LogonId": "0x1"}, None, "field", "LogonId"),
        ({"a": "b"}, {"product": "acme", "service": "wall"}, "logsource", "acme/*/wall"),
    ],
)
def test_what_cannot_be_run_is_said(
    tmp_path: Path, rule_of: Any, frame_of: Any, item: dict[str, str], source: dict[str, str] | None,
    code: str, detail: str,
) -> None:  # fmt: skip
    made = rule_of({"a": item, "condition": "a"}, **({} if source is None else {"source": source}))
    (tmp_path / "r.yml").write_text(yaml.safe_dump(made))
    rules = Rules.open(tmp_path)
    (problem,) = (*rules.errors, *rules.gaps)
    assert problem.code == code and detail in problem.detail and problem.rule == "A rule"
    assert rules.hits(frame_of([{"command": "b"}])).is_empty()
