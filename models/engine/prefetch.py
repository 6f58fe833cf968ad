"""Work done ahead of the one who takes it: ordered, and bounded whatever the number of jobs."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar

__all__ = ["ahead"]

Job = TypeVar("Job")
Result = TypeVar("Result")


def ahead(
    jobs: Iterator[Job],
    work: Callable[[Job], Result],
    submit: Callable[[Callable[[Job], Result], Job], Future[Result]],
    window: int,
) -> Iterator[Result]:
    """Results of `work` on `jobs`, in order, with at most `window` jobs taken and not yet handed out.

    An error of `jobs` is raised after the results of all jobs before it; an error of `work` in the place of its
    result. Closing the iterator cancels what has not begun.
    """
    waiting: deque[Future[Result]] = deque()
    failure: Exception | None = None
    going = True
    try:
        while going or waiting:
            while going and len(waiting) < window:
                try:
                    job = next(jobs)
                except StopIteration:
                    going = False
                except Exception as error:
                    failure, going = error, False
                else:
                    waiting.append(submit(work, job))
            if waiting:
                yield waiting.popleft().result()
        if failure is not None:
            raise failure
    finally:
        for future in waiting:
            future.cancel()
