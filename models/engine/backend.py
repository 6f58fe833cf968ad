"""What runs an artifact's network: one small protocol, and the choice between its versions.

``onnx`` is the fast path on a CPU, ``torch`` runs on CUDA and wherever it is asked for, ``arrays`` is plain numpy.
Each version lies in its own module of `backends` and is imported only when it is chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from numpy.typing import NDArray

from ...errors import AssayError
from ..artifact import Artifact
from ..devices import CPU, Device, resolve, usable_cores
from ..networks import ARRAYS, TORCH

__all__ = [
    "Arrays",
    "Backend",
    "BackendError",
    "BackendMissing",
    "BackendName",
    "BackendOutput",
    "BackendRecord",
    "open_backend",
]

Arrays = Mapping[str, NDArray[Any]]
BackendName = Literal["onnx", "torch", "arrays"]
NAMES: Final[tuple[BackendName, ...]] = ("onnx", "torch", "arrays")


class BackendError(AssayError):
    """A network cannot be run."""

    code = "backend"


class BackendMissing(BackendError):
    """No version of the network runs on this device, or the library that would run it is not installed."""

    code = "backend-missing"


class BackendOutput(BackendError):
    """A network takes or gives other arrays than its card states."""

    code = "backend-output"


@dataclass(frozen=True, slots=True)
class BackendRecord:
    """What ran: version, device, threads of one run, and the libraries with their versions."""

    name: BackendName
    device: str
    threads: int
    libraries: Mapping[str, str] = field(default_factory=dict)


class Backend(Protocol):
    """A network that is ready to run."""

    concurrent: bool
    """Whether `run` may be called from several threads at once."""

    def run(self, feeds: Arrays) -> dict[str, NDArray[Any]]:
        """Arrays [n, ...] by input name in, the requested outputs [n, ...] by name out."""

    def describe(self) -> BackendRecord:
        """What runs here."""

    def close(self) -> None:
        """Let go of the network."""


def open_backend(
    artifact: Artifact,
    device: str = "auto",
    threads: int | None = None,
    deterministic: bool = True,
    prefer: str | None = None,
    outputs: Sequence[str] = (),
) -> Backend:
    """Choose and load a version of the artifact's network.

    Parameters
    ----------
    device
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    threads
        Threads inside one run when `deterministic` is off; a deterministic run uses one.
    prefer
        ``onnx``, ``torch`` or ``arrays``; otherwise torch on CUDA, and on a CPU the first of onnx, arrays and torch
        that the artifact has.
    outputs
        Names of the outputs to compute; the card's raw output when empty.

    Raises
    ------
    DeviceUnknown, DeviceAbsent, BackendMissing, BackendOutput
        See each class.
    """
    family = artifact.card.architecture.family
    ready: dict[BackendName, bool] = {
        "onnx": bool(artifact.paths("graph")),
        "torch": family in TORCH,
        "arrays": family in ARRAYS,
    }
    where = resolve(device, torch_ready=ready["torch"] and prefer in (None, "torch"))
    name = _choose(artifact, where, ready, prefer)
    wanted = tuple(dict.fromkeys(outputs)) or (artifact.card.raw,)
    inner = 1 if deterministic else threads or usable_cores()
    if name == "onnx":
        from .backends.onnx import OnnxBackend

        return OnnxBackend(artifact, wanted, threads=inner)
    if name == "torch":
        from .backends.torch import TorchBackend

        return TorchBackend(artifact, wanted, device=where, threads=inner, deterministic=deterministic)
    from .backends.arrays import ArraysBackend

    return ArraysBackend(artifact, wanted)


def _choose(
    artifact: Artifact, where: Device, ready: Mapping[BackendName, bool], prefer: str | None
) -> BackendName:
    fit: tuple[BackendName, ...] = ("onnx", "arrays", "torch") if where == CPU else ("torch",)
    if prefer is not None:
        if prefer not in NAMES:
            raise BackendMissing(f"there is no backend {prefer!r}; name one of {', '.join(NAMES)}")
        fit = tuple(name for name in fit if name == prefer)
    for name in fit:
        if ready[name]:
            return name
    has = ", ".join(name for name in NAMES if ready[name]) or "none that this version knows"
    asked = f"{prefer} on {where}" if prefer else f"any backend for {where}"
    raise BackendMissing(
        f"{artifact.id} (family {artifact.card.architecture.family}) does not run in {asked}; it has: {has}. "
        "Choose one of these, use device cpu, or update assay"
    )
