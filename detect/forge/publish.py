"""A training result as an artifact: card, graphs, weights, calibration, golden crops and licence texts."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from safetensors.numpy import save

from ...models.artifact import Artifact
from ...models.calibration import Calibrator, dump_calibrators
from ...models.card import Architecture, Card, Metric, OperatingPoint, Tensor, TrainingData
from ...models.engine.golden import make_golden
from ..crops import QUALITY, SIDE
from ..scales import POINT, scale
from . import head
from .folds import LeftOut
from .launder import TIERS, Pixels
from .pool import Picture, digest
from .probe import Probe
from .recipe import Recipe
from .settings import Settings
from .trial import Figure, share

LICENCE = Path(__file__).parent / "licences" / "apache-2.0.txt"
"""Licence text of the head."""

PRIOR = 0.5
"""Prior probability of "synthetic" that probabilities are stated at."""

TOLERANCE = 0.05
"""Largest difference of a golden logit between CPU families, absolute: int8 kernels round differently."""

LIMITS = (
    "Says only how well a picture fits wholly generated pictures against camera recordings; it does not see edits of a "
    "part, face swaps or splices, and a photo of a screen that shows a generated picture may pass as a photo.",
    "Trained on few sources: pictures of generators, cameras or editing chains that are unlike them may be scored "
    "wrongly with high confidence; the figures on left-out sources say how much.",
    "Polished, retouched, upscaled or heavily denoised photos raise false alarms; compression lowers all figures.",
    "Paintings, drawings, posters and screenshots are neither recordings nor covered: the training photos hold none.",
    "Pictures with a side shorter than 224 pixels are not applicable.",
    "Means over one, two and four crops have calibrators of their own; a mean over three or over eight is weighed like "
    "the next smaller number, which is too cautious.",
    "Some training sources state no licence or are for research only; use the artifact for research and evaluation.",
)


_MADE: Mapping[str, tuple[str, str, bool]] = {
    "negative": ("hard negatives made of the real pictures", "as the photos", True),
    "latent": ("latent twins of the real pictures", "as the photos; auto-encoder TAEF2: MIT", False),
    "changed": (
        "latent twins after the changes that their photos went through",
        "as the photos; auto-encoder TAEF2: MIT",
        False,
    ),
    "superres": (
        "super-resolution twins of the real pictures",
        "as the photos; networks: MIT and BSD-3-Clause",
        False,
    ),
    "decoder": (
        "twins of the real pictures by decoders trained from TAEF2",
        "as the photos; auto-encoder TAEF2: MIT",
        False,
    ),
}
"""Name, licence and label of what the forge makes."""


@dataclass(frozen=True, slots=True)
class Result:
    """What training found; see `training.train`."""

    head: Probe
    recipe: Recipe
    calibrators: Mapping[str, Calibrator]
    threshold: float
    validation: Sequence[Figure]
    test: Sequence[Figure]
    pictures: Sequence[Picture]
    made: Mapping[str, int]
    left_out: LeftOut


def publish(result: Result, settings: Settings, config: Path, say: Callable[..., None]) -> Artifact:
    """Write the artifact to the zoo of the settings, in the place of an earlier one of its name."""
    written = card(result, settings, config)
    files: dict[str, tuple[str, bytes | Path]] = {
        "encoder.onnx": ("graph", settings.encoder),
        "head.onnx": ("graph", head.graph(result.head)),
        "head.safetensors": ("weights", save(head.arrays(result.head))),
        "calibration.json": ("calibration", dump_calibrators(dict(result.calibrators))),
        "LICENSE.clip.txt": ("licence", settings.encoder_licence),
        "LICENSE.txt": ("licence", LICENCE),
    }
    artifact = write(
        written, files, head.golden_crops(), settings.zoo, settings.cache, shared=["encoder.onnx"]
    )
    say(f"wrote {artifact.id} ({artifact.sha256})")
    return artifact


def write(
    written: Card,
    files: Mapping[str, tuple[str, bytes | Path]],
    golden: Iterable[Pixels],
    zoo: Path,
    cache: Path,
    *,
    shared: Sequence[str] = (),
) -> Artifact:
    """Write an artifact with what it answers to some pictures, in the place of an earlier one of its name.

    Parameters
    ----------
    written
        The card without its list of files.
    files
        Role and content of each.
    golden
        The pictures, uint8 (height, width, 3), as its network takes them.
    zoo, cache
        Where it goes, and where it is first written without those answers.
    shared
        Names of the files that other artifacts may hold too.
    """
    with TemporaryDirectory(dir=cache) as folder:
        bare = Artifact.write(Path(folder) / written.name, written, dict(files), shared=shared)
        answers = make_golden(bare, [{"pixels": one} for one in golden])
    whole = {**files, "golden.safetensors": ("golden", answers)}
    return Artifact.write(zoo / written.name, written, whole, shared=shared, replace=True)


def card(result: Result, settings: Settings, config: Path) -> Card:
    """The card without its list of files."""
    blocks = list(result.recipe.blocks or settings.encoder_blocks)
    return Card(
        name=settings.name,
        version=settings.version,
        task="synthetic-image",
        title="Generated or recorded: linear probe on middle blocks of CLIP",
        summary=(
            "A logistic head on the class token and the patch mean of middle blocks of the CLIP ViT-B/16 image tower, "
            "on native crops of 224 pixels. Trained on real pictures, generated pictures and latent twins of the real "
            "ones, all under the same launderings; every choice, threshold and calibrator comes from leave-source-out "
            "over the training sources."
        ),
        licence="Apache-2.0 (head), MIT (encoder weights)",
        use="research",
        architecture=Architecture(
            family="clip-probe",
            parameters={
                "blocks": [*settings.encoder_blocks],
                "used": [*blocks],
                "width": head.WIDTH,
                "grid": head.GRID,
                "strength": result.recipe.strength,
                "shrinkage": result.recipe.shrinkage,
                "shares": dict(result.recipe.shares),
            },
        ),
        inputs=(Tensor(name="pixels", shape=(SIDE, SIDE, 3), dtype="uint8"),),
        outputs=(
            Tensor(name="logit", shape=(), dtype="float32"),
            Tensor(name="map", shape=(head.GRID, head.GRID), dtype="float32"),
        ),
        raw="logit",
        preprocessing=preprocessing(settings.test_crops, settings.full_crops, settings.laundered_crops),
        precision="int8",
        tolerance=TOLERANCE,
        batch=1,
        calibration="calibration.json",
        operating_points=points(
            result.left_out,
            settings.counts,
            result.threshold,
            settings.real_right,
            "leave-source-out scores of the training sources",
        ),
        prior=PRIOR,
        metrics=(
            *_metrics(result.validation, "leave-source-out over the training sources, one probe per fold"),
            *_metrics(result.test, "test sources, not used for any choice"),
        ),
        training_data=_data(result),
        limits=LIMITS,
        created=datetime.now(UTC).date().isoformat(),
        seed=settings.seed,
        code=f"assay train media detect/{config.name}",
    )


def preprocessing(standard: int, full: int, laundered: int) -> dict[str, Any]:
    """What a card says of how crops are made: how many for the profiles, and how many of each laundering."""
    return {
        "crop": SIDE,
        "colour": "RGB",
        "resize": None,
        "reencode": {"format": "jpeg", "quality": QUALITY, "subsampling": "4:2:0"},
        "aggregate": "mean",
        "crops": {"fast": 1, "standard": standard, "full": full},
        "laundered": laundered,
    }


def points(
    scores: LeftOut, counts: Sequence[int], threshold: float, real_right: float, chosen_on: str
) -> tuple[OperatingPoint, ...]:
    """The fixed threshold, with its rates for every tier and number of crops that a profile uses."""
    made = []
    for (number, tier), count in product(enumerate(TIERS), counts):
        mine = scores.part((scores.tier == number) & (scores.crops == count))
        over = mine.score >= threshold
        real, fake = over[~mine.synthetic], over[mine.synthetic]
        if not len(real) or not len(fake):
            continue
        alarms, hits = share(int(real.sum()), len(real)), share(int(fake.sum()), len(fake))
        made.append(
            OperatingPoint(
                name=scale(POINT, count),
                tier=tier,
                threshold=threshold,
                chosen_on=chosen_on,
                fpr=alarms.value, fpr_low=alarms.low, fpr_high=alarms.high,
                tpr=hits.value, tpr_low=hits.low, tpr_high=hits.high,
                n=len(over),
                note=f"more than {real_right:.0%} of left-out real pictures right in every tier, over all of "
                f"them and as the mean over their sources; mean over {count} crops of each",
            )
        )  # fmt: skip
    return tuple(made)


def end(value: float) -> float | None:
    """An end of an interval as a card holds it; None where there is none."""
    return None if math.isnan(value) else round(value, 4)


def _metrics(figures: Sequence[Figure], note: str) -> tuple[Metric, ...]:
    return tuple(
        Metric(
            name=figure.name,
            value=round(figure.interval.value, 4),
            low=end(figure.interval.low),
            high=end(figure.interval.high),
            n=figure.interval.n,
            tier=figure.tier,
            source=figure.source,
            note=note,
        )
        for figure in figures
    )


def collected(pictures: Sequence[Picture]) -> list[TrainingData]:
    """The pictures by source, each with the hash of what exactly was trained on."""
    found: list[TrainingData] = []
    sources = sorted({(p.synthetic, p.source) for p in pictures})
    for synthetic, source in sources:
        mine = [p for p in pictures if p.source == source and p.synthetic == synthetic]
        found.append(
            TrainingData(
                name=source or "not stated",
                licence="; ".join(sorted({p.licence for p in mine})),
                count=len(mine),
                role="generated pictures" if synthetic else "real pictures",
                sha256=digest(mine),
            )
        )
    return found


def _data(result: Result) -> tuple[TrainingData, ...]:
    found = collected(result.pictures)
    for kind, _ in result.recipe.shares:
        name, licence, real = _MADE[kind]
        found.append(
            TrainingData(
                name=name,
                licence=licence,
                count=result.made[kind],
                role="real pictures" if real else "generated pictures",
            )
        )
    return tuple(found)
