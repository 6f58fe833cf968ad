"""A calibration for an imported detector: its scores of pictures of known origin, one calibrator for each tier.

Every picture is scored in its own tier, and laundered into those below it, as for the artifacts that ship.
Files whose format gives their label away would calibrate the format: such a manifest is refused.
"""

import hashlib
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import AssayError
from ...intake.child import Child
from ...intake.exhibit import Exhibit
from ...intake.limits import DEFAULT, Limits
from ...intake.manifest import Entry, Manifest
from ...intake.refusals import ExhibitRefused
from ...models.artifact import Artifact
from ...models.calibration import Calibrator, balance, dump_calibrators
from ...models.card import Card, Metric, OperatingPoint, TrainingData
from ...models.engine import Engine
from ...models.metrics import Interval, auc, bootstrap, cllr, threshold_at_fpr
from ...models.registry import Registry
from ..analyzers.published import is_published
from ..dataset import check_dataset
from ..forge.launder import TIERS, Tier, random_laundering
from ..forge.trial import share
from ..media import DECODER, read_picture
from ..tiers import estimate
from .importing import LIMITS
from .pixels import Preprocessing, fits, taken

__all__ = ["LEAST", "Calibrated", "CalibrationRefused", "Scored", "calibrate", "fitted"]

LEAST = 30
"""Fewest units (files that do not depend on one another) of each class that a tier is calibrated on."""

FALSE_ALARMS = 0.05
"""Share of recordings of the calibration set that the operating point lets pass at most."""

REPLICATES = 400
_FOLDS = 5
PRIOR = 0.5

Progress = Callable[[int, int], None]


class CalibrationRefused(AssayError):
    """An artifact cannot be calibrated on these files; nothing was written."""

    code = "calibration-refused"


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of pictures in their tiers, one row each.

    Attributes
    ----------
    score, fake, tier, unit, source
        Arrays (n,): raw score, label, number of the tier, and which files depend on one another or come from one place.
    refused
        Names and codes of files that have no score.
    """

    score: NDArray[np.float64]
    fake: NDArray[np.bool_]
    tier: NDArray[np.int64]
    unit: NDArray[np.str_]
    source: NDArray[np.str_]
    refused: tuple[tuple[str, str], ...] = ()

    def part(self, rows: NDArray[np.bool_]) -> "Scored":
        """Some of the rows."""
        return Scored(*(getattr(self, name)[rows] for name in ("score", "fake", "tier", "unit", "source")))


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


@dataclass(slots=True)
class _Rows:
    scores: list[float] = field(default_factory=list)
    fake: list[bool] = field(default_factory=list)
    tier: list[int] = field(default_factory=list)
    unit: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


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
    scored = _scored(artifact, manifest.entries, seed, limits, progress)
    calibrators = fitted(scored)
    card = _card(artifact, scored, calibrators, manifest, version)
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
        tier: _classes(scored, number) for number, tier in enumerate(TIERS) if tier in calibrators
    }
    return Calibrated(installed, tiers, scored.refused)


def fitted(scored: Scored) -> dict[str, Calibrator]:
    """A calibrator for each tier that has pictures enough; ``default`` where one has not: that of the worst tier.

    Raises
    ------
    CalibrationRefused
        No tier has.
    """
    made: dict[str, Calibrator] = {}
    for number, tier in enumerate(TIERS):
        part = scored.part(scored.tier == number)
        if min(_units(part)) >= LEAST:
            made[tier] = _fit(part)
    if not made:
        counts = ", ".join(str(_units(scored.part(scored.tier == n))) for n in range(len(TIERS)))
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


def _units(part: Scored) -> tuple[int, int]:
    """Independent units of recordings and of generated pictures."""
    return len(set(part.unit[~part.fake].tolist())), len(set(part.unit[part.fake].tolist()))


def _classes(scored: Scored, number: int) -> tuple[int, int]:
    here = scored.tier == number
    return int((here & ~scored.fake).sum()), int((here & scored.fake).sum())


def _scored(
    artifact: Artifact, entries: Sequence[Entry], seed: int, limits: Limits, progress: Progress | None
) -> Scored:
    rows = _Rows()
    asked = Preprocessing.model_validate(artifact.card.preprocessing)
    with Child(limits, preload=[DECODER]) as child, Engine.open(artifact, outputs=()) as engine:
        shown = _shown(entries, asked, child, seed, limits, rows, progress)
        rows.scores.extend(score.raw for score in engine.score(shown))
    return Scored(
        np.array(rows.scores),
        np.array(rows.fake, bool),
        np.array(rows.tier, np.int64),
        np.array(rows.unit, str),
        np.array(rows.source, str),
        tuple(rows.refused),
    )


def _shown(
    entries: Sequence[Entry],
    asked: Preprocessing,
    child: Child,
    seed: int,
    limits: Limits,
    rows: _Rows,
    progress: Progress | None,
) -> Iterator[dict[str, NDArray[Any]]]:
    for done, entry in enumerate(entries, start=1):
        try:
            exhibit = Exhibit.open(entry.path, limits, name=entry.name)
            picture = read_picture(exhibit, child, limits, luma=False)
        except ExhibitRefused as error:
            rows.refused.append((entry.name, error.code))
            continue
        if not fits(asked, *picture.rgb.shape[:2]):
            rows.refused.append((entry.name, "picture-too-small"))
            continue
        coding = picture.facts.jpeg
        own = estimate(picture.rgb, None if coding is None else dict(enumerate(coding.tables))).tier
        rng = np.random.default_rng([seed, *hashlib.sha256(exhibit.sha256.encode()).digest()[:8]])
        for tier in TIERS[TIERS.index(own) :]:
            rgb = picture.rgb if tier == own else random_laundering(tier, rng).apply(picture.rgb)
            if fits(asked, *rgb.shape[:2]):
                rows.fake.append(entry.fake)
                rows.tier.append(TIERS.index(tier))
                rows.unit.append(entry.unit or exhibit.sha256)
                rows.source.append(entry.source or entry.generator or entry.label)
                yield {"pixels": taken(asked, rgb)}
        if progress is not None:
            progress(done, len(entries))


def _card(
    artifact: Artifact,
    scored: Scored,
    calibrators: Mapping[str, Calibrator],
    manifest: Manifest,
    version: str | None,
) -> Card:
    card = artifact.card
    metrics, points = [*card.metrics], []
    for number, tier in enumerate(TIERS):
        part = scored.part(scored.tier == number)
        if tier in calibrators:
            metrics += _metrics(part, tier)
            points.append(_point(part, tier))
    real, fake = (len(set(scored.unit[scored.fake == label].tolist())) for label in (False, True))
    sources = len(set(scored.source.tolist()))
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
