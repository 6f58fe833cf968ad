"""Batches and incidents as they were kept become their views."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ...triage.detectors import cards
from ..limits import DEFAULT
from ..work.bench import Bench
from ..work.incidents import Listed
from ..work.job import Job
from ..work.marks import Said
from .views.incidents import BatchView, Count, IncidentRow, IncidentView, MarkRow, Span
from .views.logs import BatchRow

__all__ = ["ROWS", "batch_of", "batch_row", "incident_of", "mark_row", "row_of"]

ROWS: Final = 50
"""Incidents of one page."""

_RECORDS: Final = 20
_REASONS: Final = 12
_NAMES: Final = 3
_COUNTED: Final = 12
_PLACES: Final = ("row", "line", "time", "raw_kind")
_TEXTS: Final = ("message", "command", "url", "type")
"""Fields that stand for a record, the first that it has."""
_NOBODY: Final[Mapping[str, MarkRow]] = {}


def batch_row(job: Job) -> BatchRow:
    """A batch, or a job that makes a baseline, in short."""
    answer = job.answer or {}
    return BatchRow(
        job.id,
        job.case,
        job.state,
        job.stage,
        job.created,
        job.created_by,
        job.done,
        job.total,
        int(job.request.get("budget", 0)),
        job.code,
        job.words,
        bool(job.request.get("report")),
        answer.get("baseline"),
        answer.get("records"),
        answer.get("incidents"),
        tuple(answer.get("sources", ())),
        tuple(answer.get("troubles", ())),
    )


def mark_row(said: Said) -> MarkRow:
    """What was said."""
    mark = said.mark
    return MarkRow(
        said.id,
        said.case,
        mark.incident,
        mark.verdict,
        mark.reason,
        None if mark.until is None else mark.until.isoformat(),
        mark.by,
        mark.at.isoformat(),
        mark.summary,
        mark.rule(),
        said.active,
        said.taken_back,
    )


def row_of(
    listed: Listed, marks: Mapping[str, MarkRow] = _NOBODY, highest: float | None = None
) -> IncidentRow:
    """An incident in short; `highest` is the risk that is drawn as a whole bar."""
    who = [(kind, name) for kind, names in listed.entities.items() for name in names[:_NAMES]]
    whole = highest if highest else listed.risk
    return IncidentRow(
        listed.job,
        listed.rank,
        listed.id,
        listed.risk,
        max(0.0, listed.risk / whole) if whole else 0.0,
        listed.p,
        listed.percentile,
        listed.first_seen,
        listed.last_seen,
        listed.count,
        listed.summary,
        tuple(who),
        tuple(listed.attack),
        marks.get(listed.id),
    )


def batch_of(
    bench: Bench,
    job: Job,
    case_name: str,
    *,
    value: str | None = None,
    marked: str | None = None,
    budget: int | None = None,
    after: int = 0,
    rank: int | None = None,
) -> BatchView:
    """A batch with the incidents that fit.

    Parameters
    ----------
    value
        Only those in which this entity or technique is involved.
    marked
        Only those of which this was said last; ``none``: nothing that counts.
    budget
        How many would be read.
    after
        Only those of a greater rank are listed.
    rank
        The one that is shown beside the list; None: the first.
    """
    # A batch has no more than its budget, which is bounded: its lists are made of all of them.
    every = bench.incidents.of(job.id, rows=DEFAULT.budget) if job.state == "done" else []
    said = bench.marks.last((each.case, each.id) for each in every)
    marks = {name: mark_row(each) for (_, name), each in said.items()}
    highest = max((each.risk for each in every), default=0.0)
    fitting = [each for each in every if _fits(each, marks, value, marked)]
    later = [each for each in fitting if each.rank > after]
    shown = later[:ROWS]
    read = len(every) if budget is None else min(budget, len(every))
    whole = sum(each.risk for each in every)
    first, last, spans = _spans(every, highest)
    chosen = next((each for each in fitting if each.rank == rank), shown[0] if shown else None)
    return BatchView(
        batch_row(job),
        case_name,
        tuple(row_of(each, marks, highest) for each in shown),
        len(fitting),
        len(every),
        whole,
        read,
        sum(each.risk for each in every[:read]) / whole if whole else 0.0,
        row_of(every[read], marks, highest) if read < len(every) else None,
        _entities(every),
        _counted((each.risk, each.attack) for each in every),
        spans,
        first,
        last,
        None
        if chosen is None
        else incident_of(bench, job, case_name, chosen, beside=[each.rank for each in fitting]),
        shown[-1].rank if len(later) > ROWS else None,
        tuple((each.sha256, each.name) for each in bench.jobs.exhibits(job.id, rows=ROWS)),
    )


def incident_of(
    bench: Bench, job: Job, case_name: str, listed: Listed, *, beside: Sequence[int], after: int = 0
) -> IncidentView:
    """One incident in full; `beside` are the ranks of the list that it stands in."""
    page, _ = bench.incidents.full(listed)
    records, more = bench.incidents.records(listed, after=after, rows=_RECORDS)
    said = [mark_row(each) for _, each in bench.marks.page([listed.case], rows=ROWS, incident=listed.id)]
    active = next((each for each in said if each.counts), None)
    reasons = _strongest(page["records"])
    asked = dict.fromkeys(str(each.get("detector")) for each in reasons)
    place = beside.index(listed.rank) if listed.rank in beside else None
    return IncidentView(
        batch_row(job),
        case_name,
        row_of(listed, {} if active is None else {listed.id: active}),
        page,
        tuple(reasons),
        _told(records, page["records"]),
        listed.records_count,
        more,
        tuple(said),
        tuple(cards()[name].to_json() for name in asked if name in cards()),
        beside[place - 1] if place else None,
        beside[place + 1] if place is not None and place + 1 < len(beside) else None,
    )


def _told(records: Iterable[Mapping[str, Any]], ranked: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Records with the text that stands for them, the rules that fired, and their fields in one piece."""
    known = {(each["source"], each["line"]): each for each in ranked}
    made = []
    for record in records:
        fields = dict(record["fields"])
        more = zip(fields.pop("extra_names", None) or (), fields.pop("extra_values", None) or (), strict=False)
        fields = {name: value for name, value in fields.items() if name not in _PLACES and value is not None}
        shown = known.get((record["source"], record["line"]), {})
        text = shown.get("text") or next((fields[name] for name in _TEXTS if fields.get(name)), "")
        made.append(
            {**record, "fields": fields | dict(more), "text": str(text), "rules": list(shown.get("rules", ()))}
        )
    return tuple(made)


