"""What a job is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["OPEN", "OVER", "Job", "JobExhibit"]

OPEN: Final = ("queued", "running")
"""States of a job that has not ended."""
OVER: Final = ("done", "failed", "cancelled", "deleted")
"""States of one that has; none is ever left, but for ``deleted``."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job.

    Attributes
    ----------
    id : str
        Random.
    case : str
        The case that it belongs to.
    kind : str
        ``analysis``, ``triage`` or ``baseline``.
    state : str
        ``queued``, ``running``, ``done``, ``failed``, ``cancelled``, or ``deleted``: what it made went with an exhibit.
    request : Mapping[str, Any]
        What was asked for.
    created : str
        UTC.
    created_by : str
        As the custody log names the caller.
    started, ended : str | None
        UTC; of the last time that a worker began it.
    change : int
        Grows with every change that a watcher is told of.
    stage : str
        What is being done.
    done, total : int
        How much of it; the total is 0 where that is not known.
    code, words : str | None
        Why it failed.
    answer : Mapping[str, Any] | None
        What came of it as a whole.
    runs : int
        Times that a worker began it.
    """

    id: str
    case: str
    kind: str
    state: str
    request: Mapping[str, Any]
    created: str
    created_by: str
    started: str | None
    ended: str | None
    change: int
    stage: str
    done: int
    total: int
    code: str | None
    words: str | None
    answer: Mapping[str, Any] | None
    runs: int

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in OVER


@dataclass(frozen=True, slots=True)
class JobExhibit:
    """One exhibit of a job, in its place.

    Attributes
    ----------
    place : int
        From 1.
    sha256, name : str
        Which, and what it was called when the job was made.
    kind, outcome, proposition, support, reason : str | None
        Of its verdict; None before there is one.
    score, log10_lr : float | None
        Of its verdict.
    begins, length : int | None
        Where the verdict stands in the file of verdicts.
    """

    place: int
    sha256: str
    name: str
    kind: str | None = None
    outcome: str | None = None
    proposition: str | None = None
    score: float | None = None
    log10_lr: float | None = None
    support: str | None = None
    reason: str | None = None
    begins: int | None = None
    length: int | None = None
