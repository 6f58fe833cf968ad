"""What counts as normal: marks that keep something from the analyst, and baselines."""

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Form, Path, Query
from fastapi.responses import Response

from ...limits import DEFAULT
from ...work.cursors import cut, job_place, mark_cursor
from ...work.job import Job
from ..asked import Ask, Asked, bench_of
from ..frame import answer
from ..incidents import ROWS, mark_row
from ..route import page_router, see
from ..views.normal import BaselinesView, FitRow, SuppressionsView
from .exhibits import named

__all__ = ["router"]

router = page_router()

KIND: Final = "baseline"
_SUPPRESSING: Final = ("benign", "false")
_FITS: Final = 10

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Case = Annotated[str, Form(max_length=64, pattern=r"^[^\x00]+$")]
Name = Annotated[str, Form(max_length=60, pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
Reference = Annotated[
    str, Form(max_length=100, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(@[0-9]+\.[0-9]+\.[0-9]+)?$")
]
Chosen = Annotated[
    str, Form(max_length=100, pattern=r"^([a-z0-9]+(-[a-z0-9]+)*(@[0-9]+\.[0-9]+\.[0-9]+)?)?$")
]


@router.get("/suppressions")
def suppressions(
    asked: Ask,
    every: Annotated[bool, Query()] = False,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """List what is suppressed or lowered, newest first."""
    bench = bench_of(asked)
    found = bench.marks.page(
        asked.caller.cases,
        before=job_place(after),
        rows=ROWS + 1,
        verdicts=_SUPPRESSING,
        counting=not every,
    )
    page, follow = cut(found, ROWS, mark_cursor)
    shown = [said for _, said in page]
    where = bench.incidents.places((each.case, each.mark.incident) for each in shown)
    view = SuppressionsView(
        tuple(mark_row(each) for each in shown),
        {
            each.id: where[each.case, each.mark.incident]
            for each in shown
            if (each.case, each.mark.incident) in where
        },
        named(asked),
        every,
        follow,
    )
    return answer(asked, "suppressions", view)


@router.post("/suppressions/{mark}/undo")
def undo(asked: Ask, mark: Id, every: Annotated[bool, Form()] = False) -> Response:
    """Take a mark back; that it was said stays."""
    bench_of(asked).marks.take_back(mark, by=asked.caller.who)
    return see("/suppressions?every=1" if every else "/suppressions")


@router.get("/baselines")
def baselines(
    asked: Ask, case: Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")] = None
) -> Response:
    """Show what a case calls normal."""
    room, bench = asked.room, bench_of(asked)
    cases = tuple(room.cases.all(asked.caller.cases))
    meant = room.cases.meant(asked.caller, case) if case else cases[0].id if cases else None
    if meant is None:
        return answer(asked, "baselines", BaselinesView((), None, (), None, (), ()))
    used = bench.baselines.used(meant)
    view = BaselinesView(
        cases,
        next(each for each in cases if each.id == meant),
        tuple(bench.baselines.of(meant)),
        None if used is None else f"{used.name}@{used.version}",
        tuple(_fit_row(each) for each in bench.jobs.page([meant], [KIND], rows=_FITS)),
        tuple(room.exhibits.page([meant], rows=ROWS)),
    )
    return answer(asked, "baselines", view)


@router.post("/baselines")
def fit(
    asked: Ask,
    case: Case,
    name: Name,
    evidence: Annotated[
        list[Annotated[str, Form(pattern="^[0-9a-f]{64}$")]], Form(max_length=DEFAULT.job_exhibits)
    ],
    held_out: Annotated[int, Form(ge=0, le=50)] = 20,
) -> Response:
    """Fit a baseline on exhibits that the site calls normal; `held_out` is in per cent."""
    return _made(asked, case, name, list(dict.fromkeys(evidence)), None, held_out / 100)


@router.post("/baselines/sum")
def add_up(asked: Ask, case: Case, name: Name, first: Reference, second: Reference) -> Response:
    """Add two baselines up."""
    return _made(asked, case, name, [], [first, second], 0.2)


@router.post("/baselines/use")
def use(asked: Ask, case: Case, baseline: Chosen = "") -> Response:
    """Choose the baseline that batches of a case are measured against from now on; none: each is its own."""
    meant = asked.room.cases.meant(asked.caller, case)
    bench_of(asked).baselines.use(meant, baseline or None, by=asked.caller.who)
    return _back(meant)


@router.post("/baselines/fits/{fit}/cancel")
def cancel(asked: Ask, fit: Id) -> Response:
    """Cancel a job that makes a baseline and has not ended."""
    return _back(bench_of(asked).jobs.called_off(fit, by=asked.caller.who).case)


def _made(
    asked: Asked, case: str, name: str, evidence: list[str], added: list[str] | None, held_out: float
) -> Response:
    bench = bench_of(asked)
    meant = asked.room.cases.meant(asked.caller, case)
    for each in added or ():
        bench.baselines.find(meant, each)
    wanted: dict[str, Any] = {"name": name, "sum": added, "format": "auto", "held_out": held_out}
    bench.jobs.add(meant, KIND, wanted, evidence, by=asked.caller.who)
    return _back(meant)


def _back(case: str) -> Response:
    return see(f"/baselines?case={quote(case, safe='')}")


def _fit_row(job: Job) -> FitRow:
    made = job.answer or {}
    return FitRow(
        job.id,
        job.case,
        str(job.request.get("name", "")),
        tuple(job.request.get("sum") or ()),
        job.state,
        job.created,
        job.created_by,
        job.done,
        job.total,
        job.code,
        job.words,
        f"{made['name']}@{made['version']}" if "version" in made else None,
    )
