"""Triage end to end on logs made here: a routine, and one night that is not."""

import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from assay.models.artifact import Artifact
from assay.models.engine import Engine
from assay.triage import baseline, triage
from assay.triage.contract import incident_json
from assay.triage.counting.tables import BaselineMismatch, read_counts, read_reference

START = datetime(2026, 3, 2, tzinfo=UTC)
HOSTS = ("web1", "web2", "db1", "dc1")
USERS = ("ana", "ben", "chi", "dov", "svc_backup")


def event(when, host, user, kind, **fields):
    return {
        "@timestamp": when.isoformat(),
        "host": {"name": host},
        "user": {"name": user},
        "event": {"code": kind, "provider": "made"},
        **fields,
    }


def routine(days, seed, first=0):
    """Logons and jobs of a small site; every user from one address, service jobs at night."""
    draw = random.Random(seed)
    events = []
    for day in range(first, first + days):
        for _ in range(900):
            place = draw.randrange(4)
            when = START + timedelta(days=day, minutes=draw.randrange(1440))
            user = draw.randrange(4)
            kind = draw.choices(("logon", "logoff", "read", "write"), (4, 4, 8, 2))[0]
            more = {"source": {"ip": f"10.0.0.{user}"}, "file": {"path": f"/srv/{draw.randrange(30)}"}}
            events.append(event(when, HOSTS[place], USERS[user], kind, **more))
        for hour in range(0, 24, 2):
            when = START + timedelta(days=day, hours=hour)
            events.append(event(when, "db1", "svc_backup", "logon", source={"ip": "10.0.0.5"}))
    return sorted(events, key=lambda row: row["@timestamp"])


def intrusion(day):
    when = START + timedelta(days=day, hours=3)
    steps = [("logon", 0), ("useradd", 1), ("audit_cleared", 2), ("service_install", 3)]
    return [
        event(when + timedelta(minutes=m), "db1", "svc_backup", kind, source={"ip": "10.9.9.9"})
        for kind, m in steps
    ]


def write(path, events):
    path.write_text("".join(json.dumps(row) + "\n" for row in events))
    return path


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    store = folder / "store"
    normal = write(folder / "normal.jsonl", routine(10, 1))
    known = baseline.fit([normal], "site", store=store)
    bad = sorted(routine(2, 2, first=10) + intrusion(11), key=lambda row: row["@timestamp"])
    return {
        "folder": folder,
        "store": store,
        "normal": normal,
        "baseline": known,
        "bad": write(folder / "bad.jsonl", bad),
        "events": bad,
    }


@pytest.fixture(scope="module")
def schema(repository):
    folder = repository / "docs" / "schema"
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in ("incident", "event")}


@pytest.mark.parametrize("mode", ["batch", "baseline"])
def test_the_intrusion_comes_first_and_everything_fits_the_contract(site, schema, mode):
    known = site["baseline"] if mode == "baseline" else None
    with triage([site["bad"]], baseline=known, budget=10) as answer:
        incidents = [json.loads(json.dumps(incident_json(incident))) for incident in answer.incidents]
        for incident in incidents:
            jsonschema.validate(incident, schema["incident"])
        first = incidents[0]
        assert first["entities"]["host"] == ["db1"]
        assert {"10.9.9.9"} <= set(first["entities"]["source_ip"])
        assert {record["type"].split(" | ")[-1] for record in first["records"]} >= {"useradd", "audit_cleared"}
        assert [incident["rank"] for incident in incidents] == list(range(1, len(incidents) + 1))
        risks = [incident["risk"] for incident in incidents]
        assert risks == sorted(risks, reverse=True)
        assert (first["p"] is None) == (known is None)
        lines = [record["line"] for record in first["records"]]
        assert all(site["events"][line]["host"]["name"] == "db1" for line in lines)
        rows = [json.loads(json.dumps(row)) for row in answer.events()]
        assert len(rows) == len(site["events"]) == answer.report.records
        assert [row["line"] for row in rows] == list(range(len(rows)))
        for row in rows[::97]:
            jsonschema.validate(row, schema["event"])
        assert max(rows, key=lambda row: row["score"])["incident"] == 1


def test_a_reason_tells_who_did_what_never_seen(site):
    with triage([site["bad"]], baseline=site["baseline"]) as answer:
        records = [record for record in answer.incidents[0].records if record.type.endswith("logon")]
        reasons = {reason.field: reason for reason in records[0].reasons}
    reason = reasons["source_ip"]
    assert (reason.value, reason.seen) == ("10.9.9.9", 0)
    assert reason.of > 90 and reason.bits > 6
    assert "10.9.9.9" in reason.words and "never seen" in reason.words and f"{reason.of:,}" in reason.words


def test_windows_are_the_ranking_that_incidents_are_read_off(site):
    with triage([site["bad"]], baseline=site["baseline"], budget=3) as answer:
        windows = list(answer.windows())
        assert len(windows) == answer.report.windows
        assert sum(window.records for window in windows) == answer.report.records
        assert [window.risk for window in windows] == sorted((w.risk for w in windows), reverse=True)
        assert answer.incidents[0].risk == windows[0].risk and answer.incidents[0].p == windows[0].p


def test_budget_bounds_the_incidents(site):
    with triage([site["bad"]], budget=2) as answer:
        assert len(answer.incidents) == 2


