"""Baselines of cases: artifacts that jobs fit, kept by hash, laid out in a folder where a work process needs them."""

import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from ...evidence.custody import Event
from ...evidence.custody.entry import utc
from ..custody import Ledger
from ..database import Database
from ..database.tables import baseline, baseline_file, baseline_use
from ..refusals import NotHere
from .job import Job
from .jobs import Jobs
from .lane import Lane
from .results import Kept, Results, manifest_of
from .telling import Teller

__all__ = ["Baseline", "BaselineSteps", "Baselines"]

Page = Mapping[str, Any]
_COLUMNS: Final = (
    baseline.c.id, baseline.c.case_id, baseline.c.name, baseline.c.version, baseline.c.sha256, baseline.c.records,
    baseline.c.created, baseline.c.created_by, baseline.c.job_id,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Baseline:
    """One version of a baseline of a case.

    Attributes
    ----------
    id : str
        Random.
    case : str
        The only one where it can be used.
    name, version : str
        As its card has them.
    sha256 : str
        Of the card.
    records : int
        That it was fitted on.
    created, created_by : str
        UTC, and who asked for it.
    job : str
        That made it.
    """

    id: str
    case: str
    name: str
    version: str
    sha256: str
    records: int
    created: str
    created_by: str
    job: str


class Baselines:
    """The baselines of a room.

    Parameters
    ----------
    database, ledger, results
        Of the room.
    folder
        Where they are laid out on this machine.
    """

    def __init__(self, database: Database, ledger: Ledger, results: Results, folder: Path) -> None:
        self._database, self._ledger, self._results = database, ledger, results
        self._folder = folder

    def find(self, case: str, name: str) -> Baseline:
        """The baseline of a case that is called ``name`` (its last version) or ``name@version``.

        Raises
        ------
        NotHere
        """
        called, _, version = name.partition("@")
        query = select(*_COLUMNS).where(baseline.c.case_id == case, baseline.c.name == called)
        if version:
            query = query.where(baseline.c.version == version)
        with self._database.reading() as connection:
            found = [Baseline(*row) for row in connection.execute(query)]
        if not found:
            raise NotHere(f"the case has no baseline {name!r}")
        return max(found, key=lambda each: _order(each.version))

    def of(self, case: str) -> list[Baseline]:
        """All baselines of a case, newest first."""
        query = select(*_COLUMNS).where(baseline.c.case_id == case).order_by(baseline.c.created.desc())
        with self._database.reading() as connection:
            return [Baseline(*row) for row in connection.execute(query)]

    def used(self, case: str) -> Baseline | None:
        """The one that the case is measured against; None: a batch is its own."""
        query = select(*_COLUMNS).join(baseline_use, baseline_use.c.baseline_id == baseline.c.id)
        with self._database.reading() as connection:
            found = [
                Baseline(*row) for row in connection.execute(query.where(baseline_use.c.case_id == case))
            ]
        return found[0] if found else None

    def use(self, case: str, name: str | None, *, by: str) -> Baseline | None:
        """Choose the one that the case is measured against from now on; None: a batch is its own."""
        chosen = None if name is None else self.find(case, name)
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            connection.execute(delete(baseline_use).where(baseline_use.c.case_id == case))
            if chosen is not None:
                connection.execute(insert(baseline_use).values(case_id=case, baseline_id=chosen.id))
            called = None if chosen is None else f"{chosen.name}@{chosen.version} sha256:{chosen.sha256}"
            details = {"case": case, "baseline": called}
            self._ledger.enter(connection, Event("measured-against", details=details, who=by))
        return chosen

    def folder(self, case: str, name: str | None) -> str | None:
        """Folder of the artifact that a batch of the case is to be measured against; None: it is its own.

        Parameters
        ----------
        case
            Which.
        name
            Asked for; None: what the case uses; empty: none.
        """
        chosen = self.used(case) if name is None else self.find(case, name) if name else None
        return None if chosen is None else str(self.laid_out(chosen))

    def laid_out(self, chosen: Baseline) -> Path:
        """The artifact as a folder on this machine."""
        place = self._folder / chosen.sha256
        if place.is_dir():
            return place
        query = select(baseline_file.c.name, baseline_file.c.sha256).where(
            baseline_file.c.baseline_id == chosen.id
        )
        with self._database.reading() as connection:
            files = [(row[0], row[1]) for row in connection.execute(query)]
        self._folder.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=self._folder))
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, new, ignore_errors=True)
            for name, sha256 in files:
                with self._results.store.local(sha256) as content:
                    shutil.copyfile(content, new / name)
            try:
                os.rename(new, place)
            except OSError:
                # Another process was first; what it laid out is the same.
                if not place.is_dir():
                    raise
        return place

    def versions(self, case: str, name: str) -> list[str]:
        """Versions of that name that are taken."""
        query = select(baseline.c.version).where(baseline.c.case_id == case, baseline.c.name == name)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def add(self, connection: Connection, job: Job, made: Page, files: Iterable[Kept]) -> str:
        """Keep a baseline that a job made, in the transaction that ends it; returns its id."""
        name = uuid.uuid4().hex
        row = {
            "id": name,
            "case_id": job.case,
            "name": made["name"],
            "version": made["version"],
            "sha256": made["sha256"],
            "records": made["records"],
            "created": utc(),
            "created_by": job.created_by,
            "job_id": job.id,
        }
        connection.execute(insert(baseline).values(row))
        for each in files:
            self._results.claim(connection, each.blob.sha256)
            connection.execute(
                insert(baseline_file).values(baseline_id=name, name=each.name, sha256=each.blob.sha256)
            )
        return name


