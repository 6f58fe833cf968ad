"""Lists stay quick with 10,000 jobs and exhibits and 50,000 incidents in the room, and no page reads them all."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from assay.service.database.tables import exhibit, holding, incident, incident_entity, job, job_exhibit
from assay.service.room import Room
from assay.service.work.bench import Bench

EXHIBITS, INCIDENTS = 10_000, 50_000
ALLOWED_SECONDS = 0.3
"""Processor time of this process and, for PostgreSQL, wall time of the server at its best of five."""


def _fill(connection: Connection, cases: list[str]) -> str:
    def when(number: int) -> str:
        return f"2026-01-{1 + number // 1440 % 28:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00.{number:06d}Z"

    shas = [f"{number:064x}" for number in range(EXHIBITS)]
    names = [uuid.UUID(int=number).hex for number in range(EXHIBITS)]
    connection.execute(
        insert(exhibit), [{"sha256": s, "size": 1, "received": when(n)} for n, s in enumerate(shas)]
    )
    connection.execute(
        insert(holding),
        [
            {
                "case_id": cases[n % 2],
                "sha256": s,
                "name": f"file {n}.jpg",
                "received": when(n),
                "received_by": "x",
            }
            for n, s in enumerate(shas)
        ],
    )
    common = {
        "state": "done",
        "request": "{}",
        "created_by": "x",
        "change": 1,
        "stage": "done",
        "done": 1,
        "total": 1,
    }
    connection.execute(
        insert(job),
        [
            {
                **common, "id": name, "case_id": cases[n % 2], "kind": "analysis" if n % 4 else "triage",
                "created": when(n), "runs": 1, "sent": 1,
            }
            for n, name in enumerate(names)
        ],
    )  # fmt: skip
    connection.execute(
        insert(job_exhibit),
        [{"job_id": name, "place": 1, "sha256": shas[n], "name": "x"} for n, name in enumerate(names)],
    )
    batches = [name for n, name in enumerate(names) if n % 4 == 0]
    rows: list[dict[str, Any]] = []
    entities: list[dict[str, Any]] = []
    for number in range(INCIDENTS):
        name, rank = batches[number % len(batches)], 1 + number // len(batches)
        case, risk = cases[0], round(number * 7919 % INCIDENTS / 1000, 3)
        rows.append(
            {
                "job_id": name, "rank": rank, "case_id": case, "id": f"{number:016x}", "risk": risk, "percentile": 1.0,
                "count": 1, "summary": "s" * 120, "entities": json.dumps({"host": [f"h{number % 50}"]}),
                "attack": "[]", "begins": 0, "length": 1, "records_begin": 0, "records_length": 1, "records_count": 1,
            }
        )  # fmt: skip
        for value in (f"h{number % 50}", f"u{number % 3}"):
            entities.append(
                {"case_id": case, "value": value, "kind": "host", "job_id": name, "rank": rank, "risk": risk}
            )
    for begin in range(0, INCIDENTS, 10_000):
        connection.execute(insert(incident), rows[begin : begin + 10_000])
        connection.execute(insert(incident_entity), entities[2 * begin : 2 * begin + 20_000])
    return shas[EXHIBITS // 2]


@pytest.mark.slow
def test_lists_are_quick_however_much_there_is(room: Room, bench: Bench, case: str) -> None:
    other = room.cases.make("other").id
    with room.database.writing() as connection:
        sha256 = _fill(connection, [case, other])
    if room.database.kind == "postgresql":
        with room.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    middle = bench.incidents.page([case], rows=1)[0]
    asked: dict[str, Callable[[], Any]] = {
        "exhibits": lambda: room.exhibits.page([case], rows=100),
        "exhibits by name": lambda: room.exhibits.page([case], rows=100, name="file 77"),
        "analyses": lambda: bench.jobs.page([case], ["analysis"], rows=100),
        "analyses of all cases": lambda: bench.jobs.page(None, ["analysis"], rows=100),
        "analyses far down": lambda: bench.jobs.page(
            [case], ["analysis"], before=("2026-01-02", "x"), rows=100
        ),
        "analyses of an exhibit": lambda: bench.jobs.page(
            None, ["analysis", "triage"], rows=100, sha256=sha256
        ),
        "analyses that failed": lambda: bench.jobs.page([case], ["analysis"], rows=100, state="failed"),
        "incidents": lambda: bench.incidents.page([case], rows=100),
        "incidents of two cases": lambda: bench.incidents.page([case, other], rows=100),
        "incidents of all cases": lambda: bench.incidents.page(None, rows=100),
        "incidents far down": lambda: bench.incidents.page([case], before=(5.0, "0" * 32, 1), rows=100),
        "incidents of a host": lambda: bench.incidents.page([case], rows=100, value="h7"),
        "incidents of a common user": lambda: bench.incidents.page([case], rows=100, value="u1"),
        "incidents of a user in all cases": lambda: bench.incidents.page(None, rows=100, value="u1"),
        "one incident everywhere": lambda: bench.incidents.page([case], rows=100, id=middle.id),
    }
    spent = {}
    for name, ask in asked.items():
        best = float("inf")
        for _ in range(5):
            began = time.perf_counter() if room.database.kind == "postgresql" else time.process_time()
            ask()
            now = time.perf_counter() if room.database.kind == "postgresql" else time.process_time()
            best = min(best, now - began)
        spent[name] = best
    assert {name: seconds for name, seconds in spent.items() if seconds > ALLOWED_SECONDS} == {}, spent
    assert len(bench.incidents.page([case], rows=100, value="h7")) == 100
