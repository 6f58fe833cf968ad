"""Pictures scored under conditions: decoded once each in a child, changed and cut in threads, scored in one stream."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from numpy.typing import NDArray

from ...intake.child import Child
from ...intake.exhibit import Exhibit
from ...intake.limits import DEFAULT, Limits
from ...intake.refusals import ExhibitRefused
from ...models.devices import usable_cores
from ...models.engine import Engine
from ..media import DECODER, Picture, read_picture
from ..tiers import estimate
from .conditions import Condition
from .scorers import Scorer, Seen
from .store import Scored, Store

__all__ = ["Job", "Progress", "score_all"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, and how many of how many pictures are done."""


@dataclass(frozen=True, slots=True)
class Job:
    """One picture with the conditions that it is scored under."""

    exhibit: Exhibit
    conditions: tuple[Condition, ...]
    thorough: bool = True


@dataclass(slots=True)
class _Looked:
    """A picture under one condition, on its way through the engine."""

    picture: str
    condition: str
    seen: Seen
    tier: str
    refused: str = ""
    scores: list[float] = field(default_factory=list)

    def done(self) -> Scored:
        pairs = zip(self.scores, self.seen.weighed, strict=True)
        kept = tuple(score + self.seen.added for score, weighed in pairs if weighed)
        return Scored(kept, len(self.scores), self.tier, self.refused, self.seen.eyes, self.seen.why_not)


def score_all(
    jobs: Sequence[Job],
    scorer: Scorer,
    engine: Engine,
    store: Store,
    *,
    workers: int | None = None,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
    stage: str = "scored",
) -> None:
    """Put into `store` what is not there yet.

    Parameters
    ----------
    jobs
        What is wanted.
    scorer, engine
        Of one artifact.
    workers
        Pictures that are prepared at a time; the usable cores, at most 8, when not given.
    stage
        What `progress` is told.
    """
    count = max(1, min(8, usable_cores()) if workers is None else workers)
    missing = [job for job in jobs if any(_unknown(job, store))]
    if not missing:
        return
    with ExitStack() as stack:
        children: SimpleQueue[Child] = SimpleQueue()
        for _ in range(count):
            children.put(stack.enter_context(Child(limits, preload=[DECODER])))
        pool = stack.enter_context(ThreadPoolExecutor(count, thread_name_prefix="validation"))
        waiting: deque[_Looked] = deque()
        ready = _ahead(pool, missing, lambda job: _looked(job, scorer, children, limits, store), count)

        def rows() -> Iterator[Mapping[str, NDArray[Any]]]:
            for number, looks in enumerate(ready, start=1):
                for look in looks:
                    waiting.append(look)
                    yield from look.seen.rows
                if progress is not None:
                    progress(stage, number, len(missing))

        def finish() -> None:
            while waiting and len(waiting[0].scores) == len(waiting[0].seen.rows):
                one = waiting.popleft()
                store.keep(one.picture, one.condition, one.done())

        for score in engine.score(rows()):
            finish()
            waiting[0].scores.append(score.raw)
        finish()


def _unknown(job: Job, store: Store) -> Iterator[Condition]:
    return (one for one in job.conditions if store.get(job.exhibit.sha256, _name(one, job)) is None)


def _name(condition: Condition, job: Job) -> str:
    return condition.name if job.thorough else f"{condition.name}~"


def _ahead(
    pool: ThreadPoolExecutor, jobs: Sequence[Job], look: Callable[[Job], list[_Looked]], most: int
) -> Iterator[list[_Looked]]:
    pending: deque[Future[list[_Looked]]] = deque()
    for job in jobs:
        pending.append(pool.submit(look, job))
        if len(pending) > most:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def _looked(
    job: Job, scorer: Scorer, children: "SimpleQueue[Child]", limits: Limits, store: Store
) -> list[_Looked]:
    child = children.get()
    try:
        picture = read_picture(job.exhibit, child, limits, luma=False)
    except ExhibitRefused as error:
        none = Seen((), ())
        return [
            _Looked(job.exhibit.sha256, _name(one, job), none, "", error.code) for one in _unknown(job, store)
        ]
    finally:
        children.put(child)
    return [_one(job, condition, picture, scorer) for condition in _unknown(job, store)]


def _one(job: Job, condition: Condition, picture: Picture, scorer: Scorer) -> _Looked:
    rgb = condition.apply(picture.rgb, job.exhibit.sha256)
    seen = scorer.show(rgb, job.thorough)
    tier: str = condition.tier or ""
    if condition.change is None:
        coding = picture.facts.jpeg
        tier = estimate(rgb, None if coding is None else dict(enumerate(coding.tables))).tier
    return _Looked(job.exhibit.sha256, _name(condition, job), seen, tier)
