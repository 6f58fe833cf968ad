"""Export to ONNX: a network trained here, a chain of graphs, and what is not written."""

import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor as Torch
from torch import nn

from assay.models import networks
from assay.models.artifact import Artifact
from assay.models.artifact.tensors import pack_tensors
from assay.models.card import Architecture, Card, Tensor
from assay.models.engine import Engine
from assay.models.engine.golden import make_golden
from assay.models.export import AGREEMENT, ExportMismatch, ExportUnsupported, export

SIDE = 12


class Stripes(nn.Module):
    """Tells vertical from horizontal stripes: two convolutions and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 6, 3, padding=1)
        self.second = nn.Conv2d(6, 8, 3, stride=2, padding=1)
        self.last = nn.Linear(8, 1)

    def forward(self, feeds: dict[str, Torch]) -> dict[str, Torch]:
        hidden = torch.relu(self.first(feeds["picture"].unsqueeze(1)))
        hidden = torch.relu(self.second(hidden)).mean(dim=(2, 3))
        return {"score": self.last(hidden)[:, 0], "hidden": hidden}


class Unsteady(Stripes):
    """Computes something else whenever it is traced."""

    def forward(self, feeds: dict[str, Torch]) -> dict[str, Torch]:
        made = super().forward(feeds)
        return made | {"score": made["score"] + (0.001 if torch.compiler.is_compiling() else 0.0)}


def pictures(count: int, seed: int) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count)
    waves = np.sin(np.arange(SIDE) * 1.7 + random.random((count, 1)) * 6)
    made = np.where(labels[:, None, None] == 1, waves[:, :, None], waves[:, None, :])
    return (made + random.normal(0, 0.6, (count, SIDE, SIDE))).astype(np.float32), labels


@pytest.fixture(scope="module")
def weights() -> dict[str, Any]:
    """Weights after a few seconds of training."""
    torch.manual_seed(0)
    module = Stripes()
    x, y = pictures(400, seed=1)
    optimiser = torch.optim.Adam(module.parameters(), lr=0.02)
    for _ in range(60):
        score = module({"picture": torch.from_numpy(x)})["score"]
        loss = nn.functional.binary_cross_entropy_with_logits(score, torch.from_numpy(y).float())
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return {name: array.detach().numpy() for name, array in module.state_dict().items()}


@pytest.fixture
def family(monkeypatch: pytest.MonkeyPatch) -> str:
    """A family of the test's own, found like those that ship."""

    def network(artifact: Artifact) -> nn.Module:
        module = (Unsteady if artifact.card.architecture.parameters.get("unsteady") else Stripes)()
        tensors = artifact.tensors("weights")
        module.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
        return module

    module = types.ModuleType("stripes_network")
    module.network = network  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "stripes_network", module)
    monkeypatch.setitem(networks.TORCH, "stripes", "stripes_network:network")  # type: ignore[arg-type]
    return "stripes"


def written(folder: Path, weights: dict[str, Any], *, golden: bool = True, **fields: Any) -> Artifact:
    card: dict[str, Any] = {
        "name": "stripes",
        "version": "1.0.0",
        "task": "stripe-direction",
        "title": "Stripes",
        "summary": "Tells vertical from horizontal stripes.",
        "licence": "Apache-2.0",
        "use": "any",
        "architecture": Architecture(family="stripes"),
        "inputs": (Tensor(name="picture", shape=(SIDE, SIDE), dtype="float32"),),
        "outputs": (
            Tensor(name="score", shape=(), dtype="float32"),
            Tensor(name="hidden", shape=(8,), dtype="float32"),
        ),
        "raw": "score",
        "precision": "fp32",
        "tolerance": 1e-5,
        "created": "2026-01-31",
    }
    made = Card(**(card | fields))
    files: dict[str, tuple[str, bytes | Path]] = {"weights.safetensors": ("weights", pack_tensors(weights))}
    artifact = Artifact.write(folder / "stripes", made, files, replace=True)
    if not golden:
        return artifact
    rows = ({"picture": picture} for picture in pictures(5, seed=2)[0])
    files["golden.safetensors"] = ("golden", make_golden(artifact, rows, ["hidden"]))
    return Artifact.write(folder / "stripes", made, files, replace=True)


def run(path: Path, feeds: dict[str, Any]) -> dict[str, Any]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


