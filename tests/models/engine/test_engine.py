"""The engine: order, bounds, the same bits, refusals, golden rows and the record."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from assay.models.artifact import Artifact
from assay.models.artifact.tensors import pack_tensors, unpack_tensors
from assay.models.calibration import Calibrator, dump_calibrators
from assay.models.card import Architecture, Card, Tensor
from assay.models.devices import DeviceAbsent, DeviceUnknown, cpu_name
from assay.models.engine import Engine
from assay.models.engine.engine import AHEAD
from assay.models.engine.golden import GoldenMalformed, GoldenMismatch, make_golden
from assay.models.engine.rows import BatchInvalid, RowInvalid
from assay.models.engine.scores import BatchDependent, EngineClosed, OutputUnknown, ScoreNotFinite

WIDTH = 48
Row = dict[str, NDArray[Any]]


def graph(*, quantised: bool = False, mates: bool = False, rows: int | str = "rows") -> bytes:
    """Two layers: x [rows, 48] to map [rows, 32] and score [rows]; `mates` lets a row see the batch's mean."""
    random = np.random.default_rng(5)
    first = random.standard_normal((WIDTH, 32)).astype(np.float32) / 7
    last = random.standard_normal((32, 1)).astype(np.float32)
    weights = {"last": last, "shape": np.array([-1], np.int64)}
    nodes = []
    if quantised:
        scale = np.float32(np.abs(first).max() / 127)
        weights |= {"first": np.rint(first / scale).astype(np.int8), "scale": np.array([scale])}
        nodes += [
            helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"]),
            helper.make_node("MatMulInteger", ["q", "first", "qz"], ["i"]),
            helper.make_node("Cast", ["i"], ["f"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["qs", "scale"], ["s"]),
            helper.make_node("Mul", ["f", "s"], ["h"]),
        ]
    else:
        weights["first"] = first
        nodes.append(helper.make_node("MatMul", ["x", "first"], ["h"]))
    if mates:
        nodes.append(helper.make_node("CumSum", ["h", "axis"], ["c"]))
        weights["axis"] = np.array(0, np.int64)
    nodes += [
        helper.make_node("Tanh", ["c" if mates else "h"], ["map"]),
        helper.make_node("MatMul", ["map", "last"], ["z"]),
        helper.make_node("Reshape", ["z", "shape"], ["score"]),
    ]
    made = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, WIDTH])],
        [
            helper.make_tensor_value_info("score", TensorProto.FLOAT, [rows]),
            helper.make_tensor_value_info("map", TensorProto.FLOAT, [rows, 32]),
        ],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Artifact]:
    """Writes an artifact of one graph: made(bytes, golden=bytes, calibration=bytes, **card fields)."""

    def write(
        model: bytes, golden: bytes | None = None, calibration: bytes | None = None, **fields: Any
    ) -> Artifact:
        card: dict[str, Any] = {
            "name": "small-graph",
            "version": "1.0.0",
            "task": "test-score",
            "title": "Two layers",
            "summary": "Scores 48 numbers.",
            "licence": "Apache-2.0",
            "use": "any",
            "architecture": Architecture(family="two-layers"),
            "inputs": (Tensor(name="x", shape=(WIDTH,), dtype="float32"),),
            "outputs": (
                Tensor(name="score", shape=(), dtype="float32"),
                Tensor(name="map", shape=(32,), dtype="float32"),
            ),
            "raw": "score",
            "precision": "fp32",
            "tolerance": 1e-6,
            "created": "2026-01-31",
        }
        files: dict[str, tuple[str, bytes | Path]] = {"model.onnx": ("graph", model)}
        if golden is not None:
            files["golden.safetensors"] = ("golden", golden)
        if calibration is not None:
            files["calibration.json"] = ("calibration", calibration)
            card["calibration"] = "calibration.json"
        return Artifact.write(tmp_path / "small-graph", Card(**(card | fields)), files, replace=True)

    return write


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    random = np.random.default_rng(1)
    return [{"x": random.standard_normal(WIDTH).astype(np.float32)} for _ in range(41)]


def raws(engine: Engine, rows: list[Row]) -> list[float]:
    return [score.raw for score in engine.score(rows)]