class BaselineSteps:
    """The steps of jobs that make baselines.

    Parameters
    ----------
    baselines, jobs, results
        Of the room.
    local
        Gives a file with the content of an exhibit, as a context manager.
    lane
        Where they are done.
    seconds
        Longest that one may take.
    database, ledger
        Of the room.
    """

    def __init__(
        self,
        baselines: Baselines,
        jobs: Jobs,
        results: Results,
        local: Any,
        lane: Lane,
        seconds: float,
        database: Database,
        ledger: Ledger,
    ) -> None:
        self._baselines, self._jobs, self._results = baselines, jobs, results
        self._local, self._lane, self._seconds = local, lane, seconds
        self._database, self._ledger = database, ledger

    def make(self, job: Job) -> Page:
        """Fit a baseline, or add two up; its files are kept until the job ends."""
        request = job.request
        with ExitStack() as held:
            folder = held.enter_context(self._lane.folder())
            common = {
                "name": request["name"],
                "versions": self._baselines.versions(job.case, request["name"]),
                "folder": str(folder),
            }
            if request["sum"] is None:
                exhibits = self._jobs.exhibits(job.id)
                task: dict[str, Any] = {
                    **common,
                    "do": "baseline",
                    "sources": [
                        {"path": str(held.enter_context(self._local(each.sha256))), "name": each.name}
                        for each in exhibits
                    ],
                    "format": request["format"],
                    "held_out": request["held_out"],
                }
            else:
                chosen: Sequence[Baseline] = [self._baselines.find(job.case, each) for each in request["sum"]]
                places = [str(self._baselines.laid_out(each)) for each in chosen]
                task = {**common, "do": "sum", "baselines": places}
            made = self._lane.do(
                task,
                seconds=self._seconds,
                stop=lambda: self._jobs.over(job.id),
                told=Teller(self._jobs, job.id),
            )
            files = self._results.keep_all(Path(made["folder"]))
        return {
            **{name: made[name] for name in ("name", "version", "sha256", "records")},
            "files": [[each.name, each.blob.sha256, each.blob.size] for each in files],
        }

    def end(self, job: Job, made: Page) -> bool:
        """End the job with its baseline: both, or nothing; once, or not at all."""
        answer = {name: made[name] for name in ("name", "version", "sha256", "records")}
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            if not self._jobs.finish(connection, job.id, answer):
                return False
            self._baselines.add(connection, job, made, manifest_of(made["files"]))
            details = {"case": job.case, "job": job.id, "baseline": f"{made['name']}@{made['version']}"}
            self._ledger.enter(connection, Event("fitted", details=details, who=job.created_by))
        return True


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
