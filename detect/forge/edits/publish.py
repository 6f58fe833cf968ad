"""The trained map of edits as an artifact: card, graph, calibration, golden pictures and licence."""

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
from ....models.networks.edits import CELL, DEPTH, WIDTH, Shipped
from ...scales import POINT
from ..launder import TIERS, Pixels
from ..pool import Picture, digest
from ..publish import LICENCE, end, write
from .kinds import KINDS
from .settings import EditSettings
from .validation import WHOLE, EditFigure, Judged

if TYPE_CHECKING:
    from torch import Tensor as Array

    from ....models.networks.edits import Edits

TASK = "edit-map"
"""Task that the registry finds it by."""

PRIOR = 0.5

TOLERANCE = 0.02
"""Largest difference of a golden output between processors, absolute."""

STEP = 192
"""From one window of a large picture to the next, in pixels, at most."""

MOST_PIXELS = 3_000_000
"""Larger pictures are shrunk to this before they are looked at."""

LIMITS = (
    "Trained on edits that a program made, from few sources; edits by people are harder. The page "
    "docs/validation/edits.md says how it does on foreign sets.",
    "A copy-move within one photo leaves nothing in its noise when it is neither scaled nor turned: such edits are "
    "mostly missed.",
    "Saving again at a low quality or shrinking wipes out what it looks for; a wholly repainted or wholly resaved "
    "picture has nothing to differ from.",
    "Photos that are put together without a forger (portrait mode, panoramas, text and logos laid over, collages) "
    "show regions that differ.",
    "Things before an even background differ from it without an edit. Hosts of that kind were made for training and "
    "for the choice of what is too even to be weighed; real ones have more to them.",
    "The ratio of a large picture falls with its size where a single window differs, since there are more places in "
    "which untouched pictures differ by chance.",
    "Pictures above 3 megapixels are shrunk first, which hides traces of JPEG in them.",
    "Some training sources state no licence or are for research only; use the artifact for research and evaluation.",
)


@dataclass(frozen=True, slots=True)
class Result:
    """What training found; `golden` are a few edited pictures, sides multiples of 8."""

    network: "Edits"
    weights: Mapping[str, float]
    calibrators: Mapping[str, Calibrator]
    threshold: float
    least_telling: float
    figures: Sequence[EditFigure]
    judged: Judged
    pictures: Sequence[Picture]
    made: Sequence[str]
    golden: Sequence[Pixels]


def publish(result: Result, settings: EditSettings, config: Path, say: Callable[[str], None]) -> Artifact:
    """Write the artifact to the zoo of the settings, in the place of an earlier one of its name."""
    written = card(result, settings, config)
    files: dict[str, tuple[str, bytes | Path]] = {
        "network.onnx": ("graph", graph(result.network)),
        "network.safetensors": ("weights", save(arrays(result.network))),
        "calibration.json": ("calibration", dump_calibrators(dict(result.calibrators))),
        "LICENSE.txt": ("licence", LICENCE),
    }
    golden = (np.ascontiguousarray(one) for one in result.golden)
    artifact = write(written, files, golden, settings.zoo, settings.cache)
    say(f"wrote {artifact.id} ({artifact.sha256})")
    return artifact


def arrays(network: "Edits") -> dict[str, NDArray[Any]]:
    """Parameters and buffers by name, as the torch network of the artifact reads them."""
    return {name: value.detach().cpu().contiguous().numpy() for name, value in network.state_dict().items()}


def graph(network: "Edits") -> bytes:
    """The network as an ONNX graph for one picture of any size whose sides are multiples of 8."""
    import torch

    class Flat(torch.nn.Module):
        """Arrays by place, as a graph has them."""

        def __init__(self) -> None:
            super().__init__()
            self.shipped = Shipped(network)

        def forward(self, pixels: "Array") -> tuple["Array", "Array", "Array"]:
            made = self.shipped({"pixels": pixels})
            return made["logit"], made["heat"], made["reliability"]

    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own libraries
        torch.onnx.export(
            Flat().eval(),
            (torch.zeros(1, 64, 96, 3, dtype=torch.uint8),),
            stream,  # type: ignore[arg-type]
            dynamo=False,
            opset_version=OPSET,
            input_names=["pixels"],
            output_names=["logit", "heat", "reliability"],
            dynamic_axes={
                "pixels": {1: "height", 2: "width"},
                "heat": {1: "rows", 2: "columns"},
                "reliability": {1: "rows", 2: "columns"},
            },
        )
    return stream.getvalue()


