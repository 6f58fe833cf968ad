"""A tuned network as an artifact: card, graph, weights, calibration, golden crops and licence."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors.numpy import save

from ....models.artifact import Artifact
from ....models.calibration import Calibrator, dump_calibrators
from ....models.card import Architecture, Card, Metric, Tensor, TrainingData
from ....models.networks.tuned import Tuned
from ...crops import SIDE
from .. import head
from ..folds import LeftOut
from ..pool import Picture
from ..publish import LICENCE, PRIOR, collected, end, points, preprocessing, write
from ..trial import Figure
from .network import graph
from .settings import NetworkSettings

if TYPE_CHECKING:
    from ....models.training import Trained

__all__ = ["Result", "publish"]

TOLERANCE = 0.02
"""Largest difference of a golden logit between processors, absolute."""

_LIMITS = (
    "Says only how well a picture fits wholly generated pictures against camera recordings; it does not see edits of a "
    "part, face swaps or splices.",
    "Calibrated on the sources that also stopped its training: errors on sources that nobody has seen may be larger.",
    "Pictures with a side shorter than 224 pixels are not applicable.",
    "Pictures of generators, cameras or editing chains that are unlike its sources may be scored wrongly with high "
    "confidence: validate it on files of your own before you use it (assay validate).",
)


@dataclass(frozen=True, slots=True)
class Result:
    """What training found; `twins` are the kinds of all twins that were learnt from."""

    network: Tuned
    calibrators: Mapping[str, Calibrator]
    threshold: float
    validation: Sequence[Figure]
    test: Sequence[Figure]
    scores: LeftOut
    pictures: Sequence[Picture]
    twins: Sequence[str]
    trained: "Trained"


def publish(result: Result, settings: NetworkSettings, config: Path, say: Callable[..., None]) -> Artifact:
    """Write the artifact to the zoo of the settings, in the place of an earlier one of its name."""
    shape = graph(result.network)
    # What the graph was made of: low-rank corrections are folded in by then.
    weights = {
        name: value.detach().cpu().contiguous().numpy() for name, value in result.network.state_dict().items()
    }
    files: dict[str, tuple[str, bytes | Path]] = {
        "network.onnx": ("graph", shape),
        "network.safetensors": ("weights", save(weights)),
        "calibration.json": ("calibration", dump_calibrators(dict(result.calibrators))),
        "LICENSE.txt": ("licence", LICENCE),
    }
    artifact = write(
        _card(result, settings, config), files, head.golden_crops(), settings.zoo, settings.cache
    )
    say(f"wrote {artifact.id} ({artifact.sha256})")
    return artifact


def _card(result: Result, settings: NetworkSettings, config: Path) -> Card:
    held = sorted(set(result.scores.source.tolist()))
    note = f"held sources, which also stopped the training: {', '.join(held)}"
    return Card(
        name=settings.name,
        version=settings.version,
        task="synthetic-image",
        title="Generated or recorded: a tuned network",
        summary=(
            f"Starts from {settings.backbone.told}; {settings.tune.what} was tuned for "
            f"{result.trained.best_step} steps on "
            "crops of pictures that were laundered anew at every look. Calibrators, threshold and figures come from "
            "sources that were never trained on."
        ),
        licence="as its backbone and its training pictures; see training_data",
        use="research",
        architecture=Architecture(
            family="tuned-network",
            parameters={
                "backbone": settings.backbone.model_dump(mode="json", exclude={"weights"}),
                "start": settings.backbone.told,
                "tune": settings.tune.model_dump(mode="json"),
                "transforms": settings.transforms.model_dump(mode="json"),
                "training": settings.training.model_dump(mode="json"),
                "accepted": [*settings.accept],
                "weights_sha256": result.trained.sha256,
            },
        ),
        inputs=(Tensor(name="pixels", shape=(SIDE, SIDE, 3), dtype="uint8"),),
        outputs=(Tensor(name="logit", shape=(), dtype="float32"),),
        raw="logit",
        preprocessing=preprocessing(settings.test_crops, settings.full_crops, settings.laundered_crops),
        precision="fp32",
        tolerance=TOLERANCE,
        batch=1,
        calibration="calibration.json",
        operating_points=points(
            result.scores,
            settings.counts,
            result.threshold,
            settings.real_right,
            "held sources, never trained on",
        ),
        prior=PRIOR,
        metrics=(
            *_metrics(result.validation, note),
            *_metrics(result.test, "test sources, not used for any choice"),
        ),
        training_data=(*collected(result.pictures), *_twins(result)),
        limits=_LIMITS,
        created=datetime.now(UTC).date().isoformat(),
        seed=settings.training.seed,
        code=f"assay train media {config.name}",
    )


def _metrics(figures: Sequence[Figure], note: str) -> tuple[Metric, ...]:
    return tuple(
        Metric(
            name=f.name, value=round(f.interval.value, 4), low=end(f.interval.low), high=end(f.interval.high),
            n=f.interval.n, tier=f.tier, source=f.source, note=note,
        )
        for f in figures
    )  # fmt: skip


def _twins(result: Result) -> tuple[TrainingData, ...]:
    return tuple(
        TrainingData(name=f"{kind} twins of the real pictures", licence="as the photos", count=count,
                     role="generated pictures")
        for kind, count in sorted(Counter(result.twins).items())
    )  # fmt: skip
