"""A calibration for an imported detector: its scores of pictures of known origin, one calibrator for each tier.

Every picture is scored in its own tier, and laundered into those below it, as for the artifacts that ship.
Files whose format gives their label away would calibrate the format: such a manifest is refused.
"""

import hashlib
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from ...errors import AssayError
from ...intake.limits import DEFAULT, Limits
from ...intake.manifest import Manifest
from ...models.artifact import Artifact
from ...models.calibration import Calibrator, balance, dump_calibrators
from ...models.card import Card, Metric, OperatingPoint, TrainingData
from ...models.metrics import Interval, auc, bootstrap, cllr, threshold_at_fpr
from ...models.registry import Registry
from ..analyzers.published import is_published
from ..dataset import check_dataset
from ..forge.launder import TIERS, Tier
from ..forge.trial import share
from .importing import LIMITS
from .scored import Progress, Scored, scored

__all__ = ["LEAST", "Calibrated", "CalibrationRefused", "calibrate", "fitted"]

LEAST = 30
"""Fewest units (files that do not depend on one another) of each class that a tier is calibrated on."""

FALSE_ALARMS = 0.05
"""Share of recordings of the calibration set that the operating point lets pass at most."""

REPLICATES = 400
_FOLDS = 5
PRIOR = 0.5


