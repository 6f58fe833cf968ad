"""The bench: everything that work on jobs needs, over one room."""

import shutil
from pathlib import Path

from ..room import Room
from .baselines import Baselines, BaselineSteps
from .incidents import Incidents
from .jobs import Jobs
from .lane import Lane
from .logs import Triages
from .marks import MarkBook
from .media import Analyses
from .results import Results
from .scratch import own_scratch, sweep_scratch

__all__ = ["Bench"]


class Bench:
    """What the server and its workers share of the work.

    Parameters
    ----------
    room
        Evidence and tables.

    Attributes
    ----------
    jobs, results, incidents, marks, baselines
        Of the room.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._scratch: Path = room.settings.home / "scratch"
        self.jobs = Jobs(room.database, room.ledger)
        self.results = Results(room.database, room.ledger, room.results)
        self.incidents = Incidents(room.database, self.results)
        self.marks = MarkBook(room.database, room.ledger)
        room.exhibits.followers.append(self.results.forget)
        room.cases.followers.append(self.results.forget_case)
        self.baselines = Baselines(room.database, room.ledger, self.results, room.settings.home / "baselines")

    def lane(self, nice: int) -> Lane:
        """A new lane with a work process of its own."""
        settings = self._room.settings
        return Lane(settings.device, own_scratch(self._scratch), settings.job_memory_bytes, nice)

    def close(self) -> None:
        """Take away what this process has on the disk; after its lanes are closed."""
        shutil.rmtree(own_scratch(self._scratch), ignore_errors=True)

    def tidy(self) -> None:
        """Take away what processes that died have left."""
        sweep_scratch(self._scratch)
        self.results.tidy()
        self.results.sweep()

    def analyses(self, pictures: Lane, videos: Lane) -> Analyses:
        """The steps of analyses."""
        seconds = self._room.settings.job_seconds
        return Analyses(self._room, self.jobs, self.results, pictures, videos, seconds)

    def triages(self, lane: Lane) -> Triages:
        """The steps of triage."""
        room = self._room
        return Triages(
            room, self.jobs, self.results, self.baselines, self.marks, lane, room.settings.job_seconds
        )

    def baseline_steps(self, lane: Lane) -> BaselineSteps:
        """The steps of making baselines."""
        room = self._room
        return BaselineSteps(
            self.baselines, self.jobs, self.results, room.store.local, lane, room.settings.job_seconds,
            room.database, room.ledger,
        )  # fmt: skip