def test_scores_are_those_of_the_network(made: Callable[..., Artifact], rows: list[Row]) -> None:
    random = np.random.default_rng(5)
    first = random.standard_normal((WIDTH, 32)).astype(np.float32) / 7
    last = random.standard_normal((32, 1)).astype(np.float32)
    x = np.stack([row["x"] for row in rows]).astype(np.float64)
    expected = (np.tanh(x @ first) @ last)[:, 0]
    with Engine.open(made(graph()), outputs=["map"]) as engine:
        scores = list(engine.score(rows))
    assert [score.raw for score in scores] == pytest.approx(expected.tolist(), abs=1e-5)
    assert scores[3].arrays["map"] == pytest.approx(np.tanh(x[3] @ first), abs=1e-6)
    assert scores[0].arrays.keys() == {"map"} and scores[0].calibrated is None


@pytest.mark.parametrize("how", ["one row", "fixed batch", "quantised"])
def test_stored_scores_are_bit_equal_whatever_runs_beside_them(
    made: Callable[..., Artifact], rows: list[Row], how: str
) -> None:
    batch = {"one row": None, "fixed batch": 8, "quantised": 1}[how]
    fields = {"batch": batch, "precision": "int8" if how == "quantised" else "fp32"}
    artifact = made(graph(quantised=how == "quantised"), **fields)
    with Engine.open(artifact, threads=1) as engine:
        first = raws(engine, rows)
        assert raws(engine, rows) == first
        assert raws(engine, rows[::-1])[::-1] == first
        assert [raws(engine, [row])[0] for row in rows] == first
        mates = [{"x": row["x"] * 1000} for row in rows]
        mixed = [row for pair in zip(rows, mates, strict=True) for row in pair]
        assert raws(engine, mixed)[::2] == first
        (columns,) = engine.score_columns([{"x": np.stack([row["x"] for row in rows])}])
        assert columns.raw.tolist() == first
    for threads in (2, 5):
        with Engine.open(artifact, threads=threads) as engine:
            assert raws(engine, rows) == first


def test_a_quantised_graph_really_depends_on_batch_mates(
    made: Callable[..., Artifact], rows: list[Row]
) -> None:
    """Else the test above would prove nothing of it."""
    artifact = made(graph(quantised=True), precision="int8")
    with Engine.open(artifact, deterministic=False) as engine:
        together = raws(engine, [*rows[:4], {"x": rows[5]["x"] * 100}])
        alone = [raws(engine, [row])[0] for row in rows[:4]]
    assert max(abs(a - b) for a, b in zip(together, alone, strict=False)) > 1e-3


def test_other_processes_give_the_same_bits(made: Callable[..., Artifact], rows: list[Row]) -> None:
    import subprocess
    import sys

    artifact = made(graph(quantised=True), precision="int8", batch=1)
    program = (
        "import sys, numpy as np\n"
        "from assay.models.artifact import Artifact\n"
        "from assay.models.engine import Engine\n"
        "random = np.random.default_rng(1)\n"
        "rows = [{'x': random.standard_normal(48).astype(np.float32)} for _ in range(41)]\n"
        "with Engine.open(Artifact.open(sys.argv[1])) as engine:\n"
        "    print(*(score.raw.hex() for score in engine.score(rows)))\n"
        "assert 'torch' not in sys.modules and 'onnx' not in sys.modules\n"
    )
    run = [sys.executable, "-c", program, str(artifact.folder)]
    printed = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()
    with Engine.open(artifact) as engine:
        assert [raw.hex() for raw in raws(engine, rows)] == printed


@pytest.mark.parametrize("threads", [1, 3])
def test_rows_are_read_no_further_ahead_than_the_window(
    made: Callable[..., Artifact], rows: list[Row], threads: int
) -> None:
    taken = 0

    def endless() -> Iterator[Row]:
        nonlocal taken
        while True:
            taken += 1
            yield rows[taken % len(rows)]

    with Engine.open(made(graph()), threads=threads) as engine:
        scores = engine.score(endless())
        assert taken == 0
        for handed in range(1, 200):
            next(scores)
            assert taken <= handed + threads * AHEAD
        scores.close()


