"""Marks of incidents by case: what analysts said, until when it counts, and what was taken back."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import exists, insert, or_, select, tuple_, update

from ...evidence.custody import Event
from ...evidence.custody.entry import utc
from ...triage.feedback import Mark, Remembered, Verdict
from ..custody import Ledger
from ..database import Database
from ..database.tables import mark
from ..refusals import Conflicting, NotHere, RepeatedDifferently

__all__ = ["MarkBook", "Said"]

_MOST: Final = 10_000
"""Most marks of a case that one batch is held against, the latest first."""


@dataclass(frozen=True, slots=True)
class Said:
    """A mark in the book.

    Attributes
    ----------
    id : str
        Random.
    case : str
        Where it counts.
    mark : Mark
        What was said.
    taken_back, taken_back_by : str | None
        When it was taken back, and by whom.
    """

    id: str
    case: str
    mark: Mark
    taken_back: str | None
    taken_back_by: str | None

    @property
    def active(self) -> bool:
        """Whether it counts now."""
        return self.taken_back is None and self.mark.active(datetime.now(UTC))


class MarkBook:
    """The marks of a room.

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
        shown: Remembered,
        verdict: Verdict,
        *,
        reason: str,
        until: date | None,
        by: str,
        name: str | None = None,
    ) -> Said:
        """Mark an incident; an earlier mark of it counts no more.

        With the `name` (id) of a mark that is there, that one is given.

        Raises
        ------
        RepeatedDifferently
            It says something else.
        """
        made = Mark(
            incident=shown.id,
            verdict=verdict,
            reason=reason,
            until=until,
            by=by,
            at=datetime.now(UTC),
            artifact=shown.artifact,
            baseline=shown.baseline,
            summary=shown.summary,
            places=shown.places,
            kind=shown.kind,
            severe=shown.severe,
        )
        name = name or uuid.uuid4().hex
        row = {
            "id": name,
            "case_id": case,
            "incident": made.incident,
            "verdict": verdict,
            "until": None if until is None else until.isoformat(),
            "at": utc(),
            "made_by": by,
            "page": json.dumps(made.to_json()),
        }
        details = {"case": case, "incident": made.incident, "mark": name, "verdict": verdict}
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            there = connection.execute(select(*_COLUMNS).where(mark.c.id == name)).one_or_none()
            if there is not None:
                before = _said(there)
                told = (
                    before.case,
                    before.mark.incident,
                    before.mark.verdict,
                    before.mark.reason,
                    before.mark.until,
                )
                if told != (case, made.incident, verdict, reason, until):
                    raise RepeatedDifferently
                return before
            connection.execute(insert(mark).values(row))
            self._ledger.enter(connection, Event("marked", details=details, who=by))
        return Said(name, case, made, None, None)

    def take_back(self, name: str, *, by: str) -> Said:
        """Take a mark back; it stays in the book.

        Raises
        ------
        NotHere
        Conflicting
            It was taken back before.
        """
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            here = (mark.c.id == name, mark.c.taken_back.is_(None))
            changed = connection.execute(update(mark).where(*here).values(taken_back=utc(), taken_back_by=by))
            row = connection.execute(select(*_COLUMNS).where(mark.c.id == name)).one_or_none()
            if row is None:
                raise NotHere("there is no such mark, or this key may not see it")
            found = _said(row)
            if not changed.rowcount:
                raise Conflicting("this mark was taken back before")
            details = {"case": found.case, "incident": found.mark.incident, "mark": name}
            self._ledger.enter(connection, Event("unmarked", details=details, who=by))
            return found

    def active(self, case: str) -> list[Mark]:
        """Marks of a case that count now: the last one of each incident, oldest first."""
        today = datetime.now(UTC).date().isoformat()
        query = (
            select(*_COLUMNS)
            .where(
                mark.c.case_id == case,
                mark.c.taken_back.is_(None),
                or_(mark.c.until.is_(None), mark.c.until >= today),
            )
            .order_by(mark.c.at.desc(), mark.c.id.desc())
            .limit(_MOST)
        )
        last: dict[str, Mark] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query):
                said = _said(row)
                last.setdefault(said.mark.incident, said.mark)
        return list(reversed(last.values()))

    def last(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Said]:
        """The mark that counts now of incidents, each given by case and id; those without one are left out."""
        pairs = set(wanted)
        if not pairs:
            return {}
        query = (
            select(*_COLUMNS)
            .where(
                mark.c.case_id.in_({case for case, _ in pairs}),
                mark.c.incident.in_({name for _, name in pairs}),
                mark.c.taken_back.is_(None),
            )
            .order_by(mark.c.at, mark.c.id)
        )
        with self._database.reading() as connection:
            said = [_said(row) for row in connection.execute(query)]
        return {
            (each.case, each.mark.incident): each
            for each in said
            if each.active and (each.case, each.mark.incident) in pairs
        }

    def page(
        self,
        cases: Iterable[str] | None,
        *,
        before: tuple[str, str] | None = None,
        rows: int,
        incident: str | None = None,
        verdicts: Sequence[str] | None = None,
        counting: bool = False,
    ) -> list[tuple[tuple[str, str], Said]]:
        """Some marks with their place in the list, newest first.

        Parameters
        ----------
        cases
            Only those of these; None: all.
        before
            Only those after this place.
        rows
            Most that are given.
        incident, verdicts
            Only those.
        counting
            Leave out those that were taken back, have expired, or for which a later one of the same incident stands.
        """
        query = select(*_COLUMNS, mark.c.at)
        if cases is not None:
            query = query.where(mark.c.case_id.in_(list(cases)))
        if before is not None:
            query = query.where(tuple_(mark.c.at, mark.c.id) < before)
        if incident is not None:
            query = query.where(mark.c.incident == incident)
        if verdicts is not None:
            query = query.where(mark.c.verdict.in_(verdicts))
        if counting:
            today = datetime.now(UTC).date().isoformat()
            later = mark.alias()
            replaced = exists().where(
                later.c.case_id == mark.c.case_id,
                later.c.incident == mark.c.incident,
                later.c.taken_back.is_(None),
                or_(later.c.until.is_(None), later.c.until >= today),
                tuple_(later.c.at, later.c.id) > tuple_(mark.c.at, mark.c.id),
            )
            query = query.where(
                mark.c.taken_back.is_(None), or_(mark.c.until.is_(None), mark.c.until >= today), ~replaced
            )
        query = query.order_by(mark.c.at.desc(), mark.c.id.desc()).limit(rows)
        with self._database.reading() as connection:
            return [((row[5], row[0]), _said(row)) for row in connection.execute(query)]


_COLUMNS: Final = (mark.c.id, mark.c.case_id, mark.c.page, mark.c.taken_back, mark.c.taken_back_by)


def _said(row: Sequence[Any]) -> Said:
    return Said(row[0], row[1], Mark.from_json(json.loads(row[2])), row[3], row[4])
