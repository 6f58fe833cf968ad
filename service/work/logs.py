"""What is done for a batch of logs: at once for a small one, as a job for a large one, with the same result."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert

from ...evidence.custody import Event
from ..database.tables import incident, incident_entity
from ..operation import tallies
from ..room import Room
from .baselines import Baselines
from .job import Job, JobExhibit
from .jobs import Jobs
from .lane import Lane
from .marks import MarkBook
from .results import Kept, Results, manifest_of
from .telling import Teller

__all__ = ["SMALL_SECONDS", "Triages"]

SMALL_SECONDS: Final = 60.0
"""Longest that a small batch may take at once; then it becomes a job."""

Page = Mapping[str, Any]


class Triages:
    """The steps of triage.

    Parameters
    ----------
    room
        Evidence and tables.
    jobs, results, baselines, marks
        Of the room.
    lane
        Where it is done.
    seconds
        Longest that one batch may take.
    """

    def __init__(
        self,
        room: Room,
        jobs: Jobs,
        results: Results,
        baselines: Baselines,
        marks: MarkBook,
        lane: Lane,
        seconds: float,
    ) -> None:
        self._room, self._jobs, self._results = room, jobs, results
        self._baselines, self._marks = baselines, marks
        self.lane, self._seconds = lane, seconds

    def rank(self, job: Job) -> Page:
        """Rank incidents; what was found is kept until the job ends."""
        return self._ranked(
            job.case,
            self._jobs.exhibits(job.id),
            job.request,
            stop=lambda: self._jobs.over(job.id),
            told=Teller(self._jobs, job.id),
        )

    def end(self, job: Job, made: Page) -> bool:
        """End the job with what it found: all of it, or nothing; once, or not at all."""
        exhibits = self._jobs.exhibits(job.id)
        with self._room.database.writing() as connection:
            self._room.ledger.hold(connection)
            if not self._jobs.finish(connection, job.id, made["answer"]):
                return False
            self._store(connection, job, exhibits, made)
        return True

    def at_once(
        self, case: str, sha256s: Sequence[str], request: Page, *, by: str, name: str | None = None
    ) -> Job:
        """Triage a small batch now. The job is there when it has ended, and not before: a crash leaves none.

        With the `name` of a job that is there, that one is given; see `Jobs.add`.
        """
        with self._room.database.reading() as connection:
            before = self._jobs.again(connection, case, "triage", request, sha256s, name)
            if before is not None:
                return before
            names = list(self._jobs.chosen(connection, case, sha256s))
        exhibits = [JobExhibit(n, sha256, name) for n, (sha256, name) in enumerate(names, start=1)]
        made = self._ranked(case, exhibits, request, seconds=min(self._seconds, SMALL_SECONDS))
        with self._room.database.writing() as connection:
            self._room.ledger.hold(connection)
            before = self._jobs.again(connection, case, "triage", request, sha256s, name)
            if before is not None:
                return before
            job = self._jobs.added(
                connection, case, "triage", request, sha256s, by=by, state="running", name=name
            )
            self._jobs.finish(connection, job.id, made["answer"])
            self._store(connection, job, exhibits, made)
        return self._jobs.find(job.id)

    def _ranked(
        self,
        case: str,
        exhibits: Sequence[JobExhibit],
        request: Page,
        *,
        stop: Callable[[], bool] = lambda: False,
        told: Callable[[str, int], None] = lambda stage, done: None,
        seconds: float | None = None,
    ) -> Page:
        with ExitStack() as held:
            folder = held.enter_context(self.lane.folder())
            task = {
                "do": "triage",
                "sources": [
                    {"path": str(held.enter_context(self._room.store.local(each.sha256))), "name": each.name}
                    for each in exhibits
                ],
                "format": request["format"],
                "baseline": self._baselines.folder(case, request["baseline"]),
                "budget": request["budget"],
                "marks": [mark.to_json() for mark in self._marks.active(case)],
                "report": request["report"],
                "lang": request["lang"],
                "redact": request["redact"],
                "folder": str(folder),
            }
            allowed = self._seconds if seconds is None else seconds
            made = self.lane.do(task, seconds=allowed, stop=stop, told=told)
            files = [
                Kept(name, self._results.keep(folder / name)) for name in ("incidents.jsonl", "records.jsonl")
            ]
            if request["report"]:
                files += self._results.keep_all(folder / "report", "report/")
            answer = {
                **made["answer"],
                "incidents": len(made["incidents"]),
                "troubles": made["troubles"],
            }
            return {
                "answer": answer,
                "spans": made["incidents"],
                "records": made["records"],
                "files": [[each.name, each.blob.sha256, each.blob.size] for each in files],
            }

    def _store(self, connection: Connection, job: Job, exhibits: Sequence[JobExhibit], made: Page) -> None:
        files = manifest_of(made["files"])
        self._results.name(connection, job.id, files)
        found = {each.name: each.blob.sha256 for each in files}["incidents.jsonl"]
        rows: list[dict[str, Any]] = []
        entities: list[dict[str, Any]] = []
        with self._results.store.local(found) as place:
            for (begins, length), record in zip(made["spans"], made["records"], strict=True):
                page = _page(place, begins, length)
                rows.append(_row(job, page, begins, length, record))
                self._room.outputs.offer(connection, job.case, job.id, page)
                entities += _entities(job, page)
        if rows:
            connection.execute(insert(incident), rows)
        if entities:
            connection.execute(insert(incident_entity), entities)
        answer = made["answer"]
        artifact = answer["artifact"]
        tallies.count(connection, "assay_incident_risk_bits", ((artifact["id"], row["risk"]) for row in rows))
        for each in exhibits:
            details = {
                "case": job.case,
                "job": job.id,
                "name": each.name,
                "baseline": answer["baseline"],
                "incidents": answer["incidents"],
                "records": answer["records"],
                "windows": answer["windows"],
            }
            named = (f"{artifact['id']} sha256:{artifact['sha256']}",)
            self._room.ledger.enter(connection, Event("assayed", each.sha256, named, details, job.created_by))


def _page(place: Path, begins: int, length: int) -> dict[str, Any]:
    with place.open("rb") as file:
        file.seek(begins)
        page = json.loads(file.read(length))["incident"]
    assert isinstance(page, dict)
    return page


def _row(job: Job, page: Page, begins: int, length: int, record: Sequence[int]) -> dict[str, Any]:
    return {
        "job_id": job.id,
        "rank": page["rank"],
        "case_id": job.case,
        "id": page["id"],
        "risk": page["risk"],
        "p": page["p"],
        "percentile": page["percentile"],
        "first_seen": page["first_seen"],
        "last_seen": page["last_seen"],
        "count": page["count"],
        "summary": page["summary"].replace("\0", "\\x00"),
        "entities": json.dumps(page["entities"]),
        "attack": json.dumps(page["attack"]),
        "begins": begins,
        "length": length,
        "records_begin": record[0],
        "records_length": record[1],
        "records_count": record[2],
    }


def _entities(job: Job, page: Page) -> list[dict[str, Any]]:
    found = {(kind, value) for kind, values in page["entities"].items() for value in values}
    found |= {("attack", each) for each in page["attack"]}
    return [
        {
            "case_id": job.case,
            # PostgreSQL keeps no zero characters, and an index no longer ones.
            "value": value.replace("\0", "\\x00")[:500],
            "kind": kind,
            "job_id": job.id,
            "rank": page["rank"],
            "risk": page["risk"],
        }
        for kind, value in sorted(found)
    ]
