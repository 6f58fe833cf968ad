"""Batch after batch of one site: what goes on is continued, what was shown is not repeated, nothing is lost."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from assay.models.artifact import Artifact
from assay.models.registry import Registry
from assay.triage import baseline, triage
from assay.triage.continuity import State, StateMismatch, Thread, load, save
from assay.triage.continuity.threads import NAMES, THREADS, WINDOWS, Held, latest, some
from assay.triage.contract import incident_json
from assay.triage.ranking.identity import Kind

START = datetime(2026, 3, 2, tzinfo=UTC)
HOSTS = ("web1", "web2", "db1", "dc1")


def event(when, host, user, kind, address="10.9.9.9"):
    row = {
        "host": {"name": host},
        "user": {"name": user},
        "event": {"code": kind, "provider": "made"},
        "source": {"ip": address},
    }
    return row if when is None else {"@timestamp": when.isoformat(), **row}


def routine(days, seed, first=0):
    draw = random.Random(seed)
    events = []
    for _ in range(600 * days):
        when = START + timedelta(days=first, minutes=draw.randrange(1440 * days))
        user = draw.randrange(4)
        kind = draw.choice(("logon", "logoff", "read"))
        events.append(event(when, HOSTS[draw.randrange(4)], f"user{user}", kind, f"10.0.0.{user}"))
    return events


def at(day, hour, minute=0):
    return START + timedelta(days=day, hours=hour, minutes=minute)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    return baseline.fit([write(folder / "normal.jsonl", routine(8, 1))], "site", store=folder / "store")


def write(path, events):
    timed = sorted(events, key=lambda row: row.get("@timestamp", ""))
    path.write_text("".join(json.dumps(row) + "\n" for row in timed))
    return path


@pytest.fixture
def batch(site, tmp_path):
    """Triage events as the next batch."""
    numbers = iter(range(1000))

    def run(events, state, budget=1000):
        path = write(tmp_path / f"{next(numbers)}.jsonl", events)
        with triage([path], baseline=site, budget=budget, state=state) as answer:
            return answer

    return run


def of(answer, kind, host="db1"):
    return [i for i in answer.incidents if (i.kind.host, i.kind.type) == (host, f"made | {kind}")]


STEPS = [event(at(9, 3, minute), "db1", "root", kind) for kind, minute in (("mount", 0), ("useradd", 2), ("wipe", 11))]


def test_an_incident_that_a_batch_cut_goes_on(batch):
    first = batch(STEPS[:2], State())
    assert all(i.continues is None for i in first.incidents) and first.report.nothing_new == 0
    second = batch(STEPS[2:], first.state)
    (wipe,) = second.incidents
    said = wipe.continues
    assert said.id == first.incidents[0].id and said.since == at(9, 3)
    assert (said.batches, said.records) == (2, 2)
    assert said.new["type"] == ("made | wipe",) and said.new["user"] == ()
    assert second.state.batches == 2 and len(second.state.threads) == 1
    assert second.state.threads[0].records == 3
    # It is a part of what was begun, so it is as urgent.
    assert wipe.risk == first.incidents[0].risk > batch(STEPS[2:], State()).incidents[0].risk


def test_what_was_shown_is_not_shown_again_but_counted(batch):
    night = [*routine(1, 3, 9), *STEPS]
    state, shown = State(), 0
    first = batch(night, state)
    again = batch(night, first.state)
    assert again.incidents == () and again.report.nothing_new >= len(first.incidents)
    assert again.state.threads == first.state.threads
    # With a small budget, running again gives what the first run had no room for, until all was shown.
    seen = set()
    for _ in range(100):
        answer = batch(night, state, budget=40)
        assert not {(i.kind.type, i.first_seen, i.kind.host) for i in answer.incidents} & seen
        seen |= {(i.kind.type, i.first_seen, i.kind.host) for i in answer.incidents}
        shown, state = shown + len(answer.incidents), answer.state
        if not answer.incidents:
            break
    assert shown >= len(first.incidents) and answer.incidents == ()


def test_of_a_file_that_grew_only_the_new_part_is_told(batch):
    day = [*routine(1, 3, 9), *STEPS[:2]]
    first = batch(day, State())
    second = batch([*day, *STEPS[2:]], first.state)
    (wipe,) = of(second, "wipe")
    assert wipe.continues is not None and wipe.continues.new["type"] == ("made | wipe",)
    assert not of(second, "mount") and {record.type for record in wipe.records} == {"made | wipe"}


def test_a_window_cut_by_a_batch_counts_each_record_once(batch):
    flood = [event(at(9, 3, 0) + timedelta(seconds=n), "db1", "root", "mount") for n in range(40)]
    first = batch(flood[:15], State())
    state = batch(flood[15:], first.state).state
    assert [thread.records for thread in state.threads] == [40]
    whole = batch(flood, first.state)
    assert [thread.records for thread in whole.state.threads] == [40]
    assert batch(flood[15:], state).incidents == batch(flood, whole.state).incidents == ()


def test_its_kind_continues_for_days_but_not_on_another_host(batch):
    first = batch([STEPS[0]], State())
    later = [event(at(12, 14), "db1", "root", "mount"), event(at(12, 14), "web1", "root", "mount")]
    second = batch(later, first.state)
    (mine,), (other,) = of(second, "mount"), of(second, "mount", "web1")
    assert mine.continues.id == first.incidents[0].id and other.continues is None
    far = batch([event(at(60, 14), "db1", "root", "mount")], first.state)
    assert far.incidents[0].continues is None


def test_another_file_of_the_same_minutes_is_never_taken_for_known(batch):
    first = batch([event(at(9, 3, n), "db1", "root", "mount") for n in range(4)], State())
    late = batch([event(at(9, 3, 1), "db1", "eve", "mount")], first.state)
    (incident,) = late.incidents
    assert incident.continues is not None and "eve" in incident.continues.new["user"]


def test_records_without_a_time_are_never_taken_for_known(batch):
    untimed = [event(None, "db1", "root", "mount") for _ in range(3)]
    first = batch(untimed, State())
    second = batch(untimed, first.state)
    assert len(first.incidents) == len(second.incidents) == 1
    assert second.incidents[0].continues.id == first.incidents[0].id
    assert second.report.nothing_new == 0


def test_without_a_state_nothing_changes(batch):
    night = [*routine(1, 3, 9), *STEPS]
    plain, new = batch(night, None), batch(night, State())
    assert [(i.id, i.risk, i.summary, i.count) for i in plain.incidents] == [
        (i.id, i.risk, i.summary, i.count) for i in new.incidents
    ]
    assert plain.state is None and plain.report.nothing_new is None


def test_the_answer_keeps_the_contract(batch, repository):
    schema = json.loads((repository / "docs" / "schema" / "incident.json").read_text())
    first = batch(STEPS[:2], State())
    for answer in (first, batch(STEPS[2:], first.state)):
        for incident in answer.incidents:
            jsonschema.validate(json.loads(json.dumps(incident_json(incident))), schema)


def thread(number):
    when = START + timedelta(minutes=number)
    kind = Kind("h", "t", "user", str(number))
    names = {key: frozenset({"a"}) for key in ("type", "user", "source_ip", "process")}
    return Thread(f"{number:016x}", kind, when, when, 1, 1, 2.0, 2.0, {("t", number): Held(1, 1, 5)}, names)


def test_a_state_is_bounded_and_says_what_it_dropped(batch):
    full = State(7, tuple(thread(number) for number in range(THREADS)), 3)
    answer = batch([STEPS[0]], full)
    assert len(answer.state.threads) == THREADS and answer.state.dropped == 4
    assert answer.state.threads[-1].kind.host == "db1" and answer.state.threads[0] == thread(1)
    windows = {("t", number): Held(1, 1, 1) for number in range(-5, WINDOWS + 5)}
    assert min(window for _, window in latest(windows)) == 5 and len(latest(windows)) == WINDOWS
    assert len(some(str(number) for number in range(NAMES + 5))) == NAMES


def test_a_state_is_an_artifact_and_only_the_last_is_kept(tmp_path):
    assert load("office", store=tmp_path) == State()
    state = State(1, (thread(1), replace(thread(2), since=None, last=None)), 0)
    for batches in range(1, 12):
        artifact = save(replace(state, batches=batches), "office", store=tmp_path)
    assert artifact.id == "office-threads@1.10.0"
    assert load("office", store=tmp_path) == replace(state, batches=11)
    assert [folder.name for folder in tmp_path.iterdir()] == ["office-threads@1.10.0"]
    assert [check.code for check in Registry([tmp_path]).verify()] == [None]


def test_a_damaged_or_foreign_state_is_refused(tmp_path, site):
    artifact = save(State(), "office", store=tmp_path)
    page = artifact.folder / "threads.json"
    page.write_bytes(page.read_bytes().replace(b"0", b"1"))
    with pytest.raises(Exception, match=r"threads\.json"):
        load("office", store=tmp_path)
    card = site.card.model_copy(update={"name": "other-threads"})
    files = {file.path: (file.role, site.folder / file.path) for file in site.card.files}
    Artifact.write(tmp_path / "other-threads@1.0.0", card, files)
    with pytest.raises(StateMismatch, match="log-rarity"):
        load("other", store=tmp_path)
    with pytest.raises(ValueError, match="state"):
        State.from_json({"schema_version": 1, "batches": 1, "threads": [{}], "dropped": 0})
    with pytest.raises(baseline.BaselineNameInvalid):
        load("../office", store=tmp_path)
