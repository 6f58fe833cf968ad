"""ONNX detectors: their own file between two graphs of ours, for every layout of input and sense of output."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from assay.detect.published.description import DescriptionInvalid
from assay.detect.published.importing import import_detector
from assay.detect.published.pixels import Preprocessing, taken
from assay.errors import AssayError
from assay.models.artifact.refusals import ArtifactExternalData, ArtifactGraphMalformed
from assay.models.engine import Engine
from assay.models.registry import Registry

SIDE = 40


def detector(
    path: Path,
    *,
    outputs: int = 2,
    layout: str = "NCHW",
    kind: int = TensorProto.FLOAT,
    squash: str = "",
    names: tuple[str, str] = ("image", "scores"),
    shape: list[Any] | None = None,
    more_inputs: int = 0,
) -> Path:
    """A convolution, a mean and a linear layer: what the published file computes."""
    rng = np.random.default_rng(5)
    given = shape or (["n", 3, SIDE, SIDE] if layout == "NCHW" else ["n", SIDE, SIDE, 3])
    nodes = [helper.make_node("Cast", [names[0]], ["in"], to=TensorProto.FLOAT)]
    last = "in"
    if layout == "NHWC":
        nodes.append(helper.make_node("Transpose", ["in"], ["planes"], perm=[0, 3, 1, 2]))
        last = "planes"
    nodes += [
        helper.make_node("Conv", [last, "kernel"], ["found"]),
        helper.make_node("Relu", ["found"], ["kept"]),
        helper.make_node("ReduceMean", ["kept"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["mean", "weight", "bias"], ["made"]),
    ]
    final = "made"
    if squash:
        options = {"axis": 1} if squash == "Softmax" else {}
        nodes.append(helper.make_node(squash, ["made"], ["squashed"], **options))
        final = "squashed"
    nodes.append(helper.make_node("Cast", [final], [names[1]], to=kind))
    constants = {
        "kernel": rng.normal(0, 0.5, (5, 3, 3, 3)), "weight": rng.normal(0, 1, (5, outputs)),
        "bias": rng.normal(0, 0.3, outputs),
    }  # fmt: skip
    ends = [helper.make_tensor_value_info(names[0], kind, given)]
    ends += [helper.make_tensor_value_info(f"more{n}", TensorProto.FLOAT, [1]) for n in range(more_inputs)]
    nodes += [helper.make_node("Identity", [f"more{n}"], [f"told{n}"]) for n in range(more_inputs)]
    graph = helper.make_graph(
        nodes,
        "detector",
        ends,
        [helper.make_tensor_value_info(names[1], kind, ["n", outputs])],
        [numpy_helper.from_array(value.astype(np.float32), key) for key, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry([tmp_path / "store"])


def outputs_of(path: Path, values: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    kinds = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
    made = session.run(None, {entry.name: values.astype(kinds[entry.type])})[0]
    return np.asarray(made, np.float64)


MEAN, STD = np.array([0.4, 0.5, 0.6]), np.array([0.2, 0.25, 0.3])
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "logits-of-two": ({}, {"generated": [1]}),
    "logits-of-two-turned": ({}, {"generated": [0]}),
    "logits-of-five": ({"outputs": 5}, {"generated": [1, 3], "recorded": [0, 4]}),
    "softmax": ({"outputs": 3, "squash": "Softmax"}, {"kind": "probabilities", "generated": [2]}),
    "one-logit": ({"outputs": 1}, {"generated": "high"}),
    "one-logit-that-means-real": ({"outputs": 1}, {"generated": "low"}),
    "sigmoid": ({"outputs": 1, "squash": "Sigmoid"}, {"kind": "probabilities", "generated": "low"}),
    "channels-last": ({"layout": "NHWC"}, {"generated": [1]}),
    "half-precision": ({"kind": TensorProto.FLOAT16}, {"generated": [1]}),
    "names-of-ours": ({"names": ("pixels", "logit")}, {"generated": [1]}),
    "names-of-ours-turned": ({"names": ("logit", "pixels")}, {"generated": [1]}),
    "any-number-of-rows": ({"shape": [1, 3, SIDE, SIDE]}, {"generated": [1]}),
}


@pytest.mark.parametrize("colour", ["RGB", "BGR"])
@pytest.mark.parametrize(("form", "sense"), CASES.values(), ids=CASES)
def test_the_logit_is_what_the_published_outputs_say(
    tmp_path: Path, registry: Registry, describe: Callable[..., Path], pictures: list[np.ndarray],
    form: dict[str, Any], sense: dict[str, Any], colour: str,
) -> None:  # fmt: skip
    published = detector(tmp_path / "detector.onnx", **form)
    layout = form.get("layout", "NCHW")
    source = describe(
        tmp_path, layout="onnx", files={"graph": "detector.onnx"}, output=sense, onnx={"layout": layout},
        normalise={"mean": MEAN.tolist(), "std": STD.tolist(), "colour": colour},
        resize={"side": 48, "interpolation": "bicubic"},
    )  # fmt: skip
    imported = import_detector(source, registry)
    renamed = "names" in form
    assert bool(imported.notes) == renamed
    network = imported.artifact.data("network.onnx").tobytes()
    assert (hashlib.sha256(network).digest() == hashlib.sha256(published.read_bytes()).digest()) != renamed
    asked = Preprocessing.model_validate(imported.artifact.card.preprocessing)
    rows = [taken(asked, picture) for picture in pictures]
    with Engine.open(imported.artifact, device="cpu") as engine:
        found = [score.raw for score in engine.score({"pixels": row} for row in rows)]
    for raw, row in zip(found, rows, strict=True):
        values = (row[..., :: -1 if colour == "BGR" else 1] / 255.0 - MEAN) / STD
        made = outputs_of(published, (values.transpose(2, 0, 1) if layout == "NCHW" else values)[None])[0]
        if isinstance(sense["generated"], str):
            one = float(made[0])
            wanted = np.log(one / (1 - one)) if sense.get("kind") else one
            wanted = wanted if sense["generated"] == "high" else -wanted
        else:
            shares = made if sense.get("kind") else np.exp(made)
            rest = sense.get("recorded", [n for n in range(len(made)) if n not in sense["generated"]])
            wanted = np.log(shares[sense["generated"]].sum() / shares[rest].sum())
        assert raw == pytest.approx(wanted, abs=2e-2 if "kind" in form else 1e-4)


def test_a_graph_for_bytes_gets_the_very_bytes(
    tmp_path: Path, registry: Registry, describe: Callable[..., Path], pictures: list[np.ndarray]
) -> None:
    published = detector(tmp_path / "detector.onnx", kind=TensorProto.FLOAT, outputs=1)
    model = onnx.load(published)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    onnx.save(model, published)
    source = describe(
        tmp_path, layout="onnx", files={"graph": "detector.onnx"}, output={"generated": "high"},
        normalise={"scale": 1},
    )  # fmt: skip
    artifact = import_detector(source, registry).artifact
    crop = taken(Preprocessing.model_validate(artifact.card.preprocessing), pictures[0])
    with Engine.open(artifact, device="cpu") as engine:
        (score,) = engine.score([{"pixels": crop}])
    assert score.raw == pytest.approx(outputs_of(published, crop.transpose(2, 0, 1)[None])[0, 0], rel=1e-5)


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no-sense": ({}, {"output": None}, "points"),
    "sense-of-one": ({}, {"output": {"generated": "high"}}, "2 outputs"),
    "no-such-class": ({}, {"output": {"generated": [2]}}, "none with the number 2"),
    "all-classes": ({}, {"output": {"generated": [0, 1]}}, "none both"),
    "no-such-input": ({}, {"onnx": {"input": "other"}}, "inputs"),
    "several-inputs": ({"more_inputs": 1}, {"onnx": {"input": "image"}}, "pictures alone"),
    "many-rows": ({"shape": [8, 3, SIDE, SIDE]}, {}, "one picture"),
    "other-layout": ({}, {"onnx": {"layout": "NHWC"}}, "no NHWC"),
    "other-size": ({}, {"crop": {"height": 41, "width": 40}}, "crop states other"),
    "no-size": ({"shape": ["n", 3, "h", "w"]}, {}, "state crop"),
    "file-elsewhere": ({}, {"files": {"graph": "../detector.onnx"}}, "outside"),
    "other-file": ({}, {"sha256": {"graph": "0" * 64}}, "sha256"),
    "file-of-another-layout": ({}, {"files": {"graph": "detector.onnx", "weights": "a"}}, "has no files"),
    "unknown-key": ({}, {"threshold": 0.5}, "threshold"),
}


@pytest.mark.parametrize(("form", "told", "words"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_together_is_refused(
    tmp_path: Path, registry: Registry, describe: Callable[..., Path],
    form: dict[str, Any], told: dict[str, Any], words: str,
) -> None:  # fmt: skip
    detector(tmp_path / "detector.onnx", **form)
    whole = {"layout": "onnx", "files": {"graph": "detector.onnx"}, "output": {"generated": [1]}, **told}
    with pytest.raises(DescriptionInvalid, match=words):
        import_detector(describe(tmp_path, **whole), registry)
    assert registry.list() == ()


def test_what_is_no_whole_graph(tmp_path: Path, registry: Registry, describe: Callable[..., Path]) -> None:
    source = describe(tmp_path, layout="onnx", files={"graph": "detector.onnx"}, output={"generated": [1]})
    path = detector(tmp_path / "detector.onnx")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises((ArtifactGraphMalformed, DescriptionInvalid)):
        import_detector(source, registry)
    model = onnx.load_model_from_string(whole)
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    with pytest.raises(ArtifactExternalData):
        import_detector(source, registry)
    model = onnx.load_model_from_string(whole)
    model.graph.node[1].domain = "evil.custom"
    model.opset_import.append(helper.make_opsetid("evil.custom", 1))
    path.write_bytes(model.SerializeToString())
    with pytest.raises(AssayError):
        import_detector(source, registry)
    assert registry.list() == ()


def test_descriptions_that_cannot_be_read(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "assay.yaml"
    for text in (
        b"", b"[1]", b"name: !!python/object/apply:os.system [id]", b"a: &a [*a]", b"a: &a [1]\nb: *a", b"\xff",
        b"{" * 10_000, b"#" * 300_000,
    ):  # fmt: skip
        path.write_bytes(text)
        with pytest.raises(DescriptionInvalid):
            import_detector(path, registry)
    with pytest.raises(DescriptionInvalid, match="cannot be read"):
        import_detector(tmp_path / "none.yaml", registry)
    path.unlink()
    with pytest.raises(DescriptionInvalid, match="0 descriptions"):
        import_detector(tmp_path, registry)
