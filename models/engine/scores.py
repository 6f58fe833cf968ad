"""What an engine hands out, and what it refuses: scores, the record of a run, and the errors of running."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from numpy.typing import NDArray

from ...errors import AssayError
from ..calibration import Calibrated
from .golden import GoldenCheck

__all__ = [
    "BatchDependent",
    "EngineClosed",
    "OutputUnknown",
    "RunRecord",
    "Score",
    "ScoreNotFinite",
    "Scores",
]


class BatchDependent(AssayError):
    """In deterministic mode, a row's score changed with its place in the batch."""

    code = "batch-dependent"


class EngineClosed(AssayError):
    """The engine was closed before all its scores were taken."""

    code = "engine-closed"


class OutputUnknown(AssayError):
    """An output was asked for that the card does not name."""

    code = "output-unknown"


class ScoreNotFinite(AssayError):
    """A network gave NaN or infinity for a sound row."""

    code = "score-not-finite"


@dataclass(frozen=True, slots=True)
class Score:
    """One row's result: the raw score, calibrated where the artifact can, and the arrays that were asked for."""

    raw: float
    calibrated: Calibrated | None
    arrays: Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Scores:
    """The results of one batch of columns: `raw` [n], and the arrays [n, ...] that were asked for."""

    raw: NDArray[Any]
    arrays: Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What scored: enough to repeat the run, and to know when a repetition may differ.

    Attributes
    ----------
    name, version, sha256
        The artifact; sha256 is that of its card.
    backend, device, threads, run_threads
        `threads` rows are run at the same time, each on `run_threads` threads.
    deterministic
        Whether a row's score is the same bits whatever runs beside it.
    precision
        As the card states.
    libraries
        Name -> version.
    golden
        Comparison with the golden outputs; None when there are none or it was left out.
    cpu
        Name of the processor.
    """

    name: str
    version: str
    sha256: str
    backend: str
    device: str
    threads: int
    run_threads: int
    deterministic: bool
    precision: str
    libraries: Mapping[str, str]
    golden: GoldenCheck | None
    cpu: str

    def to_json(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)
