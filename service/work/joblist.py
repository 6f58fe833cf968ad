"""The jobs of a room as they stand: what is read of the table that says what is to be done and what has been."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, func, select, tuple_

from ..database import Database
from ..database.tables import job, job_exhibit, worker
from ..limits import DEFAULT
from ..refusals import NotHere
from .job import OPEN, Job, JobExhibit

__all__ = ["JobList"]

_COLUMNS: Final = (
    job.c.id, job.c.case_id, job.c.kind, job.c.state, job.c.request, job.c.created, job.c.created_by, job.c.started,
    job.c.ended, job.c.change, job.c.stage, job.c.done, job.c.total, job.c.code, job.c.words, job.c.answer, job.c.runs,
)  # fmt: skip
_EXHIBIT: Final = (
    job_exhibit.c.place, job_exhibit.c.sha256, job_exhibit.c.name, job_exhibit.c.kind, job_exhibit.c.outcome,
    job_exhibit.c.proposition, job_exhibit.c.score, job_exhibit.c.log10_lr, job_exhibit.c.support,
    job_exhibit.c.reason, job_exhibit.c.begins, job_exhibit.c.length,
)  # fmt: skip


class JobList:
    """The jobs of a room, to be read.

    Parameters
    ----------
    database
        Of the room.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

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

    def over(self, name: str) -> bool:
        """Whether a job has ended, or is not there any more."""
        with self._database.reading() as connection:
            return connection.execute(select(job.c.state).where(job.c.id == name)).scalar() not in OPEN

    def unsent(self, rows: int) -> list[str]:
        """Jobs that no queue knows yet, the oldest first."""
        query = select(job.c.id).where(job.c.state == "queued", job.c.sent == 0).order_by(job.c.created)
        with self._database.reading() as connection:
            return list(connection.execute(query.limit(rows)).scalars())

    def open(self, *, after: str = "", rows: int) -> list[tuple[str, int]]:
        """Jobs that a queue has and that have not ended, with the number under which it has them."""
        query = (
            select(job.c.id, job.c.sent)
            .where(job.c.state.in_(OPEN), job.c.sent > 0, job.c.id > after)
            .order_by(job.c.id)
        )
        with self._database.reading() as connection:
            return [(row[0], row[1]) for row in connection.execute(query.limit(rows))]

    @staticmethod
    def _one(connection: Connection, name: str) -> Job | None:
        row = connection.execute(select(*_COLUMNS).where(job.c.id == name)).one_or_none()
        return None if row is None else _job(row)


def _job(row: Sequence[Any]) -> Job:
    values = list(row)
    values[4] = json.loads(values[4])
    values[15] = None if values[15] is None else json.loads(values[15])
    return Job(*values)
