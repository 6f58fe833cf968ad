"""The workflow of a job: which steps, in which order. Its queue writes down what each step gave, so that whoever goes
on with it after a crash begins with the first step that is missing.

What a step gives is JSON: hashes, places and numbers, never content. A step that cannot succeed gives its reason; one
that something else went wrong with raises `WorkInterrupted` and is done again, a few times.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from dbos import DBOS
from sqlalchemy.exc import DBAPIError, IntegrityError

from ..operation.log import logger
from .baselines import BaselineSteps
from .job import Job
from .jobs import Jobs
from .logs import Triages
from .media import Analyses
from .refusals import JobOver, ResultMissing, WorkFailed, WorkInterrupted

__all__ = ["RECOVERIES", "VERSION", "Workflows"]

VERSION: Final = "jobs-1"
"""Changes with the steps: what was begun under another version is begun anew, not gone on with."""
RECOVERIES: Final = 60
"""Times that a job may be taken over from a worker that died, before it is taken to be the reason."""

_TRIES: Final = 4
_WAIT_SECONDS: Final = 2.0

Page = Mapping[str, Any]


class Workflows:
    """Does jobs; made once in a process, before the queue begins.

    Parameters
    ----------
    jobs
        Of the room.
    analyses, triages, baselines
        The steps.
    """

    def __init__(self, jobs: Jobs, analyses: Analyses, triages: Triages, baselines: BaselineSteps) -> None:
        self._jobs = jobs
        self._analyses, self._triages, self._baselines = analyses, triages, baselines

        @DBOS.workflow(name="job", max_recovery_attempts=RECOVERIES)
        def job(name: str) -> None:
            self._run(name)

        self.run: Callable[[str], None] = job

    def _run(self, name: str) -> None:
        logger.info("job begun", job=name)
        try:
            kind = self._step("begin", self._begin, name)["kind"]
            if kind is not None:
                {"analysis": self._analysis, "triage": self._triage, "baseline": self._baseline}[kind](name)
            logger.info("job ended", job=name)
        except JobOver:
            logger.info("job over", job=name)
        except WorkFailed as error:
            logger.warning("job failed", job=name, code=error.code)
            self._jobs.fail(name, error.code, str(error))
        except Exception as error:
            logger.error("job failed", job=name, exc_info=error)
            # Of all tries the last: the words are ours, since those of an unknown error may quote evidence.
            code = error.code if isinstance(error, WorkInterrupted) else "internal-error"
            self._jobs.fail(
                name, code, f"the job could not be done ({type(error).__name__}): have it done again"
            )

    def _analysis(self, name: str) -> None:
        looked: list[Page] = []
        reels: list[str] = []
        try:
            planned = self._step("plan", lambda job: {"steps": self._analyses.plan(job)}, name)
            for step in planned["steps"]:
                reel = None
                if step["video"]:
                    reel = self._step("glance", partial(self._analyses.glance, step=step), name)["reel"]
                    reels += [] if reel is None else [reel]
                look = partial(self._analyses.look, step=step, reel=reel, before=tuple(looked))
                looked += self._step("look", look, name)["looked"]
            self._finished(
                name,
                ("report", lambda job: self._analyses.report(job, looked)),
                lambda job, made: self._analyses.end(job, looked, made),
            )
        finally:
            self._analyses.clear(looked, reels)

    def _triage(self, name: str) -> None:
        self._finished(name, ("rank", self._triages.rank), self._triages.end)

    def _baseline(self, name: str) -> None:
        self._finished(name, ("make", self._baselines.make), self._baselines.end)

    def _finished(
        self, name: str, make: tuple[str, Callable[[Job], Page]], end: Callable[[Job, Page], bool]
    ) -> None:
        """The last two steps; both once more when what the first had kept was deleted along with another job."""
        for _ in range(_TRIES):
            made = self._step(*make, name)

            def ended(job: Job, made: Page = made) -> Page:
                try:
                    end(job, made)
                except ResultMissing:
                    return {"again": True}
                return {"again": False}

            if not self._step("end", ended, name)["again"]:
                return
        raise WorkInterrupted("its results were deleted each time")

    def _begin(self, job: Job) -> Page:
        begun = self._jobs.begin(job.id)
        return {"kind": None if begun is None else begun.kind}

    def _step(self, word: str, function: Callable[[Job], Page], name: str) -> Any:
        """One step; what it gave before, if it was done before."""

        def done() -> Page:
            try:
                job = self._jobs.find(name)
                return {"over": True} if job.over else {"gave": function(job)}
            except JobOver:
                return {"over": True}
            except WorkFailed as error:
                return {"failed": [error.code, str(error)]}
            except IntegrityError:
                return {"failed": ["conflict", "another job made the same meanwhile: have it done again"]}
            except (DBAPIError, OSError) as error:
                raise WorkInterrupted(f"{word} was interrupted ({type(error).__name__})") from error

        given = DBOS.run_step(
            {
                "name": word,
                "retries_allowed": True,
                "max_attempts": _TRIES,
                "interval_seconds": _WAIT_SECONDS,
                "should_retry": lambda error: isinstance(error, WorkInterrupted),
            },
            done,
        )
        if "over" in given:
            raise JobOver
        if "failed" in given:
            raise WorkFailed(given["failed"][1], given["failed"][0])
        return given["gave"]
