"""Triage over HTTP: at once and as a job, incidents, records, what is said of them, baselines; on both databases."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from assay.service.room import Room
from assay.service.work.bench import Bench
from assay.service.work.job import Job

Put = Callable[..., str]
LINES = {"content-type": "application/x-ndjson"}


def test_a_small_batch_is_answered_at_once(
    admin: TestClient, room: Room, batch: bytes, repository: Path
) -> None:
    sent = admin.post("/v1/triage", params={"budget": 3, "name": "night.jsonl"}, content=batch, headers=LINES)
    assert sent.status_code == 200
    page = sent.json()
    schema = json.loads((repository / "docs/schema/incident.json").read_text())
    assert page["state"] == "done" and 1 <= len(page["incidents"]) <= 3
    for incident in page["incidents"]:
        jsonschema.validate(incident, schema)
        assert {record["source"] for record in incident["records"]} == {"night.jsonl"}
    assert page["answer"]["records"] == 126
    assert [each["source"] for each in page["answer"]["sources"]] == ["night.jsonl"]
    # The batch is evidence now, and what was done with it stands in the log.
    (held,) = admin.get("/v1/evidence").json()["exhibits"]
    assert held["name"] == "night.jsonl"
    custody = admin.get("/v1/custody", params={"exhibit": held["sha256"]}).json()["entries"]
    assert [each["what"] for each in custody] == ["received", "asked", "assayed"]

    place = f"/v1/triage/{page['id']}"
    listed = admin.get(f"{place}/incidents", params={"rows": 1}).json()
    assert [each["rank"] for each in listed["incidents"]] == [1] and listed["next"] == "1"
    one = admin.get(f"{place}/incidents/1").json()
    assert one["incident"] == page["incidents"][0] and one["feedback"] == []
    seen: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        records = admin.get(f"{place}/incidents/1/records", params={"rows": 2, "after": after}).json()
        seen += records["records"]
        after = records["next"]
    assert len(seen) == one["records"] == one["count"]
    assert {record["line"] for record in one["incident"]["records"]} <= {record["line"] for record in seen}
    assert admin.get(f"{place}/incidents/999").status_code == 404
    assert not room.ledger.check().faults


def test_what_is_said_of_an_incident_counts_until_it_is_taken_back(admin: TestClient, batch: bytes) -> None:
    def ids() -> list[str]:
        page = admin.post("/v1/triage", content=batch, headers=LINES).json()
        return [each["id"] for each in page["incidents"]]

    first = admin.post("/v1/triage", content=batch, headers=LINES).json()
    top = first["incidents"][0]["id"]
    place = f"/v1/triage/{first['id']}/incidents/1/feedback"
    assert admin.post(place, json={"verdict": "benign", "until": "2001-01-01"}).json()["code"] == "day-over"
    said = admin.post(place, json={"verdict": "benign", "reason": "known"})
    assert said.status_code == 201 and said.json()["incident"] == top
    assert top not in ids()
    assert [each["id"] for each in admin.get("/v1/suppressions").json()["feedback"]] == [said.json()["id"]]
    back = admin.delete(f"/v1/feedback/{said.json()['id']}")
    assert back.json()["taken_back"] is not None and not back.json()["counts"]
    assert admin.delete(f"/v1/feedback/{said.json()['id']}").status_code == 409
    assert top in ids() and admin.get("/v1/suppressions").json()["feedback"] == []
    assert len(admin.get("/v1/feedback", params={"incident": top}).json()["feedback"]) == 1


def test_incidents_of_all_batches_are_listed_by_risk_and_by_who_is_in_them(
    admin: TestClient, batch: bytes
) -> None:
    for number in range(3):
        admin.post("/v1/triage", content=batch + b'{"EventID": %d}\n' % number, headers=LINES)
    seen: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = admin.get("/v1/incidents", params={"rows": 2} | ({"after": after} if after else {})).json()
        seen += page["incidents"]
        if (after := page["next"]) is None:
            break
    risks = [each["risk"] for each in seen]
    assert (
        risks == sorted(risks, reverse=True)
        and len(seen) == len({(e["triage"], e["rank"]) for e in seen}) > 3
    )
    hosted = admin.get("/v1/incidents", params={"value": "ws1"}).json()["incidents"]
    wanted = [each for each in seen if any("ws1" in values for values in each["entities"].values())]
    assert {(e["triage"], e["rank"]) for e in hosted} == {(e["triage"], e["rank"]) for e in wanted} and hosted
    assert admin.get("/v1/incidents", params={"value": "nobody"}).json()["incidents"] == []
    assert {
        e["id"] for e in admin.get("/v1/incidents", params={"id": seen[0]["id"]}).json()["incidents"]
    } == {seen[0]["id"]}


def test_a_job_and_a_baseline(
    admin: TestClient,
    bench: Bench,
    put: Put,
    batch: bytes,
    working: Callable[[], object],
    ended: Callable[[str], Job],
) -> None:
    working()
    normal = put(batch.replace(b"7045", b"4634"), "normal.jsonl")
    fits = [
        admin.post("/v1/baselines", json={"name": "office", "evidence": [normal], "held_out": 0}).json()["id"]
    ]
    later = admin.post("/v1/triage", params={"report": "true"}, content=batch)
    assert later.status_code == 202 and later.headers["location"].startswith("/v1/triage/")
    fitted = ended(fits[0])
    assert fitted.state == "done" and fitted.answer is not None and fitted.answer["version"] == "1.0.0"
    done = ended(later.json()["id"])
    assert done.state == "done"
    place = later.headers["location"]
    assert admin.get(f"{place}/report.html").status_code == 200
    assert admin.get(f"{place}/pictures/activity.svg").status_code in (200, 404)
    fits.append(
        admin.post("/v1/baselines", json={"name": "sum", "sum": ["office", "office@1.0.0"]}).json()["id"]
    )
    assert ended(fits[1]).state == "done"
    listed = admin.put("/v1/baselines/use", json={"baseline": "office"}).json()
    assert listed["used"] == "office@1.0.0" and {e["name"] for e in listed["baselines"]} == {"office", "sum"}
    measured = admin.post("/v1/triage", content=batch, headers=LINES).json()
    assert measured["answer"]["baseline"] == "office@1.0.0"
    alone = admin.post("/v1/triage", params={"baseline": ""}, content=batch, headers=LINES).json()
    assert alone["answer"]["baseline"] is None
    assert admin.post("/v1/triage", params={"baseline": "nowhere"}, content=batch).status_code == 404


@pytest.mark.parametrize("baseline", ["../x", "/etc", "a@1", "A"])
def test_a_baseline_is_a_name_and_never_a_path(admin: TestClient, baseline: str) -> None:
    assert admin.post("/v1/triage", params={"baseline": baseline}, content=b"{}\n").status_code == 422


def test_nothing_is_no_batch(admin: TestClient) -> None:
    assert admin.post("/v1/triage").json()["code"] == "batch-missing"
    assert admin.post("/v1/triage", params={"evidence": "0" * 64}).status_code == 404
    assert admin.get("/v1/triage").json()["triages"] == []


def test_what_holds_no_record_is_reported_and_no_error(admin: TestClient) -> None:
    sent = admin.post("/v1/triage", params={"format": "evtx"}, content=b"no such thing")
    assert sent.status_code == 200 and sent.json()["incidents"] == []
    (source,) = sent.json()["answer"]["sources"]
    assert source["records"] == 0
