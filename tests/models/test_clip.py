"""The CLIP tower in torch against its ONNX graph, on a small tower with the real one's parts."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from assay.models.artifact import Artifact
from assay.models.engine import Engine
from assay.models.networks import NetworkUnreadable
from assay.models.networks.clip import ClipProbe, ClipTower
from assay.models.networks.clip_graph import build
from assay.models.networks.clip_outliers import HALVINGS, WILD_UNITS, soften, split
from assay.models.networks.clip_weights import (
    MEAN,
    PATCH,
    STD,
    WIDTH,
    Block,
    Linear,
    Norm,
    SourceError,
    Tower,
    fold,
    read_source,
)
from assay.models.networks.onnx_module import OnnxModule, initialisers
from assay.models.registry import Registry
from assay.models.registry.registry import ZOO

HIDDEN = 256


def linear(random: np.random.Generator, inside: int, outside: int) -> Linear:
    weight = random.integers(-127, 128, (inside, outside)).astype(np.int8)
    scale = (random.uniform(0.5, 1.5, outside) / 70 / inside**0.5).astype(np.float32)
    return Linear(weight, scale, random.normal(0, 0.1, outside).astype(np.float32))


def norm(random: np.random.Generator) -> Norm:
    weight = random.uniform(0.5, 1.5, WIDTH).astype(np.float32)
    weight[[69, 162]] = 12  # channels that dwarf the others, as the real tower has
    return Norm(weight, random.normal(0, 0.1, WIDTH).astype(np.float32))


@pytest.fixture(scope="module")
def tower() -> Tower:
    """Eight blocks with a narrow second half, random weights."""
    random = np.random.default_rng(0)
    blocks = [
        Block(
            norm1=norm(random),
            qkv=linear(random, WIDTH, 3 * WIDTH),
            out=linear(random, WIDTH, WIDTH),
            norm2=norm(random),
            fc1=linear(random, WIDTH, HIDDEN),
            fc2=linear(random, HIDDEN, WIDTH),
            wild=(3, 200) if number == 2 else (),
        )
        for number in (1, 2, 3)
    ]
    patch, _ = fold(random.normal(0, 0.05, (WIDTH, 3, PATCH, PATCH)).astype(np.float32))
    position = random.normal(0, 0.5, (197, WIDTH)).astype(np.float32)
    return Tower(patch, position, norm(random), tuple(blocks))


@pytest.fixture(scope="module")
def crops() -> Any:
    random = np.random.default_rng(1)
    smooth = random.normal(128, 60, (4, 14, 14, 3)).repeat(16, axis=1).repeat(16, axis=2)
    return np.clip(smooth + random.normal(0, 12, smooth.shape), 0, 255).astype(np.uint8)


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def features(model: onnx.ModelProto, crops: Any) -> Any:
    runner = session(model)
    return np.concatenate([runner.run(["features"], {"pixels": crop[None]})[0] for crop in crops])


def test_torch_computes_what_the_float_graph_computes(tower: Tower, crops: Any) -> None:
    runner = session(build(tower, (2, 3), dense=True))
    module = ClipTower(initialisers(build(tower, (2, 3)).SerializeToString()), (2, 3))
    with torch.inference_mode():
        made = module(torch.from_numpy(crops))
    for at, crop in enumerate(crops):
        expected, patches = runner.run(["features", "patches"], {"pixels": crop[None]})
        assert np.allclose(made["features"][at].numpy(), expected[0], rtol=1e-3, atol=1e-3)
        assert np.allclose(made["patches"][at].numpy(), patches[0], rtol=1e-3, atol=1e-3)


def test_features_are_class_token_and_patch_mean_of_the_named_blocks(tower: Tower, crops: Any) -> None:
    runner = session(build(tower, (2, 3), watch=("block.2.sum", "block.3.sum")))
    names = ["features", "patches", "block.2.sum", "block.3.sum"]
    made, patches, second, third = runner.run(names, {"pixels": crops[:1]})
    parts = np.split(made[0], 4)
    for part, expected in zip(
        parts, (second[0, 0], second[0, 1:].mean(axis=0), third[0, 0], third[0, 1:].mean(axis=0)), strict=True
    ):
        assert np.allclose(part, expected, atol=1e-4)
    assert np.array_equal(patches[0], third[0, 1:])


def closeness(exact: Any, other: Any) -> float:
    cosine = (exact * other).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(other, axis=1)
    return float(cosine.min())


def test_softening_hardly_changes_the_float_tower_and_calms_the_int8_graph(tower: Tower, crops: Any) -> None:
    halvings = {f"block.{number}.norm{half}": {3: (69, 162)} for number in (1, 2, 3) for half in (1, 2)}
    softer = soften(tower, halvings, {"block.2": (3, 200)})
    assert softer.blocks[1].wild == (3, 200)
    assert softer.blocks[0].norm1.weight[162] == tower.blocks[0].norm1.weight[162] / 8
    exact, soft_exact = (features(build(t, (2, 3), dense=True), crops) for t in (tower, softer))
    assert (
        np.abs(exact - soft_exact).mean() < 0.02 * np.abs(exact).mean()
    )  # weights that had to be rounded again
    hard, soft = (features(build(t, (2, 3)), crops) for t in (tower, softer))
    assert 0.95 < closeness(exact, hard) < closeness(exact, soft)
    assert closeness(exact, soft) > 0.99
    assert np.abs(soft - exact).mean() < 0.7 * np.abs(hard - exact).mean()


def test_wild_units_leave_the_integer_product(tower: Tower) -> None:
    first, second = tower.blocks[0].fc1, tower.blocks[0].fc2
    rest, inward, bias, outward = split(first, second, (5, 9))
    assert not rest.dense()[:, [5, 9]].any() and not rest.bias[[5, 9]].any()
    assert np.array_equal(np.delete(rest.dense(), (5, 9), axis=1), np.delete(first.dense(), (5, 9), axis=1))
    assert np.array_equal(inward, first.dense()[:, [5, 9]]) and np.array_equal(
        outward, second.dense()[[5, 9]]
    )
    assert np.array_equal(bias, first.bias[[5, 9]])


def test_normalisation_is_folded_into_the_patch_weights() -> None:
    random = np.random.default_rng(2)
    kernel = random.normal(0, 0.1, (WIDTH, 3, PATCH, PATCH)).astype(np.float32)
    pixels = random.integers(0, 256, (PATCH, PATCH, 3))
    weight, shift = fold(kernel)
    plain = (pixels / 255 - np.asarray(MEAN)) / np.asarray(STD)
    expected = np.einsum("ocyx,yxc->o", kernel.astype(float), plain)
    assert pixels.reshape(-1) @ weight + shift == pytest.approx(expected, abs=1e-4)


def test_the_table_of_outliers_names_channels_that_exist() -> None:
    assert len(HALVINGS) == 16 and WILD_UNITS.keys() == {"block.6", "block.7", "block.8"}
    for channels in HALVINGS.values():
        named = [channel for group in channels.values() for channel in group]
        assert len(named) == len(set(named)) < 80 and max(named) < WIDTH
    assert all(len(units) == len(set(units)) == 8 and max(units) < 3072 for units in WILD_UNITS.values())


def test_another_file_is_not_cut(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"something else")
    with pytest.raises(SourceError, match=r"clip_encoder\.int8\.onnx"):
        read_source(tmp_path / "model.onnx")


def head(kind: str = "Gemm") -> bytes:
    random = np.random.default_rng(4)
    nodes = {
        "Gemm": [
            helper.make_node("Sub", ["features", "mean"], ["centred"]),
            helper.make_node("Gemm", ["centred", "w", "b"], ["z"], transB=1, alpha=0.5),
            helper.make_node("Squeeze", ["z", "axis"], ["raw"]),
        ],
        "Erf": [helper.make_node("Erf", ["features"], ["raw"])],
    }[kind]
    weights = {
        "mean": random.normal(0, 1, 4 * WIDTH).astype(np.float32),
        "w": random.normal(0, 0.01, (1, 4 * WIDTH)).astype(np.float32),
        "b": np.array([0.25], np.float32),
        "axis": np.array([1], np.int64),
    }
    graph = helper.make_graph(
        nodes,
        "head",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 4 * WIDTH])],
        [helper.make_tensor_value_info("raw", TensorProto.FLOAT, ["n"])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    return bytes(
        helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
        ).SerializeToString()
    )


def test_heads_run_in_torch_as_in_the_runtime(tower: Tower, crops: Any) -> None:
    module = ClipProbe(
        ClipTower(initialisers(build(tower, (2, 3)).SerializeToString()), (2, 3)), [OnnxModule(head())]
    )
    with torch.inference_mode():
        made = module({"pixels": torch.from_numpy(crops)})
    runner = onnxruntime.InferenceSession(head())
    (expected,) = runner.run(["raw"], {"features": made["features"].numpy()})
    assert made["raw"].shape == (4,) and made["raw"].numpy() == pytest.approx(expected, abs=1e-4)


def test_operators_that_torch_does_not_get_are_refused() -> None:
    with pytest.raises(NetworkUnreadable, match="Erf"):
        OnnxModule(head("Erf"))
    with pytest.raises(NetworkUnreadable, match="no ONNX model"):
        OnnxModule(b"\x00\x01")


@pytest.fixture(scope="module")
def shipped() -> Artifact:
    if not any(entry.name == "clip-probe" for entry in Registry((ZOO,)).list()):
        pytest.skip("no clip-probe in this checkout's zoo")
    return Registry((ZOO,)).get("clip-probe")


def test_the_shipped_artifact_runs_in_torch(shipped: Artifact) -> None:
    with Engine.open(shipped, device="cpu", backend="torch") as engine:
        check = engine.record.golden
        assert engine.record.backend == "torch"
    assert check is not None and check.rows > 0
    golden = shipped.tensors("golden")
    logits = golden[f"output.{shipped.card.raw}"]
    assert 0 < check.max_difference < 0.5 * (logits.max() - logits.min())


def test_the_shipped_int8_graph_follows_torch_on_real_crops(shipped: Artifact, assay_data: Path) -> None:
    crops: list[Any] = []
    for path in sorted((assay_data / "media" / "train").rglob("*.jpg"))[::31]:
        with Image.open(path) as picture:
            if len(crops) < 4 and min(picture.size) >= 224:
                crops.append(np.asarray(picture.convert("RGB"))[-224:, -224:])
    assert len(crops) == 4
    graph = shipped.data("encoder.onnx").tobytes()
    runner = onnxruntime.InferenceSession(graph)
    with torch.inference_mode():
        exact = ClipTower(initialisers(graph))(torch.from_numpy(np.stack(crops)))["features"].numpy()
    quantised = np.concatenate([runner.run(["features"], {"pixels": crop[None]})[0] for crop in crops])
    for part in range(4):  # class token and patch mean of two blocks
        columns = slice(part * WIDTH, (part + 1) * WIDTH)
        assert closeness(exact[:, columns], quantised[:, columns]) > 0.99
