"""Words: what a reason says, and that it says what the counts are."""

import polars as pl
import pytest

from assay.triage.attack import techniques
from assay.triage.contexts import PAIRS
from assay.triage.explain import LONGEST, one_line, record_reasons, summary, window_reasons
from assay.triage.fields import NAMES
from assay.triage.scorer import TOP


def record(**fields):
    return dict.fromkeys(NAMES) | fields


def scored(*pairs):
    """Row with the named pairs: (name or slot, bits, seen, of)."""
    names = [pair.name for pair in PAIRS]
    row = {}
    for place in range(TOP):
        name, bits, seen, of = pairs[place] if place < len(pairs) else (-1, 0.0, 0, 0)
        at = name if isinstance(name, int) else names.index(name)
        row |= {f"pair_{place}": at, f"bits_{place}": bits, f"seen_{place}": seen, f"of_{place}": of}
    return row


def test_a_never_seen_address_of_a_user():
    made = record(type="auth | logon", user="svc_backup", source_ip="10.9.9.9")
    (reason,) = record_reasons(scored(("user>source_ip", 12.01, 0, 4120)), made, included=False)
    assert (reason.field, reason.value, reason.context) == ("source_ip", "10.9.9.9", "user svc_backup")
    assert (reason.seen, reason.of, reason.bits) == (0, 4120, 12.01)
    assert reason.words == "user svc_backup: source address 10.9.9.9, never seen in 4,120 records (12.0 bits)"


def test_a_field_is_told_once_by_its_strongest_pair():
    made = record(type="t", user="u", source_ip="10.0.0.1", host="h")
    row = scored(("user>source_ip", 9.0, 1, 900), ("host>source_ip", 5.0, 4, 90), ("host>type", 3.0, 2, 40))
    reasons = record_reasons(row, made, included=True)
    assert [(reason.field, reason.bits) for reason in reasons] == [("source_ip", 9.0), ("type", 3.0)]
    assert "seen once in 900 records, this input included" in reasons[0].words
    assert reasons[1].words.startswith("host h: event type t, seen twice")


def test_what_a_record_does_not_have_is_no_reason():
    assert record_reasons(scored(("site>command", 4.0, 9, 900)), record(type="t"), included=True) == ()


def test_a_further_field_is_called_by_its_own_name():
    made = record(type="t", extra_names=["GrantedAccess"], extra_values=["0x1410"])
    (reason,) = record_reasons(scored((len(PAIRS), 8.0, 1, 300)), made, included=True)
    assert (reason.field, reason.value, reason.context) == ("GrantedAccess", "0x1410", "t")


def test_long_values_are_cut():
    made = record(type="t", command="a" * 5000)
    (reason,) = record_reasons(scored(("type>command", 8.0, 1, 300)), made, included=True)
    assert len(reason.value) == LONGEST


def test_a_window_tells_of_its_volume_and_its_company():
    group = {"host": "h", "type": "t", "window": 100, "volume": 640, "gap": None}
    group |= {"burst": 5.0, "own": 9.0, "bits": 15.0}
    group |= {f"{name}_{at}": 0 for name in ("bits", "seen", "of") for at in range(5)} | {"of_0": 12}
    reasons = window_reasons(group, included=False, company=3)
    assert [reason.field for reason in reasons] == ["company", "volume"]
    assert "640 records in five minutes, 32 times the usual number" in reasons[1].words
    assert "3 other unusual event types" in reasons[0].words and reasons[0].bits == 6.0


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"command": "whoami  /all\n", "message": "no"}, "whoami /all"),
        ({"message": "Accepted password"}, "Accepted password"),
        ({"action": "read", "user": "u"}, "action=read user=u"),
        ({"type": "t", "extra_names": ["a"], "extra_values": ["1"]}, "a=1"),
        ({"type": "t"}, "t"),
    ],
)
def test_a_record_in_one_line(fields, line):
    assert one_line(record(**fields)) == line


def test_a_summary_is_one_sentence():
    text = summary("h", "t", (), 1, 1)
    assert text == "On h: t stands out only by the company it keeps; 1 record of 1 event type in all."


def test_techniques_are_given_only_for_their_own_trace():
    rows = [
        record(channel="Security", event_id="1102"),
        record(channel="Application", event_id="1102"),
        record(channel="Microsoft-Windows-Sysmon/Operational", event_id="10", path="C:\\Windows\\lsass.exe"),
        record(channel="Microsoft-Windows-Sysmon/Operational", event_id="10", path="C:\\Windows\\notepad.exe"),
        record(service="useradd"),
    ]
    names = ("channel", "event_id", "service", "path", "target_user")
    found = [techniques(pl.DataFrame([row], schema=dict.fromkeys(names, pl.String))) for row in rows]
    assert found == [("T1070.001",), (), ("T1003.001",), (), ("T1136.001",)]