def test_with_a_baseline_a_score_does_not_depend_on_other_files(site, tmp_path):
    alone = tmp_path / "alone.jsonl"
    write(alone, intrusion(11))
    flood = write(tmp_path / "flood.jsonl", routine(3, 9, first=20))
    with triage([alone], baseline=site["baseline"]) as answer:
        by_itself = [row["score"] for row in answer.events()]
    with triage([flood, alone], baseline=site["baseline"]) as answer:
        together = [row["score"] for row in answer.events() if row["source"].endswith("alone.jsonl")]
    assert by_itself == together


def test_repeating_a_run_gives_the_same_answer(site):
    answers = []
    for _ in range(2):
        with triage([site["bad"]], baseline=site["baseline"]) as answer:
            answers.append([incident_json(incident) for incident in answer.incidents])
    assert answers[0] == answers[1]


def test_adding_baselines_equals_fitting_on_both(site, tmp_path):
    a, b = write(tmp_path / "a.jsonl", routine(2, 3)), write(tmp_path / "b.jsonl", routine(2, 4, first=2))
    store = tmp_path / "store"
    first, second = (baseline.fit([path], name, held_out=0, store=store) for path, name in ((a, "a"), (b, "b")))
    total = baseline.add(first, second, "sum", store=store)
    both = baseline.fit([a, b], "both", held_out=0, store=store)
    mine, theirs = read_counts(total), read_counts(both)
    # A silence across the files is seen only by fitting on both: nothing else may differ.
    joined = mine.entries.join(theirs.entries, on="key", how="full")
    different = joined.filter(joined["count"].ne_missing(joined["count_right"]))
    assert different.height <= 2 * joined.height // 100


def test_a_saved_baseline_holds_no_text_of_the_logs(site):
    folder = site["baseline"].folder
    data = b"".join(path.read_bytes() for path in folder.iterdir())
    for word in (b"svc_backup", b"10.0.0.", b"web1", b"/srv/"):
        assert word not in data


def test_a_baseline_opens_again_bit_for_bit(site):
    opened = Artifact.open(site["baseline"].folder)
    assert opened.sha256 == site["baseline"].sha256
    first, second = read_counts(opened), read_counts(site["baseline"])
    assert first.entries.equals(second.entries) and first.contexts.equals(second.contexts)
    assert read_reference(opened) == read_reference(site["baseline"])


def test_torch_and_arrays_rank_alike(site):
    pytest.importorskip("torch")
    import numpy as np

    from assay.triage.counting.encoding import encode
    from assay.triage.ranking.feeding import feeds
    from assay.triage.ranking.scorer import OUTPUTS
    from assay.triage.readers import open_sources

    frames = [batch.frame for batch in open_sources([site["bad"]]).batches()]
    made = {}
    for backend in ("arrays", "torch"):
        with Engine.open(site["baseline"], device="cpu", backend=backend, outputs=OUTPUTS) as engine:
            made[backend] = list(engine.score_columns(feeds(encode(frame)[0]) for frame in frames))
    for ours, theirs in zip(made["arrays"], made["torch"], strict=True):
        assert np.array_equal(ours.raw, theirs.raw)
        assert all(np.array_equal(ours.arrays[name], theirs.arrays[name]) for name in OUTPUTS)


def test_p_is_valid_on_ordinary_days_that_were_not_fitted(site, tmp_path):
    later = write(tmp_path / "later.jsonl", routine(4, 77, first=14))
    with triage([later], baseline=site["baseline"]) as answer:
        shares = {}
        for row in answer.events():
            shares.setdefault((row["time"], row["p"]), row["p"])
        values = list(shares.values())
    for level in (0.05, 0.1, 0.3):
        assert sum(p <= level for p in values) / len(values) <= level + 3 * (level / len(values)) ** 0.5 + 0.02


def test_another_artifact_is_no_baseline(site):
    class Other:
        id = "other@1.0.0"
        card = site["baseline"].card.model_copy(update={"task": "synthetic-image"})

    from assay.triage.counting.tables import check_tables

    with pytest.raises(BaselineMismatch, match="not a baseline"):
        check_tables(Other())


def test_nothing_to_fit_on_is_an_error(tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(baseline.BaselineEmpty):
        baseline.fit([empty], "none", store=tmp_path / "store")


def test_nothing_to_read_gives_no_incidents_and_says_so(tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with triage([empty, tmp_path / "absent.log"]) as answer:
        assert answer.incidents == ()
        assert answer.report.records == 0
        assert [source.failed for source in answer.report.sources] == ["empty", "unreadable"]
        assert list(answer.events()) == []


def test_versions_count_up(site):
    again = baseline.fit([site["bad"]], "site", store=site["store"])
    assert (site["baseline"].id, again.id) == ("site@1.0.0", "site@1.1.0")


def test_the_package_can_be_called_and_triage_needs_no_torch(site):
    code = (
        "import sys; from assay import triage; "
        f"answer = triage([{str(site['bad'])!r}]); print(len(answer.incidents)); answer.close(); "
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


def test_temporary_files_go_when_the_answer_is_closed(site, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    answer = triage([site["bad"]])
    assert any(Path(tmp_path).iterdir())
    answer.close()
    assert not any(Path(tmp_path).iterdir())