class CalibrationRefused(AssayError):
    """An artifact cannot be calibrated on these files; nothing was written."""

    code = "calibration-refused"


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was written.

    Attributes
    ----------
    artifact : Artifact
        The new version, as installed.
    tiers : Mapping
        Rows of each tier that has a calibrator of its own, by class.
    refused : tuple of (name, code)
        Files that could not be scored.
    """

    artifact: Artifact
    tiers: Mapping[str, tuple[int, int]]
    refused: tuple[tuple[str, str], ...]


def calibrate(
    artifact: Artifact,
    manifest: Manifest,
    registry: Registry | None = None,
    *,
    version: str | None = None,
    accept: Collection[str] = (),
    seed: int = 0,
    limits: Limits = DEFAULT,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Calibrated:
    """Calibrate an imported detector and install it as a new version.

    Parameters
    ----------
    artifact : Artifact
        An imported one; its scores stay what they are.
    manifest : Manifest
        Pictures of known origin that its makers did not train on, with their sources.
    version : str, optional
        Of the new artifact; the next patch version when not given.
    accept : collection of str
        Codes of faults of the manifest that are known and accepted.
    seed : int
        Decides how pictures are laundered.
    cache : Path, optional
        Folder that remembers what the files say.
    progress : callable
        Called with how many of how many pictures were scored.

    Raises
    ------
    CalibrationRefused
        It is no imported detector, the manifest has faults, or a class has too few pictures.
    """
    registry = registry or Registry()
    if not is_published(artifact):
        raise CalibrationRefused(
            f"{artifact.id} was not imported: it is calibrated by the recipe that trains it (assay train)"
        )
    checked = check_dataset(manifest, limits=limits, cache=cache)
    if faults := checked.errors(tuple(accept)):
        told = "; ".join(f"{fault.words} [{fault.code}]" for fault in faults[:3])
        raise CalibrationRefused(
            f"a calibration on these files would be worth nothing: {told}. Repair them, or accept a fault by its code"
        )
    found = scored(artifact, manifest.entries, seed, limits, progress)
    calibrators = fitted(found)
    card = _card(artifact, found, calibrators, manifest, version)
    files: dict[str, tuple[str, bytes | Path]] = {
        file.path: (file.role, artifact.path(file.path))
        for file in artifact.card.files
        if file.role != "calibration"
    }
    files["calibration.json"] = ("calibration", dump_calibrators(calibrators))
    with TemporaryDirectory(prefix="assay-calibrate-") as scratch:
        written = Artifact.write(Path(scratch) / card.name, card, files)
        installed = registry.install(written.folder)
    tiers: dict[str, tuple[int, int]] = {
        tier: found.part(found.tier == number).classes
        for number, tier in enumerate(TIERS)
        if tier in calibrators
    }
    return Calibrated(installed, tiers, found.refused)


def fitted(found: Scored) -> dict[str, Calibrator]:
    """A calibrator for each tier that has pictures enough; ``default`` where one has not: that of the worst tier.

    Raises
    ------
    CalibrationRefused
        No tier has.
    """
    made: dict[str, Calibrator] = {}
    for number, tier in enumerate(TIERS):
        part = found.part(found.tier == number)
        if min(part.units) >= LEAST:
            made[tier] = _fit(part)
    if not made:
        counts = ", ".join(str(found.part(found.tier == n).units) for n in range(len(TIERS)))
        raise CalibrationRefused(
            f"no tier has {LEAST} recordings and {LEAST} generated pictures that do not depend on one another (there "
            f"are, by tier: {counts}); give more pictures"
        )
    if len(made) < len(TIERS):
        made["default"] = list(made.values())[-1]
    return made


def _fit(part: Scored, replicates: int = REPLICATES) -> Calibrator:
    return Calibrator.fit_logistic(
        part.score,
        part.fake,
        weights=balance(part.fake, part.source),
        groups=np.unique(part.unit, return_inverse=True)[1],
        replicates=replicates,
    )


def _card(
    artifact: Artifact,
    found: Scored,
    calibrators: Mapping[str, Calibrator],
    manifest: Manifest,
    version: str | None,
) -> Card:
    card = artifact.card
    metrics, points = [*card.metrics], []
    for number, tier in enumerate(TIERS):
        part = found.part(found.tier == number)
        if tier in calibrators:
            metrics += _metrics(part, tier)
            points.append(_point(part, tier))
    real, fake = found.units
    sources = len(set(found.source.tolist()))
    limits = [
        f"Imported as it was published, and calibrated here on {real} recordings and {fake} generated pictures of "
        f"{sources} sources: its likelihood ratios hold for pictures like those.",
        *(limit for limit in card.limits if limit != LIMITS[0]),
    ]
    if "default" in calibrators:
        worst = [tier for tier in TIERS if tier in calibrators][-1]
        missing = ", ".join(tier for tier in TIERS if tier not in calibrators)
        limits.append(
            f"Too few pictures of the tier {missing}: they are weighed like those of the tier {worst}."
        )
    data = TrainingData(
        name=manifest.place.name or "manifest",
        licence="; ".join(sorted({entry.licence or "not stated" for entry in manifest.entries}))[:400],
        count=len(manifest.entries),
        role="calibration",
        sha256=manifest.sha256 or None,
    )
    return card.model_copy(
        update={
            "version": version or _next(card.version),
            "calibration": "calibration.json",
            "operating_points": tuple(points),
            "prior": PRIOR,
            "metrics": tuple(metrics),
            "training_data": (*card.training_data, data),
            "limits": tuple(limits),
            "code": f"{card.code}; assay models calibrate",
            "files": (),
        }
    )


def _metrics(part: Scored, tier: Tier) -> Iterator[Metric]:
    groups = np.unique(part.unit, return_inverse=True)[1]
    value = bootstrap(auc, part.score, part.fake, groups=groups, strata=part.fake, n=REPLICATES)
    yield _metric("auc", tier, value, "calibration set")
    ratios, by = _across(part)
    value = bootstrap(cllr, ratios, part.fake, groups=groups, strata=part.fake, n=REPLICATES)
    yield _metric(
        "cllr", tier, value, f"calibration set, each part weighed by a calibration on the others, {by}"
    )


def _across(part: Scored) -> tuple[NDArray[np.float64], str]:
    """log10 LR of every row by a calibrator of other rows: of other sources where each class has several."""
    sources = [sorted(set(part.source[part.fake == label].tolist())) for label in (False, True)]
    if min(map(len, sources)) >= 2:
        count, by = min(_FOLDS, *map(len, sources)), "left out by source"
        number = {source: at % count for names in sources for at, source in enumerate(names)}
        fold = np.array([number[source] for source in part.source.tolist()])
    else:
        count, by = _FOLDS, "left out by picture"
        fold = np.array([hashlib.sha256(unit.encode()).digest()[0] % count for unit in part.unit.tolist()])
    ratios = np.zeros(len(part.score))
    for at in range(count):
        mine = fold == at
        if mine.any():
            ratios[mine] = _fit(part.part(~mine), 50).apply_many(part.score[mine]).log10_lr
    return ratios, by


def _metric(name: str, tier: Tier, value: Interval, note: str) -> Metric:
    ends = [None if math.isnan(end) else round(end, 4) for end in (value.low, value.high)]
    return Metric(
        name=name, value=round(value.value, 4), low=ends[0], high=ends[1], n=value.n, tier=tier, note=note
    )


def _point(part: Scored, tier: Tier) -> OperatingPoint:
    threshold = threshold_at_fpr(part.score, part.fake, FALSE_ALARMS)
    if not math.isfinite(threshold):
        threshold = float(np.nextafter(part.score[~part.fake].max(), np.inf))
    over = part.score >= threshold
    alarms, hits = (
        share(int(over[part.fake == label].sum()), int((part.fake == label).sum())) for label in (0, 1)
    )
    return OperatingPoint(
        name="fixed",
        tier=tier,
        threshold=threshold,
        chosen_on="the calibration set itself, so that these rates flatter",
        fpr=alarms.value,
        fpr_low=alarms.low,
        fpr_high=alarms.high,
        tpr=hits.value,
        tpr_low=hits.low,
        tpr_high=hits.high,
        n=len(over),
    )


def _next(version: str) -> str:
    major, minor, patch = version.split("+")[0].partition("-")[0].split(".")
    return f"{major}.{minor}.{int(patch) + 1}"
