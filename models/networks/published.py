"""Detectors that others published, as torch modules: pixels in, one logit out, whatever they take and give themselves.

What lies around the core is the same for all, and data of the card: how pixels are normalised, and which way its
outputs point.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["EDGE", "Published", "arguments"]

EDGE = 1e-7
"""Probabilities are taken to be at least this far from 0 and 1 before they become logits."""

Parameters = Mapping[str, Any]


class Published(nn.Module):
    """A core with normalised pixels before it and one logit after it.

    Parameters
    ----------
    core
        float32 (n, 3, h, w) to (n,), (n, 1) or (n, k).
    normalise
        ``mean`` and ``std`` of the channels in the order of the core, ``scale`` that pixels of 0..255 are divided by
        first, and ``colour``, ``RGB`` or ``BGR``.
    sense
        ``kind`` of the outputs, ``logits`` or ``probabilities``, and what is ``generated``: ``high`` or ``low`` of one
        output, or the numbers of those of several; ``recorded``, the numbers of the others that count.
    """

    def __init__(self, core: nn.Module, normalise: Parameters, sense: Parameters) -> None:
        super().__init__()
        self.core = core
        self.register_buffer("mean", torch.tensor(normalise["mean"]).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(normalise["std"]).view(1, 3, 1, 1), persistent=False)
        self.scale = float(normalise["scale"])
        self.turned = normalise["colour"] == "BGR"
        self.sense = sense

    def forward(self, feeds: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``pixels`` uint8 (n, h, w, 3), RGB, to ``logit`` (n,): the higher, the more likely generated."""
        values = feeds["pixels"].permute(0, 3, 1, 2).to(torch.float32) / self.scale
        if self.turned:
            values = values.flip(1)
        mean: Tensor = self.mean  # type: ignore[assignment]
        std: Tensor = self.std  # type: ignore[assignment]
        made = self.core((values - mean) / std)
        return {"logit": logit(made.reshape(len(values), -1).to(torch.float32), self.sense)}


def logit(outputs: Tensor, sense: Parameters) -> Tensor:
    """Outputs (n, k) as logits (n,) of "generated"."""
    generated = sense["generated"]
    if isinstance(generated, str):
        one = outputs[:, 0]
        if sense["kind"] == "probabilities":
            one = one.clamp(EDGE, 1 - EDGE)
            one = one.log() - (1 - one).log()
        return one if generated == "high" else -one
    sides = [outputs[:, list(numbers)] for numbers in (generated, sense["recorded"])]
    if sense["kind"] == "probabilities":
        for_it, against = (side.sum(1).clamp(min=EDGE).log() for side in sides)
    else:
        for_it, against = (side.logsumexp(1) for side in sides)
    return for_it - against


def arguments(artifact: Any) -> tuple[Parameters, Parameters, Parameters]:
    """Of a card: what builds the core, how pixels are normalised, and what outputs mean."""
    parameters = artifact.card.architecture.parameters
    return parameters["core"], parameters["normalise"], parameters["sense"]


def loaded(core: nn.Module, weights: Mapping[str, Any], leave: Sequence[str] = ()) -> nn.Module:
    """The core with its weights, every one of them and no other."""
    state = {name: torch.from_numpy(array) for name, array in weights.items() if name not in leave}
    core.load_state_dict(state, strict=True)
    return core.eval()
