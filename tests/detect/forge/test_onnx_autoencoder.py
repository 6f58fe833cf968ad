"""Auto-encoders as ONNX graphs: one or a pair, either scale of colour, and what is none."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

pytest.importorskip("torch")

from assay.detect.forge.latent import AutoEncoderWeightsError
from assay.detect.forge.onnx_autoencoder import OnnxAutoEncoder
from assay.detect.forge.twins import open_auto_encoder, psnr


def convolution(
    path: Path, kernel: np.ndarray, *, stride: int = 1, transposed: bool = False, bound: float = 9.0
) -> Path:
    """A graph of one convolution, clipped to -bound..bound."""
    inputs, outputs = kernel.shape[:2] if transposed else kernel.shape[1::-1]
    nodes = [
        helper.make_node(
            "ConvTranspose" if transposed else "Conv", ["x", "w"], ["c"], strides=[stride, stride]
        ),
        helper.make_node("Clip", ["c", "low", "high"], ["y"]),
    ]
    floats = {"w": kernel, "low": np.array(-bound), "high": np.array(bound)}
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, inputs, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, outputs, "p", "q"])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in floats.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def means(doubled: bool = False) -> np.ndarray:
    """Kernel of the mean of 4 x 4 pixels; `doubled` adds as many channels of nothing, like variances."""
    kernel = np.zeros((6 if doubled else 3, 3, 4, 4))
    for channel in range(3):
        kernel[channel, channel] = 1 / 16
    return kernel


def spread() -> np.ndarray:
    """Kernel that writes every value to 4 x 4 pixels."""
    kernel = np.zeros((3, 3, 4, 4))
    for channel in range(3):
        kernel[channel, channel] = 1
    return kernel


@pytest.mark.parametrize("doubled", [False, True])
def test_a_pair_encodes_and_decodes(tmp_path: Path, pixels: np.ndarray, doubled: bool) -> None:
    convolution(tmp_path / "encoder.onnx", means(doubled), stride=4)
    convolution(tmp_path / "decoder.onnx", spread(), stride=4, transposed=True)
    drawn = open_auto_encoder(tmp_path).redraw(pixels, "")
    assert drawn.shape == pixels.shape
    blocks = pixels[:160, :208].reshape(40, 4, 52, 4, 3).mean(axis=(1, 3))
    assert np.abs(drawn[2:160:4, 2:208:4] - blocks).max() <= 0.51


def test_the_scale_of_colour_is_found_out(tmp_path: Path, pixels: np.ndarray) -> None:
    # Halves the deviation from its own middle: 0 where colours run from -1 to 1.
    half = np.zeros((3, 3, 1, 1))
    for channel in range(3):
        half[channel, channel] = 0.5
    drawn = OnnxAutoEncoder([convolution(tmp_path / "half.onnx", half)]).redraw(pixels)
    assert np.abs(drawn - (127.5 + (pixels - 127.5) / 2)).max() <= 0.51
    # Cuts whatever is below 0: only colours from 0 to 1 come back whole.
    whole = convolution(tmp_path / "whole.onnx", 2 * half)
    model = onnx.load(whole)
    low = next(one for one in model.graph.initializer if one.name == "low")
    low.CopyFrom(numpy_helper.from_array(np.array(0, dtype=np.float32), "low"))
    onnx.save(model, whole)
    assert psnr(OnnxAutoEncoder([whole]).redraw(pixels), pixels) > 60


def test_what_gives_no_picture_is_refused(tmp_path: Path) -> None:
    smaller = convolution(tmp_path / "smaller.onnx", means(), stride=4)
    with pytest.raises(AutoEncoderWeightsError, match="came back"):
        open_auto_encoder(smaller)
    (tmp_path / "text.onnx").write_text("no graph")
    with pytest.raises(AutoEncoderWeightsError, match=r"text\.onnx"):
        open_auto_encoder(tmp_path / "text.onnx")


def test_values_that_are_not_finite_are_told(tmp_path: Path, pixels: np.ndarray) -> None:
    kernel = np.full((3, 3, 1, 1), np.nan)
    with pytest.raises(FloatingPointError, match="lost"):
        OnnxAutoEncoder([convolution(tmp_path / "lost.onnx", kernel)]).redraw(pixels)
