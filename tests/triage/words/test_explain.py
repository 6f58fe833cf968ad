"""Words: what a reason says, and that it says what the counts are."""

from datetime import UTC, datetime

import polars as pl
import pytest

from assay.triage.counting.contexts import PAIRS
from assay.triage.ranking.reasons import TOP
from assay.triage.records.fields import NAMES
from assay.triage.words.attack import techniques
from assay.triage.words.explain import questions, record_reasons, window_reasons
from assay.triage.words.phrases import LONGEST
from assay.triage.words.sentences import one_line, summary


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


def test_what_is_usual_stands_beside_what_is_not():
    made = record(type="auth | logon", user="svc_backup", source_ip="10.9.9.9")
    row = scored(("user>source_ip", 12.01, 0, 4120))
    (asked,) = questions(row, made)
    (reason,) = record_reasons(row, made, included=False, usual={asked: (("10.0.0.5", 4120),)})
    assert reason.detector == "new-address" and reason.typical == (("10.0.0.5", 4120),)
    assert reason.words == (
        "user svc_backup: 4,120 records, all from 10.0.0.5; this one from 10.9.9.9, never seen (12.0 bits)"
    )


@pytest.mark.parametrize(
    ("usual", "words"),
    [
        (
            (("A", 980), ("B", 19), ("C", 1)),
            "999 other records, 98% by A; this one by C, seen only here (9.0 bits)",
        ),
        (
            (("A", 600), ("B", 399)),
            "999 other records, mostly by A (600) or B (399); this one by C, seen only here",
        ),
        ((("A", 10), ("B", 9)), "t: user C, the only one in 1,000 records (9.0 bits)"),
        ((("C", 1),), "t: user C, the only one in 1,000 records (9.0 bits)"),
    ],
)
def test_only_what_prevails_is_told_in_the_sentence(usual, words):
    made = record(type="t", user="C")
    row = scored(("type>user", 9.0, 1, 1000))
    (reason,) = record_reasons(row, made, included=True, usual=dict.fromkeys(questions(row, made), usual))
    assert words in reason.words
    assert "C" not in dict(reason.typical)


def test_a_number_is_told_by_its_size():
    made = record(type="http | GET", bytes="69192717")
    row = scored(("type>bytes", 11.0, 1, 4340))
    assert questions(row, made) == []
    (reason,) = record_reasons(row, made, included=True)
    assert (
        reason.words
        == "http GET: bytes 69192717: the only one of about that size in 4,340 records (11.0 bits)"
    )


def test_unusual_characters_are_named():
    made = record(type="http | GET 200", url="/a?b='")
    (reason,) = record_reasons(scored(("type>url~", 9.0, 0, 500)), made, included=False)
    assert reason.detector == "spelling" and reason.field == "url"
    assert reason.words == (
        "http GET 200: url /a?b=': this mix of characters (' / = ?) never seen in 500 records (9.0 bits)"
    )


def test_a_kind_of_event_of_few_addresses_is_told_so():
    (reason,) = record_reasons(scored(("site>source_ip", 9.0, 1, 500)), record(type="a | b"), included=True)
    assert reason.words == "a b comes from 1 of 500 source addresses (9.0 bits)"
    assert reason.detector == "few-addresses"


def test_a_succession_is_told_as_one():
    (reason,) = record_reasons(scored(("previous>type", 9.0, 1, 500)), record(type="a | b"), included=True)
    assert reason.words == "a b rarely follows the kind of event before it: only this time in 500 (9.0 bits)"
    assert reason.detector == "succession"


def test_a_field_is_told_once_by_its_strongest_pair():
    made = record(type="t", user="u", source_ip="10.0.0.1", host="h")
    row = scored(("user>source_ip", 9.0, 1, 900), ("host>source_ip", 5.0, 4, 90), ("host>type", 3.0, 2, 40))
    reasons = record_reasons(row, made, included=True)
    assert [(reason.field, reason.bits) for reason in reasons] == [("source_ip", 9.0), ("type", 3.0)]
    assert reasons[0].words == "user u: source address 10.0.0.1, the only one in 900 records (9.0 bits)"
    assert reasons[1].words == "host h: event type t, 2 of 40 records (3.0 bits)"


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
    group |= {"burst": 5.0, "own": 5.0625, "alone": 9.0, "bits": 15.0}
    group |= {f"{name}_{at}": 0 for name in ("bits", "seen", "of") for at in range(5)} | {"of_0": 12}
    reasons = window_reasons(group, included=False, company=3)
    assert [reason.field for reason in reasons] == ["company", "volume"]
    assert "640 records in five minutes, usually 20 (5.0 bits)" in reasons[1].words
    assert "3 other unusual event types" in reasons[0].words and reasons[0].bits == 6.0


