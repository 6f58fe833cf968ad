"""Triage from files to incidents.

Two passes over the records, which a spool keeps on disk: the first reads, normalises and, without a
baseline, counts; the second scores. Without a baseline the batch is its own measure of what is usual: it
is counted, written as a temporary artifact and scored by it. A record's score then depends on the other
records of the batch, p is not given, and a percentile says how it compares. With a baseline, what the
fields of a record say depends on that record and the one before it of the same host and user alone; the
size of its window adds to it, and an incident's rank depends on the windows around it.
"""

import shutil
import tempfile
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import astuple, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from ..models.artifact import Artifact
from ..models.calibration.conformal import ConformalP
from ..models.card import TrainingData
from ..models.devices import usable_cores
from ..models.engine import Engine
from ..models.registry import Registry
from .answer import Report, Window
from .continuity.threads import State
from .contract import reason_json, time_json
from .counting.counts import Counter
from .counting.spool import Spool
from .counting.tables import check_tables, read_reference, write_tables
from .feedback.memory import Remembered
from .feedback.store import Marks
from .pipeline import Progress, Ranking, count_windows, rank
from .pseudonyms.names import COLUMNS
from .pseudonyms.veil import Veil
from .ranking.budget import Budget
from .ranking.bursts import GROUP
from .ranking.escalation import escalated
from .ranking.identity import Place
from .ranking.scorer import OUTPUTS, best_pairs, score_blocks
from .readers import open_sources
from .sigma import Rules
from .sigma.signal import Signal
from .sigma.tagger import RuleTagger
from .taggers import Tagger
from .telling import Told, tell
from .words.attack import traces
from .words.explain import record_reasons
from .words.typical import usual_values

if TYPE_CHECKING:
    from .pseudonyms.key import Key

BUDGET = 20
"""Incidents given by default."""


