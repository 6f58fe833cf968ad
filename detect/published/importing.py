"""A published detector becomes an artifact: read, described by a card, proved against itself, and then installed."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...intake.child import Child
from ...models.artifact import Artifact
from ...models.artifact.tensors import pack_tensors
from ...models.card import Architecture, Card, Tensor
from ...models.engine.golden import make_golden
from ...models.export import ExportError, export
from ...models.registry import Registry
from ...models.torchfile.limits import DEFAULT
from .description import Description, DescriptionInvalid, read_description
from .graphs import chained
from .layouts import LAYOUTS, Made, Sources
from .weights import INDEXER, Weights, opened, read_weights

__all__ = ["Imported", "import_detector"]

TASK = "synthetic-image"

TOLERANCE = 1e-3
"""Largest difference of a golden logit between torch, the exported graph and other processors, absolute."""

LIMITS = (
    "Imported as it was published: Assay has measured none of its figures, and it has no calibration until one is "
    "fitted by assay models calibrate. Until then its score is told without a likelihood ratio.",
    "Looks at one cut of a picture, resized as its makers do; resizing wipes out traces that lie in single pixels.",
    "Says only how well a picture fits wholly generated pictures; edits, face swaps and splices are other questions.",
)

_GOLDEN_ROWS = 3


@dataclass(frozen=True, slots=True)
class Imported:
    """What was installed.

    Attributes
    ----------
    artifact : Artifact
        As installed.
    difference : float | None
        Largest difference of golden logits between its exported graph and torch; None where it was a graph already, or
        has none.
    notes : tuple of str
        What a reader should know: what of the files was not taken, and why there is no graph.
    """

    artifact: Artifact
    difference: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Files:
    """The files that a description names, inside the folder that it lies in."""

    told: Description
    folder: Path
    child: Child
    notes: list[str] = field(default_factory=list)

    def path(self, role: str) -> Path:
        path = (self.folder / self.told.files[role]).resolve()  # type: ignore[index]
        if not path.is_relative_to(self.folder.resolve()):
            raise DescriptionInvalid(
                f"files.{role} lies outside of the folder of the description; put it beside it"
            )
        wanted = self.told.sha256.get(role)  # type: ignore[call-overload]
        if wanted is not None and (found := _digest(path)) != wanted:
            raise DescriptionInvalid(f"{path.name} has the sha256 {found}, the description states {wanted}")
        return path

    def weights(self, role: str) -> Weights:
        inside = self.told.inside if role in ("weights", "tower") else None
        read = read_weights(self.path(role), self.child, inside=inside)
        if read.left:
            self.notes.append(f"{self.told.files[role]}: not taken: {', '.join(read.left)}")  # type: ignore[index]
        return read


def import_detector(
    source: Path | str, registry: Registry | None = None, *, replace: bool = False, graph: bool = True
) -> Imported:
    """Import a published detector into the registry's last store.

    Parameters
    ----------
    source : path
        Its description, or a folder with ``assay.yaml`` or ``assay.json`` in it; files that it names lie beside it.
    registry : Registry, optional
        The user's when not given.
    replace : bool
        Replace an artifact of the same name and version.
    graph : bool
        Export the network to ONNX, so that it runs without torch; off, it runs in torch alone.

    Raises
    ------
    DescriptionInvalid, WeightsUnreadable, TorchFileError, NetworkUnreadable, ArtifactError, BackendError
        By the reason; nothing is installed then, and nothing of the files was run.
    """
    registry = registry or Registry()
    path = _description(Path(source))
    told = read_description(path)
    with TemporaryDirectory(prefix="assay-import-") as scratch, Child(preload=[INDEXER]) as child:
        files = _Files(told, path.parent, child)
        built = _chain(told, files) if told.layout == "onnx" else _network(told, files)
        folder = Path(scratch) / told.name
        difference, written = _written(told, built, files, folder, Path(scratch), graph=graph)
        return Imported(registry.install(written.folder, replace=replace), difference, tuple(files.notes))


@dataclass(frozen=True, slots=True)
class _Built:
    made: Made
    content: Mapping[str, tuple[str, bytes | Path]]


def _chain(told: Description, files: _Files) -> _Built:
    chain = chained(told, _bytes(files.path("graph")))
    if chain.renamed:
        files.notes.append(f"renamed in the graph: {', '.join(chain.renamed)}")
    return _Built(chain.made, {name: ("graph", data) for name, data in chain.graphs.items()})


def _network(told: Description, files: _Files) -> _Built:
    made = LAYOUTS[told.layout](told, Sources(files.weights, files.path))
    return _Built(made, {"weights.safetensors": ("weights", pack_tensors(made.weights))})


def _written(
    told: Description, built: _Built, files: _Files, folder: Path, scratch: Path, *, graph: bool
) -> tuple[float | None, Artifact]:
    content: dict[str, tuple[str, bytes | Path]] = dict(built.content)
    content["source.json"] = ("document", _origin(told, files))
    if "licence" in told.files:
        content["LICENSE.txt"] = ("licence", _bytes(files.path("licence"), 1 << 20))
    card = _card(told, built.made)
    bare = Artifact.write(scratch / "bare" / told.name, card, content)
    golden = make_golden(bare, _rows(built.made))
    content["golden.safetensors"] = ("golden", golden)
    difference = None
    if told.layout != "onnx" and graph:
        proved = Artifact.write(scratch / "torch" / told.name, card, content)
        try:
            exported = export(proved, scratch / "graph", agreement=TOLERANCE)
        except ExportError as error:
            files.notes.append(f"runs in torch alone, since it could not be exported: {error}")
        else:
            difference = exported.max_difference
            content = {"network.onnx": ("graph", exported.graph), **content}
    return difference, Artifact.write(folder, card, content)


def _card(told: Description, made: Made) -> Card:
    crop = made.preprocessing.crop
    return Card(
        name=told.name,
        version=told.version,
        task=TASK,
        title=told.title,
        summary=told.summary or f"A published detector, imported from {told.source}.",
        licence=told.licence,
        use=told.use,
        architecture=Architecture(family=made.family, parameters=dict(made.parameters)),
        inputs=(Tensor(name="pixels", shape=(crop.height, crop.width, 3), dtype="uint8"),),
        outputs=(Tensor(name="logit", shape=(), dtype="float32"),),
        raw="logit",
        preprocessing=made.preprocessing.model_dump(mode="json"),
        precision="fp32",
        tolerance=TOLERANCE,
        batch=1,
        metrics=tuple(
            metric.model_copy(
                update={"note": f"as published, not measured here. {metric.note or ''}".strip()}
            )
            for metric in told.metrics
        ),
        training_data=told.training_data,
        limits=(*LIMITS, *told.limits),
        created=told.created,
        code=f"assay models import, layout {told.layout}",
    )


def _origin(told: Description, files: _Files) -> bytes:
    from ...models.jsontext import write_json

    named = {
        role: {"file": name, "sha256": _digest(files.path(role))} for role, name in sorted(told.files.items())
    }
    return write_json({"source": told.source, "layout": told.layout, "files": named})


def _rows(made: Made) -> list[dict[str, NDArray[Any]]]:
    """Pictures for golden answers: slopes and noise, the same always."""
    crop = made.preprocessing.crop
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0 : crop.height, 0 : crop.width]
    slopes = np.stack(
        [rows * 255 // crop.height, columns * 255 // crop.width, (rows + columns) % 256], axis=2
    )
    found = []
    for share in np.linspace(0, 1, _GOLDEN_ROWS):
        noise = rng.integers(0, 256, slopes.shape)
        found.append({"pixels": ((1 - share) * slopes + share * noise).astype(np.uint8)})
    return found


def _description(source: Path) -> Path:
    if not source.is_dir():
        return source
    fit = [source / name for name in ("assay.yaml", "assay.json") if (source / name).is_file()]
    if len(fit) != 1:
        raise DescriptionInvalid(f"{source} holds {len(fit)} descriptions (assay.yaml, assay.json); name one")
    return fit[0]


def _bytes(path: Path, most: int = 2 << 30) -> bytes:
    descriptor = opened(path, most)
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(most + 1)


def _digest(path: Path) -> str:
    descriptor = opened(path, DEFAULT.weights_bytes)
    with os.fdopen(descriptor, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