def test_hours_and_silences_are_told_in_windows():
    group = {
        "host": "h",
        "type": "a | b",
        "window": 12 * 24 * 4,
        "volume": 1,
        "gap": 60,
        "burst": 0.0,
        "own": 9.0,
        "alone": 9.0,
        "bits": 9.0,
    }
    group |= {f"{name}_{at}": 0 for name in ("bits", "seen", "of") for at in range(5)}
    group |= {"bits_2": 4.0, "seen_2": 1, "of_2": 30, "bits_4": 3.0, "of_4": 40}
    silence, hour = window_reasons(group, included=False, company=0)
    assert silence.words == "a b on h came after a silence of 5 hours: 1 of 30 windows before (4.0 bits)"
    assert hour.words == "h on Monday 00:00 UTC, an hour never seen in 40 windows (3.0 bits)"
    assert (silence.detector, hour.detector) == ("silence", "unusual-hour")


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"command": "whoami  /all\n", "message": "no"}, "whoami /all"),
        ({"message": "Accepted password"}, "Accepted password"),
        ({"action": "read", "user": "u"}, "read user=u"),
        (
            {"message": "Pipe Connected:", "event_id": "18", "process": "a.exe", "path": "\\\\lsass"},
            "Pipe Connected process=a.exe path=\\\\lsass",
        ),
        ({"type": "t", "extra_names": ["a"], "extra_values": ["1"]}, "a=1"),
        ({"type": "t"}, "t"),
    ],
)
def test_a_record_in_one_line(fields, line):
    assert one_line(record(**fields)) == line


NOW = datetime(2024, 8, 7, 10, 12, tzinfo=UTC)


def test_a_summary_says_when_what_who_where_and_how_unusual():
    made = record(type="sshd | ssh-login success", user="svc_backup", host="web01", source_ip="10.9.9.9")
    row = scored(("user>source_ip", 12.01, 0, 4120))
    usual = dict.fromkeys(questions(row, made), (("10.0.0.5", 4120),))
    reasons = record_reasons(row, made, False, usual)
    assert summary(made, NOW, reasons, 48, 4, NOW.replace(minute=22), False) == (
        "2024-08-07 10:12 UTC: sshd ssh-login success by svc_backup on web01 from 10.9.9.9; user svc_backup: 4,120 "
        "records, all from 10.0.0.5; this one from 10.9.9.9, never seen (12.0 bits); 48 records of 4 event types in "
        "all until 10:22."
    )


def test_a_summary_does_not_say_the_kind_of_event_twice():
    made = record(type="Microsoft-Windows-Sysmon/Operational | 8", host="h")
    reasons = record_reasons(scored(("host>type", 9.0, 1, 1000)), made, included=True)
    assert summary(made, None, reasons, 1, 1, None, True) == (
        "Sysmon 8 (remote thread created) on h; the only event of its kind in 1,000 records of host h (9.0 bits); "
        "1 record of 1 event type in all."
    )
    told = summary(record(type="t"), None, (), 1, 1, None, True)
    assert told == "t; it stands out only by the company it keeps; 1 record of 1 event type in all."


def test_techniques_are_given_only_for_their_own_trace():
    rows = [
        record(channel="Security", event_id="1102"),
        record(channel="Application", event_id="1102"),
        record(channel="Microsoft-Windows-Sysmon/Operational", event_id="10", path="C:\\Windows\\lsass.exe"),
        record(
            channel="Microsoft-Windows-Sysmon/Operational", event_id="10", path="C:\\Windows\\notepad.exe"
        ),
        record(service="useradd"),
        record(action="StopLogging"),
        record(action="StopLogging", outcome="AccessDenied"),
    ]
    names = ("channel", "event_id", "service", "path", "target_user", "action", "outcome")
    found = [techniques(pl.DataFrame([row], schema=dict.fromkeys(names, pl.String))) for row in rows]
    assert found == [("T1070.001",), (), ("T1003.001",), (), ("T1136.001",), ("T1562.008",), ()]