def test_a_bad_row_is_named_and_loses_no_earlier_one(made: Callable[..., Artifact], rows: list[Row]) -> None:
    good = rows[0]["x"]
    bad: list[tuple[Any, str]] = [
        ({"y": good}, "lacks x"),
        ({"x": good, "y": good}, "unknown y"),
        ({"x": good[:-1]}, "shape"),
        ({"x": good.astype(np.float64)}, "float64"),
        ({"x": good.tolist()}, "list"),
        ({"x": np.where(np.arange(WIDTH) == 3, np.nan, good).astype(np.float32)}, "NaN"),
        ({"x": np.full(WIDTH, np.inf, np.float32)}, "infinity"),
        (None, "mapping"),
    ]
    for batch in (None, 8):
        artifact = made(graph(), batch=batch)
        for threads in (1, 3):
            with Engine.open(artifact, threads=threads) as engine:
                clean = raws(engine, rows[:20])
                for row, words in bad:
                    handed = []
                    with pytest.raises(RowInvalid, match=f"row 20.*{words}") as refused:
                        for score in engine.score([*rows[:20], row, rows[0]]):
                            handed.append(score.raw)
                    assert handed == clean and refused.value.row == 20 and refused.value.code == "row-invalid"


def test_an_error_of_the_source_comes_after_the_rows_before_it(
    made: Callable[..., Artifact], rows: list[Row]
) -> None:
    def breaking() -> Iterator[Row]:
        yield from rows[:11]
        raise OSError("the disk is gone")

    for threads in (1, 3):
        with Engine.open(made(graph(), batch=4), threads=threads) as engine:
            handed = []
            with pytest.raises(OSError, match="the disk is gone"):
                for score in engine.score(breaking()):
                    handed.append(score.raw)
            assert handed == raws(engine, rows[:11])


def test_columns_keep_their_batches_and_name_the_bad_one(
    made: Callable[..., Artifact], rows: list[Row]
) -> None:
    x = np.stack([row["x"] for row in rows])
    with Engine.open(made(graph(), batch=8), outputs=["map"]) as engine:
        parts = list(engine.score_columns({"x": part} for part in (x[:5], x[:0], x[5:])))
        assert [len(part.raw) for part in parts] == [5, 0, 36]
        assert parts[1].arrays["map"].shape == (0, 32)
        assert np.concatenate([part.raw for part in parts]).tolist() == raws(engine, rows)
        broken = x[:9].copy()
        broken[7, 2] = np.nan
        results = engine.score_columns([{"x": x[:5]}, {"x": broken}])
        assert next(results).raw.tolist() == parts[0].raw.tolist()
        with pytest.raises(BatchInvalid, match="batch 1, row 7") as refused:
            next(results)
        assert (refused.value.batch, refused.value.row) == (1, 7)
        with pytest.raises(BatchInvalid, match="shape"):
            next(engine.score_columns([{"x": x[0]}]))


def test_golden_rows_are_compared_at_opening(
    made: Callable[..., Artifact], rows: list[Row], caplog: pytest.LogCaptureFixture
) -> None:
    model = graph()
    golden = make_golden(made(model), rows[:5], ["map"])
    with Engine.open(made(model, golden), outputs=["map"]) as engine:
        check = engine.record.golden
    assert check is not None and check.max_difference == 0 and check.within and check.rows == 5
    assert check.made_on == cpu_name()
    bent = {
        name: array.copy()
        for name, array in unpack_tensors(np.frombuffer(golden, np.uint8).copy(), "g").items()
    }
    bent["output.score"][2] += 0.01
    for precision in ("fp32", "int8"):  # on the processor that made it, int8 has no excuse either
        with pytest.raises(GoldenMismatch, match=r"differ by 0\.01 here"):
            Engine.open(made(model, pack_tensors(bent), precision=precision))
    bent["made_on"] = np.frombuffer(b"Another processor\x1b[2J", np.uint8)
    artifact = made(model, pack_tensors(bent), precision="int8", tolerance=0.001)
    with caplog.at_level(logging.WARNING), Engine.open(artifact) as engine:
        check = engine.record.golden
    assert check is not None and not check.within
    assert check.max_difference == pytest.approx(0.01, rel=1e-3)
    assert "Another processor?[2J" in caplog.text and "differ by 0.01" in caplog.text
    with Engine.open(made(model, pack_tensors(bent), precision="int8", tolerance=0.02)) as engine:
        assert engine.record.golden is not None and engine.record.golden.within
    bent["output.score"][2] = np.nan
    with pytest.raises(GoldenMismatch, match="inf"):
        Engine.open(made(model, pack_tensors(bent)))


