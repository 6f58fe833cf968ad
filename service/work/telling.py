"""How far a job is, written down now and then."""

import contextlib
import time
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from .jobs import Jobs

__all__ = ["Teller"]

_EVERY_SECONDS: Final = 0.5


class Teller:
    """Takes what a work process says of a task, and writes it down as often as anybody would look.

    Parameters
    ----------
    jobs
        Where to.
    name
        Id of the job.
    done
        What earlier steps have done.
    """

    def __init__(self, jobs: Jobs, name: str, *, done: int = 0) -> None:
        self._jobs, self._name, self._before = jobs, name, done
        self._told = 0.0

    def __call__(self, stage: str, done: int) -> None:
        now = time.monotonic()
        if now - self._told >= _EVERY_SECONDS:
            self._told = now
            # That nobody hears of it now is no reason to stop the work.
            with contextlib.suppress(SQLAlchemyError):
                self._jobs.tell(self._name, stage, self._before + done)
