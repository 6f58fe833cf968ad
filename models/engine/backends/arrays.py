"""Networks as plain numpy functions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...artifact import Artifact
from ...networks import ARRAYS, load
from ..backend import Arrays, BackendOutput, BackendRecord

__all__ = ["ArraysBackend"]


class ArraysBackend:
    """The function that `assay.models.networks.ARRAYS` names for the artifact's family."""

    concurrent = True

    def __init__(self, artifact: Artifact, outputs: Sequence[str]) -> None:
        self._network = load(ARRAYS, artifact)
        self._outputs = tuple(outputs)
        self._id = artifact.id

    def run(self, feeds: Arrays) -> dict[str, NDArray[Any]]:
        """See `assay.models.engine.backend.Backend.run`."""
        made = self._network(feeds)
        missing = [name for name in self._outputs if name not in made]
        if missing:
            raise BackendOutput(
                f"the network of {self._id} gives no {', '.join(missing)}; correct the outputs in its card"
            )
        return {name: np.asarray(made[name]) for name in self._outputs}

    def describe(self) -> BackendRecord:
        """See `assay.models.engine.backend.Backend.describe`."""
        return BackendRecord("arrays", "cpu", 1, {"numpy": np.__version__})

    def close(self) -> None:
        """See `assay.models.engine.backend.Backend.close`."""
