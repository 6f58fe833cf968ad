"""An artifact as one ONNX file that any runtime can load, proved against the artifact before it is written."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import AssayError
from .artifact import Artifact
from .artifact.writing import replace_bytes
from .engine import Engine
from .jsontext import write_json
from .networks import TORCH, load

if TYPE_CHECKING:
    import onnx

__all__ = ["AGREEMENT", "ExportError", "ExportMismatch", "ExportUnsupported", "Exported", "export"]

AGREEMENT: Final = 1e-5
"""Largest absolute difference between an export's golden outputs and those of the network that it was made from."""

_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")

OPSET: Final = 18
"""ONNX operator set of exports out of torch."""

Columns = Mapping[str, NDArray[Any]]


class ExportError(AssayError):
    """An artifact cannot be exported; nothing was written."""

    code = "export"


class ExportUnsupported(ExportError):
    """The artifact, or what is installed, gives no way to an ONNX file."""

    code = "export-unsupported"


class ExportMismatch(ExportError):
    """The ONNX file computes something else than the artifact, so it was not written."""

    code = "export-mismatch"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes
    ----------
    graph : Path
        The ONNX file.
    sheet : Path
        JSON beside it: inputs, outputs, preprocessing, precision and tolerance, and the artifact's identity.
    max_difference : float
        Largest absolute difference of golden outputs between this file and the artifact's own network.
    """

    graph: Path
    sheet: Path
    max_difference: float


def export(artifact: Artifact, folder: Path | str, *, agreement: float = AGREEMENT) -> Exported:
    """Write ``NAME-VERSION.onnx`` and ``NAME-VERSION.json`` into `folder`.

    An artifact that is ONNX already has its graphs joined; an int8 one stays int8, and the sheet states its
    tolerance. Another one is exported out of torch in float32. Either is run on the golden inputs here and must agree
    with the artifact's network within `agreement`, an absolute difference of outputs.

    Raises
    ------
    ExportUnsupported
        No golden rows to prove it on, no torch network, a library that is missing, or an operator that ONNX lacks.
    ExportMismatch
        The outputs differ by more than `agreement`.
    """
    card = artifact.card
    if not artifact.paths("golden"):
        raise ExportUnsupported(
            f"{artifact.id} has no golden rows to prove an export on; add some with make_golden and write it again"
        )
    golden = artifact.tensors("golden")
    inputs = {tensor.name: golden[f"input.{tensor.name}"] for tensor in card.inputs}
    names = [tensor.name for tensor in card.outputs]
    graphs = [file.path for file in card.files if file.role == "graph"]
    if graphs:
        model, reference = _joined(artifact, graphs), "onnx"
    elif card.precision == "int8":
        raise ExportUnsupported(
            f"{artifact.id} is int8 without a graph; int8 is exported from ONNX graphs only"
        )
    elif card.architecture.family not in TORCH:
        raise ExportUnsupported(
            f"{artifact.id} (family {card.architecture.family}) has no torch network to export; update assay"
        )
    else:
        model, reference = _traced(artifact, inputs), "torch"
    with Engine.open(artifact, device="cpu", backend=reference, outputs=names) as engine:
        scores = next(engine.score_columns([inputs]))
    expected = {**scores.arrays, card.raw: scores.raw}
    difference = _difference(artifact, model, inputs, expected)
    if not difference <= agreement:
        raise ExportMismatch(
            f"the ONNX form of {artifact.id} differs from its {reference} network by {difference:.3g} on the golden "
            f"rows, more than {agreement:g}; nothing was written: use the artifact itself, or another version of torch"
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    graph, sheet = (folder / f"{card.name}-{card.version}.{ending}" for ending in ("onnx", "json"))
    replace_bytes(graph, model)
    replace_bytes(sheet, write_json(_sheet(artifact, difference)))
    return Exported(graph, sheet, difference)


def _sheet(artifact: Artifact, difference: float) -> dict[str, Any]:
    page = artifact.card.model_dump(mode="json")
    kept = (
        "name",
        "version",
        "task",
        "licence",
        "use",
        "inputs",
        "outputs",
        "raw",
        "preprocessing",
        "precision",
    )
    return {
        **{name: page[name] for name in kept},
        "tolerance": page["tolerance"],
        "batch": page["batch"],
        "artifact_sha256": artifact.sha256,
        "max_difference": difference,
    }


def _joined(artifact: Artifact, graphs: list[str]) -> bytes:
    """The chain of graphs as one; a single graph keeps its bytes."""
    if len(graphs) == 1:
        return artifact.data(graphs[0]).tobytes()
    onnx = _onnx()
    from onnx import compose, version_converter

    models = [onnx.load_model_from_string(artifact.data(name).tobytes()) for name in graphs]
    opset = _opset(models[0])
    joined = models[0]
    try:
        for number, model in enumerate(models[1:], start=2):
            later = model if _opset(model) == opset else version_converter.convert_version(model, opset)
            later = compose.add_prefix(later, f"graph{number}.", rename_inputs=False, rename_outputs=False)
            later.ir_version = joined.ir_version = max(later.ir_version, joined.ir_version)
            given = {output.name for output in joined.graph.output}
            shared = [(entry.name, entry.name) for entry in later.graph.input if entry.name in given]
            kept = {tensor.name for tensor in artifact.card.outputs}
            outputs = [
                o.name for m in (joined, later) for o in m.graph.output if o.name in kept or m is later
            ]
            joined = compose.merge_models(
                joined, _renamed(later, shared), io_map=_map(shared), outputs=outputs
            )
    except Exception as error:  # checker, converter and compose raise what they like
        raise ExportUnsupported(
            f"the graphs of {artifact.id} cannot be joined: {error}; use them one by one"
        ) from error
    return bytes(joined.SerializeToString(deterministic=True))


def _map(shared: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, f"{name}.in") for name, _ in shared]


def _renamed(model: "onnx.ModelProto", shared: list[tuple[str, str]]) -> "onnx.ModelProto":
    """Inputs that an earlier graph gives get a name of their own, since a joined graph has each name once."""
    names = {name for name, _ in shared}
    for entry in model.graph.input:
        if entry.name in names:
            entry.name = f"{entry.name}.in"
    for node in model.graph.node:
        for at, name in enumerate(node.input):
            if name in names:
                node.input[at] = f"{name}.in"
    return model


def _opset(model: "onnx.ModelProto") -> int:
    return next(
        (int(entry.version) for entry in model.opset_import if entry.domain in ("", "ai.onnx")), OPSET
    )


def _traced(artifact: Artifact, inputs: Columns) -> bytes:
    """Float32 graph out of torch; the number of rows is free unless the card fixes it."""
    _onnx()
    try:
        import torch
    except ImportError as error:
        raise ExportUnsupported("exporting needs torch; pip install 'assay[torch]'") from error
    card = artifact.card
    outputs = [tensor.name for tensor in card.outputs]

    class Flat(torch.nn.Module):
        """Arrays by place, as a graph has them, instead of by name."""

        def __init__(self) -> None:
            super().__init__()
            self.network = load(TORCH, artifact)

        def forward(self, *arrays: torch.Tensor) -> tuple[torch.Tensor, ...]:
            made = self.network(
                {tensor.name: array for tensor, array in zip(card.inputs, arrays, strict=True)}
            )
            return tuple(made[name] for name in outputs)

    rows = card.batch or max(2, len(next(iter(inputs.values()))))
    example = tuple(
        torch.from_numpy(np.resize(inputs[t.name], (rows, *inputs[t.name].shape[1:]))) for t in card.inputs
    )
    axis = {} if card.batch else {0: torch.export.Dim("rows", min=1)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporter's own libraries
            program = torch.onnx.export(
                Flat().eval(),
                example,
                dynamo=True,
                verbose=False,
                opset_version=OPSET,
                input_names=[tensor.name for tensor in card.inputs],
                output_names=outputs,
                dynamic_shapes=(tuple(axis for _ in example),),
            )
        return bytes(program.model_proto.SerializeToString())  # type: ignore[union-attr]
    except Exception as error:  # the exporter has no base class for its errors
        why = _ANSI.sub("", str(error.__cause__ or error)).strip().partition("\n")[0][:300]
        raise ExportUnsupported(
            f"torch {torch.__version__} cannot write {artifact.id} as ONNX: {why}; run it in torch or as arrays"
        ) from error


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise ExportUnsupported("exporting needs onnx; pip install 'assay[torch]'") from error
    return onnx


def _difference(artifact: Artifact, model: bytes, inputs: Columns, expected: Columns) -> float:
    """Run the new graph in ONNX Runtime on the golden rows, as many at a time as the card says."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs() if output.name in expected]
        if artifact.card.raw not in names:
            raise ExportUnsupported(f"the ONNX form of {artifact.id} does not give {artifact.card.raw}")
        size = artifact.card.batch or 1
        count = len(next(iter(inputs.values())))
        largest = 0.0
        for start in range(0, count, size):
            part = {name: array[start : start + size] for name, array in inputs.items()}
            have = len(next(iter(part.values())))
            full = {name: np.resize(array, (size, *array.shape[1:])) for name, array in part.items()}
            for name, made in zip(names, session.run(names, full), strict=True):
                gap = np.abs(made[:have].astype(np.float64) - expected[name][start : start + size])
                largest = (
                    max(largest, float(gap.max(initial=0.0))) if np.isfinite(gap).all() else float("inf")
                )
    except ExportError:
        raise
    except Exception as error:  # the runtime's own exceptions share no base class
        raise ExportUnsupported(f"ONNX Runtime does not run the export of {artifact.id}: {error}") from error
    return largest
