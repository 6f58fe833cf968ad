"""What jobs make: kept in a store of its own by hash, named by a table in the transaction that ends the job."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from ..custody import Ledger
from ..database import Database
from ..database.tables import (
    baseline,
    baseline_file,
    baseline_use,
    incident,
    incident_entity,
    job,
    job_exhibit,
    mark,
    result_file,
    result_removal,
)
from ..limits import DEFAULT
from ..refusals import NotHere
from ..store import Blob, Store
from .job import OPEN
from .refusals import ResultMissing

__all__ = ["Kept", "Results", "artifacts_of", "manifest_of"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that a job made.

    Attributes
    ----------
    name : str
        Within the job, with slashes.
    blob : Blob
        Its content.
    """

    name: str
    blob: Blob


class Results:
    """The results of a room.

    Parameters
    ----------
    database, ledger
        Of the room.
    store
        Of results.
    """

    def __init__(self, database: Database, ledger: Ledger, store: Store) -> None:
        self._database, self._ledger, self.store = database, ledger, store

    def keep(self, place: Path) -> Blob:
        """Put a file into the store. It stays only if a job names it when it ends."""
        with self.store.arrival() as arrival, place.open("rb") as file:
            while chunk := file.read(DEFAULT.chunk_bytes):
                arrival.write(chunk)
            return arrival.keep()

    def keep_all(self, folder: Path, prefix: str = "") -> list[Kept]:
        """Put every file below a folder into the store."""
        return [
            Kept(prefix + place.relative_to(folder).as_posix(), self.keep(place))
            for place in sorted(folder.rglob("*"))
            if place.is_file() and not place.is_symlink()
        ]

    def name(self, connection: Connection, job_id: str, files: Iterable[Kept]) -> None:
        """Name the files of a job that ends, in its transaction.

        Raises
        ------
        ResultMissing
            Somebody has taken one of them out of the store meanwhile: they have to be kept once more.
        """
        self._ledger.hold(connection)
        rows = []
        for each in files:
            self.claim(connection, each.blob.sha256)
            rows.append(
                {"job_id": job_id, "name": each.name, "sha256": each.blob.sha256, "size": each.blob.size}
            )
        if rows:
            connection.execute(insert(result_file), rows)

    def claim(self, connection: Connection, sha256: str) -> None:
        """Take content off the list of what is to go; see `name`."""
        connection.execute(delete(result_removal).where(result_removal.c.sha256 == sha256))
        if self.store.size(sha256) is None:
            raise ResultMissing("a result was taken out of the store before its job had ended")

    def find(self, job_id: str, name: str) -> Blob:
        """A file of a job.

        Raises
        ------
        NotHere
            It made none of this name.
        """
        query = select(result_file.c.sha256, result_file.c.size)
        with self._database.reading() as connection:
            row = connection.execute(
                query.where(result_file.c.job_id == job_id, result_file.c.name == name)
            ).one_or_none()
        if row is None:
            raise NotHere("the job made no such file, or has not ended")
        return Blob(row[0], row[1])

    def names(self, job_id: str) -> list[str]:
        """Names of the files of a job."""
        query = select(result_file.c.name).where(result_file.c.job_id == job_id).order_by(result_file.c.name)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def line(self, job_id: str, name: str, begins: int, length: int) -> dict[str, Any]:
        """One JSON line of a file of a job."""
        if length > DEFAULT.record_bytes:
            raise NotHere(f"this line has {length:,} bytes: fetch the file")
        blob = self.find(job_id, name)
        page = json.loads(b"".join(self.store.chunks(blob.sha256, begins, begins + length)))
        assert isinstance(page, dict)
        return page

    def lines(
        self, job_id: str, name: str, begins: int, end: int, rows: int
    ) -> tuple[list[dict[str, Any]], int]:
        """Some JSON lines of a file of a job, from a place on, and the place of the next one.

        What the place lies within is passed over: a client may give any number.
        """
        blob = self.find(job_id, name)
        found: list[dict[str, Any]] = []
        # The end of the line before says whether a line begins here.
        passing = begins > 0
        at, rest = begins - passing, b""
        for chunk in self.store.chunks(blob.sha256, at, end):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                if passing:
                    passing = False
                    at += len(line) + 1
                    continue
                if len(found) == rows:
                    return found, at
                found.append(json.loads(line))
                at += len(line) + 1
            if len(rest) > DEFAULT.record_bytes:
                break
        return found, at

    def forget(self, connection: Connection, case: str, sha256: str) -> None:
        """Delete what was made of an exhibit in a case; the jobs stay, and say so. Called while the log is held."""
        query = select(job.c.id).join(job_exhibit, job_exhibit.c.job_id == job.c.id)
        here = (job.c.case_id == case, job_exhibit.c.sha256 == sha256)
        for name in connection.execute(query.where(*here)).scalars().all():
            files = select(result_file.c.sha256).where(result_file.c.job_id == name)
            for content in connection.execute(files).scalars().all():
                self._intend(connection, content)
            for table in (incident, incident_entity, result_file):
                connection.execute(delete(table).where(table.c.job_id == name))
            told = {
                "kind",
                "outcome",
                "proposition",
                "score",
                "log10_lr",
                "support",
                "reason",
                "begins",
                "length",
            }
            connection.execute(
                update(job_exhibit).where(job_exhibit.c.job_id == name).values(dict.fromkeys(told, None))
            )
            connection.execute(
                update(job)
                .where(job.c.id == name)
                .values(state="deleted", answer=None, stage="deleted", change=job.c.change + 1)
            )

    def forget_case(self, connection: Connection, case: str) -> None:
        """Delete everything that belongs to a case; called while the log is held."""
        names = select(job.c.id).where(job.c.case_id == case)
        made = select(baseline.c.id).where(baseline.c.case_id == case)
        for query in (
            select(result_file.c.sha256).where(result_file.c.job_id.in_(names)),
            select(baseline_file.c.sha256).where(baseline_file.c.baseline_id.in_(made)),
        ):
            for content in connection.execute(query).scalars().all():
                self._intend(connection, content)
        connection.execute(delete(baseline_use).where(baseline_use.c.case_id == case))
        connection.execute(delete(baseline_file).where(baseline_file.c.baseline_id.in_(made)))
        for table in (result_file, job_exhibit, incident, incident_entity):
            connection.execute(delete(table).where(table.c.job_id.in_(names)))
        for table in (baseline, mark, job):
            connection.execute(delete(table).where(table.c.case_id == case))

    def drop(self, blobs: Iterable[str]) -> None:
        """Take content out of the store that a job needed on its way, unless something names it."""
        with self._database.writing() as connection:
            for sha256 in blobs:
                self._intend(connection, sha256)
        self.tidy()

    def tidy(self) -> int:
        """Take what is to go out of the store; return how many were."""
        with self._database.reading() as connection:
            listed: Sequence[str] = connection.execute(select(result_removal.c.sha256)).scalars().all()
        gone = 0
        for sha256 in listed:
            with self._database.writing() as connection:
                self._ledger.hold(connection)
                here = result_removal.c.sha256 == sha256
                if connection.execute(select(result_removal.c.sha256).where(here)).scalar() is None:
                    continue
                if not self._named(connection, sha256):
                    self.store.remove(sha256)
                    gone += 1
                connection.execute(delete(result_removal).where(here))
        return gone

    def sweep(self, most: int = 10_000) -> int:
        """Take what nothing names out of the store: left by jobs that were cut. Return how many were.

        Nothing is done while a job is open, since what it has kept is not named yet; and none can be added meanwhile.
        """
        self.store.sweep()
        # Looked for without the lock, since there may be many; each is looked at again under it.
        strays = list(islice(self._strays(), most))
        if not strays:
            return 0
        gone = 0
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            opened = select(job.c.id).where(job.c.state.in_(OPEN)).limit(1)
            if connection.execute(opened).scalar() is not None:
                return 0
            for sha256 in strays:
                if not self._named(connection, sha256):
                    self.store.remove(sha256)
                    gone += 1
        return gone

    def _strays(self) -> Iterator[str]:
        for blob in self.store.blobs():
            with self._database.reading() as connection:
                if not self._named(connection, blob.sha256):
                    yield blob.sha256

    @staticmethod
    def _named(connection: Connection, sha256: str) -> bool:
        return any(
            connection.execute(select(table.c.sha256).where(table.c.sha256 == sha256).limit(1)).scalar()
            is not None
            for table in (result_file, baseline_file)
        )

    @staticmethod
    def _intend(connection: Connection, sha256: str) -> None:
        here = result_removal.c.sha256 == sha256
        if connection.execute(select(result_removal.c.sha256).where(here)).scalar() is None:
            connection.execute(insert(result_removal).values(sha256=sha256))


def manifest_of(pages: Sequence[Sequence[Any]]) -> list[Kept]:
    """Files as a step told of them: name, hash, size of each."""
    return [Kept(name, Blob(sha256, size)) for name, sha256, size in pages]


def artifacts_of(looked: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The artifacts that took part in some looks, each once."""
    return tuple(dict.fromkeys(ref for each in looked for ref in each["artifacts"]))
