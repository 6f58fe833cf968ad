"""The bench: everything that work on jobs needs, over one room."""

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
        return Lane(settings.device, self.scratch, settings.job_memory_bytes, nice)

    @property
    def scratch(self) -> Path:
        """Folder for what work leaves on the disk while it is under way."""
        return self._room.settings.home / "scratch"

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