def card(result: Result, settings: EditSettings, config: Path) -> Card:
    """The card without its list of files."""
    return Card(
        name=settings.name,
        version=settings.version,
        task=TASK,
        title="Edited in part: map of regions that differ from the rest of their picture",
        summary=(
            "A convolutional network over noise residuals, block spectra and colours of a whole picture gives a heat "
            "map of edits in cells of 8 pixels, how probable it is that each cell is right, and a score of the "
            "picture. Trained on edits made by a program with exact masks (splices, copy-moves, fills, regions redrawn "
            "by a latent auto-encoder, resampled and retouched regions), all delivered like their untouched hosts; "
            "calibrated on sources that training never saw. Calibrators and operating points are for the score plus "
            "what claims of the classical analyzers add (`claims`, by the code of the reason), on pictures of the size "
            "of a window of which a share of `least_telling` or more is not flat; the ratio of a larger picture is the "
            "mean of its windows' ratios, in which windows that are too even count as 1."
        ),
        licence="Apache-2.0",
        use="research",
        architecture=Architecture(family="edits", parameters={"width": WIDTH, "depth": DEPTH}),
        inputs=(Tensor(name="pixels", shape=(None, None, 3), dtype="uint8"),),
        outputs=(
            Tensor(name="logit", shape=(), dtype="float32"),
            Tensor(name="heat", shape=(None, None), dtype="float32"),
            Tensor(name="reliability", shape=(None, None), dtype="float32"),
        ),
        raw="logit",
        preprocessing={
            "colour": "RGB",
            "multiple": CELL,
            "cell": CELL,
            "most_pixels": MOST_PIXELS,
            "window": WHOLE,
            "step": STEP,
            "least_telling": result.least_telling,
            "claims": dict(result.weights),
        },
        precision="fp32",
        tolerance=TOLERANCE,
        batch=1,
        calibration="calibration.json",
        operating_points=_points(result, settings),
        prior=PRIOR,
        metrics=tuple(_metric(figure) for figure in result.figures),
        training_data=_data(result, settings),
        limits=LIMITS,
        created=datetime.now(UTC).date().isoformat(),
        seed=settings.seed,
        code=f"assay train edits detect/forge/edits/{config.name}",
    )


def _points(result: Result, settings: EditSettings) -> tuple[OperatingPoint, ...]:
    points = []
    for number, tier in enumerate(TIERS):
        mine = result.judged.part(result.judged.tier == number)
        over = mine.logit >= result.threshold
        named = {(f.name, f.source): f.interval for f in result.figures if f.tier == tier}
        alarms, hits = named[("false-alarms", None)], named[("tpr", None)]
        points.append(
            OperatingPoint(
                name=POINT,
                tier=tier,
                threshold=result.threshold,
                chosen_on="held sources",
                fpr=alarms.value, fpr_low=alarms.low, fpr_high=alarms.high,
                tpr=hits.value, tpr_low=hits.low, tpr_high=hits.high,
                n=len(over),
                note=f"at least {settings.right:.0%} of untouched pictures of held sources below it in every tier, "
                "over all of them and as the mean over their sources",
            )
        )  # fmt: skip
    return tuple(points)


def _metric(figure: EditFigure) -> Metric:
    return Metric(
        name=figure.name,
        value=round(figure.interval.value, 4),
        low=end(figure.interval.low),
        high=end(figure.interval.high),
        n=figure.interval.n,
        tier=figure.tier,
        source=figure.source,
        note=f"made edits of held sources; {figure.source} alone"
        if figure.source
        else "made edits of held sources",
    )


def _data(result: Result, settings: EditSettings) -> tuple[TrainingData, ...]:
    found: list[TrainingData] = []
    for synthetic, source in sorted({(p.synthetic, p.source) for p in result.pictures}):
        mine = [p for p in result.pictures if p.source == source and p.synthetic == synthetic]
        held = source in settings.held
        role = "donors and generated pictures that nobody edited" if synthetic else "hosts and donors"
        found.append(
            TrainingData(
                name=source,
                licence="; ".join(sorted({p.licence for p in mine})),
                count=len(mine),
                role=f"held back for calibration: {role}" if held else role,
                sha256=digest(mine),
            )
        )
    counts = Counter(result.made)
    for kind in (*KINDS, "none"):
        what = "hosts without an edit" if kind == "none" else f"made edits: {kind}"
        licence = "as the photos; auto-encoder TAEF2: MIT" if kind == "redraw" else "as the photos"
        found.append(TrainingData(name=what, licence=licence, count=counts[kind], role="made for training"))
    return tuple(found)
