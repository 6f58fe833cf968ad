"""The trained classifier of replaced faces as an artifact: card, graph, weights, calibration, golden crops, licence."""

import io
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from ....models.artifact import Artifact
from ....models.calibration import Calibrator, dump_calibrators
from ....models.card import Architecture, Card, Metric, OperatingPoint, Tensor, TrainingData
from ....models.export import OPSET
from ....models.networks.faces import CELL, SIDE, Shipped
from ...faces.scoring import FILM, TASK
from ...scales import POINT
from ..launder import Pixels
from ..pool import digest
from ..publish import LICENCE, end, write
from .figures import FaceFigure
from .portraits import Portrait
from .settings import FaceSettings
from .views import DELIVERIES, Delivery

if TYPE_CHECKING:
    from torch import Tensor as Array

    from ....models.networks.faces import FaceSwap

PRIOR = 0.5

TOLERANCE = 0.02
"""Largest difference of a golden output between processors, absolute."""

BATCH = 1
"""Rows of a run. A deterministic run is filled up to it: eight would cost a picture with one face eight looks."""

LIMITS = (
    "Trained on faces that a program replaced, never on a fake: self-blends and exchanges between people. Swaps by "
    "other means are harder; docs/validation/faces.md tells clip by clip how it does on the few real ones at hand, "
    "which are too few to quote an accuracy.",
    "It looks for seams between a face and what is round it. A face that was driven, or drawn as a whole together with "
    "its head and background, has none: such videos and pictures are hardly ever noticed.",
    "Most of the real faces are small pictures of one source (UTKFace), which others collected, cropped and resized.",
    "Nobody knows who is shown in them: the same person may be in several, on both sides of the split.",
    "Calibrated on swaps that a program made. For swaps by other means a likelihood ratio above 1 may be too small or "
    "too large, and one below 1 is worth less than it says: what leaves no seam is scored as unchanged.",
    "Retouching, make-up, glasses, beards, masks, light from a side and text over a face can raise false alarms.",
    "Strong compression, blur and small faces hide seams: tiers and sizes have calibrators of their own.",
    "Audited by groups that others had guessed from pictures (UTKFace); the rates are among the metrics.",
    "Some training sources state no licence or are for research only; use the artifact for research and evaluation.",
)


@dataclass(frozen=True, slots=True)
class Result:
    """What training found: the network as it ships, see `rounded`; `golden` are crops."""

    network: "FaceSwap"
    calibrators: Mapping[str, Calibrator]
    points: Mapping[Delivery, float]
    figures: Sequence[FaceFigure]
    portraits: Sequence[Portrait]
    golden: Sequence[Pixels]


def publish(result: Result, settings: FaceSettings, config: Path, say: Callable[[str], None]) -> Artifact:
    """Write the artifact to the zoo of the settings, in the place of an earlier one of its name."""
    half = {name: _half(value) for name, value in arrays(result.network).items()}
    files: dict[str, tuple[str, bytes | Path]] = {
        "network.onnx": ("graph", graph(result.network)),
        "network.safetensors": ("weights", save(half)),
        "calibration.json": ("calibration", dump_calibrators(dict(result.calibrators))),
        "LICENSE.txt": ("licence", LICENCE),
    }
    golden = (np.ascontiguousarray(one) for one in result.golden)
    artifact = write(card(result, settings, config), files, golden, settings.zoo, settings.cache)
    say(f"wrote {artifact.id} ({artifact.sha256})")
    return artifact


def arrays(network: "FaceSwap") -> dict[str, NDArray[Any]]:
    """Parameters by name."""
    return {name: value.detach().cpu().contiguous().numpy() for name, value in network.state_dict().items()}


