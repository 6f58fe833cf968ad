"""The jobs of a room: the table that says what is to be done and what has been. Every change of a state is guarded by
the state before it, so that a job ends once, whoever else works on it."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, tuple_, update

from ...evidence.custody import Event
from ...evidence.custody.entry import utc
from ..custody import Ledger
from ..database import Database
from ..database.tables import holding, job, job_exhibit, worker
from ..limits import DEFAULT
from ..refusals import Conflicting, NotHere, RateExceeded, RepeatedDifferently
from .job import OPEN, Job, JobExhibit

__all__ = ["Jobs"]

_COLUMNS: Final = (
    job.c.id, job.c.case_id, job.c.kind, job.c.state, job.c.request, job.c.created, job.c.created_by, job.c.started,
    job.c.ended, job.c.change, job.c.stage, job.c.done, job.c.total, job.c.code, job.c.words, job.c.answer, job.c.runs,
)  # fmt: skip
_EXHIBIT: Final = (
    job_exhibit.c.place, job_exhibit.c.sha256, job_exhibit.c.name, job_exhibit.c.kind, job_exhibit.c.outcome,
    job_exhibit.c.proposition, job_exhibit.c.score, job_exhibit.c.log10_lr, job_exhibit.c.support,
    job_exhibit.c.reason, job_exhibit.c.begins, job_exhibit.c.length,
)  # fmt: skip
_BUSY_SECONDS: Final = 30.0


class Jobs:
    """The jobs of a room.

    Parameters
    ----------
    database, ledger
        Of the room.
    """

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database, self._ledger = database, ledger

    def add(
        self,
        case: str,
        kind: str,
        request: Mapping[str, Any],
        sha256s: Sequence[str] | None,
        *,
        by: str,
        name: str | None = None,
    ) -> Job:
        """Make a job; a worker takes it up.

        Parameters
        ----------
        case, kind, request
            See `Job`.
        sha256s
            Exhibits of the case, in order; None: all that it holds.
        by
            Who asks.
        name
            Id of the job; where there is one of this id, that one is given. None: a new one.

        Raises
        ------
        NotHere
            The case does not hold one of them.
        RepeatedDifferently
            The job of this id is another one.
        RateExceeded
            Too many jobs are waiting.
        """
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            before = self.again(connection, case, kind, request, sha256s, name)
            return before or self.added(connection, case, kind, request, sha256s, by=by, name=name)

    def again(
        self,
        connection: Connection,
        case: str,
        kind: str,
        request: Mapping[str, Any],
        sha256s: Sequence[str] | None,
        name: str | None,
    ) -> Job | None:
        """The job of that id, if there is one; see `add`."""
        found = None if name is None else self._one(connection, name)
        if found is None:
            return None
        query = select(job_exhibit.c.sha256).where(job_exhibit.c.job_id == found.id)
        same = (found.case, found.kind, dict(found.request)) == (case, kind, dict(request))
        if same and sha256s is not None:
            held = connection.execute(query.order_by(job_exhibit.c.place)).scalars()
            same = list(held) == list(sha256s)
        if not same:
            raise RepeatedDifferently
        return found

    def added(
        self,
        connection: Connection,
        case: str,
        kind: str,
        request: Mapping[str, Any],
        sha256s: Sequence[str] | None,
        *,
        by: str,
        state: str = "queued",
        name: str | None = None,
    ) -> Job:
        """The same within a transaction of the caller."""
        waiting = select(job.c.id).where(job.c.state.in_(OPEN)).limit(DEFAULT.open_jobs + 1)
        if state == "queued" and len(connection.execute(waiting).all()) > DEFAULT.open_jobs:
            raise RateExceeded("too many jobs are waiting: ask again later", _BUSY_SECONDS)
        exhibits = list(self.chosen(connection, case, sha256s))
        now = utc()
        name = name or uuid.uuid4().hex
        row = {
            "id": name, "case_id": case, "kind": kind, "state": state, "request": json.dumps(request),
            "created": now, "created_by": by, "started": now if state == "running" else None, "change": 1,
            "stage": state, "done": 0, "total": len(exhibits), "runs": int(state == "running"),
            "sent": int(state == "running"),
        }  # fmt: skip
        connection.execute(insert(job).values(row))
        rows: list[dict[str, Any]] = [
            {"job_id": name, "place": place, "sha256": sha256, "name": called}
            for place, (sha256, called) in enumerate(exhibits, start=1)
        ]
        if rows:
            connection.execute(insert(job_exhibit), rows)
        details = {"case": case, "job": name, "kind": kind, "exhibits": len(rows)}
        self._ledger.enter(
            connection, *(Event("asked", each["sha256"], details=details, who=by) for each in rows)
        )
        found = self._one(connection, name)
        assert found is not None
        return found

    def find(self, name: str) -> Job:
        """The job of that id.

        Raises
        ------
        NotHere
        """
        with self._database.reading() as connection:
            found = self._one(connection, name)
        if found is None:
            raise NotHere("there is no such job, or this key may not see it")
        return found

    def page(
        self,
        cases: Iterable[str] | None,
        kinds: Sequence[str],
        *,
        before: tuple[str, str] | None = None,
        rows: int,
        state: str | None = None,
        sha256: str | None = None,
    ) -> list[Job]:
        """Some jobs, newest first.

        Parameters
        ----------
        cases
            Only those of these; None: all.
        kinds
            Only these.
        before
            Only those after this (`created`, `id`) of the list.
        rows
            Most that are given.
        state
            Only those in this one.
        sha256
            Only those about this exhibit.
        """
        query = select(*_COLUMNS).where(job.c.kind.in_(kinds))
        if cases is not None:
            query = query.where(job.c.case_id.in_(list(cases)))
        if before is not None:
            query = query.where(tuple_(job.c.created, job.c.id) < before)
        if state is not None:
            query = query.where(job.c.state == state)
        if sha256 is not None:
            query = query.where(
                job.c.id.in_(select(job_exhibit.c.job_id).where(job_exhibit.c.sha256 == sha256))
            )
        query = query.order_by(job.c.created.desc(), job.c.id.desc()).limit(rows)
        with self._database.reading() as connection:
            return [_job(row) for row in connection.execute(query)]

    def exhibits(self, name: str, *, after: int = 0, rows: int = DEFAULT.job_exhibits) -> list[JobExhibit]:
        """Exhibits of a job in their order, those after a place."""
        query = select(*_EXHIBIT).where(job_exhibit.c.job_id == name, job_exhibit.c.place > after)
        with self._database.reading() as connection:
            return [
                JobExhibit(*row)
                for row in connection.execute(query.order_by(job_exhibit.c.place).limit(rows))
            ]

    def about(self, sha256: str, cases: Iterable[str] | None, *, rows: int) -> list[tuple[Job, JobExhibit]]:
        """Analyses of an exhibit with what came of it, newest first; only those of these cases, all when None."""
        query = (
            select(*_COLUMNS, *_EXHIBIT)
            .join(job_exhibit, job_exhibit.c.job_id == job.c.id)
            .where(job_exhibit.c.sha256 == sha256, job.c.kind == "analysis")
            .order_by(job.c.created.desc(), job.c.id.desc())
        )
        if cases is not None:
            query = query.where(job.c.case_id.in_(list(cases)))
        with self._database.reading() as connection:
            found = connection.execute(query.limit(rows)).all()
        width = len(_COLUMNS)
        return [(_job(row[:width]), JobExhibit(*row[width:])) for row in found]

    def firsts(self, names: Iterable[str]) -> dict[str, str]:
        """What the first exhibit of each of these jobs is called."""
        query = select(job_exhibit.c.job_id, job_exhibit.c.name).where(
            job_exhibit.c.job_id.in_(list(names)), job_exhibit.c.place == 1
        )
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def waiting(self) -> dict[str, int]:
        """How many jobs wait, and how many are at work."""
        query = select(job.c.state, func.count()).where(job.c.state.in_(OPEN)).group_by(job.c.state)
        with self._database.reading() as connection:
            found = {row[0]: int(row[1]) for row in connection.execute(query)}
        return {state: found.get(state, 0) for state in OPEN}

    def workers(self) -> list[tuple[str, str]]:
        """Workers that are enlisted: the machine of each, and when it was last heard of."""
        with self._database.reading() as connection:
            query = select(worker.c.host, worker.c.seen).order_by(worker.c.seen.desc())
            return [(row[0], row[1]) for row in connection.execute(query)]

    def begin(self, name: str) -> Job | None:
        """Take a job up, or up again; None when it is over."""
        with self._database.writing() as connection:
            begun = connection.execute(
                update(job)
                .where(job.c.id == name, job.c.state.in_(OPEN))
                .values(
                    state="running",
                    started=utc(),
                    runs=job.c.runs + 1,
                    change=job.c.change + 1,
                    stage="begun",
                    done=0,
                )
            )
            return self._one(connection, name) if begun.rowcount else None

    def tell(self, name: str, stage: str, done: int) -> None:
        """Say how far a job is."""
        with self._database.writing() as connection:
            connection.execute(
                update(job)
                .where(job.c.id == name, job.c.state == "running")
                .values(stage=stage, done=done, change=job.c.change + 1)
            )

    def over(self, name: str) -> bool:
        """Whether a job has ended, or is not there any more."""
        with self._database.reading() as connection:
            return connection.execute(select(job.c.state).where(job.c.id == name)).scalar() not in OPEN

    def fail(self, name: str, code: str, words: str) -> bool:
        """End a job without its answer; False when it had ended already."""
        return self._end(name, "failed", "failed", {"code": code, "words": words}, None)

    def cancel(self, name: str, *, by: str) -> bool:
        """End a job because it is not wanted; False when it had ended already."""
        return self._end(name, "cancelled", "cancelled", {"stage": "cancelled"}, by)

    def called_off(self, name: str, *, by: str) -> Job:
        """Cancel a job for somebody who asks, and give it as it is then.

        Raises
        ------
        Conflicting
            It had ended already.
        """
        if not self.cancel(name, by=by):
            raise Conflicting("it has ended already")
        return self.find(name)

    def finish(self, connection: Connection, name: str, answer: Mapping[str, Any]) -> bool:
        """End a job with its answer, in the transaction that keeps what it made; False when it had ended already."""
        return self._ended(connection, name, "done", {"answer": json.dumps(answer), "stage": "done"})

    def unsent(self, rows: int) -> list[str]:
        """Jobs that no queue knows yet, the oldest first."""
        query = select(job.c.id).where(job.c.state == "queued", job.c.sent == 0).order_by(job.c.created)
        with self._database.reading() as connection:
            return list(connection.execute(query.limit(rows)).scalars())

    def sent(self, name: str, number: int) -> bool:
        """Note that the queue has a job under this number; False when another process was first, or it is over."""
        with self._database.writing() as connection:
            here = (job.c.id == name, job.c.sent == number - 1, job.c.state.in_(OPEN))
            return connection.execute(update(job).where(*here).values(sent=number)).rowcount > 0

    def open(self, *, after: str = "", rows: int) -> list[tuple[str, int]]:
        """Jobs that a queue has and that have not ended, with the number under which it has them."""
        query = (
            select(job.c.id, job.c.sent)
            .where(job.c.state.in_(OPEN), job.c.sent > 0, job.c.id > after)
            .order_by(job.c.id)
        )
        with self._database.reading() as connection:
            return [(row[0], row[1]) for row in connection.execute(query.limit(rows))]

    def _end(self, name: str, state: str, word: str, values: Mapping[str, Any], by: str | None) -> bool:
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            if not self._ended(connection, name, state, values):
                return False
            found = self._one(connection, name)
            assert found is not None
            details = {"case": found.case, "job": name, "kind": found.kind}
            if found.code is not None:
                details["code"] = found.code
            self._ledger.enter(connection, Event(word, details=details, who=by))
            return True

    @staticmethod
    def _ended(connection: Connection, name: str, state: str, values: Mapping[str, Any]) -> bool:
        here = (job.c.id == name, job.c.state.in_(OPEN))
        changed = {**values, "state": state, "ended": utc(), "change": job.c.change + 1}
        return connection.execute(update(job).where(*here).values(changed)).rowcount > 0

    @staticmethod
    def _one(connection: Connection, name: str) -> Job | None:
        row = connection.execute(select(*_COLUMNS).where(job.c.id == name)).one_or_none()
        return None if row is None else _job(row)

    @staticmethod
    def chosen(connection: Connection, case: str, sha256s: Sequence[str] | None) -> Iterable[tuple[str, str]]:
        """Hash and name of exhibits of a case; see `add`."""
        query = select(holding.c.sha256, holding.c.name).where(holding.c.case_id == case)
        if sha256s is None:
            query = query.order_by(holding.c.received, holding.c.sha256).limit(DEFAULT.job_exhibits + 1)
            found = [(row[0], row[1]) for row in connection.execute(query)]
            if len(found) > DEFAULT.job_exhibits:
                raise NotHere(
                    f"the case holds more than {DEFAULT.job_exhibits:,} exhibits: name those you mean"
                )
            if not found:
                raise NotHere("the case holds no exhibit")
            return found
        names = {
            row[0]: row[1] for row in connection.execute(query.where(holding.c.sha256.in_(list(sha256s))))
        }
        for sha256 in sha256s:
            if sha256 not in names:
                raise NotHere(f"the case holds no exhibit {sha256}, or this key may not see it")
        return [(sha256, names[sha256]) for sha256 in sha256s]


def _job(row: Sequence[Any]) -> Job:
    values = list(row)
    values[4] = json.loads(values[4])
    values[15] = None if values[15] is None else json.loads(values[15])
    return Job(*values)
