"""What triage found: incidents, windows, events, as long as the temporary files are held."""

import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import astuple
from types import TracebackType
from typing import Any, Self

import polars as pl

from ..models.calibration.conformal import ConformalP
from ..models.engine import Engine
from .answer import Report, Window
from .contract import reason_json, time_json
from .counting.spool import Spool
from .feedback.memory import Remembered
from .pipeline import Ranking
from .pseudonyms.veil import Veil
from .ranking.bursts import GROUP
from .ranking.identity import Place
from .ranking.reasons import best_pairs
from .ranking.scorer import score_blocks
from .sigma.signal import Signal
from .telling import Told
from .words.explain import record_reasons


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

    def detailed(self, *, shown: bool = False) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """The rows of `events`, each beside its record (columns of `assay.triage.records.fields.SCHEMA`).

        Parameters
        ----------
        shown
            Only those of incidents that are given.

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
                if shown and row["incident"] is None:
                    continue
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
