"""The CLIP image tower and its linear probe in torch, from the weights of the int8 ONNX graphs.

`clip_graph` writes the graph; here its initialisers are read back, dequantised. Results are those of the float32
tower; the int8 graph differs from them by its quantisation noise.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from .clip_weights import EPSILON, HEADS, PATCH, SIDE, WIDTH
from .onnx_module import OnnxModule, initialisers

__all__ = ["ClipProbe", "ClipTower", "network"]


def network(artifact: Any) -> nn.Module:
    """Torch version of an artifact of family "clip-probe": its first graph is the tower, those after it are heads.

    Raises
    ------
    NetworkUnreadable
        A graph is not the tower, or uses an operator beyond those of a small head.
    """
    graphs = [artifact.data(file.path).tobytes() for file in artifact.card.files if file.role == "graph"]
    return ClipProbe(ClipTower(initialisers(graphs[0])), [OnnxModule(graph) for graph in graphs[1:]])


class ClipProbe(nn.Module):
    """Tower, then heads that find their inputs by name among all that was computed before."""

    def __init__(self, tower: "ClipTower", heads: Sequence[OnnxModule]) -> None:
        super().__init__()
        self.tower = tower
        self.heads = nn.ModuleList(heads)

    def forward(self, feeds: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``pixels`` uint8 [n, 224, 224, 3] to ``features``, ``patches`` and what the heads give."""
        known = self.tower(feeds["pixels"])
        for head in self.heads:
            known = known | head(known)
        return dict(known)


class ClipTower(nn.Module):
    """ViT-B/16 up to its last given block, with the features of named blocks.

    Parameters
    ----------
    arrays
        Initialisers of the graph that `clip_graph.build` writes, by name.
    blocks
        Blocks, counted from 1, whose class token and patch mean make up the features; the sixth and the last one
        when not given.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], blocks: Sequence[int] = ()) -> None:
        super().__init__()
        depth = 0
        while f"block.{depth + 1}.qkv.weight" in arrays:
            depth += 1
        self.feature_blocks = tuple(blocks) or (6, depth)
        self.patch = nn.Parameter(_tensor(arrays["patch.weight"]))
        self.position = nn.Parameter(_tensor(arrays["position"]))
        self.norm = _norm(arrays, "norm")
        self.blocks = nn.ModuleList(ClipBlock(arrays, f"block.{number}") for number in range(1, depth + 1))

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """uint8 [n, 224, 224, 3] to ``features`` [n, 3072] and ``patches`` [n, 196, 768]."""
        side = SIDE // PATCH
        cut = pixels.reshape(-1, side, PATCH, side, PATCH * 3).transpose(2, 3)
        tokens = cut.reshape(len(pixels), side * side, PATCH * PATCH * 3).float() @ self.patch
        tokens = self.norm(functional.pad(tokens, (0, 0, 1, 0)) + self.position)
        features: list[Tensor] = []
        for number, block in enumerate(self.blocks, start=1):
            tokens = block(tokens)
            if number in self.feature_blocks:
                features += [tokens[:, 0], tokens[:, 1:].mean(dim=1)]
        return {"features": torch.cat(features, dim=1), "patches": tokens[:, 1:]}


class ClipBlock(nn.Module):
    """One transformer block. The graph keeps a factor 1.702 in the scales of its second half; so does this."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], name: str) -> None:
        super().__init__()
        self.norm1 = _norm(arrays, f"{name}.norm1")
        self.qkv = _linear(arrays, f"{name}.qkv")
        self.out = _linear(arrays, f"{name}.out")
        self.norm2 = _norm(arrays, f"{name}.norm2")
        self.fc1 = _linear(arrays, f"{name}.fc1")
        self.fc2 = _linear(arrays, f"{name}.fc2")
        if f"{name}.wild.in" in arrays:
            # The graph computes these hidden units beside the integer product, and has scale 0 for them within it.
            wild_in, wild_out = _tensor(arrays[f"{name}.wild.in"]), _tensor(arrays[f"{name}.wild.out"])
            bias = torch.cat([self.fc1.bias.data, _tensor(arrays[f"{name}.wild.bias"])])
            self.fc1 = _dense(torch.cat([self.fc1.weight.data.T, wild_in], dim=1), bias)
            self.fc2 = _dense(torch.cat([self.fc2.weight.data.T, wild_out]), self.fc2.bias.data)

    def forward(self, tokens: Tensor) -> Tensor:
        """[n, 197, 768] to the same."""
        rows, count, _ = tokens.shape
        parts = (
            self.qkv(self.norm1(tokens)).reshape(rows, count, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        )
        mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2])
        tokens = tokens + self.out(mixed.transpose(1, 2).reshape(rows, count, WIDTH))
        hidden: Tensor = self.fc2(functional.silu(self.fc1(self.norm2(tokens))))
        return tokens + hidden


def _tensor(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.array(array, np.float32))


def _norm(arrays: Mapping[str, NDArray[Any]], name: str) -> nn.LayerNorm:
    norm = nn.LayerNorm(WIDTH, eps=EPSILON)
    norm.weight.data = _tensor(arrays[f"{name}.weight"])
    norm.bias.data = _tensor(arrays[f"{name}.bias"])
    return norm


def _linear(arrays: Mapping[str, NDArray[Any]], name: str) -> nn.Linear:
    weight = arrays[f"{name}.weight"].astype(np.float32) * arrays[f"{name}.scale"]
    return _dense(_tensor(weight), _tensor(arrays[f"{name}.bias"]))


def _dense(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[0], weight.shape[1], device="meta")
    layer.weight = nn.Parameter(weight.T.contiguous())
    layer.bias = nn.Parameter(bias)
    return layer
