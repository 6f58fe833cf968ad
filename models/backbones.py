"""Image networks to start from: out of an artifact of the zoo, or an architecture of timm with or without weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..errors import AssayError
from .artifact import Artifact
from .registry import Registry

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

__all__ = ["SIDE", "Backbone", "BackboneError", "open_backbone"]

SIDE = 224
"""Sides of the pictures that it is given, in pixels."""


class BackboneError(AssayError):
    """A network to start from is not there, or its weights are not those of its architecture."""

    code = "backbone"


class Backbone(BaseModel):
    """Which network to start from.

    Attributes
    ----------
    zoo
        Name of an artifact of family ``clip-probe``: its image tower.
    timm
        Name of an architecture of timm.
    weights
        For timm: a safetensors file; ``pretrained`` lets timm fetch what it knows, which needs the network; null starts
        from chance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zoo: str | None = None
    timm: str | None = None
    weights: Literal["pretrained"] | Path | None = Field(default=None, union_mode="left_to_right")

    @model_validator(mode="after")
    def _one(self) -> "Backbone":
        if (self.zoo is None) == (self.timm is None):
            raise ValueError("name exactly one of zoo and timm")
        if self.zoo is not None and self.weights is not None:
            raise ValueError("an artifact of the zoo has weights of its own")
        return self

    @property
    def told(self) -> str:
        """In words, for a card."""
        if self.zoo is not None:
            return f"image tower of {self.zoo}"
        start = {None: "from chance", "pretrained": "from the weights that timm fetches"}.get(
            self.weights if not isinstance(self.weights, Path) else "", "from a file of weights"
        )
        return f"{self.timm} of timm, {start}"


def open_backbone(asked: Backbone) -> tuple["Module", int]:
    """Build the network.

    Returns
    -------
    A module from ``pixels`` uint8 [n, 224, 224, 3] to features [n, d], and d.

    Raises
    ------
    BackboneError
        No such architecture, weights that are not its own, or what would fetch them failed.
    """
    if asked.zoo is not None:
        return _tower(Registry().get(asked.zoo))
    return _timm(str(asked.timm), asked.weights)


def _tower(artifact: Artifact) -> tuple["Module", int]:
    from torch import nn

    from .networks.clip import ClipTower
    from .networks.onnx_module import initialisers

    if artifact.card.architecture.family != "clip-probe":
        raise BackboneError(f"{artifact.id} has no image tower: name an artifact of the family clip-probe")
    graph = next(file for file in artifact.card.files if file.role == "graph")
    blocks = artifact.card.architecture.parameters.get("blocks")
    asked = [block for block in blocks if isinstance(block, int)] if isinstance(blocks, list) else []
    tower = ClipTower(initialisers(artifact.data(graph.path).tobytes()), asked)

    class Features(nn.Module):
        """The features of the tower alone."""

        def __init__(self) -> None:
            super().__init__()
            self.tower = tower

        def forward(self, pixels: "Tensor") -> "Tensor":
            made: Tensor = self.tower(pixels)["features"]
            return made

    return Features(), 2 * tower.position.shape[-1] * len(tower.feature_blocks)


def _timm(name: str, weights: Path | str | None) -> tuple["Module", int]:
    try:
        import timm
    except ImportError as error:
        raise BackboneError("timm is not installed; pip install 'assay[timm]'") from error
    import torch
    from torch import Tensor, nn

    fetched = weights == "pretrained"
    try:
        try:
            made = timm.create_model(name, pretrained=fetched, num_classes=0, img_size=SIDE)
        except TypeError:  # architectures that take any size know no such argument
            made = timm.create_model(name, pretrained=fetched, num_classes=0)
    except Exception as error:  # unknown names and failed downloads share no base class
        raise BackboneError(f"timm gives no {name!r}: {str(error)[:300]}") from error
    if isinstance(weights, Path):
        _loaded(made, weights, name)
    # The library has no types; what it says of its own architectures is taken as it is.
    network: Any = made
    mean, std = network.pretrained_cfg["mean"], network.pretrained_cfg["std"]

    class Normalised(nn.Module):
        """Pixels as they are stored to features."""

        mean: Tensor
        std: Tensor

        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1) * 255)
            self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1) * 255)

        def forward(self, pixels: Tensor) -> Tensor:
            x = (pixels.permute(0, 3, 1, 2).float() - self.mean) / self.std
            features: Tensor = self.network(x)
            return features

    return Normalised(), int(network.num_features)


def _loaded(module: "Module", path: Path, name: str) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        held = load_file(path)
    except (OSError, SafetensorError) as error:
        raise BackboneError(f"{path} cannot be read as safetensors: {error}") from error
    own = module.state_dict()
    wrong = [key for key, value in own.items() if key not in held or held[key].shape != value.shape]
    if wrong:
        raise BackboneError(
            f"{path} does not hold the weights of {name}: {len(wrong)} of {len(own)} are missing or of another shape, "
            f"such as {wrong[0]}"
        )
    module.load_state_dict({key: held[key] for key in own})