class Triage:
    """The outcome of `triage`; holds temporary files until closed or collected.

    Attributes
    ----------
    incidents
        Most urgent first.
    report
        What was done.
    state
        What is known of the site after this batch; None unless triage was given the state before it.
    """

    def __init__(
        self,
        told: Told,
        report: Report,
        spool: Spool,
        engine: Engine,
        ranking: Ranking,
        reference: ConformalP | None,
        resources: ExitStack,
        veil: Veil | None = None,
        signal: Signal | None = None,
    ) -> None:
        self.incidents = told.incidents
        self.report = report
        self.state = told.state
        self._spool, self._engine, self._ranking = spool, engine, ranking
        self._members, self._reference, self._veil = told.members, reference, veil
        self._signal = signal
        self._close = weakref.finalize(self, resources.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the temporary files; `events` ends working."""
        self._close()

    @property
    def held_out(self) -> int | None:
        """Windows of the baseline that p is measured against; None when no p is given."""
        return None if self._reference is None else self._reference.n

    @property
    def ranking(self) -> Ranking:
        """The groups that the incidents were read off, and what taggers said of their records."""
        return self._ranking if self._veil is None else self._veil.ranking(self._ranking)

    def shown(self) -> Iterator[Remembered]:
        """What has to be remembered of each incident so that it can be marked later."""
        places: dict[int, list[Place]] = {}
        for host, kind, window, number in self._members.select(*GROUP, "incident").iter_rows():
            places.setdefault(number, []).append(Place(host, kind, window))
        scored_by = f"{self.report.artifact} sha256:{self.report.sha256}"
        for each in self.incidents:
            held = tuple(places[each.rank])
            severe = () if self._signal is None else self._signal.severe(astuple(place) for place in held)
            yield Remembered(each.id, scored_by, self.report.baseline, each.summary, held, each.kind, severe)

    def windows(self) -> Iterator[Window]:
        """All windows, most urgent first: what incidents are read off, before marks change the order.

        Yields
        ------
        Window
        """
        groups = self.ranking.groups.select(*GROUP, "records", "bits", "risk")
        for host, kind, number, records, bits, risk in groups.iter_rows():
            p = None if self._reference is None else self._reference.p(bits)
            yield Window(host, kind, number, records, bits, risk, p)

    def events(self) -> Iterator[dict[str, Any]]:
        """One row per input record, in input order, as `docs/schema/event.json` describes.

        Yields
        ------
        dict
            ``source, line, time, score, p, incident, reasons``.
        """
        for row, _ in self.detailed():
            yield row

    def detailed(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """The rows of `events`, each beside its record (columns of `assay.triage.records.fields.SCHEMA`).

        Yields
        ------
        row, record
        """
        included = self.report.baseline is None
        names = [source.source.name for source in self.report.sources]
        ranking = self.ranking
        known = ranking.windows.select(GROUP).join(
            ranking.groups.select(*GROUP, "bits"), on=GROUP, how="left", maintain_order="left"
        )
        known = known.join(self._members, on=GROUP, how="left", maintain_order="left")
        for scored in score_blocks(self._engine, self._spool.blocks, self._ranking.windows):
            frame = scored.block.frame()
            if self._veil is not None:
                frame = self._veil.frame(frame)
            keyed = known[scored.windows[scored.members]].with_columns(
                raw=pl.Series(scored.raw), **best_pairs(scored.encoded, scored.arrays)
            )
            bits = keyed["bits"].to_numpy()
            p = self._reference.p_many(bits).tolist() if self._reference is not None else [None] * len(bits)
            rows = range(scored.block.first, scored.block.first + frame.height)
            called = {} if self._signal is None else self._signal.calls(rows)
            for number, row, record, share in zip(
                rows, keyed.iter_rows(named=True), frame.iter_rows(named=True), p, strict=True
            ):
                reasons = (*called.get(number, ()), *record_reasons(row, record, included))
                told = {
                    "source": names[record["source"]],
                    "line": record["line"],
                    "time": time_json(record["time"]),
                    "score": round(row["raw"], 3),
                    "p": share,
                    "incident": row["incident"],
                    "reasons": [reason_json(reason, typical=False) for reason in reasons],
                }
                yield told, record


def triage(
    paths: Sequence[str | Path],
    *,
    format: str = "auto",
    baseline: str | Path | Artifact | None = None,
    budget: int | str | Budget = BUDGET,
    device: str = "auto",
    workers: int | None = None,
    rules: "str | Path | Rules | None" = None,
    taggers: Sequence[Tagger] = (),
    progress: Progress | None = None,
    feedback: Marks | None = None,
    state: State | None = None,
    pseudonyms: "Key | None" = None,
) -> Triage:
    """Rank the incidents in some logs.

    Parameters
    ----------
    paths
        Files, folders or ``-``.
    format
        Name of a reader, or ``auto`` to go by content.
    baseline
        Name (``name`` or ``name@version``), folder or opened artifact; without one the batch is its own.
    budget
        Most incidents to give: a number, or one a day of the logs, like ``"50/day"``.
    device
        ``auto``, ``cpu`` or ``cuda[:n]``.
    workers
        Threads of the engine, and processes that read where there is much to read; as many as usable cores when None.
    rules
        Sigma rules as an extra signal (extra ``sigma``): a file, a folder, an archive, or opened already. They
        move up groups on which they fire, and are told; without them nothing changes.
    taggers
        Tag the records with something else; see `assay.triage.taggers`.
    progress
        Called with a stage and the number of records done.
    feedback
        Marks of earlier incidents, from `FeedbackStore.read`; they change the order and what is shown.
    state
        What earlier batches of the site showed, from `assay.triage.continuity.load`; `Triage.state` is then what
        to save for the next one.
    pseudonyms
        Key by which users, hosts and addresses get other names in everything that is told; None for their own.

    Returns
    -------
    Triage

    Raises
    ------
    AssayError
        The baseline cannot be used or the device is absent. Sources that cannot be read are reported, not
        raised.
    """
    began = time.perf_counter()
    allowed = Budget.of(budget)
    known = None if baseline is None else open_baseline(baseline)
    opened = Rules.open(rules) if isinstance(rules, str | Path) else rules
    if opened is not None:
        taggers = (*taggers, RuleTagger(opened))
    folder = Path(tempfile.mkdtemp(prefix="assay-triage-"))
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        counter = Counter() if known is None else None
        spool = undo.enter_context(Spool(folder, counter=counter, taggers=taggers))
        reading = open_sources(paths, format=format, readers=workers or usable_cores())
        for piece in reading.pieces(spool.folder, taggers):
            spool.take(piece)
            if progress is not None:
                progress("read", len(spool))
        groups, records = spool.groups(), len(spool)
        artifact = known
        if artifact is None:
            assert counter is not None
            count_windows(counter, groups)
            rows = TrainingData(name="this batch", licence="the owner of the logs", count=records, role="batch")
            artifact = write_tables(
                folder / "batch", "batch", "1.0.0", counter.counts(), included=True, reference=None, sources=[rows]
            )
        engine = undo.enter_context(Engine.open(artifact, device=device, threads=workers, outputs=OUTPUTS))
        included = known is None
        signal = None if opened is None else Signal(opened, spool.tags, len(taggers) - 1)
        marked = None if signal is None else signal.rows()
        ranking = rank(engine, spool, included=included, marked=marked, progress=progress)
        if signal is not None:
            ranking = replace(ranking, groups=signal.raised(ranking.groups))
        met = traces(ranking.groups)
        if signal is not None:
            met = pl.concat([met, signal.traces().select(met.columns)])
        ranking = replace(ranking, groups=escalated(ranking.groups, met))
        reference = None if known is None else read_reference(known)
        veil = None if pseudonyms is None else Veil.over(pseudonyms, spool.frames(tuple(COLUMNS)))
        names = [source.name for source in reading.sources]
        shown = ranking if veil is None else veil.ranking(ranking)
        seen = None if opened is None else Signal(opened, shown.tags, len(taggers) - 1)
        told = tell(
            shown,
            spool if veil is None else veil.rows(spool),
            names if veil is None else [veil.text(name) for name in names],
            reference,
            included,
            engine,
            budget=allowed.places(groups),
            marks=feedback,
            state=state,
            usual=usual_values if veil is None else veil.usual,
            signal=seen,
        )
        report = Report(
            sources=tuple(reading.report if veil is None else map(veil.source, reading.report)),
            records=records,
            windows=groups.height,
            baseline=None if known is None else known.id,
            artifact=artifact.id,
            sha256=artifact.sha256,
            spilled=int(artifact.card.architecture.parameters.get("spilled", 0)),  # type: ignore[arg-type]
            run=engine.record,
            seconds=time.perf_counter() - began,
            feedback=told.review,
            nothing_new=told.nothing_new,
            rules=None if signal is None else signal.report(),
        )
        return Triage(told, report, spool, engine, ranking, reference, undo.pop_all(), veil, seen)


def open_baseline(baseline: str | Path | Artifact) -> Artifact:
    """A baseline by name, folder or itself.

    Parameters
    ----------
    baseline
        See `triage`.

    Returns
    -------
    Artifact

    Raises
    ------
    AssayError
        Unknown, damaged, or no baseline.
    """
    if isinstance(baseline, Artifact):
        artifact = baseline
    elif isinstance(baseline, Path):
        artifact = Artifact.open(baseline)
    else:
        artifact = Registry().get(baseline)
    check_tables(artifact)
    return artifact
