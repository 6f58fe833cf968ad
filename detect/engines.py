"""The engines of a sitting: each with its artifact, and what every verdict must say of them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from ..models.artifact import Artifact
from ..models.engine import Engine, RunRecord
from .values import ArtifactRef, Reason

__all__ = ["Engines"]


class Engines:
    """Opens engines, which last as long as the stack they are put on.

    Parameters
    ----------
    stack
        Closes them.
    device : str
        See :class:`~assay.detect.session.Detector`.

    Attributes
    ----------
    used : tuple of ArtifactRef
        What takes part in verdicts, in the order in which it was opened.
    doubts : tuple of Reason
        What every verdict must say about the artifacts on this machine.
    """

    def __init__(self, stack: ExitStack, device: str) -> None:
        self._stack, self._device = stack, device
        self.used: tuple[ArtifactRef, ...] = ()
        self.doubts: tuple[Reason, ...] = ()

    def open(self, artifact: Artifact, outputs: Sequence[str]) -> Engine:
        """An engine that runs this artifact with these outputs beside its score.

        Raises
        ------
        AssayError
            When the artifact or the device cannot be used.
        """
        engine = self._stack.enter_context(
            Engine.open(artifact, device=self._device, deterministic=True, outputs=outputs)
        )
        self.doubts += tuple(_doubts(engine.record))
        self.name(artifact)
        return engine

    def name(self, artifact: Artifact) -> None:
        """Name an artifact that takes part, and that something else runs."""
        self.used += (ArtifactRef(artifact.card.name, artifact.card.version, artifact.sha256),)


def _doubts(record: RunRecord) -> Iterator[Reason]:
    golden = record.golden
    if golden is not None and not golden.within:
        yield Reason(
            "golden-differs",
            f"the artifact's golden outputs differ by {golden.max_difference:.3g} on this processor, more than the "
            f"{golden.tolerance:.3g} that its card allows: scores fit the card's figures only that closely",
        )
