"""Marks change later runs: what is known goes, what is like it moves, and all of it is counted."""

import json
import random
from datetime import UTC, date, datetime, timedelta

import jsonschema
import pytest

from assay.triage import baseline, triage
from assay.triage.contract import incident_json
from assay.triage.feedback import FeedbackStore
from assay.triage.feedback.marks import LOWERED, NEAR, RAISED

START = datetime(2026, 3, 2, tzinfo=UTC)
HOSTS = ("web1", "web2", "db1", "dc1")


def event(when, host, user, kind, address):
    return {
        "@timestamp": when.isoformat(),
        "host": {"name": host},
        "user": {"name": user},
        "event": {"code": kind, "provider": "made"},
        "source": {"ip": address},
    }


def routine(days, seed, first=0):
    draw = random.Random(seed)
    events = []
    for day in range(first, first + days):
        for _ in range(600):
            when = START + timedelta(days=day, minutes=draw.randrange(1440))
            user = draw.randrange(4)
            kind = draw.choice(("logon", "logoff", "read"))
            events.append(event(when, HOSTS[draw.randrange(4)], f"user{user}", kind, f"10.0.0.{user}"))
    return events


def write(path, events):
    ordered = sorted(events, key=lambda row: row["@timestamp"])
    path.write_text("".join(json.dumps(row) + "\n" for row in ordered))
    return path


def odd(day, hour, host="db1", kind="mount", address="10.9.9.9"):
    return event(START + timedelta(days=day, hours=hour), host, "root", kind, address)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    known = baseline.fit([write(folder / "normal.jsonl", routine(8, 1))], "site", store=folder / "store")
    first = write(folder / "first.jsonl", [*routine(1, 2, 10), odd(10, 3), odd(10, 9, "web1", "usb")])
    return folder, known, first


def run(site, path, marks=None, budget=50):
    with triage([path], baseline=site[1], budget=budget, feedback=marks) as answer:
        return answer.incidents, answer.report, {each.id: each for each in answer.shown()}


def named(incidents, host, kind):
    return [i for i in incidents if (i.kind.host, i.kind.type) == (host, f"made | {kind}")]


def marked(tmp_path, shown, incident, verdict, **more):
    store = FeedbackStore(tmp_path / "marks.jsonl")
    store.add(shown[incident.id], verdict, **more)
    return store.read()


def test_an_id_survives_another_run_another_baseline_and_a_longer_file(site, tmp_path):
    incidents, _, _ = run(site, site[2])
    assert len({i.id for i in incidents}) == len(incidents)
    mine = {i.id for i in named(incidents, "db1", "mount")}
    longer = write(tmp_path / "longer.jsonl", [*map(json.loads, site[2].read_text().splitlines()), *routine(2, 3, 11)])
    assert mine and mine == {i.id for i in named(run(site, longer)[0], "db1", "mount")}
    with triage([longer], budget=50) as alone:
        assert mine == {i.id for i in named(alone.incidents, "db1", "mount")}


def test_a_benign_incident_and_its_kind_are_gone_and_counted(site, tmp_path):
    incidents, _, shown = run(site, site[2])
    (mount,) = named(incidents, "db1", "mount")
    marks = marked(tmp_path, shown, mount, "benign", reason="backup disk")
    again, report, _ = run(site, site[2], marks)
    assert not named(again, "db1", "mount") and named(again, "web1", "usb")
    assert report.feedback.windows >= 1 and report.feedback.records >= 1
    later = write(tmp_path / "later.jsonl", [*routine(1, 5, 12), odd(12, 7), odd(12, 8, "dc1")])
    found, report, _ = run(site, later, marks)
    # On another host it is not what was called benign.
    assert not named(found, "db1", "mount") and named(found, "dc1", "mount")
    assert (report.feedback.windows, report.feedback.records) == (1, 1)
    (effect,) = report.feedback.effects
    assert effect.to_json()["reason"] == "backup disk" and effect.suppressed == 1


def test_another_leading_value_is_another_kind(site, tmp_path):
    def logon(day, hour, address):
        return event(START + timedelta(days=day, hours=hour), "db1", "user1", "logon", address)

    first = write(tmp_path / "a.jsonl", [*routine(1, 2, 10), logon(10, 3, "10.9.9.9")])
    incidents, _, shown = run(site, first)
    (known,) = [i for i in incidents if i.kind.value == "10.9.9.9"]
    assert (known.kind.host, known.kind.field) == ("db1", "source_ip")
    marks = marked(tmp_path, shown, known, "benign")
    later = [*routine(1, 6, 12), logon(12, 3, "10.9.9.9"), logon(12, 6, "10.8.8.8")]
    found, _, _ = run(site, write(tmp_path / "b.jsonl", later), marks)
    values = {i.kind.value for i in found if i.kind.field == "source_ip"}
    assert "10.9.9.9" not in values and "10.8.8.8" in values


