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
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from ..models.artifact import Artifact
from ..models.card import TrainingData
from ..models.devices import usable_cores
from ..models.engine import Engine
from ..models.registry import Registry
from .answer import Report
from .continuity.threads import State
from .counting.counts import Counter
from .counting.spool import Spool
from .counting.tables import check_tables, read_reference, write_tables
from .feedback.store import Marks
from .outcome import Triage
from .pipeline import Progress, count_windows, rank
from .pseudonyms.names import COLUMNS
from .pseudonyms.veil import Veil
from .ranking.budget import Budget
from .ranking.escalation import escalated
from .ranking.scorer import OUTPUTS
from .readers import open_sources
from .sigma import Rules
from .sigma.signal import Signal
from .sigma.tagger import RuleTagger
from .taggers import Tagger
from .telling import tell
from .words.attack import traces
from .words.typical import usual_values

if TYPE_CHECKING:
    from .pseudonyms.key import Key

BUDGET = 20
"""Incidents given by default."""


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
        seen = signal if veil is None or opened is None else Signal(opened, shown.tags, len(taggers) - 1)
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
