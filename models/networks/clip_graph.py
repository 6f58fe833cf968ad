"""Cut and rebuild the CLIP ViT-B/16 image tower as a small, fast int8 ONNX graph.

The tower is cut after its eighth block, since the middle blocks carry the traces of image generation, and written anew
from its own int8 weights (`clip_weights`). ``uint8`` pixels come in; normalisation is folded into the patch embedding.
Few channels with huge values would waste the eight bits of all others; `clip_outliers` takes care of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .clip_outliers import soften, split
from .clip_weights import (
    EPSILON,
    GELU_SLOPE,
    HEADS,
    PATCH,
    SIDE,
    WIDTH,
    Block,
    Linear,
    Norm,
    Tower,
    read_source,
)

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

BLOCKS: Final = (6, 8)
"""Blocks (counted from 1) whose tokens make up the features."""


class _Graph:
    """Collects nodes and initialisers; every method returns the name of what it adds."""

    def __init__(self, *, dense: bool) -> None:
        self.dense = dense
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def add(self, kind: str, inputs: Sequence[str], outputs: str | Sequence[str], **attributes: Any) -> str:
        from onnx import helper

        names = [outputs] if isinstance(outputs, str) else list(outputs)
        domain = "com.microsoft" if kind in _CONTRIBUTED else ""
        self.nodes.append(
            helper.make_node(kind, list(inputs), names, name=names[0], domain=domain, **attributes)
        )
        return names[0]

    def linear(self, data: str, layer: Linear, name: str) -> str:
        if self.dense:
            product = [data, self.constant(f"{name}.weight", layer.dense())]
            total = [
                self.add("MatMul", product, f"{name}.product"),
                self.constant(f"{name}.bias", layer.bias),
            ]
            return self.add("Add", total, name)
        weight = self.constant(f"{name}.weight", layer.weight)
        scale = self.constant(f"{name}.scale", layer.scale)
        bias = self.constant(f"{name}.bias", layer.bias)
        return self.add("DynamicQuantizeMatMul", [data, weight, scale, "", bias], name)

    def norm(self, data: str, layer: Norm, name: str) -> str:
        weight = self.constant(f"{name}.weight", layer.weight)
        bias = self.constant(f"{name}.bias", layer.bias)
        return self.add("LayerNormalization", [data, weight, bias], name, axis=-1, epsilon=EPSILON)


_CONTRIBUTED: Final = frozenset({"DynamicQuantizeMatMul", "MultiHeadAttention", "QuickGelu"})


def build(
    tower: Tower, blocks: Sequence[int] = BLOCKS, *, dense: bool = False, watch: Sequence[str] = ()
) -> onnx.ModelProto:
    """Write the graph: ``pixels`` uint8 [1, 224, 224, 3] (red, green, blue) to ``features`` and ``patches``.

    ``features`` float32 [1, 2 * 768 * len(blocks)]: for each block in order its class token, then the mean of its 196
    patch tokens. ``patches`` float32 [1, 196, 768]: the patch tokens of the last block, row by row.

    The batch is fixed at one: the scale of every dynamically quantised activation is taken over the whole tensor, so
    that rows of a batch would change each other.

    Parameters
    ----------
    dense : write dequantised float32 weights; four times the size, a third of the speed, for measuring
    watch : names of tokens inside the graph to be given out as well
    """
    from onnx import TensorProto, helper

    graph = _Graph(dense=dense)
    side = SIDE // PATCH
    tokens = side * side + 1
    data = graph.norm(_embed(graph, tower, side), tower.norm, "norm")
    pooled: list[str] = []
    for number, block in enumerate(tower.blocks, start=1):
        name = f"block.{number}"
        normed = graph.norm(data, block.norm1, f"{name}.norm1")
        data = graph.add("Add", [data, _attend(graph, normed, block, name)], f"{name}.attended")
        normed = graph.norm(data, block.norm2, f"{name}.norm2")
        data = graph.add("Add", [data, _think(graph, normed, block, name)], f"{name}.sum")
        if number in blocks:
            pooled += _pool(graph, data, name, tokens, last=number == len(tower.blocks))
    graph.add("Concat", pooled, "features", axis=1)
    outputs: dict[str, list[int] | None] = dict.fromkeys(watch)
    outputs |= {"features": [1, 2 * WIDTH * len(blocks)], "patches": [1, tokens - 1, WIDTH]}
    made = helper.make_graph(
        graph.nodes,
        "clip-vit-b16-middle",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, [1, SIDE, SIDE, 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        list(graph.constants.values()),
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=8, producer_name="assay")


def _embed(graph: _Graph, tower: Tower, side: int) -> str:
    """Pixels to tokens: cut into patches while still uint8, then one matrix product."""
    grid = graph.constant("grid.shape", np.array([side, PATCH, side, PATCH * 3], np.int64))
    flat = graph.constant("patch.shape", np.array([1, side * side, PATCH * PATCH * 3], np.int64))
    data = graph.add("Reshape", ["pixels", grid], "grid")
    data = graph.add("Transpose", [data], "grid.patches", perm=[0, 2, 1, 3])
    data = graph.add("Reshape", [data, flat], "patch.pixels")
    data = graph.add("Cast", [data], "patch.values", to=1)
    data = graph.add("MatMul", [data, graph.constant("patch.weight", tower.patch)], "patch.embedded")
    pads = graph.constant("class.pads", np.array([0, 1, 0, 0, 0, 0], np.int64))
    data = graph.add(
        "Pad", [data, pads], "tokens"
    )  # an empty first token: position[0] holds the class embedding
    # Sum, not Add: the run-time would fuse an Add with the normalisation that follows into a kernel five times slower.
    return graph.add("Sum", [data, graph.constant("position", tower.position[None])], "embedded")


def _attend(graph: _Graph, normed: str, block: Block, name: str) -> str:
    joined = graph.linear(normed, block.qkv, f"{name}.qkv")
    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    graph.add("Split", [joined], parts, axis=-1)
    mixed = graph.add("MultiHeadAttention", parts, f"{name}.attention", num_heads=HEADS)
    return graph.linear(mixed, block.out, f"{name}.out")


def _think(graph: _Graph, normed: str, block: Block, name: str) -> str:
    """Two linear layers with ``x * sigmoid(1.702 x)`` between them.

    With ``u = 1.702 x`` that is ``u * sigmoid(u) / 1.702``: the run-time's kernel for slope 1 takes two thirds of the
    time of any other slope, so scales carry the factor. The hidden units named in `Block.wild` go beside, in float32.
    """
    slope = np.float32(GELU_SLOPE)
    first = Linear(block.fc1.weight, block.fc1.scale * slope, block.fc1.bias * slope)
    second = Linear(block.fc2.weight, block.fc2.scale / slope, block.fc2.bias)
    first, wild_in, wild_bias, wild_out = split(first, second, block.wild)
    hidden = graph.linear(normed, first, f"{name}.fc1")
    hidden = graph.add("QuickGelu", [hidden], f"{name}.gelu", alpha=1.0)
    result = graph.linear(hidden, second, f"{name}.fc2")
    if not block.wild:
        return result
    hidden = graph.add("MatMul", [normed, graph.constant(f"{name}.wild.in", wild_in)], f"{name}.wild.product")
    hidden = graph.add("Add", [hidden, graph.constant(f"{name}.wild.bias", wild_bias)], f"{name}.wild")
    hidden = graph.add("QuickGelu", [hidden], f"{name}.wild.gelu", alpha=1.0)
    hidden = graph.add(
        "MatMul", [hidden, graph.constant(f"{name}.wild.out", wild_out)], f"{name}.wild.result"
    )
    return graph.add("Add", [result, hidden], f"{name}.mixed")


def _pool(graph: _Graph, data: str, name: str, tokens: int, *, last: bool) -> list[str]:
    sizes = graph.constant("pool.sizes", np.array([1, tokens - 1], np.int64))
    patches = "patches" if last else f"{name}.patches"
    graph.add("Split", [data, sizes], [f"{name}.class", patches], axis=1)
    shape = graph.constant("pool.shape", np.array([1, WIDTH], np.int64))
    first = graph.add("Reshape", [f"{name}.class", shape], f"{name}.class.flat")
    mean = graph.add("ReduceMean", [patches], f"{name}.mean", axes=[1], keepdims=0)
    return [first, mean]


def make(source: Path, target: Path) -> str:
    """Cut `source`, write the graph to `target` and return its SHA-256."""
    import onnx

    model = build(soften(read_source(source)))
    onnx.checker.check_model(model, full_check=False)
    data = model.SerializeToString(deterministic=True)
    target.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":  # python -m assay.models.networks.clip_graph clip_encoder.int8.onnx encoder.onnx
    import sys

    sys.stdout.write(make(Path(sys.argv[1]), Path(sys.argv[2])) + "\n")