def test_what_happened_beside_a_benign_thing_is_still_shown(site, tmp_path):
    incidents, _, shown = run(site, site[2])
    (mount,) = named(incidents, "db1", "mount")
    marks = marked(tmp_path, shown, mount, "benign")
    beside = odd(12, 7, kind="log-cleared")
    found, _, _ = run(site, write(tmp_path / "later.jsonl", [*routine(1, 5, 12), odd(12, 7), beside]), marks)
    assert named(found, "db1", "log-cleared") and not named(found, "db1", "mount")


def test_a_false_alarm_is_gone_and_its_kind_sinks(site, tmp_path):
    incidents, _, shown = run(site, site[2])
    (mount,) = named(incidents, "db1", "mount")
    marks = marked(tmp_path, shown, mount, "false")
    assert not named(run(site, site[2], marks)[0], "db1", "mount")
    later = write(tmp_path / "later.jsonl", [*routine(1, 5, 12), odd(12, 7)])
    (before,) = named(run(site, later)[0], "db1", "mount")
    found, report, _ = run(site, later, marks)
    (after,) = named(found, "db1", "mount")
    assert after.risk == pytest.approx(LOWERED * before.risk) and after.rank > before.rank
    assert report.feedback.effects[0].lowered == 1 and report.feedback.windows == 0
    assert [(note.scope, note.factor) for note in after.feedback] == [("kind", LOWERED)]


def test_a_true_incident_raises_its_like_anywhere_and_its_host(site, tmp_path):
    incidents, _, shown = run(site, site[2])
    (mount,) = named(incidents, "db1", "mount")
    marks = marked(tmp_path, shown, mount, "true", reason="exfiltration")
    later = write(
        tmp_path / "later.jsonl",
        [*routine(1, 5, 12), odd(12, 7, "web2"), odd(12, 9, "web1", "usb"), odd(12, 15, "db1", "cron")],
    )
    before, _, _ = run(site, later)
    found, report, _ = run(site, later, marks)
    for host, kind, factor in (("web2", "mount", RAISED), ("db1", "cron", NEAR), ("web1", "usb", 1.0)):
        (old,), (new,) = named(before, host, kind), named(found, host, kind)
        assert new.risk == pytest.approx(factor * old.risk), (host, kind)
        assert new.p == old.p
    risks = [i.risk for i in found]
    assert risks == sorted(risks, reverse=True) and [i.rank for i in found] == list(range(1, len(found) + 1))
    assert report.feedback.effects[0].raised >= 2 and report.feedback.windows == 0


def test_an_expired_mark_does_nothing_and_is_counted(site, tmp_path):
    incidents, _, shown = run(site, site[2])
    (mount,) = named(incidents, "db1", "mount")
    marks = marked(tmp_path, shown, mount, "benign", until=date(2020, 1, 1))
    found, report, _ = run(site, site[2], marks)
    assert [i.id for i in found] == [i.id for i in incidents]
    assert (report.feedback.active, report.feedback.expired, report.feedback.windows) == (0, 1, 0)


def test_a_suppressed_incident_makes_room_within_the_budget(site, tmp_path):
    incidents, _, shown = run(site, site[2], budget=2)
    assert len(incidents) == 2
    found, _, _ = run(site, site[2], marked(tmp_path, shown, incidents[0], "benign"), budget=2)
    assert len(found) == 2 and found[0].id == incidents[1].id


def test_marks_teach_no_counts(site, tmp_path):
    before = {path.name: path.read_bytes() for path in site[1].folder.iterdir()}
    incidents, _, shown = run(site, site[2])
    marks = marked(tmp_path, shown, incidents[0], "benign")
    with triage([site[2]], baseline=site[1]) as plain, triage([site[2]], baseline=site[1], feedback=marks) as other:
        scores = [[row["score"] for row in answer.events()] for answer in (plain, other)]
    assert scores[0] == scores[1]
    assert before == {path.name: path.read_bytes() for path in site[1].folder.iterdir()}


def test_a_marked_answer_keeps_the_contract(site, tmp_path, repository):
    schema = json.loads((repository / "docs" / "schema" / "incident.json").read_text())
    incidents, _, shown = run(site, site[2])
    marks = marked(tmp_path, shown, incidents[0], "true")
    found, report, _ = run(site, site[2], marks)
    pages = [json.loads(json.dumps(incident_json(incident))) for incident in found]
    for page in pages:
        jsonschema.validate(page, schema)
    assert pages[0]["feedback"][0]["verdict"] == "true"
    json.dumps(report.feedback.to_json())


def test_nothing_to_read_is_no_matter(site, tmp_path):
    incidents, _, shown = run(site, site[2])
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    found, report, _ = run(site, empty, marked(tmp_path, shown, incidents[0], "true"))
    assert found == () and report.feedback.active == 1
