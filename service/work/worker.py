"""A worker: takes jobs from the queue of a room until it is told to end.

Any number may run, on any machine that reaches the same database and the same store.
"""

import logging
import os
import signal
import sqlite3
import sys
import threading
from typing import Final

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from ..room import Room
from ..settings import Settings
from .bench import Bench
from .steward import QUEUE, Steward
from .workflows import VERSION, Workflows

__all__ = ["Worker"]

_NICE: Final = 5
"""Work gives way to answers."""
_POLL_SECONDS: Final = 0.2
_TIDY_SECONDS: Final = 10.0
_SWEEP_SECONDS: Final = 600.0
_LOST: Final = 75
"""Exit status of a worker that others have taken for dead: start another one."""


class Worker:
    """One worker process; made once in a process.

    Parameters
    ----------
    settings
        Of the room.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._end = threading.Event()

    def run(self, *, tied: bool = False) -> None:
        """Work until SIGTERM or SIGINT.

        Parameters
        ----------
        tied
            End as well when standard input does: whoever started this worker is gone.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._end.set())
        if tied:
            threading.Thread(target=self._tie, name="tie", daemon=True).start()
        with Room.open(self._settings) as room:
            bench = Bench(room)
            lanes = [bench.lane(_NICE) for _ in range(3)]
            pictures, videos, logs = lanes
            workflows = Workflows(
                bench.jobs,
                bench.analyses(pictures, videos),
                bench.triages(logs),
                bench.baseline_steps(logs),
            )
            chores = ((bench.results.tidy, _TIDY_SECONDS), (bench.tidy, _SWEEP_SECONDS))
            steward = Steward(room.database, bench.jobs, workflows.run, lost=_lost, chores=chores)
            steward.enlist()
            DBOS(config=self._config(steward.name))
            DBOS.launch()
            DBOS.register_queue(
                QUEUE,
                worker_concurrency=self._settings.job_slots,
                polling_interval_sec=_POLL_SECONDS,
                on_conflict="always_update",
            )
            bench.tidy()
            steward.start()
            self._end.wait()
            steward.stop()
            for lane in lanes:
                lane.close()
            bench.close()
        # Threads of the queue would wait for steps that nobody does any more; what they had begun goes to others.
        sys.stdout.flush()
        os._exit(0)

    def _config(self, name: str) -> DBOSConfig:
        url = self._settings.database_url
        if url.startswith("sqlite"):
            place = self._settings.home / "queue.sqlite3"
            with sqlite3.connect(place, timeout=30.0) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            connection.close()
            url = f"sqlite:///{place}"
        logging.getLogger("dbos").setLevel(logging.ERROR)
        return {
            "name": "assay",
            "system_database_url": url,
            "executor_id": name,
            "application_version": VERSION,
            # Its default is pickle.
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "enable_otlp": False,
            "use_listen_notify": False,
            "max_executor_threads": 4 * self._settings.job_slots + 8,
        }

    def _tie(self) -> None:
        while sys.stdin.buffer.read(1 << 16):
            pass
        self._end.set()


def _lost() -> None:
    os._exit(_LOST)
