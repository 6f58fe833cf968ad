"""A network that was tuned here: a backbone, a normalisation, and a linear head on its features."""

import re
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..backbones import Backbone, BackboneError, open_backbone
from . import NetworkUnreadable

if TYPE_CHECKING:
    from ..artifact import Artifact

__all__ = ["Tuned", "network"]

_MODEL = re.compile(r"[a-z0-9_]{1,100}(\.[a-z0-9_]{1,100})?", re.ASCII)
"""Names of architectures; others could name an address that timm would fetch from."""


class Tuned(nn.Module):
    """``pixels`` uint8 [n, 224, 224, 3] to a logit [n]; more is more synthetic."""

    def __init__(self, backbone: nn.Module, width: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.head = nn.Linear(width, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, pixels: Tensor) -> Tensor:
        """The logit."""
        made: Tensor = self.head(self.norm(self.backbone(pixels)))
        return made[:, 0]

    def train(self, mode: bool = True) -> "Tuned":
        """As every module, but that a frozen backbone stays as it is: its statistics are not these pictures'."""
        super().train(mode)
        if not any(parameter.requires_grad for parameter in self.backbone.parameters()):
            self.backbone.eval()
        return self


class _Named(nn.Module):
    """Tensors by name, as an engine hands them in and takes them."""

    def __init__(self, core: Tuned) -> None:
        super().__init__()
        self.core = core

    def forward(self, given: dict[str, Tensor]) -> dict[str, Tensor]:
        return {"logit": self.core(given["pixels"])}


def network(artifact: "Artifact") -> nn.Module:
    """The network of an artifact of the family ``tuned-network``: its own weights, nothing is fetched."""
    stated = artifact.card.architecture.parameters["backbone"]
    if not isinstance(stated, dict):
        raise NetworkUnreadable(f"{artifact.id} states no backbone")
    asked = Backbone.model_validate({name: stated.get(name) for name in ("zoo", "timm")})
    if asked.timm is not None and not _MODEL.fullmatch(asked.timm):
        raise NetworkUnreadable(f"{asked.timm[:100]!r} is no name of a timm model; take one of timm.list_models()")
    try:
        made = Tuned(*open_backbone(asked))
    except BackboneError as error:
        raise NetworkUnreadable(f"the backbone of {artifact.id} is not there: {error}") from None
    weights = artifact.tensors("weights")
    made.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return _Named(made.eval())
