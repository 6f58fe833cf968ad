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
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl

from ..models.artifact import Artifact
from ..models.calibration.conformal import ConformalP
from ..models.card import TrainingData
from ..models.engine import Engine
from ..models.registry import Registry
from .answer import Incident, Report, Window
from .assembly import assemble
from .bursts import GROUP
from .continuity.carrying import Carried, carry, follow
from .continuity.threads import State
from .contract import reason_json, time_json
from .counts import Counter
from .explain import record_reasons
from .feedback.memory import Remembered
from .feedback.review import reviewed
from .feedback.store import Marks
from .identity import Place
from .incidents import clusters
from .leads import leads
from .pipeline import Progress, Ranking, count_windows, rank
from .readers import open_sources
from .scorer import OUTPUTS, best_pairs, score_blocks
from .sigma import Rules
from .sigma.signal import Signal
from .sigma.tagger import RuleTagger
from .spool import Spool
from .tables import check_tables, read_reference, write_tables
from .taggers import Tagger

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
        incidents: tuple[Incident, ...],
        report: Report,
        spool: Spool,
        engine: Engine,
        ranking: Ranking,
        members: pl.DataFrame,
        reference: ConformalP | None,
        resources: ExitStack,
        state: State | None = None,
    ) -> None:
        self.incidents = incidents
        self.report = report
        self.state = state
        self._spool, self._engine, self._ranking = spool, engine, ranking
        self._members, self._reference = members, reference
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
    def ranking(self) -> Ranking:
        """The groups that the incidents were read off, and what taggers said of their records."""
        return self._ranking

    def shown(self) -> Iterator[Remembered]:
        """What has to be remembered of each incident so that it can be marked later."""
        places: dict[int, list[Place]] = {}
        for host, kind, window, number in self._members.select(*GROUP, "incident").iter_rows():
            places.setdefault(number, []).append(Place(host, kind, window))
        scored_by = f"{self.report.artifact} sha256:{self.report.sha256}"
        for each in self.incidents:
            held = tuple(places[each.rank])
            yield Remembered(each.id, scored_by, self.report.baseline, each.summary, held, each.kind)

    def windows(self) -> Iterator[Window]:
        """All windows, most urgent first: what incidents are read off, before marks change the order.

        Yields
        ------
        Window
        """
        groups = self._ranking.groups.select(*GROUP, "records", "bits", "risk")
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
        """The rows of `events`, each beside its normalised record (the columns of `assay.triage.fields.SCHEMA`).

        Yields
        ------
        row, record
        """
        included = self.report.baseline is None
        names = [source.source.name for source in self.report.sources]
        ranking = self._ranking
        known = ranking.windows.select(GROUP).join(
            ranking.groups.select(*GROUP, "bits"), on=GROUP, how="left", maintain_order="left"
        )
        known = known.join(self._members, on=GROUP, how="left", maintain_order="left")
        for scored in score_blocks(self._engine, self._spool.blocks, ranking.windows):
            frame = scored.block.frame()
            keyed = known[scored.windows[scored.members]].with_columns(
                raw=pl.Series(scored.raw), **best_pairs(scored.encoded, scored.arrays)
            )
            bits = keyed["bits"].to_numpy()
            p = self._reference.p_many(bits).tolist() if self._reference is not None else [None] * len(bits)
            for row, record, share in zip(keyed.iter_rows(named=True), frame.iter_rows(named=True), p, strict=True):
                told = {
                    "source": names[record["source"]],
                    "line": record["line"],
                    "time": time_json(record["time"]),
                    "score": round(row["raw"], 3),
                    "p": share,
                    "incident": row["incident"],
                    "reasons": [
                        reason_json(reason, typical=False) for reason in record_reasons(row, record, included)
                    ],
                }
                yield told, record


def triage(
    paths: Sequence[str | Path],
    *,
    format: str = "auto",
    baseline: str | Path | Artifact | None = None,
    budget: int = BUDGET,
    device: str = "auto",
    workers: int | None = None,
    rules: "str | Path | Rules | None" = None,
    taggers: Sequence[Tagger] = (),
    progress: Progress | None = None,
    feedback: Marks | None = None,
    state: State | None = None,
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
        Most incidents to give.
    device
        ``auto``, ``cpu`` or ``cuda[:n]``.
    workers
        Threads of the engine, and processes that read a large file; None for its choice, and one.
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
    known = None if baseline is None else open_baseline(baseline)
    opened = Rules.open(rules) if isinstance(rules, str | Path) else rules
    if opened is not None:
        taggers = (*taggers, RuleTagger(opened))
    folder = Path(tempfile.mkdtemp(prefix="assay-triage-"))
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        counter = Counter() if known is None else None
        spool = Spool(folder, counter=counter, taggers=taggers)
        reading = open_sources(paths, format=format, readers=workers or 1)
        for batch in reading.batches():
            spool.append(batch.frame)
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
        ranking = rank(engine, spool, included=included, progress=progress)
        signal = None if opened is None else Signal(opened, ranking.tags, len(taggers) - 1)
        if signal is not None:
            ranking = replace(ranking, groups=signal.raised(ranking.groups))
        listed, notes, review = reviewed(ranking, spool, feedback or Marks(), included)
        carried = _carried(listed, ranking, spool, state, budget, included)
        found = carried.clusters
        reference = None if known is None else read_reference(known)
        names = [source.name for source in reading.sources]
        incidents = tuple(
            replace(incident, feedback=notes.get(cluster.place, ()))
            for incident, cluster in zip(
                assemble(found, ranking, spool, names, reference, included, engine, signal), found, strict=True
            )
        )
        after = None
        if state is not None:
            incidents, after = follow(incidents, carried, state)
        report = Report(
            sources=tuple(reading.report),
            records=records,
            windows=groups.height,
            baseline=None if known is None else known.id,
            artifact=artifact.id,
            sha256=artifact.sha256,
            spilled=int(artifact.card.architecture.parameters.get("spilled", 0)),  # type: ignore[arg-type]
            run=engine.record,
            seconds=time.perf_counter() - began,
            feedback=None if feedback is None else review,
            nothing_new=None if state is None else carried.nothing_new,
            rules=None if signal is None else signal.report(),
        )
        members = _members(found)
        return Triage(incidents, report, spool, engine, ranking, members, reference, undo.pop_all(), after)


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


def _carried(
    groups: pl.DataFrame, ranking: Ranking, spool: Spool, state: State | None, budget: int, included: bool
) -> Carried:
    """Incidents, beside what they continue."""
    if state is None:
        found = clusters(groups, budget)
        return Carried(tuple(found), (None,) * len(found), 0)
    # As many more as earlier batches may have shown already, or begun.
    known = pl.DataFrame(
        [(place.host, place.type, place.window) for place in state.known()],
        schema={key: groups.schema[key] for key in GROUP},
        orient="row",
    )
    again = groups.join(known, on=GROUP, how="semi").height
    found = clusters(groups, budget + len(state.threads) + again)
    members = pl.concat([groups.clear(), *(cluster.groups.select(groups.columns) for cluster in found)])
    return carry(found, leads(members, ranking, spool, included), state, budget)


def _members(found: Sequence[Any]) -> pl.DataFrame:
    """Groups of incidents with the rank of theirs."""
    parts = [cluster.groups.select(*GROUP, incident=pl.lit(cluster.rank, pl.Int64)) for cluster in found]
    empty = pl.DataFrame(
        schema={"host": pl.String(), "type": pl.String(), "window": pl.Int64(), "incident": pl.Int64()}
    )
    members: pl.DataFrame = pl.concat([empty, *parts])
    return members
