"""An attacker who knows the network: projected gradient descent on what the network is shown.

Madry et al., *Towards deep learning models resistant to adversarial attacks*, ICLR 2018. Every part of a picture that
the network looks at is changed by at most `epsilon` grey levels a channel, generated ones so that they score low, real
ones so that they score high. The change is made on the torch version of the network in float32; what counts is what the
engine then says of the rounded pixels, once as they are and once after the last save that every part gets.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ...models.artifact import Artifact
from ...models.networks import TORCH, load

if TYPE_CHECKING:
    from torch.nn import Module

__all__ = ["EPSILONS", "Attacker", "unattackable"]

EPSILONS: Final = (1.0, 2.0, 4.0, 8.0)
"""Largest changes of a channel that are tried, in grey levels of 0..255."""

_STRIDE: Final = 1.25


def unattackable(artifact: Artifact) -> str:
    """Why there is no attack on an artifact, in words; empty where there can be one."""
    if artifact.card.architecture.family not in TORCH:
        return (
            f"the family {artifact.card.architecture.family} has no version that gradients can be taken of: an "
            "attacker who knows the network was not tried"
        )
    try:
        import torch  # noqa: F401
    except ImportError:
        return "torch is not installed (pip install 'assay[torch]'): an attacker who knows the network was not tried"
    return ""


class Attacker:
    """Attacks on one artifact.

    Parameters
    ----------
    artifact
        See `unattackable`.
    steps
        Gradients taken of each part; the best of all that was tried is kept.
    """

    def __init__(self, artifact: Artifact, steps: int) -> None:
        self._module: Module = load(TORCH, artifact)
        self._module.eval()
        for parameter in self._module.parameters():
            parameter.requires_grad_(False)
        self._raw = artifact.card.raw
        self._steps = steps

    def changed(
        self, rows: Sequence[Mapping[str, NDArray[Any]]], fake: bool, epsilon: float
    ) -> list[dict[str, NDArray[Any]]]:
        """Parts of one picture after the attack.

        Parameters
        ----------
        rows
            As the engine takes them, with `pixels` uint8 (height, width, 3).
        fake
            Label: fakes are pushed down, real ones up.
        epsilon
            Largest change, grey levels.

        Returns
        -------
        The same with other pixels, each within `epsilon` of what it was.
        """
        import torch

        made = []
        for row in rows:
            given = torch.from_numpy(np.array(row["pixels"], dtype=np.float32))[None]
            low, high = (given - epsilon).clamp(min=0), (given + epsilon).clamp(max=255)
            pixels = best = given
            found = float("inf")
            stride = _STRIDE * epsilon / self._steps
            for step in range(self._steps + 1):
                pixels = pixels.detach().requires_grad_(step < self._steps)
                raw = self._module({"pixels": pixels})[self._raw].sum() * (1 if fake else -1)
                if float(raw.detach()) < found:
                    found, best = float(raw.detach()), pixels.detach()
                if step == self._steps:
                    break
                (gradient,) = torch.autograd.grad(raw, pixels)
                moved = pixels.detach() - stride * gradient.sign()
                pixels = torch.minimum(torch.maximum(moved, low), high)
            rounded = torch.minimum(torch.maximum(best.round(), low.ceil()), high.floor())
            made.append({**row, "pixels": rounded[0].to(torch.uint8).numpy()})
        return made
