"""CLIP's image tower with a linear head on its embedding: the layout of UnivFD.

The tower is Radford et al., *Learning transferable visual models from natural language supervision*, ICML 2021, the
head Ojha et al., *Towards universal fake image detectors*, CVPR 2023. Names of tensors are those that OpenAI's release
and open_clip use; sizes follow from the shapes of the tensors.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .published import Published, arguments, loaded

__all__ = ["ClipLinear", "network", "sizes"]

HEAD = 64
"""Numbers of one attention head, in every published CLIP."""


def network(artifact: Any) -> nn.Module:
    """The network of an artifact of the family ``clip-linear``."""
    core, normalise, sense = arguments(artifact)
    return Published(loaded(ClipLinear(**core), artifact.tensors("weights")), normalise, sense)


def sizes(weights: Mapping[str, Any], activation: str) -> dict[str, Any]:
    """What builds a `ClipLinear` for these tensors; a KeyError where one that must be there is not."""
    width, _, patch, _ = weights["conv1.weight"].shape
    layers = 0
    while f"transformer.resblocks.{layers}.ln_1.weight" in weights:
        layers += 1
    grid = round((len(weights["positional_embedding"]) - 1) ** 0.5)
    return {
        "side": grid * patch,
        "patch": patch,
        "width": width,
        "layers": layers,
        "hidden": len(weights["transformer.resblocks.0.mlp.c_fc.bias"]),
        "features": weights["proj"].shape[1],
        "outputs": len(weights["fc.bias"]),
        "activation": activation,
    }


class ClipLinear(nn.Module):
    """Normalised pixels (n, 3, side, side) to outputs (n, outputs).

    Parameters
    ----------
    side, patch
        Of the picture and of a patch, in pixels.
    width, layers, hidden, features, outputs
        Numbers of a token, blocks, hidden units of a block, numbers of the embedding, outputs of the head.
    activation
        ``quick_gelu`` (OpenAI's weights) or ``gelu``.
    """

    def __init__(
        self,
        side: int,
        patch: int,
        width: int,
        layers: int,
        hidden: int,
        features: int,
        outputs: int,
        activation: str,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty((side // patch) ** 2 + 1, width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = nn.Module()
        self.transformer.resblocks = nn.ModuleList(_Block(width, hidden, activation) for _ in range(layers))
        self.proj = nn.Parameter(torch.empty(width, features))
        self.fc = nn.Linear(features, outputs)

    def forward(self, values: Tensor) -> Tensor:
        """See the class."""
        tokens = self.conv1(values).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(len(tokens), 1, -1)
        tokens = self.ln_pre(torch.cat([first, tokens], 1) + self.positional_embedding)
        for block in self.transformer.resblocks:  # type: ignore[union-attr]
            tokens = block(tokens)
        made: Tensor = self.fc(self.ln_post(tokens[:, 0]) @ self.proj)
        return made


class _Attention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        rows, count, width = tokens.shape
        joined = functional.linear(tokens, self.in_proj_weight, self.in_proj_bias)
        query, key, value = joined.reshape(rows, count, 3, width // HEAD, HEAD).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        made: Tensor = self.out_proj(mixed.transpose(1, 2).reshape(rows, count, width))
        return made


class _Block(nn.Module):
    def __init__(self, width: int, hidden: int, activation: str) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = _Attention(width)
        self.mlp = nn.Module()
        self.mlp.c_fc, self.mlp.c_proj = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.quick = activation == "quick_gelu"

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attn(self.ln_1(tokens))
        values: Tensor = self.mlp.c_fc(self.ln_2(tokens))  # type: ignore[operator]
        values = values * torch.sigmoid(1.702 * values) if self.quick else functional.gelu(values)
        made: Tensor = tokens + self.mlp.c_proj(values)  # type: ignore[operator]
        return made
