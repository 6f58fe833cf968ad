from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import AssayError
from assay.models.artifact import graphs
from assay.models.artifact.graphs import check_graph
from assay.models.artifact.refusals import ArtifactExternalData, ArtifactGraphMalformed

onnx = pytest.importorskip("onnx", reason="making ONNX files needs the extra torch")


def external(name: str = "w") -> Any:
    tensor = onnx.TensorProto(name=name, data_type=1, dims=[4], data_location=onnx.TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="../../etc/passwd")
    return tensor


def graph(nodes: Any = (), weights: Any = (), **more: Any) -> Any:
    value = onnx.helper.make_tensor_value_info("y", 1, [4])
    return onnx.helper.make_graph(list(nodes), "g", [], [value], list(weights), **more)


def inside(name: str = "w") -> Any:
    return onnx.numpy_helper.from_array(np.arange(4, dtype=np.float32), name)


def model(part: Any, **more: Any) -> bytes:
    return bytes(onnx.helper.make_model(part, **more).SerializeToString())


def node(**attributes: Any) -> Any:
    return onnx.helper.make_node("If", ["c"], ["y"], **attributes)


def sparse() -> Any:
    return onnx.SparseTensorProto(values=external(), indices=inside("i"), dims=[4])


def training() -> bytes:
    proto = onnx.helper.make_model(graph())
    proto.training_info.add().algorithm.CopyFrom(graph(weights=[external()]))
    return bytes(proto.SerializeToString())


def function() -> bytes:
    part = onnx.helper.make_function(
        "d", "f", [], ["y"], [node(value=external())], [onnx.helper.make_opsetid("", 17)]
    )
    return model(graph(), functions=[part])


PLACES = {
    "initializer": lambda: model(graph(weights=[inside("v"), external()])),
    "sparse initializer": lambda: model(graph(sparse_initializer=[sparse()])),
    "attribute": lambda: model(graph([node(value=external())])),
    "list attribute": lambda: model(graph([node(values=[inside(), external()])])),
    "sparse attribute": lambda: model(graph([node(value=sparse())])),
    "inner graph": lambda: model(graph([node(then_branch=graph(weights=[external()]))])),
    "list of graphs": lambda: model(graph([node(branches=[graph(), graph([node(value=external())])])])),
    "training": training,
    "function": function,
}


def test_a_model_with_its_weights_inside_passes() -> None:
    check_graph("g.onnx", model(graph([node(then_branch=graph(weights=[inside()]))], [inside()])))


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_weights_in_another_file_are_refused_wherever_the_tensor_is(place: Any) -> None:
    with pytest.raises(ArtifactExternalData, match="weights inside"):
        check_graph("g.onnx", place())


def test_the_mark_alone_or_the_place_alone_is_enough() -> None:
    marked = onnx.TensorProto(name="w", data_type=1, dims=[4], data_location=onnx.TensorProto.EXTERNAL)
    placed = onnx.TensorProto(name="w", data_type=1, dims=[4])
    placed.external_data.add(key="location", value="w.bin")
    for tensor in (marked, placed):
        with pytest.raises(ArtifactExternalData):
            check_graph("g.onnx", model(graph(weights=[tensor])))
    marked.data_location = onnx.TensorProto.DEFAULT
    check_graph("g.onnx", model(graph(weights=[marked])))


def test_a_model_saved_with_external_data_by_the_library_is_refused(tmp_path: Path) -> None:
    proto = onnx.helper.make_model(
        graph(weights=[onnx.numpy_helper.from_array(np.ones(4000, np.float32), "w")])
    )
    onnx.save(proto, tmp_path / "g.onnx", save_as_external_data=True, location="w.bin")
    with pytest.raises(ArtifactExternalData):
        check_graph("g.onnx", (tmp_path / "g.onnx").read_bytes())


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x08\x0a", b"\x3a\x05\x0a", b"\x3a", b"\x3b\x3c", b"\x00\x01", b"\x80" * 20, b"\x09\x00",
        b"\x3a" + b"\xff" * 9 + b"\x01", b"\x3a" + b"\x80" * 10 + b"\x01",
    ],
)  # fmt: skip
def test_what_is_no_model_is_refused(data: bytes) -> None:
    with pytest.raises(ArtifactGraphMalformed, match="export it again"):
        check_graph("g.onnx", data)


def test_every_cut_of_a_model_is_refused() -> None:
    whole = onnx.helper.make_model(graph(weights=[inside()]))
    data = bytes(
        onnx.ModelProto(graph=whole.graph).SerializeToString()
    )  # the graph alone, so that a cut goes through it
    check_graph("g.onnx", data)
    for length in range(len(data)):
        with pytest.raises(ArtifactGraphMalformed):
            check_graph("g.onnx", data[:length])


def nested(levels: int) -> bytes:
    part = graph(weights=[inside()])
    for _ in range(levels):
        part = graph([node(then_branch=part)])
    return model(part)


def test_nesting_is_bounded() -> None:
    check_graph("g.onnx", nested(9))
    with pytest.raises(ArtifactGraphMalformed, match="deeper"):
        check_graph("g.onnx", nested(20))


def test_the_number_of_fields_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = model(graph(weights=[inside(f"w{i}") for i in range(50)]))
    check_graph("g.onnx", data)
    monkeypatch.setattr(graphs, "MAX_GRAPH_FIELDS", 100)
    with pytest.raises(ArtifactGraphMalformed, match="100 fields"):
        check_graph("g.onnx", data)


@given(data=st.binary(max_size=200))
def test_random_bytes_only_ever_raise_a_coded_error(data: bytes) -> None:
    try:
        check_graph("g.onnx", data)
    except AssayError as error:
        assert error.code in ("artifact-graph-malformed", "artifact-external-data")


@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_whatever_onnx_reads_as_external_is_refused(at: int, value: int) -> None:
    data = bytearray(model(graph(weights=[inside(), external("v")])))
    data[at % len(data)] = value
    try:
        proto = onnx.ModelProto.FromString(bytes(data))
    except Exception:
        return
    if any(t.external_data or t.data_location == 1 for t in proto.graph.initializer):
        with pytest.raises(AssayError):
            check_graph("g.onnx", bytes(data))
