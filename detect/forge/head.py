"""The head as files: an fp32 ONNX graph for the fast path, its arrays for torch, and golden crops for both."""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ..crops import SIDE, crops
from .launder import Pixels
from .probe import Probe

WIDTH = 768
"""Numbers in a token of the encoder."""

GRID = 14
"""Patches along one side of a crop."""


def arrays(probe: Probe) -> dict[str, NDArray[np.float32]]:
    """The head's tensors: `weight` (d,), `bias` (), float32."""
    return {"weight": probe.weight.astype(np.float32), "bias": np.array(probe.bias, dtype=np.float32)}


def graph(probe: Probe) -> bytes:
    """ONNX: `features` [n, d] and `patches` [n, 196, 768] to `logit` [n] and `map` [n, 14, 14].

    The map is what each patch of the last block adds to the logit through the patch mean, times the number of patches:
    its mean is the part of the logit that the patches of that block carry.
    """
    stored = arrays(probe)
    width = len(stored["weight"])
    constants = {
        "head.weight": stored["weight"][:, None],
        "head.bias": stored["bias"],
        "map.weight": stored["weight"][-WIDTH:],
        "logit.axis": np.array([1], dtype=np.int64),
        "map.shape": np.array([-1, GRID, GRID], dtype=np.int64),
    }
    nodes = [
        helper.make_node("MatMul", ["features", "head.weight"], ["product"]),
        helper.make_node("Squeeze", ["product", "logit.axis"], ["sum"]),
        helper.make_node("Add", ["sum", "head.bias"], ["logit"]),
        helper.make_node("MatMul", ["patches", "map.weight"], ["shares"]),
        helper.make_node("Reshape", ["shares", "map.shape"], ["map"]),
    ]
    made = helper.make_graph(
        nodes,
        "clip-probe-head",
        [
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width]),
            helper.make_tensor_value_info("patches", TensorProto.FLOAT, ["n", GRID * GRID, WIDTH]),
        ],
        [
            helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["n"]),
            helper.make_tensor_value_info("map", TensorProto.FLOAT, ["n", GRID, GRID]),
        ],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="assay"
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def golden_crops() -> list[Pixels]:
    """Crops that may be given away: two of scikit-learn's sample photos and a drawn pattern, (224, 224, 3) each."""
    from sklearn.datasets import load_sample_images

    photos = [np.asarray(image, dtype=np.uint8) for image in load_sample_images().images]
    return [crop.pixels for picture in [*photos, _pattern()] for crop in crops(picture, 2)]


def _pattern() -> Pixels:
    """A seeded drawing of discs on a ramp with noise: no photo, and nobody's."""
    rng = np.random.default_rng(7)
    side = 2 * SIDE
    y, x = np.mgrid[:side, :side].astype(np.float64)
    drawn = np.stack([96 + x / 8, 128 + y / 16, 160 - x / 16 + y / 32], axis=2)
    for _ in range(24):
        cx, cy = rng.uniform(0, side, 2)
        radius = rng.uniform(8, 72)
        drawn[(x - cx) ** 2 + (y - cy) ** 2 < radius**2] = rng.uniform(0, 255, 3)
    drawn += rng.normal(0, 4, drawn.shape)
    return np.asarray(np.clip(np.rint(drawn), 0, 255), dtype=np.uint8)
