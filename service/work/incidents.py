"""The incidents of a room, in lists that stay quick however many there are, and in full out of the store."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, tuple_

from ...triage.feedback import Remembered
from ..database import Database
from ..database.tables import incident, incident_entity, job
from ..refusals import NotHere
from .results import Results

__all__ = ["Incidents", "Listed"]

_COLUMNS: Final = (
    incident.c.job_id, incident.c.rank, incident.c.case_id, incident.c.id, incident.c.risk, incident.c.p,
    incident.c.percentile, incident.c.first_seen, incident.c.last_seen, incident.c.count, incident.c.summary,
    incident.c.entities, incident.c.attack, incident.c.begins, incident.c.length, incident.c.records_begin,
    incident.c.records_length, incident.c.records_count,
)  # fmt: skip
_ORDER: Final = (incident.c.risk.desc(), incident.c.job_id.desc(), incident.c.rank.desc())
_KEY: Final = tuple_(incident.c.risk, incident.c.job_id, incident.c.rank)


@dataclass(frozen=True, slots=True)
class Listed:
    """An incident as lists show it.

    Attributes
    ----------
    job, rank
        Where it was found.
    case, id
        Of which case, and the same for the same incident in every job.
    risk, p, percentile, first_seen, last_seen, count, summary, entities, attack
        See :class:`assay.triage.answer.Incident`.
    begins, length, records_begin, records_length, records_count
        Where it and its records stand in the files of its job.
    """

    job: str
    rank: int
    case: str
    id: str
    risk: float
    p: float | None
    percentile: float
    first_seen: str | None
    last_seen: str | None
    count: int
    summary: str
    entities: dict[str, list[str]]
    attack: list[str]
    begins: int
    length: int
    records_begin: int
    records_length: int
    records_count: int


class Incidents:
    """The incidents of a room.

    Parameters
    ----------
    database, results
        Of the room.
    """

    def __init__(self, database: Database, results: Results) -> None:
        self._database, self._results = database, results

    def of(self, job: str, *, after: int = 0, rows: int) -> list[Listed]:
        """Incidents of a job by rank, those after one."""
        query = select(*_COLUMNS).where(incident.c.job_id == job, incident.c.rank > after)
        with self._database.reading() as connection:
            return [_listed(row) for row in connection.execute(query.order_by(incident.c.rank).limit(rows))]

    def page(
        self,
        cases: Iterable[str] | None,
        *,
        before: tuple[float, str, int] | None = None,
        rows: int,
        value: str | None = None,
        id: str | None = None,
    ) -> list[Listed]:
        """Some incidents of all jobs, most urgent first.

        Parameters
        ----------
        cases
            Only those of these; None: all.
        before
            Only those after this (`risk`, `job`, `rank`) of the list.
        rows
            Most that are given.
        value
            Only those in which this is involved: a host, a user, an address, a program, an ATT&CK technique.
        id
            Only this one, wherever it was found.
        """
        within = None if cases is None else list(cases)
        if value is not None:
            return self._with(within, before, rows, value)
        query = select(*_COLUMNS)
        if within is not None:
            query = query.where(incident.c.case_id.in_(within))
        if before is not None:
            query = query.where(before > _KEY)
        if id is not None:
            query = query.where(incident.c.id == id)
        with self._database.reading() as connection:
            return [_listed(row) for row in connection.execute(query.order_by(*_ORDER).limit(rows))]

    def _with(
        self, cases: list[str] | None, before: tuple[float, str, int] | None, rows: int, value: str
    ) -> list[Listed]:
        # The table of entities has the order of the list in its own index: nothing is sorted that is not shown.
        entity = incident_entity.c
        key = tuple_(entity.risk, entity.job_id, entity.rank)
        places = select(entity.risk, entity.job_id, entity.rank).where(entity.value == value)
        if cases is not None:
            places = places.where(entity.case_id.in_(cases))
        if before is not None:
            places = places.where(key < before)
        order = (entity.risk.desc(), entity.job_id.desc(), entity.rank.desc())
        found = places.distinct().order_by(*order).limit(rows).subquery()
        query = select(*_COLUMNS).join(
            found, (found.c.job_id == incident.c.job_id) & (found.c.rank == incident.c.rank)
        )
        with self._database.reading() as connection:
            return [_listed(row) for row in connection.execute(query.order_by(*_ORDER))]

    def places(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, int]]:
        """Job and rank where incidents, each given by case and id, were found last, of those that still are there."""
        pairs = list(wanted)
        if not pairs:
            return {}
        query = (
            select(incident.c.case_id, incident.c.id, incident.c.job_id, incident.c.rank)
            .join(job, job.c.id == incident.c.job_id)
            .where(
                incident.c.case_id.in_({case for case, _ in pairs}),
                incident.c.id.in_({name for _, name in pairs}),
            )
            .order_by(job.c.created, job.c.id)
        )
        with self._database.reading() as connection:
            found = {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(query)}
        return {pair: found[pair] for pair in pairs if pair in found}

    def one(self, job: str, rank: int) -> Listed:
        """One incident of a job.

        Raises
        ------
        NotHere
        """
        query = select(*_COLUMNS).where(incident.c.job_id == job, incident.c.rank == rank)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotHere("the job found no such incident, or has not ended")
        return _listed(row)

    def full(self, listed: Listed) -> tuple[dict[str, Any], Remembered]:
        """The whole incident as `assay triage --json` has it, and what a mark of it needs."""
        page = self._results.line(listed.job, "incidents.jsonl", listed.begins, listed.length)
        return page["incident"], Remembered.from_json(page["remembered"])

    def records(
        self, listed: Listed, *, after: int = 0, rows: int
    ) -> tuple[list[dict[str, Any]], int | None]:
        """Some records of an incident in the order of their sources, and where the next ones begin.

        Parameters
        ----------
        listed
            The incident.
        after
            As an earlier call gave it.
        rows
            Most that are given.
        """
        if after >= listed.records_length:
            return [], None
        begin = listed.records_begin
        found, at = self._results.lines(
            listed.job, "records.jsonl", begin + after, begin + listed.records_length, rows
        )
        return found, at - begin if at - begin < listed.records_length and found else None


def _listed(row: Sequence[Any]) -> Listed:
    values = list(row)
    values[11], values[12] = json.loads(values[11]), json.loads(values[12])
    return Listed(*values)
