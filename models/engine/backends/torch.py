"""Networks as torch modules, on a CPU or a CUDA device."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...artifact import Artifact
from ...devices import CPU, Device
from ...networks import TORCH, load
from ..backend import Arrays, BackendMissing, BackendOutput, BackendRecord

if TYPE_CHECKING:
    from torch import nn

__all__ = ["TorchBackend"]


class TorchBackend:
    """The module that `assay.models.networks.TORCH` names for the artifact's family.

    int8 weights run dequantised in float32, so their results differ from the ONNX graph's by its quantisation noise.
    Runs are serialised: the number of threads is a setting of the whole process, set and put back around each run.
    """

    concurrent = False

    def __init__(
        self,
        artifact: Artifact,
        outputs: Sequence[str],
        *,
        device: Device = CPU,
        threads: int = 1,
        deterministic: bool = True,
    ) -> None:
        try:
            import torch
        except ImportError as error:
            raise BackendMissing(
                "torch is not installed; pip install 'assay[torch]', or use onnx on the cpu"
            ) from error
        self._torch = torch
        self._device = device
        self._threads = threads
        self._deterministic = deterministic
        self._outputs = tuple(outputs)
        self._id = artifact.id
        self._lock = threading.Lock()
        module: nn.Module = load(TORCH, artifact)
        self._module = module.to(str(device)).eval().requires_grad_(False)

    def run(self, feeds: Arrays) -> dict[str, NDArray[Any]]:
        """See `assay.models.engine.backend.Backend.run`."""
        torch = self._torch
        with self._lock, torch.inference_mode(), self._settings():
            # torch wants writable memory; a copy of one batch costs nothing beside its network.
            given = {
                name: torch.from_numpy(np.array(array)).to(str(self._device)) for name, array in feeds.items()
            }
            made = self._module(given)
            missing = [name for name in self._outputs if name not in made]
            if missing:
                raise BackendOutput(
                    f"the network of {self._id} gives no {', '.join(missing)}; correct the outputs in its card"
                )
            return {name: made[name].cpu().numpy() for name in self._outputs}

    @contextmanager
    def _settings(self) -> Iterator[None]:
        torch = self._torch
        before = torch.get_num_threads()
        torch.set_num_threads(self._threads)
        try:
            with torch.backends.cudnn.flags(
                enabled=True,
                deterministic=self._deterministic,
                benchmark=False,
                allow_tf32=not self._deterministic,
            ):
                yield
        finally:
            torch.set_num_threads(before)

    def describe(self) -> BackendRecord:
        """See `assay.models.engine.backend.Backend.describe`."""
        libraries = {"torch": str(self._torch.__version__), "numpy": np.__version__}
        if self._device != CPU:
            libraries["cuda"] = str(self._torch.version.cuda or self._torch.version.hip)
            libraries["device"] = self._torch.cuda.get_device_name(self._device.index)
        return BackendRecord("torch", str(self._device), self._threads, libraries)

    def close(self) -> None:
        """See `assay.models.engine.backend.Backend.close`."""
        self._module = self._torch.nn.Identity()
