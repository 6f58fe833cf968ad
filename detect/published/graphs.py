"""A published ONNX detector between two small graphs of ours: pixels to its input, its output to one logit.

The published file stays as it is, byte by byte; the engine runs the three in a row. Only where one of its names is one
of ours is it renamed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...models.artifact.graphs import check_graph
from .description import Description, DescriptionInvalid, Normalise
from .layouts import Made
from .pixels import Crop, Preprocessing

if TYPE_CHECKING:
    import onnx

__all__ = ["Chain", "chained"]

OPSET = 17
"""Operators of the two graphs; every ONNX Runtime that is supported knows them."""

_EDGE = 1e-7
_OURS = ("pixels", "logit")
_TYPES = {
    "tensor(float)": "FLOAT",
    "tensor(float16)": "FLOAT16",
    "tensor(double)": "DOUBLE",
    "tensor(uint8)": "UINT8",
}


@dataclass(frozen=True, slots=True)
class Chain:
    """The three graphs in order, by file name, and what the card says of them."""

    made: Made
    graphs: Mapping[str, bytes]
    renamed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _End:
    """An input or output of the published graph."""

    name: str
    kind: str
    shape: tuple[int | None, ...]


def chained(told: Description, data: bytes) -> Chain:
    """Put a published graph between ours.

    Raises
    ------
    DescriptionInvalid
        Description and graph do not fit together, or a library is missing.
    ArtifactGraphMalformed, ArtifactExternalData
        The file is no ONNX model, or keeps weights elsewhere.
    """
    check_graph("the graph", data)
    _onnx()
    inputs, outputs = _ends(data)
    taken = _chosen(inputs, told.onnx.input, "input")
    if len(inputs) > 1:
        raise DescriptionInvalid(
            f"the graph needs the inputs {', '.join(one.name for one in inputs)}: only one that takes pictures alone "
            "is run"
        )
    given = _chosen(outputs, told.onnx.output, "output")
    crop = _crop(told, taken)
    count = _count(given)
    if told.output is None:
        raise DescriptionInvalid(
            "an ONNX file does not say which way its output points: state it, as in output: {kind: logits, "
            "generated: high}"
        )
    sense = told.output.resolved(count)
    renamed = {name: f"published.{name}" for name in (taken.name, given.name) if name in _OURS}
    if renamed:
        data = _renamed(data, renamed)
    normalise = told.normalise or Normalise()
    graphs = {
        "prepare.onnx": _before(
            renamed.get(taken.name, taken.name), taken, crop, normalise, told.onnx.layout
        ),
        "network.onnx": data,
        "sense.onnx": _after(renamed.get(given.name, given.name), given, count, sense),
    }
    parameters = {
        "input": taken.name,
        "output": given.name,
        "layout": told.onnx.layout,
        "normalise": normalise.model_dump(mode="json"),
        "sense": sense,
    }
    made = Made("onnx", parameters, Preprocessing(resize=told.resize, crop=crop))
    return Chain(made, graphs, tuple(renamed))


def _ends(data: bytes) -> tuple[list[_End], list[_End]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own exceptions share no base class
        words = " ".join(str(error).split())[:300]
        raise DescriptionInvalid(
            f"ONNX Runtime does not accept the graph: {words}; export it again"
        ) from error

    def told(ends: Any) -> list[_End]:
        return [
            _End(
                end.name, end.type, tuple(side if isinstance(side, int) else None for side in end.shape or ())
            )
            for end in ends
        ]

    return told(session.get_inputs()), told(session.get_outputs())


def _chosen(ends: list[_End], name: str | None, what: str) -> _End:
    fit = [end for end in ends if name in (None, end.name)]
    if len(fit) != 1:
        raise DescriptionInvalid(
            f"the graph has the {what}s {', '.join(end.name for end in ends)}: name one by onnx: {{{what}: NAME}}"
        )
    if fit[0].kind not in _TYPES:
        raise DescriptionInvalid(
            f"the {what} {fit[0].name} is of the type {fit[0].kind}, which is not run here"
        )
    return fit[0]


def _crop(told: Description, taken: _End) -> Crop:
    if len(taken.shape) != 4 or taken.shape[0] not in (None, 1):
        raise DescriptionInvalid(
            f"the input {taken.name} has the shape {list(taken.shape)}, not that of one picture"
        )
    first = 2 if told.onnx.layout == "NCHW" else 1
    if taken.shape[3 if first == 1 else 1] not in (None, 3):
        raise DescriptionInvalid(
            f"the input {taken.name} has the shape {list(taken.shape)}: no {told.onnx.layout}"
        )
    height, width = taken.shape[first : first + 2]
    if told.crop is None:
        if height is None or width is None:
            raise DescriptionInvalid("the graph takes pictures of any size: state crop")
        return Crop(height=height, width=width)
    if (height or told.crop.height, width or told.crop.width) != (told.crop.height, told.crop.width):
        raise DescriptionInvalid(f"the graph takes {height} x {width} pixels, crop states other; correct it")
    return told.crop


def _count(given: _End) -> int:
    """Outputs for one picture."""
    sides = given.shape[1:] if given.shape and given.shape[0] in (None, 1) else given.shape
    if any(side is None for side in sides):
        raise DescriptionInvalid(
            f"the output {given.name} has the shape {list(given.shape)}: not so many classes"
        )
    return int(np.prod([side for side in sides if side is not None], dtype=np.int64))


def _before(name: str, taken: _End, crop: Crop, normalise: Normalise, layout: str) -> bytes:
    from onnx import TensorProto, helper

    shape = [1, crop.height, crop.width, 3]
    nodes = [helper.make_node("Cast", ["pixels"], ["values"], to=TensorProto.FLOAT)]
    constants: dict[str, Any] = {}
    last = "values"

    def then(operator: str, *constant: Any, **options: Any) -> None:
        nonlocal last
        made = f"step.{len(nodes)}"
        names = [f"{made}.{n}" for n in range(len(constant))]
        constants.update(zip(names, constant, strict=True))
        nodes.append(helper.make_node(operator, [last, *names], [made], **options))
        last = made

    if normalise.colour == "BGR":
        then("Gather", np.array([2, 1, 0], np.int64), axis=3)
    # Division by one, and the mean of nothing, are left out: a graph for bytes gets the very bytes.
    if normalise.scale != 1:
        then("Div", np.float32(normalise.scale))
    if any(normalise.mean):
        then("Sub", np.array(normalise.mean, np.float32))
    if any(value != 1 for value in normalise.std):
        then("Div", np.array(normalise.std, np.float32))
    if layout == "NCHW":
        then("Transpose", perm=[0, 3, 1, 2])
        shape_after = [1, 3, crop.height, crop.width]
    else:
        shape_after = shape
    kind = getattr(TensorProto, _TYPES[taken.kind])
    nodes.append(helper.make_node("Cast", [last], [name], to=kind))
    return _graph(
        "prepare", nodes, ("pixels", TensorProto.UINT8, shape), (name, kind, shape_after), constants
    )


def _after(name: str, given: _End, count: int, sense: Mapping[str, Any]) -> bytes:
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Cast", [name], ["values"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["values", "shape"], ["rows"]),
    ]
    constants: dict[str, Any] = {"shape": np.array([-1, count] if count > 1 else [-1], np.int64)}
    likely = sense["kind"] == "probabilities"
    if isinstance(sense["generated"], str):
        last = "rows"
        if likely:
            constants |= {"least": np.float32(_EDGE), "most": np.float32(1 - _EDGE), "one": np.float32(1)}
            nodes += [
                helper.make_node("Clip", ["rows", "least", "most"], ["share"]),
                helper.make_node("Sub", ["one", "share"], ["rest"]),
                helper.make_node("Log", ["share"], ["share.log"]),
                helper.make_node("Log", ["rest"], ["rest.log"]),
                helper.make_node("Sub", ["share.log", "rest.log"], ["odds"]),
            ]
            last = "odds"
        operator = "Identity" if sense["generated"] == "high" else "Neg"
        nodes.append(helper.make_node(operator, [last], ["logit"]))
    else:
        constants |= {"least": np.float32(_EDGE), "axis": np.array([1], np.int64)}
        for side in ("generated", "recorded"):
            constants[f"{side}.numbers"] = np.array(sense[side], np.int64)
            nodes.append(helper.make_node("Gather", ["rows", f"{side}.numbers"], [f"{side}.rows"], axis=1))
            if likely:
                nodes += [
                    helper.make_node("ReduceSum", [f"{side}.rows", "axis"], [f"{side}.sum"], keepdims=0),
                    helper.make_node("Clip", [f"{side}.sum", "least"], [f"{side}.share"]),
                    helper.make_node("Log", [f"{side}.share"], [f"{side}.log"]),
                ]
            else:
                nodes.append(
                    helper.make_node(
                        "ReduceLogSumExp", [f"{side}.rows"], [f"{side}.log"], axes=[1], keepdims=0
                    )
                )
        nodes.append(helper.make_node("Sub", ["generated.log", "recorded.log"], ["logit"]))
    kind = getattr(TensorProto, _TYPES[given.kind])
    shape = [side if side is not None else "n" for side in given.shape]
    used = {entry for node in nodes for entry in node.input}
    kept = {key: value for key, value in constants.items() if key in used}
    return _graph("sense", nodes, (name, kind, shape), ("logit", TensorProto.FLOAT, [1]), kept)


def _graph(
    name: str,
    nodes: list["onnx.NodeProto"],
    given: tuple[str, int, list[Any]],
    made: tuple[str, int, list[Any]],
    constants: Mapping[str, Any],
) -> bytes:
    from onnx import helper, numpy_helper

    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(*given)],
        [helper.make_tensor_value_info(*made)],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8, producer_name="assay"
    )
    return bytes(model.SerializeToString(deterministic=True))


def _renamed(data: bytes, names: Mapping[str, str]) -> bytes:
    onnx = _onnx()
    model = onnx.load_model_from_string(data)
    _each_graph(model.graph, lambda graph: _rename(graph, names))
    return bytes(model.SerializeToString(deterministic=True))


def _each_graph(
    graph: "onnx.GraphProto", change: Callable[["onnx.GraphProto"], None], depth: int = 0
) -> None:
    change(graph)
    for node in graph.node if depth < 32 else ():
        for attribute in node.attribute:
            for inner in (*([attribute.g] if attribute.HasField("g") else ()), *attribute.graphs):
                _each_graph(inner, change, depth + 1)


def _rename(graph: "onnx.GraphProto", names: Mapping[str, str]) -> None:
    for entry in (*graph.input, *graph.output, *graph.value_info, *graph.initializer):
        entry.name = names.get(entry.name, entry.name)
    for node in graph.node:
        for ends in (node.input, node.output):
            for at, name in enumerate(ends):
                ends[at] = names.get(name, name)


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise DescriptionInvalid(
            "importing an ONNX detector needs onnx: pip install 'assay[torch]'"
        ) from error
    return onnx