@pytest.mark.parametrize("batch", [None, 4])
def test_a_trained_network_runs_alike_in_torch_and_onnx(
    tmp_path: Path, weights: dict[str, Any], family: str, batch: int | None
) -> None:
    artifact = written(tmp_path, weights, batch=batch)
    exported = export(artifact, tmp_path / "out")
    assert exported.max_difference <= AGREEMENT
    x, y = pictures(4 if batch else 200, seed=3)
    made = run(exported.graph, {"picture": x})
    with Engine.open(artifact, device="cpu", outputs=["hidden"]) as engine:
        assert engine.record.backend == "torch"
        (scores,) = engine.score_columns([{"picture": x}])
    assert made["score"] == pytest.approx(scores.raw, abs=AGREEMENT)
    assert made["hidden"] == pytest.approx(scores.arrays["hidden"], abs=AGREEMENT)
    if batch is None:
        assert np.mean((made["score"] > 0) == (y == 1)) > 0.9
    sheet = json.loads(exported.sheet.read_text())
    assert sheet["artifact_sha256"] == artifact.sha256 and sheet["inputs"][0]["name"] == "picture"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "stripes-1.0.0.json",
        "stripes-1.0.0.onnx",
    ]


def test_torch_scores_are_bit_equal_over_orders_and_threads(
    tmp_path: Path, weights: dict[str, Any], family: str
) -> None:
    rows = [{"picture": picture} for picture in pictures(30, seed=4)[0]]
    for batch in (None, 8):
        artifact = written(tmp_path, weights, batch=batch)
        with Engine.open(artifact, device="cpu", threads=1) as engine:
            first = [score.raw for score in engine.score(rows)]
            assert [score.raw for score in engine.score(rows[::-1])][::-1] == first
        with Engine.open(artifact, device="cpu", threads=2) as engine:
            assert [score.raw for score in engine.score(rows)] == first


def test_an_export_that_differs_is_not_written(tmp_path: Path, weights: dict[str, Any], family: str) -> None:
    architecture = Architecture(family="stripes", parameters={"unsteady": True})
    with pytest.raises(
        ExportMismatch, match=r"differs from its torch network by 0\.001.*nothing was written"
    ):
        export(written(tmp_path, weights, architecture=architecture), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_proved_or_exported_is_refused(
    tmp_path: Path, weights: dict[str, Any], family: str
) -> None:
    with pytest.raises(ExportUnsupported, match="no golden rows"):
        export(written(tmp_path, weights, golden=False), tmp_path / "out")
    with pytest.raises(ExportUnsupported, match="int8 is exported from ONNX graphs only"):
        export(written(tmp_path, weights, precision="int8", tolerance=0.1), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_chain_of_int8_graphs_becomes_one_file_of_the_same_bits(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    first = random.integers(-127, 128, (16, 8)).astype(np.int8)
    quantised = helper.make_graph(
        [
            helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"]),
            helper.make_node("MatMulInteger", ["q", "w", "qz"], ["i"]),
            helper.make_node("Cast", ["i"], ["f"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["f", "qs"], ["middle"]),
        ],
        "first",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 16])],
        [helper.make_tensor_value_info("middle", TensorProto.FLOAT, [1, 8])],
        [numpy_helper.from_array(first, "w")],
    )
    head = helper.make_graph(
        [
            helper.make_node("MatMul", ["middle", "w"], ["z"]),  # the same inner names as in the first graph
            helper.make_node("Reshape", ["z", "s"], ["score"]),
        ],
        "second",
        [helper.make_tensor_value_info("middle", TensorProto.FLOAT, [1, 8])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [1])],
        [
            numpy_helper.from_array(random.standard_normal((8, 1)).astype(np.float32), "w"),
            numpy_helper.from_array(np.array([-1], np.int64), "s"),
        ],
    )
    graphs = {
        name: helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8
        ).SerializeToString()
        for name, graph, opset in (("a.onnx", quantised, 17), ("b.onnx", head, 18))
    }
    card = Card(
        name="small-int8",
        version="2.0.0",
        task="test-score",
        title="int8",
        summary="Two graphs.",
        licence="Apache-2.0",
        use="any",
        architecture=Architecture(family="two-graphs"),
        inputs=(Tensor(name="x", shape=(16,), dtype="float32"),),
        outputs=(
            Tensor(name="score", shape=(), dtype="float32"),
            Tensor(name="middle", shape=(8,), dtype="float32"),
        ),
        raw="score",
        precision="int8",
        tolerance=0.5,
        batch=1,
        created="2026-01-31",
    )
    files: dict[str, tuple[str, bytes | Path]] = {name: ("graph", graph) for name, graph in graphs.items()}
    artifact = Artifact.write(tmp_path / "small-int8", card, files)
    rows = [{"x": random.standard_normal(16).astype(np.float32)} for _ in range(3)]
    files["golden.safetensors"] = ("golden", make_golden(artifact, rows))
    artifact = Artifact.write(tmp_path / "small-int8", card, files, replace=True)
    exported = export(artifact, tmp_path / "out")
    assert exported.max_difference == 0
    assert json.loads(exported.sheet.read_text())["tolerance"] == 0.5
    with Engine.open(artifact) as engine:
        for row, score in zip(rows, engine.score(rows), strict=True):
            assert run(exported.graph, {"x": row["x"][None]})["score"].tolist() == [score.raw]
