"""The one way into a model: rows in, scores out, and a record of exactly what said so."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..artifact import Artifact
from ..calibration import Calibrator
from ..devices import cpu_name, usable_cores
from .backend import Arrays, Backend, open_backend
from .golden import check_golden
from .prefetch import ahead
from .rows import check_columns, check_row, stacked
from .runner import Runner
from .scores import EngineClosed, OutputUnknown, RunRecord, Score, ScoreNotFinite, Scores

__all__ = ["Engine", "RunRecord", "Score", "Scores"]

Job = TypeVar("Job")

AHEAD: Final = 2
"""Runs per thread that are read ahead of the one being handed out: all that memory is used for."""


class Engine:
    """Runs one artifact. Made by `Engine.open`; a context manager.

    In deterministic mode a row's stored score is the same bits over repeats, orders, batch mates, numbers of threads
    and processes, on one processor with one set of libraries: rows run in batches of a fixed size (`Card.batch`, else
    one row), padded with zeros, on one thread each, several at a time. `score` may be called by several threads.
    """

    def __init__(
        self,
        artifact: Artifact,
        backend: Backend,
        *,
        outputs: Sequence[str],
        deterministic: bool,
        threads: int,
        calibrators: Mapping[str, Calibrator],
    ) -> None:
        self.artifact = artifact
        self.calibrators = calibrators
        self._backend = backend
        self._outputs = tuple(outputs)
        self._card = artifact.card
        self._runner = Runner(artifact.card, backend, outputs, deterministic=deterministic)
        self._threads = threads if backend.concurrent else 1
        several = self._threads > 1
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="assay-engine") if several else None
        self._closed = False
        described = backend.describe()
        self.record = RunRecord(
            name=self._card.name,
            version=self._card.version,
            sha256=artifact.sha256,
            backend=described.name,
            device=described.device,
            threads=self._threads,
            run_threads=described.threads,
            deterministic=deterministic,
            precision=self._card.precision,
            libraries=dict(described.libraries),
            golden=None,
            cpu=cpu_name(),
        )

    @classmethod
    def open(
        cls,
        artifact: Artifact,
        *,
        device: str = "auto",
        deterministic: bool = True,
        threads: int | None = None,
        backend: str | None = None,
        outputs: Sequence[str] = (),
        golden: bool = True,
    ) -> "Engine":
        """Load the network and compare its golden outputs.

        Parameters
        ----------
        artifact
            Opened, so verified.
        device
            ``auto``, ``cpu``, ``cuda`` or ``cuda:N``. ``auto`` takes CUDA only when torch is installed and sees one.
        deterministic
            See `Engine`. Off, rows may share a run and a run may use several threads.
        threads
            Rows run at the same time (deterministic), or threads of a run; the usable cores when not given.
        backend
            ``onnx``, ``torch`` or ``arrays``; chosen when not given.
        outputs
            Names of outputs to hand out beside the raw score. Others are not computed where the backend can leave
            them out.
        golden
            Compare the golden outputs, as everything but making them should.

        Raises
        ------
        DeviceUnknown, DeviceAbsent, BackendMissing, BackendOutput, GraphRefused
            The network cannot be run so.
        OutputUnknown
            `outputs` names what the card does not.
        GoldenMismatch, GoldenMalformed
            The network does not compute here what it should.
        """
        card = artifact.card
        known = {tensor.name for tensor in card.outputs}
        if unknown := [name for name in outputs if name not in known]:
            raise OutputUnknown(
                f"{artifact.id} has no output {', '.join(unknown)}; it has {', '.join(sorted(known))}"
            )
        wanted = tuple(dict.fromkeys((card.raw, *outputs)))
        count = max(1, threads if threads is not None else usable_cores())
        opened = open_backend(
            artifact,
            device=device,
            threads=count,
            deterministic=deterministic,
            prefer=backend,
            outputs=wanted,
        )
        single = not deterministic or opened.describe().name == "arrays"
        engine = cls(
            artifact,
            opened,
            outputs=wanted,
            deterministic=deterministic,
            threads=1 if single else count,
            calibrators=artifact.calibrators(),
        )
        if golden:
            try:
                engine._warm_up()
            except BaseException:
                engine.close()
                raise
        return engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the threads and let go of the network; scores not yet taken are lost."""
        self._closed = True
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._backend.close()

    def score(self, rows: Iterable[Arrays]) -> Iterator[Score]:
        """Score rows one by one, in their order, reading no more than a few rows ahead.

        Parameters
        ----------
        rows
            Arrays by input name, without a row axis. They must not be changed until their score was handed out.

        Raises
        ------
        RowInvalid
            A row does not fit the card; every row before it was handed out.
        ScoreNotFinite, BackendOutput
            See each class.
        EngineClosed
            The engine was closed.
        """
        calibrator = self.calibrators.get("default")
        number = 0
        for made in self._ahead(
            self._gathered(rows), lambda part: self._runner.run(stacked(part), len(part))
        ):
            raw = made[self._card.raw]
            for index, value in enumerate(raw.tolist()):
                self._finite(value, f"row {number}")
                yield Score(
                    raw=float(value),
                    calibrated=calibrator.apply(float(value)) if calibrator is not None else None,
                    arrays={name: made[name][index] for name in self._outputs if name != self._card.raw},
                )
                number += 1

    def score_columns(self, batches: Iterable[Arrays]) -> Iterator[Scores]:
        """Score batches of columns, one result a batch, in their order.

        Parameters
        ----------
        batches
            Arrays [n, ...] by input name; n may differ from batch to batch and may be 0.

        Raises
        ------
        BatchInvalid
            A batch does not fit the card; every batch before it was handed out.
        ScoreNotFinite, BackendOutput, EngineClosed
            See `score`.
        """

        def checked() -> Iterator[tuple[Arrays, int]]:
            for number, batch in enumerate(batches):
                yield batch, check_columns(self._card.inputs, batch, number)

        for number, made in enumerate(self._ahead(checked(), lambda job: self._runner.run(*job))):
            raw = made[self._card.raw]
            if raw.dtype.kind == "f" and not bool(np.isfinite(raw).all()):
                row = int(np.flatnonzero(~np.isfinite(raw))[0])
                self._finite(float(raw[row]), f"batch {number}, row {row}")
            yield Scores(raw, {name: made[name] for name in self._outputs if name != self._card.raw})

    def _gathered(self, rows: Iterable[Arrays]) -> Iterator[list[Arrays]]:
        """Checked rows by the batch. A row that is refused, or a source that fails, comes after the rows before it."""
        part: list[Arrays] = []
        try:
            for number, row in enumerate(rows):
                check_row(self._card.inputs, row, number)
                part.append(row)
                if len(part) == self._runner.batch:
                    yield part
                    part = []
        except Exception:
            if part:
                yield part
            raise
        if part:
            yield part

    def _ahead(
        self, jobs: Iterator[Job], work: Callable[[Job], dict[str, NDArray[Any]]]
    ) -> Iterator[dict[str, NDArray[Any]]]:
        self._check_open()
        pool = self._pool
        if pool is None:
            for job in jobs:
                self._check_open()
                yield work(job)
            return

        def submit(*call: Any) -> Future[Any]:
            self._check_open()
            return pool.submit(*call)

        try:
            yield from ahead(jobs, work, submit, self._threads * AHEAD)
        except CancelledError:
            self._check_open()
            raise

    def _warm_up(self) -> None:
        def run(columns: Arrays) -> dict[str, NDArray[Any]]:
            return self._runner.run_twice(columns, check_columns(self._card.inputs, columns, 0))

        check = check_golden(self.artifact, run, self._outputs, backend=self.record.backend)
        self.record = replace(self.record, golden=check)

    def _check_open(self) -> None:
        if self._closed:
            raise EngineClosed(
                f"the engine of {self.artifact.id} is closed; take all scores before closing it"
            )

    def _finite(self, value: float, where: str) -> None:
        if not math.isfinite(value):
            raise ScoreNotFinite(
                f"{self.artifact.id} gave {value} for {where}; do not use it, report the row"
            )
