"""Tactics that meet on a host move its groups up; nothing else does."""

import json
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from assay.triage.ranking.bursts import GROUP
from assay.triage.ranking.escalation import EACH, MOST, REPEAT, escalated
from assay.triage.ranking.incidents import REACH
from assay.triage.session import triage
from assay.triage.words.attack import ACTIONS, LSASS_ACCESS, PROGRAMS, TACTICS, WINDOWS, tactic_of, traces

SCHEMA = {"host": pl.String(), "type": pl.String(), "window": pl.Int64()}


def ranking(*rows):
    """Groups (host, type, window, risk), most urgent first."""
    return pl.DataFrame(rows, schema={**SCHEMA, "risk": pl.Float64()}, orient="row")


def met(*rows):
    return pl.DataFrame(rows, schema={**SCHEMA, "tactic": pl.String()}, orient="row")


GROUPS = (("a", "x", 100, 9.0), ("b", "y", 100, 8.0), ("b", "z", 100 + REACH, 7.5), ("b", "w", 100, 7.2))


def risks(groups):
    return {row[:3]: row[3:] for row in groups.select(*GROUP, "risk", "escalation", "tactics").iter_rows()}


def test_two_tactics_near_each_other_raise_their_groups_and_no_other():
    after = escalated(ranking(*GROUPS), met(("b", "y", 100, "persistence"), ("b", "z", 100 + REACH, "impact")))
    found = risks(after)
    assert found["b", "y", 100] == (8 + EACH, EACH, ["impact", "persistence"])
    assert found["b", "z", 100 + REACH] == (7.5 + EACH * REPEAT, EACH * REPEAT, ["impact", "persistence"])
    assert found["a", "x", 100] == (9.0, 0.0, []) and found["b", "w", 100] == (7.2, 0.0, [])
    assert after["risk"].to_list() == sorted(after["risk"].to_list(), reverse=True)


def test_neither_one_tactic_nor_two_hosts_nor_two_hours_do():
    alone = met(("b", "y", 100, "impact"), ("b", "w", 100, "impact"))
    hosts = met(("a", "x", 100, "impact"), ("b", "y", 100, "persistence"))
    hours = met(("b", "y", 100, "impact"), ("b", "z", 101 + REACH, "persistence"))
    far = ranking(*GROUPS[:2], ("b", "z", 101 + REACH, 7.5))
    nameless = ranking(("", "x", 1, 9.0), ("", "y", 1, 8.0))
    unknown = met(("", "x", 1, "impact"), ("", "y", 1, "persistence"))
    cases = [(ranking(*GROUPS), alone), (ranking(*GROUPS), hosts), (far, hours), (nameless, unknown)]
    for groups, traced in [*cases, (ranking(*GROUPS), met())]:
        after = escalated(groups, traced)
        assert after["escalation"].sum() == 0 and after.select(groups.columns).equals(groups)


@given(st.lists(st.sampled_from(["p", "q", "r", "s", "t"]), min_size=1, max_size=9))
def test_the_rise_is_bounded(tactics):
    groups = ranking(*(("h", f"t{n}", 5, 10.0 - n) for n in range(len(tactics))))
    after = escalated(groups, met(*(("h", f"t{n}", 5, tactic) for n, tactic in enumerate(tactics))))
    assert after["escalation"].max() == min(EACH * (len(set(tactics)) - 1), MOST)


def test_every_technique_has_a_tactic_and_types_are_read():
    named = {*WINDOWS.values(), *ACTIONS.values(), *PROGRAMS.values(), LSASS_ACCESS[3]}
    assert {each.partition(".")[0] for each in named} == set(TACTICS)
    assert tactic_of("Security | 1102") == "defense-evasion" and tactic_of("Application | 1102") is None
    assert tactic_of("cloudtrail | StopLogging success") == "defense-evasion"
    assert tactic_of("cloudtrail | StopLogging AccessDenied") is None
    assert tactic_of("untyped") is None
    assert traces(ranking(("h", "Security | 4720", 1, 1.0))).row(0) == ("h", "Security | 4720", 1, "persistence")


def test_an_incident_says_so(tmp_path: Path):
    def event(n, number):
        return {"timestamp": 1_700_000_000 + 3 * n, "host": "srv", "event_id": number, "channel": "Security"}

    lines = [event(n, "4624") for n in range(900)] + [event(450, "4720"), event(470, "1102")]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    with triage([path]) as answer:
        first = answer.incidents[0]
    told = [reason for record in first.records for reason in record.reasons if reason.field == "tactics"]
    assert told[0].words == "2 tactics on one host: defense evasion, persistence (+2.0 bits)"
    assert told[0].detector == "tactics" and first.kind.field != "tactics"
    assert {"T1136.001", "T1070.001"} <= set(first.attack)
