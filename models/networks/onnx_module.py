"""Small ONNX graphs, such as heads, run in torch: the few operators that a head needs, and no more."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor, nn

from . import NetworkUnreadable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["OnnxModule", "initialisers"]


def _gemm(inputs: list[Tensor], attributes: Mapping[str, Any]) -> Tensor:
    left = inputs[0].T if attributes.get("transA") else inputs[0]
    right = inputs[1].T if attributes.get("transB") else inputs[1]
    product: Tensor = attributes.get("alpha", 1.0) * (left @ right)
    return product + attributes.get("beta", 1.0) * inputs[2] if len(inputs) > 2 else product


def _reshape(inputs: list[Tensor], attributes: Mapping[str, Any]) -> Tensor:
    sizes = inputs[1].tolist()
    kept = [inputs[0].shape[at] if size == 0 else size for at, size in enumerate(sizes)]
    return inputs[0].reshape(sizes if attributes.get("allowzero") else kept)


def _squeeze(inputs: list[Tensor], attributes: Mapping[str, Any]) -> Tensor:
    axes = inputs[1].tolist() if len(inputs) > 1 else attributes.get("axes")
    return inputs[0].squeeze() if axes is None else inputs[0].squeeze(tuple(axes))


def _flatten(inputs: list[Tensor], attributes: Mapping[str, Any]) -> Tensor:
    axis = attributes.get("axis", 1)
    return inputs[0].reshape(*(inputs[0].shape[:axis].numel(), -1))


_OPERATORS: Final[Mapping[str, Callable[[list[Tensor], Mapping[str, Any]], Tensor]]] = {
    "Add": lambda x, _: x[0] + x[1],
    "Concat": lambda x, a: torch.cat(x, dim=a["axis"]),
    "Div": lambda x, _: x[0] / x[1],
    "Flatten": _flatten,
    "Gemm": _gemm,
    "Identity": lambda x, _: x[0],
    "MatMul": lambda x, _: x[0] @ x[1],
    "Mul": lambda x, _: x[0] * x[1],
    "Neg": lambda x, _: -x[0],
    "Relu": lambda x, _: torch.relu(x[0]),
    "Reshape": _reshape,
    "Sigmoid": lambda x, _: torch.sigmoid(x[0]),
    "Squeeze": _squeeze,
    "Sub": lambda x, _: x[0] - x[1],
    "Tanh": lambda x, _: torch.tanh(x[0]),
}


class OnnxModule(nn.Module):
    """Runs one graph, node by node.

    Parameters
    ----------
    graph
        Bytes of an ONNX model with its weights inside.

    Raises
    ------
    NetworkUnreadable
        It cannot be parsed, or has an operator that is not supported.
    """

    def __init__(self, graph: bytes) -> None:
        super().__init__()
        onnx, parsed = _parsed(graph)
        given = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in parsed.initializer}
        self._nodes: list[tuple[str, list[str], str, dict[str, Any]]] = []
        for node in parsed.node:
            attributes = {entry.name: onnx.helper.get_attribute_value(entry) for entry in node.attribute}
            if node.op_type == "Constant" and "value" in attributes:
                given[node.output[0]] = onnx.numpy_helper.to_array(attributes["value"])
            elif node.domain or node.op_type not in _OPERATORS or len(node.output) != 1:
                raise NetworkUnreadable(
                    f"a head with the operator {node.op_type} does not run in torch; use backend onnx on the cpu"
                )
            else:
                self._nodes.append((node.op_type, list(node.input), node.output[0], attributes))
        self._constants: dict[str, str] = {}
        for number, (name, array) in enumerate(given.items()):
            self._constants[name] = f"constant_{number}"
            self.register_buffer(f"constant_{number}", torch.from_numpy(array.copy()))
        self._inputs = [entry.name for entry in parsed.input if entry.name not in given]
        self._outputs = [entry.name for entry in parsed.output]

    def forward(self, feeds: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The graph's outputs by name; `feeds` may hold more than its inputs."""
        known = {name: feeds[name] for name in self._inputs}
        known |= {name: self.get_buffer(kept) for name, kept in self._constants.items()}
        for kind, inputs, output, attributes in self._nodes:
            known[output] = _OPERATORS[kind]([known[name] for name in inputs], attributes)
        return {name: known[name] for name in self._outputs}


def initialisers(graph: bytes) -> "dict[str, NDArray[Any]]":
    """Weights of an ONNX graph by name.

    Raises
    ------
    NetworkUnreadable
        It cannot be parsed.
    """
    onnx, parsed = _parsed(graph)
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in parsed.initializer}


def _parsed(graph: bytes) -> tuple[Any, Any]:
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ImportError as error:
        raise NetworkUnreadable(
            "reading ONNX weights into torch needs onnx; pip install 'assay[torch]'"
        ) from error
    try:
        return onnx, onnx.load_model_from_string(graph).graph
    except Exception as error:  # protobuf's own exceptions
        raise NetworkUnreadable(f"the graph is no ONNX model: {error}; install the artifact again") from error