def _fits(listed: Listed, marks: Mapping[str, MarkRow], value: str | None, marked: str | None) -> bool:
    involved = (listed.attack, *listed.entities.values())
    if value is not None and not any(value in names for names in involved):
        return False
    if not marked:
        return True
    mark = marks.get(listed.id)
    return mark is None if marked == "none" else mark is not None and mark.verdict == marked


def _entities(listed: Sequence[Listed]) -> dict[str, tuple[Count, ...]]:
    kinds = dict.fromkeys(kind for each in listed for kind in each.entities)
    found = {kind: _counted((each.risk, each.entities.get(kind, ())) for each in listed) for kind in kinds}
    return {kind: counts for kind, counts in found.items() if counts}


def _counted(rows: Iterable[tuple[float, Sequence[str]]]) -> tuple[Count, ...]:
    times: Counter[str] = Counter()
    risks: dict[str, float] = {}
    for risk, values in rows:
        for value in set(values):
            times[value] += 1
            risks[value] = max(risk, risks.get(value, risk))
    ranked = sorted(times, key=lambda value: (-times[value], -risks[value], value))
    return tuple(Count(value, times[value], risks[value]) for value in ranked[:_COUNTED])


def _spans(listed: Sequence[Listed], highest: float) -> tuple[str | None, str | None, tuple[Span, ...]]:
    timed = [(each, each.first_seen, each.last_seen or each.first_seen) for each in listed if each.first_seen]
    if not timed:
        return None, None, ()
    first, last = min(begin for _, begin, _ in timed), max(end for _, _, end in timed)
    origin = datetime.fromisoformat(first)
    whole = (datetime.fromisoformat(last) - origin).total_seconds() or 1.0

    def share(time: str) -> float:
        return (datetime.fromisoformat(time) - origin).total_seconds() / whole

    spans = tuple(
        Span(each.rank, share(begin), share(end), each.risk / highest if highest else 0.0, begin, end)
        for each, begin, end in timed
    )
    return first, last, spans


def _strongest(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Reasons of an incident, each once, the strongest first, each with the record that it was strongest in."""
    best: dict[tuple[str, str, str], dict[str, Any]] = {}
    for record in records:
        for reason in record["reasons"]:
            key = (str(reason["field"]), str(reason["value"]), str(reason["context"]))
            if key not in best or reason["bits"] > best[key]["bits"]:
                best[key] = {**reason, "source": record["source"], "line": record["line"]}
    return sorted(best.values(), key=lambda reason: -float(reason["bits"]))[:_REASONS]
