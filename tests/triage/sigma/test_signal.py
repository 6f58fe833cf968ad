"""Rules in triage: they move groups up and are told, and without them nothing changes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from assay.cli import app
from assay.triage import triage
from assay.triage.feedback import FeedbackStore
from assay.triage.sigma import Rules, RulesUnavailable
from assay.triage.sigma.files import RulesUnreadable
from assay.triage.sigma.signal import LEVEL_BITS, REPEAT, lifted, lifts
from assay.triage.sigma.tagger import RuleTagger, from_recipe

Make = Callable[..., dict[str, Any]]
GROUP = {"host": pl.String(), "type": pl.String(), "window": pl.Int64()}


@pytest.fixture
def rules(tmp_path: Path, rule_of: Make) -> Path:
    place = tmp_path / "rules"
    place.mkdir()
    made = {
        "dump": ("high", {"CommandLine|contains": "MiniDump"}, ["attack.t1003.001", "attack.credential-access"]),
        "any": ("informational", {"Image|endswith": ".exe"}, ["attack.t1059"]),
        "gap": ("low", {"ProcessId": 7}, []),
    }
    for name, (level, item, tags) in made.items():
        rule = rule_of({"a": item, "condition": "a"}, title=f"Rule {name}", level=level, tags=tags)
        (place / f"{name}.yml").write_text(yaml.safe_dump(rule))
    return place


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    rows = []
    for n in range(400):
        command = "rundll32 comsvcs.dll MiniDump 600 out full" if n == 200 else f"tool.exe {n % 5}"
        rows.append({
            "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Hostname": f"pc{n % 3}",
            "@timestamp": f"2026-03-02T{n // 60:02d}:{n % 60:02d}:00Z", "Image": "C:\\tool.exe", "CommandLine": command,
        })  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_rules_are_told_and_their_techniques_named(log: Path, rules: Path) -> None:
    with triage([log], rules=rules) as answer:
        first = answer.incidents[0]
        report = answer.report.rules
        (record,) = [r for r in first.records if r.line == 200]
    assert record.rules == ("Rule dump", "Rule any")
    assert first.attack == ("T1003.001",)  # an informational rule adds nothing
    (reason,) = [r for r in record.reasons if r.field == "rule"]
    assert (reason.context, reason.seen, reason.detector) == ("level high", 1, "rule")
    assert (reason.bits, reason.words) == (LEVEL_BITS["high"], 'rule "Rule dump" fired (level high)')
    assert report is not None
    assert (report.loaded, report.run, dict(report.fired)) == (3, 2, {"Rule any": 400, "Rule dump": 1})
    assert [(gap.rule, gap.code, gap.detail) for gap in report.gaps] == [("Rule gap", "field", "ProcessId")]


def test_rows_of_all_records_name_the_rules_that_fired(log: Path, rules: Path) -> None:
    with triage([log], rules=rules) as answer:
        rows = list(answer.events())
    called = {row["line"]: [r["value"] for r in row["reasons"] if r["field"] == "rule"] for row in rows}
    assert called == {line: (["Rule dump"] if line == 200 else []) + ["Rule any"] for line in range(400)}


def test_a_record_on_which_a_rule_fired_is_shown_of_its_group(log: Path, rules: Path) -> None:
    (rules / "dump.yml").write_text((rules / "dump.yml").read_text().replace("MiniDump", "tool.exe 1"))
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    for n, row in enumerate(rows):  # one window of one host: the command of the rule is the most usual one in it
        row |= {"Hostname": "pc", "@timestamp": f"2026-03-02T10:00:{n % 60:02d}Z"}
        row["CommandLine"] = f"tool.exe odd {n}" if n % 100 == 7 else "tool.exe 2" if n != 211 else "tool.exe 1 x"
        row["Company"] = "one" if n == 211 else f"other {n % 3}" if n % 100 == 7 else "one"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with triage([log], rules=rules) as answer:
        shown = {r.line: r for r in answer.incidents[0].records}
    assert "Rule dump" in shown[211].rules
    assert [r.value for r in shown[211].reasons if r.field == "rule"] == ["Rule dump"]
    assert all(r.field != "rule" for line, record in shown.items() if line != 211 for r in record.reasons)


def test_without_rules_that_fire_nothing_changes(log: Path, rules: Path) -> None:
    (rules / "dump.yml").unlink()
    with triage([log]) as plain, triage([log], rules=rules) as ruled:
        assert plain.report.rules is None
        shown = [(i.risk, i.percentile, [(r.line, r.score) for r in i.records]) for i in plain.incidents]
        assert shown == [(i.risk, i.percentile, [(r.line, r.score) for r in i.records]) for i in ruled.incidents]


def test_a_rule_changes_the_place_of_a_group_and_nothing_else(log: Path, rules: Path) -> None:
    with triage([log]) as plain, triage([log], rules=rules) as ruled:
        before = {(w.host, w.type, w.number): w for w in plain.windows()}
        after = {(w.host, w.type, w.number): w for w in ruled.windows()}
    assert before.keys() == after.keys()
    assert all(after[key].bits == before[key].bits for key in before)
    moved = {key: after[key].risk - before[key].risk for key in before if after[key].risk != before[key].risk}
    assert list(moved.values()) == [pytest.approx(LEVEL_BITS["high"])]


def test_a_rule_that_fires_everywhere_adds_less_and_less(rule_of: Make, tmp_path: Path) -> None:
    (tmp_path / "r.yml").write_text(yaml.safe_dump(rule_of({"a": {"Image": "x"}, "condition": "a"}, level="medium")))
    opened = Rules.open(tmp_path)
    places = [("h", "t", n) for n in range(4)]
    risks = {**GROUP, "risk": pl.Float64()}
    ranking = pl.DataFrame([(*p, 10.0 - n) for n, p in enumerate(places)], risks, orient="row")
    tagged = {**GROUP, "tag": pl.UInt32(), "records": pl.Int64()}
    sums = pl.DataFrame([(*p, 0, 1) for p in places[1:]], tagged, orient="row")
    moved = lifted(ranking, lifts(sums, opened.rules))
    bits = LEVEL_BITS["medium"]
    assert moved.sort("window")["lift"].to_list() == pytest.approx([0, bits, bits * REPEAT, bits * REPEAT**2])
    assert moved["risk"].to_list() == sorted(moved["risk"].to_list(), reverse=True)
    assert lifted(ranking, lifts(sums.clear(), opened.rules)).drop("lift").equals(ranking)


def test_a_recipe_makes_the_same_tagger(rules: Path, frame_of: Callable[..., pl.DataFrame]) -> None:
    tagger = RuleTagger(Rules.open(rules))
    frame = frame_of([{"process": "a.exe", "command": "MiniDump"}, {"command": "x"}])
    assert tagger.tag(frame).rows() == [(100, 0), (100, 1)]
    assert from_recipe(json.loads(json.dumps(tagger.recipe))).tag(frame).equals(tagger.tag(frame))


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, rules: Path, log: Path) -> None:
    with pytest.raises(RulesUnreadable, match="no such file"):
        triage([log], rules=rules / "absent")
    monkeypatch.setitem(__import__("sys").modules, "assay.triage.sigma.matching", None)
    with pytest.raises(RulesUnavailable, match=r"pip install 'assay\[sigma\]'"):
        Rules.open(rules)


def test_the_command_says_what_became_of_the_rules(log: Path, rules: Path, tmp_path: Path) -> None:
    kept = tmp_path / "run.json"
    told = CliRunner().invoke(app, ["triage", str(log), "--rules", str(rules), "--json", "--record", str(kept)])
    assert told.exit_code == 0, told.stderr[-2000:]
    first = json.loads(told.stdout.splitlines()[0])
    assert first["attack"] == ["T1003.001"]
    assert any("Rule dump" in record["rules"] for record in first["records"])
    assert "3 loaded" in told.stderr and "2 run" in told.stderr and "[field]" in told.stderr
    assert '"Rule any": 400' in kept.read_text() or '"Rule any":400' in kept.read_text()


def test_no_mark_hides_what_a_severe_rule_had_not_yet_named(log: Path, rules: Path, tmp_path: Path) -> None:
    """Called benign before a rule knew it, it is shown when the rule fires; marked again, it is hidden."""
    store = FeedbackStore(tmp_path / "marks.jsonl")
    with triage([log]) as plain:
        (dump,) = [each for each in plain.incidents if any(r.line == 200 for r in each.records)]
        (seen,) = [each for each in plain.shown() if each.id == dump.id]
    assert seen.severe == ()
    store.add(seen, "benign", reason="a drill")
    later = tmp_path / "later.jsonl"
    later.write_text(log.read_text().replace("2026-03-02", "2026-03-03"))
    with triage([later], feedback=store.read()) as hidden:
        assert dump.kind not in [each.kind for each in hidden.incidents]
    with triage([later], feedback=store.read(), rules=rules) as shown:
        (again,) = [each for each in shown.incidents if each.kind == dump.kind]
        (note,) = again.feedback
        assert shown.report.feedback is not None
        (effect,) = shown.report.feedback.effects
        (seen,) = [each for each in shown.shown() if each.id == again.id]
    assert (note.factor, note.unless) == (1.0, ("Rule dump",))
    assert (effect.spared, effect.suppressed, shown.report.feedback.windows) == (1, 0, 0)
    assert seen.severe == ("Rule dump",)
    store.add(seen, "benign", reason="a drill, rule and all")
    third = tmp_path / "third.jsonl"
    third.write_text(log.read_text().replace("2026-03-02", "2026-03-04"))
    with triage([third], feedback=store.read(), rules=rules) as hidden:
        assert dump.kind not in [each.kind for each in hidden.incidents]
