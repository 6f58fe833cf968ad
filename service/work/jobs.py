"""The jobs of a room as they change: made, begun, told of, ended.

Every change of a state is guarded by the state before it, so that a job ends once, whoever else works on it.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from ...evidence.custody import Event
from ...evidence.custody.entry import utc
from ..custody import Ledger
from ..database import Database
from ..database.tables import holding, job, job_exhibit
from ..limits import DEFAULT
from ..refusals import Conflicting, NotHere, RateExceeded, RepeatedDifferently
from .job import OPEN, Job
from .joblist import JobList

__all__ = ["Jobs"]

_BUSY_SECONDS: Final = 30.0


class Jobs(JobList):
    """The jobs of a room, to be read and changed.

    Parameters
    ----------
    database, ledger
        Of the room.
    """

    def __init__(self, database: Database, ledger: Ledger) -> None:
        super().__init__(database)
        self._ledger = ledger

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

    def sent(self, name: str, number: int) -> bool:
        """Note that the queue has a job under this number; False when another process was first, or it is over."""
        with self._database.writing() as connection:
            here = (job.c.id == name, job.c.sent == number - 1, job.c.state.in_(OPEN))
            return connection.execute(update(job).where(*here).values(sent=number)).rowcount > 0

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
