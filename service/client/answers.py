"""What the service answers, as values. What a newer service says beyond them is left out."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Self

from .troubles import AnswerStrange

__all__ = [
    "Analysed",
    "Analysis",
    "Baseline",
    "Case",
    "Entry",
    "Exhibit",
    "Feedback",
    "Fit",
    "Held",
    "Incident",
    "Job",
    "Key",
    "Progress",
    "Quotas",
    "Triage",
]

Page = Mapping[str, Any]


class _Shown:
    """Made from the JSON that shows it."""

    __slots__ = ()

    @classmethod
    def of(cls, page: Any, **more: Any) -> Self:
        """Read it.

        Raises
        ------
        AnswerStrange
            Something that it must have is missing.
        """
        values = dict(more)
        for each in fields(cls):  # type: ignore[arg-type]
            if each.name in values:
                continue
            if isinstance(page, Mapping) and each.name in page:
                values[each.name] = page[each.name]
            elif each.default is MISSING:
                raise AnswerStrange(f"the answer does not show a {cls.__name__}: it has no {each.name}")
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Case(_Shown):
    """A case: id, name, note, when it was opened (UTC), its bounds, and what it holds."""

    id: str
    name: str
    note: str
    created: str
    quota_bytes: int | None
    keep_days: int | None
    exhibits: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Key(_Shown):
    """The key that a client shows: id, name, roles, and the cases that it is bound to (None: all)."""

    id: str
    name: str
    roles: list[str]
    cases: list[str] | None


@dataclass(frozen=True, slots=True)
class Quotas(_Shown):
    """What may be used, in bytes; what only admins see is None for others."""

    upload_bytes: int
    store_bytes: int | None
    store_used_bytes: int | None
    free_bytes: int | None
    requests_per_minute: int


@dataclass(frozen=True, slots=True)
class Held(_Shown):
    """That a case holds an exhibit, and who brought it when (UTC)."""

    case: str
    sha256: str
    size: int
    name: str
    received: str
    received_by: str


@dataclass(frozen=True, slots=True)
class Entry(_Shown):
    """An entry of the custody log: who did what to which exhibit when (UTC), and its link to the entry before."""

    number: int
    when: str
    who: str
    what: str
    exhibit: str | None
    artifacts: list[str]
    details: Page
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Exhibit(_Shown):
    """An exhibit, the cases that hold it, and its custody, as far as the key may see."""

    sha256: str
    size: int
    held: tuple[Held, ...]
    custody: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Job(_Shown):
    """What all jobs have.

    Attributes
    ----------
    id, case : str
        Which.
    state : str
        ``queued``, ``running``, ``done``, ``failed``, ``cancelled`` or ``deleted``.
    created, created_by, ended : str
        When (UTC), by whom, until when.
    stage : str
        What is being done.
    done : int
        How much of it.
    code, detail : str | None
        Why it failed.
    """

    WHERE: ClassVar[tuple[str, ...]] = ()
    """Path of its kind."""

    id: str
    case: str
    state: str
    created: str
    created_by: str
    ended: str | None
    stage: str
    done: int
    code: str | None
    detail: str | None

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state not in ("queued", "running")


@dataclass(frozen=True, slots=True)
class Analysis(Job):
    """An analysis of media; `outcomes` counts its exhibits by outcome once it is done."""

    WHERE: ClassVar[tuple[str, ...]] = ("analyses",)

    profile: str
    lang: str
    total: int
    outcomes: Mapping[str, int] | None
    artifacts: list[str] | None
    troubles: list[str] | None


@dataclass(frozen=True, slots=True)
class Analysed(_Shown):
    """An exhibit of an analysis and what came of it in short; the verdict in full is another answer."""

    place: int
    sha256: str
    name: str
    kind: str | None
    outcome: str | None
    proposition: str | None
    score: float | None
    log10_lr: float | None
    support: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Triage(Job):
    """A triage of logs.

    Attributes
    ----------
    answer : Mapping[str, Any] | None
        What became of the batch: records, rejected lines by reason and so on.
    incidents : tuple of Mapping[str, Any] | None
        In full, as `assay triage --json` has them, when the batch was answered at once; None for a job.
    """

    WHERE: ClassVar[tuple[str, ...]] = ("triage",)

    format: str
    baseline: str | None
    budget: int
    total: int
    answer: Page | None
    incidents: tuple[Page, ...] | None = None


@dataclass(frozen=True, slots=True)
class Fit(Job):
    """A job that makes a baseline; `answer` names it once it is done."""

    WHERE: ClassVar[tuple[str, ...]] = ("baselines", "fits")

    name: str
    answer: Page | None


@dataclass(frozen=True, slots=True)
class Progress(_Shown):
    """How far a job is; `total` is 0 where that is not known."""

    id: str
    state: str
    stage: str
    done: int
    total: int
    code: str | None
    detail: str | None

    @property
    def over(self) -> bool:
        """Whether the job has ended."""
        return self.state not in ("queued", "running")


@dataclass(frozen=True, slots=True)
class Incident(_Shown):
    """An incident in short; `id` is the same for the same incident in every triage."""

    triage: str
    rank: int
    case: str
    id: str
    risk: float
    p: float | None
    percentile: float
    first_seen: str | None
    last_seen: str | None
    count: int
    summary: str
    entities: Mapping[str, list[str]]
    attack: list[str]
    records: int


@dataclass(frozen=True, slots=True)
class Feedback(_Shown):
    """What was said of an incident, and what follows from it for later batches (`rule`)."""

    id: str
    case: str
    incident: str
    verdict: str
    reason: str
    until: str | None
    by: str
    at: str
    summary: str
    rule: str
    counts: bool
    taken_back: str | None
    taken_back_by: str | None


@dataclass(frozen=True, slots=True)
class Baseline(_Shown):
    """A baseline of a case."""

    name: str
    version: str
    sha256: str
    records: int
    created: str
    created_by: str
    fit: str
