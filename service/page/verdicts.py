"""A verdict as it was kept becomes its view: through the blocks of the report, so that both say the same."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ...evidence.report.blocks.answers import verdict as verdict_block
from ...evidence.report.blocks.block import plain
from ...evidence.report.blocks.exhibit import summary_blocks
from ...evidence.report.blocks.figures import Shelf, figure
from ...evidence.report.blocks.numbers import rate
from ...evidence.report.gathering.exhibits import exhibit as gathered
from ...evidence.report.model import Artifact, Document, Exhibit, Part, Rate
from ...evidence.report.words import Words
from ..refusals import NotHere
from ..work.bench import Bench
from ..work.job import Job, JobExhibit
from .views.analyses import AnalysisRow, Face, Moment, Picture, PointRow, RateRow, VerdictView

__all__ = ["row_of", "rows_of", "side_by_side", "verdict_of"]

_WORST: Final = 6
_FACES: Final = 12
_ANSWERED_BY: Final = {"synthetic": "synthetic-image", "edited": "edit-map"}
"""Proposition to the task of the artifacts that answer it."""


def rows_of(bench: Bench, jobs: Sequence[Job]) -> tuple[AnalysisRow, ...]:
    """Some analyses in short, each with the name of its first exhibit."""
    firsts = bench.jobs.firsts(job.id for job in jobs)
    return tuple(row_of(job, firsts.get(job.id, "")) for job in jobs)


def row_of(job: Job, first: str = "") -> AnalysisRow:
    """An analysis in short."""
    answer = job.answer or {}
    return AnalysisRow(
        job.id,
        job.case,
        first,
        job.state,
        job.stage,
        job.done,
        job.total,
        str(job.request.get("profile", "")),
        job.created,
        job.created_by,
        job.started,
        job.ended,
        job.code,
        job.words,
        bool(job.request.get("report")),
        dict(answer.get("outcomes", {})),
        tuple(answer.get("troubles", ())),
    )


def verdict_of(bench: Bench, job: Job, case_name: str, held: JobExhibit, words: Words) -> VerdictView:
    """The verdict of one exhibit.

    Raises
    ------
    NotHere
        There is none, or not yet.
    """
    if held.begins is None or held.length is None:
        raise NotHere("there is no verdict for this exhibit: the analysis has not ended, or ended without")
    document, made = _reported(bench, job, held.place)
    if made is None:
        line = bench.results.line(job.id, "verdicts.jsonl", held.begins, held.length)
        made = gathered(held.place, line, line, None, [])
    artifacts = [] if document is None else document.artifacts
    blocks = summary_blocks(made.model_copy(update={"pictures": []}), words, Shelf())
    sections = {each.id.rpartition("-")[0]: plain(each) for each in blocks if hasattr(each, "id")}
    address = f"/analyses/{job.id}/pictures/"
    duration = _duration(made)
    moments = tuple(Moment(each.t, each.score, _share(each.t, duration)) for each in made.timeline)
    return VerdictView(
        row_of(job),
        case_name,
        held.place,
        held.sha256,
        held.name,
        made.kind,
        made.outcome,
        made.tier,
        plain(verdict_block(made, words)),
        _bound(made, artifacts),
        sections,
        tuple(
            Picture(
                each.kind,
                each.analyzer,
                address + each.file.rpartition("/")[2],
                each.width,
                each.height,
                plain(figure(each, words, Shelf())),
            )
            for each in made.pictures
            if not each.file.endswith(".svg")
        ),
        duration,
        moments,
        tuple(sorted(moments, key=lambda each: -each.score)[:_WORST]),
        tuple(_face(each, duration) for each in made.faces[:_FACES]),
        None if made.overlay is None else address + made.overlay.file.rpartition("/")[2],
        tuple(_points(made, artifacts, words)),
        tuple(_rates(made, artifacts, words)),
    )


def side_by_side(
    a: VerdictView | None, b: VerdictView | None
) -> Iterator[tuple[str, list[Any] | None, list[Any] | None]]:
    """Each method that either used, with what it found in both; see `CompareView`."""
    found = [_found(each) if each is not None else {} for each in (a, b)]
    for method in dict.fromkeys([*found[0], *found[1]]):
        yield method, found[0].get(method), found[1].get(method)


def _found(view: VerdictView) -> dict[str, list[Any]]:
    """What each method says, out of the table of methods of a report."""
    for block in view.sections.get("findings", {}).get("blocks", ()):
        if block["type"] == "table":
            return {row[0][0]["text"]: row[-1] for row in block["rows"]}
    return {}


def _reported(bench: Bench, job: Job, place: int) -> tuple[Document | None, Exhibit | None]:
    """The report, and what it says of an exhibit, also where it is in a part of its own; None where none was made."""
    try:
        document = Document.model_validate_json(_content(bench, job, "report.json"))
    except NotHere:
        return None, None
    found = list(document.media.exhibits) if document.media is not None else []
    if document.parts and document.media is not None:
        size = -(-document.media.total // len(document.parts))
        for number in {(place - 1) // size, min(place // size, len(document.parts) - 1)}:
            found += Part.model_validate_json(_content(bench, job, document.parts[number])).exhibits
    return document, next((each for each in found if each.number == place), None)


def _content(bench: Bench, job: Job, name: str) -> bytes:
    blob = bench.results.find(job.id, f"report/{name}")
    return b"".join(bench.results.store.chunks(blob.sha256))


def _bound(made: Exhibit, artifacts: Sequence[Artifact]) -> tuple[float, float] | None:
    """The most that the calibration set of the tier can support."""
    task = _ANSWERED_BY.get(made.proposition or "")
    for each in artifacts:
        if each.task == task and f"{each.name}@{each.version}" in {
            ref.split(" ")[0] for ref in made.artifacts
        }:
            named = {calibration.name: calibration for calibration in each.calibrations}
            found = named.get(made.tier or "") or named.get("default")
            if found is not None:
                return found.bound_low, found.bound_high
    return None


def _points(made: Exhibit, artifacts: Sequence[Artifact], words: Words) -> Iterator[PointRow]:
    for each in artifacts:
        if each.task == _ANSWERED_BY.get(made.proposition or "synthetic"):
            for point in each.points:
                if point.tier == made.tier:
                    rows = point.false_alarms.n if point.false_alarms else None
                    yield PointRow(
                        point.name,
                        point.threshold,
                        rows,
                        rate(point.false_alarms, words),
                        rate(point.found, words),
                    )


def _rates(made: Exhibit, artifacts: Sequence[Artifact], words: Words) -> list[RateRow]:
    """One row for each source that was measured in the tier of the exhibit."""
    rows = []
    for each in artifacts:
        if each.task != _ANSWERED_BY.get(made.proposition or "synthetic"):
            continue
        found: dict[str, dict[str, Rate]] = {}
        for measured in each.rates:
            if measured.source and measured.tier == made.tier and measured.name in ("false-alarms", "tpr"):
                found.setdefault(measured.source, {})[measured.name] = measured
        for source, named in found.items():
            first = next(iter(named.values()))
            unseen = (first.note or "").startswith("test sources")
            rows.append(
                RateRow(
                    f"{each.name}@{each.version}",
                    source,
                    words("validation.unseen" if unseen else "validation.left_out"),
                    max((one.n or 0 for one in named.values()), default=0) or None,
                    rate(named.get("false-alarms"), words),
                    rate(named.get("tpr"), words),
                )
            )
    # What no choice was made on tells most.
    return sorted(rows, key=lambda row: row.kept_out != words("validation.unseen"))


def _duration(made: Exhibit) -> float:
    ends = [each.t for each in made.timeline] + [each.end for each in made.faces]
    for finding in made.findings:
        for name in ("duration", "seconds", "duration_s"):
            value: Any = finding.detail.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                ends.append(float(value))
    return max(ends, default=0.0)


def _face(face: Any, duration: float) -> Face:
    at = _share(face.start, duration)
    return Face(
        str(face.track), face.start, face.end, face.score, at, max(_share(face.end, duration) - at, 0.004)
    )


def _share(t: float, duration: float) -> float:
    return 0.0 if duration <= 0 else min(max(t / duration, 0.0), 1.0)
