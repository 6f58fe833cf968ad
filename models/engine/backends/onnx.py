"""Networks as ONNX graphs, run by ONNX Runtime on a CPU."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...artifact import Artifact
from ..backend import Arrays, BackendError, BackendMissing, BackendOutput, BackendRecord

__all__ = ["GraphRefused", "OnnxBackend"]

_ERRORS_ONLY: Final = 3


class GraphRefused(BackendError):
    """ONNX Runtime does not accept a graph."""

    code = "graph-refused"


class OnnxBackend:
    """The files of role "graph", run one after the other in the order of the card.

    What one graph gives is, by its name, input of those after it. A graph that the requested outputs do not need is
    not loaded. Weights come from verified bytes; a graph that points at other files was refused with its artifact.

    Parameters
    ----------
    outputs
        Names to compute, out of the outputs of the card.
    threads
        Threads inside one run. With one, results do not depend on how many cores there are.
    """

    concurrent = True

    def __init__(self, artifact: Artifact, outputs: Sequence[str], *, threads: int = 1) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise BackendMissing("onnxruntime is not installed; pip install onnxruntime") from error
        self._version: str = onnxruntime.__version__
        self._threads = threads
        self._outputs = tuple(outputs)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        options.use_deterministic_compute = True
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        wanted = set(outputs)
        steps: list[tuple[Any, tuple[str, ...], tuple[str, ...]]] = []
        for file in reversed([file for file in artifact.card.files if file.role == "graph"]):
            try:
                session = onnxruntime.InferenceSession(
                    artifact.data(file.path).tobytes(), options, providers=["CPUExecutionProvider"]
                )
            except Exception as error:  # the runtime's own exceptions share no base class
                raise GraphRefused(
                    f"ONNX Runtime {self._version} refuses {file.path} of {artifact.id}: "
                    f"{str(error).strip()[:400]}; update onnxruntime, or export the graph again"
                ) from error
            given = tuple(output.name for output in session.get_outputs() if output.name in wanted)
            if not given:
                continue
            needed = tuple(entry.name for entry in session.get_inputs())
            wanted = (wanted - set(given)) | set(needed)
            steps.append((session, needed, given))
        self._steps = tuple(reversed(steps))
        inputs = {tensor.name for tensor in artifact.card.inputs}
        if wanted - inputs:
            raise BackendOutput(
                f"no graph of {artifact.id} gives {', '.join(sorted(wanted - inputs))}, which its card or a later "
                "graph needs; correct the names and write the artifact again"
            )

    def run(self, feeds: Arrays) -> dict[str, NDArray[Any]]:
        """See `assay.models.engine.backend.Backend.run`."""
        known: dict[str, NDArray[Any]] = dict(feeds)
        for session, needed, given in self._steps:
            made = session.run(list(given), {name: known[name] for name in needed})
            known.update(zip(given, (np.asarray(array) for array in made), strict=True))
        return {name: known[name] for name in self._outputs}

    def describe(self) -> BackendRecord:
        """See `assay.models.engine.backend.Backend.describe`."""
        libraries = {"onnxruntime": self._version, "numpy": np.__version__}
        return BackendRecord("onnx", "cpu", self._threads, libraries)

    def close(self) -> None:
        """See `assay.models.engine.backend.Backend.close`."""
        self._steps = ()
