"""Backends: which one is chosen, chains of graphs, and what is refused."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from assay.models.artifact import Artifact
from assay.models.artifact.tensors import pack_tensors
from assay.models.card import Architecture, Card, Tensor
from assay.models.devices import CPU, DeviceAbsent, cpu_name, resolve, usable_cores
from assay.models.engine import Engine
from assay.models.engine.backend import BackendMissing, BackendOutput, open_backend
from assay.models.engine.backends.onnx import GraphRefused
from assay.models.engine.rows import BatchInvalid, RowInvalid
from assay.models.networks import NetworkUnreadable
from assay.models.networks.rarity_tables import entry_keys


def linear(name: str, source: str, target: str, weight: Any, domain: str = "") -> bytes:
    """A graph `target` [n, out] = `source` [n, in] @ weight, or [n] for a weight of one column."""
    weight = np.asarray(weight, np.float32)
    nodes = [helper.make_node("MatMul", [source, "w"], [target])]
    shape: list[str | int] = ["n", weight.shape[1]]
    weights = [numpy_helper.from_array(weight, "w")]
    if weight.shape[1] == 1:
        nodes = [
            helper.make_node("MatMul", [source, "w"], ["z"]),
            helper.make_node("Reshape", ["z", "s"], [target]),
        ]
        weights.append(numpy_helper.from_array(np.array([-1], np.int64), "s"))
        shape = ["n"]
    nodes[0].domain = domain
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(source, TensorProto.FLOAT, ["n", weight.shape[0]])],
        [helper.make_tensor_value_info(target, TensorProto.FLOAT, shape)],
        weights,
    )
    opsets = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def chain(folder: Path, graphs: dict[str, bytes], **fields: Any) -> Artifact:
    card: dict[str, Any] = {
        "name": "chain",
        "version": "0.1.0",
        "task": "test-score",
        "title": "A chain",
        "summary": "Graphs one after the other.",
        "licence": "Apache-2.0",
        "use": "any",
        "architecture": Architecture(family="chain-of-graphs"),
        "inputs": (Tensor(name="x", shape=(3,), dtype="float32"),),
        "outputs": (
            Tensor(name="score", shape=(), dtype="float32"),
            Tensor(name="middle", shape=(2,), dtype="float32"),
        ),
        "raw": "score",
        "precision": "fp32",
        "tolerance": 0.0,
        "created": "2026-01-31",
    }
    files = {name: ("graph", graph) for name, graph in graphs.items()}
    return Artifact.write(folder / "chain", Card(**(card | fields)), files, replace=True)  # type: ignore[arg-type]


FIRST = linear("first", "x", "middle", [[1, 0], [0, 1], [1, 1]])
SECOND = linear("second", "middle", "score", [[10], [1]])
ROWS = {"x": np.array([[1, 2, 3], [0, 1, 0]], np.float32)}


def test_graphs_run_in_card_order_and_feed_each_other_by_name(tmp_path: Path) -> None:
    backend = open_backend(chain(tmp_path, {"a.onnx": FIRST, "b.onnx": SECOND}), outputs=["score", "middle"])
    made = backend.run(ROWS)
    assert made["middle"].tolist() == [[4, 5], [0, 1]]
    assert made["score"].tolist() == [45, 1]
    assert backend.describe().name == "onnx" and backend.describe().threads == 1


def test_a_graph_that_no_output_needs_is_not_run(tmp_path: Path) -> None:
    slow = linear("second", "middle", "score", [[10], [1]])
    artifact = chain(tmp_path, {"a.onnx": FIRST, "b.onnx": slow})
    made = open_backend(artifact, outputs=["middle"]).run(ROWS)
    assert made.keys() == {"middle"}


def test_graphs_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BackendOutput, match=r"no graph of chain@0\.1\.0 gives middle"):
        open_backend(chain(tmp_path, {"b.onnx": SECOND, "a.onnx": FIRST}))


def test_a_graph_that_the_runtime_does_not_know_is_refused(tmp_path: Path) -> None:
    graph = linear("strange", "x", "score", [[1], [1], [1]], domain="org.unknown")
    with pytest.raises(GraphRefused, match=r"refuses a\.onnx.*unknown"):
        open_backend(chain(tmp_path, {"a.onnx": graph}))


def test_an_output_of_another_shape_than_the_card_states_is_refused(tmp_path: Path) -> None:
    outputs = (
        Tensor(name="score", shape=(), dtype="float32"),
        Tensor(name="middle", shape=(5,), dtype="float32"),
    )
    artifact = chain(tmp_path, {"a.onnx": FIRST, "b.onnx": SECOND}, outputs=outputs)
    with (
        Engine.open(artifact, outputs=["middle"]) as engine,
        pytest.raises(BackendOutput, match="middle of shape"),
    ):
        next(engine.score([{"x": ROWS["x"][0]}]))


def test_a_backend_that_the_artifact_has_not_is_refused(tmp_path: Path) -> None:
    artifact = chain(tmp_path, {"a.onnx": FIRST, "b.onnx": SECOND})
    for name in ("torch", "arrays", "abacus"):
        with pytest.raises(BackendMissing, match=name):
            open_backend(artifact, device="cpu", prefer=name)


@pytest.fixture(scope="module")
def rarity(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    random = np.random.default_rng(0)
    contexts = np.sort(random.integers(-(2**62), 2**62, 6))
    owner, value = np.repeat(contexts, 5), random.integers(-(2**62), 2**62, 30)
    keys = entry_keys(owner, value)
    order = np.argsort(keys)
    counts = random.integers(1, 20, 30)
    state = {
        "entry_key": keys[order],
        "entry_context": owner[order],
        "entry_count": counts[order],
        "context_key": contexts,
        "context_total": counts.reshape(6, 5).sum(axis=1),
        "context_spilled": np.zeros(6, np.int64),
    }
    card = Card(
        name="counts",
        version="1.0.0",
        task="log-rarity",
        title="Counts",
        summary="Tail-mass bits.",
        licence="Apache-2.0",
        use="any",
        architecture=Architecture(
            family="rarity",
            parameters={
                "included": False,
                "event_pairs": 1,
                "alone_pairs": 0,
                "strong_pairs": 0,
                "named_pairs": 0,
                "slot": 0,
                "spread": [-1, -1],
            },
        ),
        inputs=(
            Tensor(name="entry", per="batch", shape=(None,), dtype="int64"),
            Tensor(name="context", per="batch", shape=(None,), dtype="int64"),
            Tensor(name="index", shape=(None,), dtype="int32"),
            Tensor(name="pair", per="batch", shape=(None,), dtype="int16"),
            Tensor(name="burst", shape=(), dtype="float32"),
        ),
        outputs=(
            Tensor(name="raw", shape=(), dtype="float32"),
            Tensor(name="bits", per="batch", shape=(None,), dtype="float32"),
            Tensor(name="seen", per="batch", shape=(None,), dtype="int64"),
        ),
        raw="raw",
        precision="counts",
        tolerance=1e-5,
        created="2026-01-31",
    )
    folder = tmp_path_factory.mktemp("rarity") / "counts"
    return Artifact.write(folder, card, {"state.safetensors": ("state", pack_tensors(state))})


def queries(rarity: Artifact, count: int) -> dict[str, Any]:
    random = np.random.default_rng(1)
    contexts = rarity.tensors("state")["context_key"]
    return {
        "entry": random.integers(-(2**62), 2**62, 2000),
        "context": random.choice(contexts, 2000),
        "index": random.integers(0, 2001, (count, 4)).astype(np.int32),
        "pair": np.arange(4, dtype=np.int16),
        "burst": random.random(count).astype(np.float32),
    }


def test_counts_run_as_arrays_without_torch_and_alike_in_torch(rarity: Artifact) -> None:
    columns = queries(rarity, 500)
    with Engine.open(rarity, outputs=["bits", "seen"]) as engine:
        (arrays,) = engine.score_columns([columns])
        assert engine.record.backend == "arrays"
        parts = [{**columns, "index": columns["index"][at:][:7], "burst": columns["burst"][at:][:7]} for at in (0, 7)]
        assert [raw for part in engine.score_columns(parts) for raw in part.raw.tolist()] == arrays.raw[:14].tolist()
        with pytest.raises(RowInvalid, match="batches of columns"):
            next(engine.score([{name: array[0] for name, array in columns.items()}]))
        with pytest.raises(BatchInvalid, match="entry"):
            next(engine.score_columns([{**columns, "entry": columns["entry"].astype(np.int32)}]))
    with Engine.open(rarity, device="cpu", backend="torch", outputs=["bits", "seen"]) as engine:
        (torch_made,) = engine.score_columns([columns])
        assert engine.record.libraries.keys() == {"torch", "numpy"} and engine.record.device == "cpu"
    assert arrays.raw.max() > 0
    assert torch_made.raw == pytest.approx(arrays.raw, abs=1e-5)
    assert np.array_equal(torch_made.arrays["seen"], arrays.arrays["seen"])


def test_an_artifact_that_is_not_of_its_family_is_refused(tmp_path: Path, rarity: Artifact) -> None:
    state = {"state.safetensors": ("state", pack_tensors({"entry_key": np.arange(3)}))}
    broken = Artifact.write(tmp_path / "counts", rarity.card, state)  # type: ignore[arg-type]
    for backend in ("arrays", "torch"):
        with pytest.raises(NetworkUnreadable, match=r"counts@1\.0\.0 is no artifact of the family rarity"):
            Engine.open(broken, device="cpu", backend=backend)


def test_the_automatic_device_imports_no_torch_on_a_machine_without_a_driver(rarity: Artifact) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from assay.models import devices\n"
        "if not any(Path(driver).exists() for driver in devices._DRIVERS):\n"
        "    from assay.models.artifact import Artifact\n"
        "    from assay.models.engine import Engine\n"
        "    with Engine.open(Artifact.open(sys.argv[1])) as engine:\n"
        "        assert engine.record.device == 'cpu'\n"
        "    assert 'torch' not in sys.modules and 'onnxruntime' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program, str(rarity.folder)], check=True)


def test_devices_resolve_to_what_is_there() -> None:
    import torch

    assert resolve("cpu") == CPU and str(CPU) == "cpu"
    assert str(resolve("auto", torch_ready=False)) == "cpu"
    assert usable_cores() >= 1 and "," in cpu_name()
    with pytest.raises(DeviceAbsent, match="cuda:99"):
        resolve("cuda:99")
    if torch.cuda.is_available():
        assert str(resolve("cuda")) == "cuda:0" and str(resolve("auto")) == "cuda:0"


def test_torch_threads_are_put_back(rarity: Artifact) -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with Engine.open(rarity, device="cpu", backend="torch") as engine:
            next(engine.score_columns([queries(rarity, 3)]))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
