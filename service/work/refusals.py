"""Why a job ends without its answer, and why work on it is done again."""

from ...errors import AssayError

__all__ = [
    "JobOver",
    "ResultMissing",
    "WorkCrashed",
    "WorkFailed",
    "WorkInterrupted",
    "WorkMemory",
    "WorkTimeout",
]


class WorkFailed(AssayError):
    """A task cannot be done, and would not be the next time."""

    code = "work-failed"

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        if code:
            self.code = code  # type: ignore[misc]


class WorkTimeout(WorkFailed):
    """It took longer than a job may."""

    code = "job-timeout"


class WorkMemory(WorkFailed):
    """It took more memory than a job may."""

    code = "job-memory"


class WorkCrashed(WorkFailed):
    """The process that does it died of it, more than once."""

    code = "job-crashed"


class WorkInterrupted(AssayError):
    """Something outside of the task went wrong: it is worth another try."""

    code = "work-interrupted"


class ResultMissing(WorkInterrupted):
    """What a step had kept was taken out of the store before the job had ended: the step has to be done once more."""

    code = "result-missing"


class JobOver(Exception):
    """The job has been cancelled, or has ended otherwise: nothing more is to be done for it."""