def _half(value: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(value.astype(np.float16))


def rounded(network: "FaceSwap") -> "FaceSwap":
    """The network with its weights as they ship: what is judged, calibrated and exported was rounded once, before."""
    import torch

    halves = {name: torch.from_numpy(_half(value).astype(np.float32)) for name, value in arrays(network).items()}
    network.load_state_dict(halves)
    return network.eval()


def graph(network: "FaceSwap") -> bytes:
    """The network as an ONNX graph for any number of crops; its weights are stored in half precision."""
    import torch

    class Flat(torch.nn.Module):
        """Arrays by place, as a graph has them."""

        def __init__(self) -> None:
            super().__init__()
            self.shipped = Shipped(network)

        def forward(self, pixels: "Array") -> tuple["Array", "Array"]:
            made = self.shipped({"pixels": pixels})
            return made["logit"], made["heat"]

    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own libraries
        torch.onnx.export(
            Flat().eval(),
            (torch.zeros(2, SIDE, SIDE, 3, dtype=torch.uint8),),
            stream,  # type: ignore[arg-type]
            dynamo=False,
            opset_version=OPSET,
            input_names=["pixels"],
            output_names=["logit", "heat"],
            dynamic_axes={"pixels": {0: "n"}, "logit": {0: "n"}, "heat": {0: "n"}},
        )
    return _stored_in_half(stream.getvalue())


def _stored_in_half(graph: bytes) -> bytes:
    """The same graph with its weights in half precision and a cast behind each: half the size, the same sums."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load_from_string(graph)
    casts = []
    for place, stored in enumerate(model.graph.initializer):
        if stored.data_type != TensorProto.FLOAT or len(stored.dims) < 2:
            continue
        name = stored.name
        small = numpy_helper.from_array(_half(numpy_helper.to_array(stored)), f"{name}.half")
        model.graph.initializer[place].CopyFrom(small)
        casts.append(helper.make_node("Cast", [small.name], [name], to=TensorProto.FLOAT))
    for place, cast in enumerate(casts):
        model.graph.node.insert(place, cast)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def card(result: Result, settings: FaceSettings, config: Path) -> Card:
    """The card without its list of files."""
    return Card(
        name=settings.name,
        version=settings.version,
        task=TASK,
        title="Replaced faces: seams between a face and what is round it",
        summary=(
            "EfficientNet-Lite0 on aligned crops of faces and on their mirror images, with a heat map of what was "
            "drawn over. Trained on real faces of which a program made its own fakes: self-blended images (Shiohara "
            "and Yamasaki, CVPR 2022), in which a face is pasted over its own slightly changed twin (metrics named "
            "`self` are of blends by the published recipe, `faint` of blends that differ less or cover a part of the "
            "face only; of the former `cover` are those in which the twin has two fifths or more of some pixel, `thin` "
            "the others, veils that change a pixel by a few levels), and exchanges between people of like shape and "
            "colour; each beside the picture it was made "
            "of, under one delivery. Calibrated on people who were never trained on, by tier and by size of the face; "
            "`film` is the tier of frames of videos (H.264). Faces redrawn by a latent auto-encoder are among the "
            "swaps that it was calibrated on"
            + ("." if settings.redrawn_share else ", and are new to it.")
        ),
        licence="Apache-2.0",
        use="research",
        architecture=Architecture(
            family="face-swap", parameters={"side": SIDE, "cell": CELL, "trunk": "efficientnet-lite0"}
        ),
        inputs=(Tensor(name="pixels", shape=(SIDE, SIDE, 3), dtype="uint8"),),
        outputs=(
            Tensor(name="logit", shape=(), dtype="float32"),
            Tensor(name="heat", shape=(SIDE // CELL, SIDE // CELL), dtype="float32"),
        ),
        raw="logit",
        preprocessing={
            "colour": "RGB",
            "crop": SIDE,
            "cell": CELL,
            "alignment": "near",
            "border": "mirrored",
        },
        precision="fp32",
        tolerance=TOLERANCE,
        batch=BATCH,
        calibration="calibration.json",
        operating_points=tuple(_point(result, settings, way) for way in DELIVERIES),
        prior=PRIOR,
        metrics=tuple(_metric(figure) for figure in result.figures),
        training_data=_data(result, settings),
        limits=LIMITS,
        created=datetime.now(UTC).date().isoformat(),
        seed=settings.seed,
        code=f"assay train faces detect/forge/faces/{config.name}",
    )


def _point(result: Result, settings: FaceSettings, way: Delivery) -> OperatingPoint:
    named = {(one.name, one.part): one.interval for one in result.figures if one.way == way}
    alarms, hits = named[("false-alarms", None)], named[("tpr", "self")]
    return OperatingPoint(
        name=FILM if way == "film" else POINT,
        tier=None if way == "film" else way,
        threshold=result.points[way],
        chosen_on="held people",
        fpr=alarms.value, fpr_low=alarms.low, fpr_high=alarms.high,
        tpr=hits.value, tpr_low=hits.low, tpr_high=hits.high,
        n=alarms.n + hits.n,
        note=f"at most {settings.false_alarms:.0%} of real held faces above it, changed ones among them: over all, as "
        "the mean over sources, and at each size of the face; hits are of self-blends as published",
    )  # fmt: skip


def _metric(figure: FaceFigure) -> Metric:
    film = "frames of videos; " if figure.way == FILM else "all deliveries; " if figure.way is None else ""
    name, tier = figure.stated
    return Metric(
        name=name,
        value=round(figure.interval.value, 4),
        low=end(figure.interval.low),
        high=end(figure.interval.high),
        n=figure.interval.n,
        tier=tier,
        source=figure.part,
        note=f"{film}held people" + (f": {figure.part}" if figure.part else ""),
    )


def _data(result: Result, settings: FaceSettings) -> tuple[TrainingData, ...]:
    found: list[TrainingData] = []
    kept = Counter((one.picture.source, one.held) for one in result.portraits)
    for (source, held), count in sorted(kept.items()):
        mine = [one.picture for one in result.portraits if one.picture.source == source and one.held == held]
        what = (
            "generated portraits, replaced and not" if mine[0].synthetic else "real faces, replaced and not"
        )
        found.append(
            TrainingData(
                name=source,
                licence="; ".join(sorted({one.licence for one in mine})),
                count=count,
                role=f"held back for calibration: {what}" if held else what,
                sha256=digest(mine),
            )
        )
    found.append(
        TrainingData(name="ImageNet, by way of EfficientNet-Lite0", licence="weights: Apache-2.0", count=0,
                     role="first weights of the trunk")
    )  # fmt: skip
    return tuple(found)
