"""The steward of a worker: brings jobs to the queue, shows that the worker lives, and takes over from those that died.

A worker is dead when its beat stands still for `LEASE_SECONDS` by the clock of whoever watches it, so that clocks of
several machines need not agree; on the same machine, as soon as its process is gone. One that was taken for dead and
is not, because its machine slept, finds its row gone and ends at once.
"""

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dbos import DBOS, SetWorkflowID
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from ...evidence.custody.entry import utc
from ..database import Database
from ..database.tables import worker
from ..operation.log import logger
from .jobs import Jobs
from .scratch import begun
from .workflows import VERSION

__all__ = ["LEASE_SECONDS", "QUEUE", "Steward"]

QUEUE: Final = "jobs"
LEASE_SECONDS: Final = 15.0
_BEAT_SECONDS: Final = 2.0
_BRING_SECONDS: Final = 0.2
_REVIEW_SECONDS: Final = 20.0
_BROUGHT: Final = 200
_REMEMBERED: Final = timedelta(hours=1)
_ANEW: Final = 3
"""Times that a job is begun anew because its workflow was lost."""
_ENDED: Final = -1
"""Beat of a worker that has ended in order, and left what it had begun."""


class Steward:
    """Looks after one worker.

    Parameters
    ----------
    database
        Of the room.
    jobs
        Of the room.
    run
        The workflow.
    lost
        Called when others have taken this worker for dead.
    chores
        What else is called, and every how many seconds.
    """

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        run: Callable[[str], None],
        *,
        lost: Callable[[], None],
        chores: Sequence[tuple[Callable[[], object], float]] = (),
    ) -> None:
        self._database, self._jobs, self._run, self._lost = database, jobs, run, lost
        self._chores = chores
        self.name = f"worker-{uuid.uuid4().hex}"
        self._host = socket.gethostname()
        self._stop = threading.Event()
        self._seen: dict[str, tuple[int, float]] = {}

    def enlist(self) -> None:
        """Show this worker to the others; before the queue begins."""
        row = {
            "id": self.name, "host": self._host, "pid": os.getpid(), "begun": begun(os.getpid()), "beat": 0,
            "seen": utc(),
        }  # fmt: skip
        with self._database.writing() as connection:
            connection.execute(insert(worker).values(row))

    def start(self) -> None:
        """Begin; after the queue has."""
        for work, every in (
            (self.bring, _BRING_SECONDS),
            (self.beat, _BEAT_SECONDS),
            (self.take_over, _BEAT_SECONDS),
            (self.review, _REVIEW_SECONDS),
            (self.forget, _REVIEW_SECONDS),
            *self._chores,
        ):
            threading.Thread(target=self._repeat, args=(work, every), name=work.__name__, daemon=True).start()

    def stop(self) -> None:
        """End, and let others go on at once with what was begun."""
        self._stop.set()
        try:
            with self._database.writing() as connection:
                connection.execute(update(worker).where(worker.c.id == self.name).values(beat=_ENDED))
        except SQLAlchemyError:
            return

    def bring(self) -> None:
        """Give new jobs to the queue. Several workers may give it the same one: its id keeps it one."""
        for name in self._jobs.unsent(_BROUGHT):
            self._enqueue(name, 1)
            self._jobs.sent(name, 1)

    def beat(self) -> None:
        """Show that this worker lives."""
        here = (worker.c.id == self.name, worker.c.beat != _ENDED)
        with self._database.writing() as connection:
            changed = connection.execute(
                update(worker).where(*here).values(beat=worker.c.beat + 1, seen=utc())
            )
        if not changed.rowcount and not self._stop.is_set():
            self._lost()

    def take_over(self) -> None:
        """Put back into the queue what workers had begun that are dead, or that nobody knows."""
        living, dead = self._muster()
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        orphaned = {each.executor_id for each in pending if each.executor_id} - living
        for name in sorted(orphaned | dead):
            DBOS._recover_pending_workflows([name])
        with self._database.writing() as connection:
            for name in dead:
                connection.execute(delete(worker).where(worker.c.id == name))

    def review(self) -> None:
        """Begin jobs anew whose workflow has ended without them, or is none that this version goes on with."""
        after = ""
        while some := self._jobs.open(after=after, rows=_BROUGHT):
            after = some[-1][0]
            ids = {f"{name}.{number}": (name, number) for name, number in some}
            known = {
                each.workflow_id: each
                for each in DBOS.list_workflows(workflow_ids=list(ids), load_input=False, load_output=False)
            }
            for workflow, (name, number) in ids.items():
                self._reviewed(name, number, known.get(workflow))

    def forget(self) -> None:
        """Take workflows out of the queue that ended a while ago: the table of jobs knows what became of them."""
        before = datetime.now(UTC) - _REMEMBERED
        ended = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            completed_before=before.isoformat(),
            limit=_BROUGHT,
            load_input=False,
            load_output=False,
        )
        if ended:
            DBOS.delete_workflows([each.workflow_id for each in ended])

    def _reviewed(self, name: str, number: int, status: Any) -> None:
        if status is not None and status.status in ("ENQUEUED", "PENDING", "DELAYED"):
            if status.app_version == VERSION:
                return
            DBOS.cancel_workflow(status.workflow_id)
        if number >= _ANEW or (status is not None and status.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED"):
            words = "workers died of this job, or lost it, too often: treat what was sent as hostile, and report it"
            self._jobs.fail(name, "job-lost", words)
        elif self._jobs.sent(name, number + 1):
            self._enqueue(name, number + 1)

    def _enqueue(self, name: str, number: int) -> None:
        with SetWorkflowID(f"{name}.{number}"):
            DBOS.enqueue_workflow(QUEUE, self._run, name)

    def _muster(self) -> tuple[set[str], set[str]]:
        """Workers that live, and workers that do not."""
        columns = (worker.c.id, worker.c.host, worker.c.pid, worker.c.begun, worker.c.beat)
        with self._database.reading() as connection:
            rows = [tuple(row) for row in connection.execute(select(*columns))]
        now = time.monotonic()
        living: set[str] = {self.name}
        dead: set[str] = set()
        for name, host, pid, since, beat in rows:
            if name == self.name:
                continue
            known = self._seen.get(name)
            if known is None or known[0] != beat:
                self._seen[name] = known = (beat, now)
            gone = host == self._host and begun(pid) != since
            still = now - known[1] > LEASE_SECONDS
            (dead if beat == _ENDED or gone or still else living).add(name)
        self._seen = {name: seen for name, seen in self._seen.items() if name in living}
        return living, dead

    def _repeat(self, work: Callable[[], object], every: float) -> None:
        while not self._stop.wait(every):
            try:
                work()
            except Exception as error:
                # The database may be away for a while; what was not done now is done the next time.
                logger.warning("steward", doing=work.__name__, exc_info=error)