def test_a_golden_file_without_its_inputs_is_refused(made: Callable[..., Artifact], rows: list[Row]) -> None:
    golden = pack_tensors({"input.x": np.zeros((2, WIDTH), np.float32)})
    with pytest.raises(GoldenMalformed, match=r"output\.score"):
        Engine.open(made(graph(), golden))
    with pytest.raises(GoldenMalformed, match="golden rows are needed"):
        make_golden(made(graph()), [])


def test_a_network_that_looks_at_batch_mates_is_caught(
    made: Callable[..., Artifact], rows: list[Row]
) -> None:
    model = graph(mates=True)
    golden = make_golden(made(model), rows[:5])
    with pytest.raises(BatchDependent, match="place in the batch"):
        Engine.open(made(model, golden, batch=8))
    with Engine.open(made(model, golden, batch=1)) as engine:
        assert engine.record.golden is not None


def test_a_score_that_is_no_number_is_refused(made: Callable[..., Artifact]) -> None:
    nodes = [
        helper.make_node("ReduceSum", ["x", "axis"], ["t"], keepdims=0),
        helper.make_node("Log", ["t"], ["score"]),
    ]
    made_graph = helper.make_graph(
        nodes,
        "log",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", WIDTH])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n"])],
        [numpy_helper.from_array(np.array([1], np.int64), "axis")],
    )
    model = helper.make_model(made_graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    artifact = made(model.SerializeToString(), outputs=(Tensor(name="score", shape=(), dtype="float32"),))
    ones = np.ones(WIDTH, np.float32)
    with Engine.open(artifact) as engine:
        scores = engine.score([{"x": ones}, {"x": -ones}])
        assert next(scores).raw == pytest.approx(np.log(WIDTH))
        with pytest.raises(ScoreNotFinite, match="row 1"):
            next(scores)
        with pytest.raises(ScoreNotFinite, match="batch 0, row 1"):
            next(engine.score_columns([{"x": np.stack([ones, -ones])}]))


def test_scores_are_calibrated_by_the_default_calibrator(
    made: Callable[..., Artifact], rows: list[Row]
) -> None:
    random = np.random.default_rng(3)
    labels = np.arange(200) % 2
    calibrator = Calibrator.fit_logistic(random.normal(labels * 2.0), labels)
    artifact = made(graph(), calibration=dump_calibrators({"default": calibrator}))
    with Engine.open(artifact) as engine:
        score = next(engine.score(rows))
        assert engine.calibrators.keys() == {"default"}
    assert score.calibrated is not None
    assert score.calibrated.log10_lr == pytest.approx(calibrator.apply(score.raw).log10_lr)


def test_devices_that_are_not_there_are_refused(made: Callable[..., Artifact]) -> None:
    artifact = made(graph())
    with pytest.raises(DeviceUnknown, match="tpu"):
        Engine.open(artifact, device="tpu")
    with pytest.raises(DeviceAbsent, match="cuda:7"):
        Engine.open(artifact, device="cuda:7")
    with Engine.open(artifact) as engine:
        assert engine.record.device == "cpu"


def test_the_record_tells_what_ran(made: Callable[..., Artifact]) -> None:
    artifact = made(graph())
    with Engine.open(artifact, threads=2) as engine:
        record = engine.record.to_json()
    assert record["name"] == "small-graph" and record["sha256"] == artifact.sha256
    assert (record["backend"], record["threads"], record["run_threads"]) == ("onnx", 2, 1)
    assert record["libraries"].keys() == {"onnxruntime", "numpy"} and record["golden"] is None
    with Engine.open(artifact, threads=2, deterministic=False) as engine:
        assert (engine.record.threads, engine.record.run_threads) == (1, 2)
        assert not engine.record.deterministic


def test_unknown_outputs_and_a_closed_engine_are_refused(
    made: Callable[..., Artifact], rows: list[Row]
) -> None:
    artifact = made(graph())
    with pytest.raises(OutputUnknown, match="heat"):
        Engine.open(artifact, outputs=["heat"])
    for threads in (1, 2):
        engine = Engine.open(artifact, threads=threads)
        scores = engine.score(iter(rows))
        next(scores)
        engine.close()
        with pytest.raises(EngineClosed):
            list(scores)
        with pytest.raises(EngineClosed):
            next(engine.score(rows))
