"""Was the picture made by a generative model? The trained probe on native crops, calibrated for the exhibit's tier.

Question: H1, wholly or mainly made by a generative model, against H2, a camera recording with ordinary processing.
The raw score is the mean logit of the crops; its likelihood ratio comes from the calibrator of the tier that the
exhibit is in; the stability test launders it again and compares.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...models.artifact import Artifact
from ...models.engine import Engine
from ..crops import QUALITY, SIDE, Crop, PictureTooSmall, crops
from ..forge.launder import Tier
from ..media import Picture, Pixels
from ..scales import ArtifactUnfit, Scales
from ..stability import LAUNDERINGS, Shaken, tier_after, unstable
from ..tiers import TierEstimate, estimate
from ..values import Applicability, Finding, LikelihoodRatio, Profile, Proposition, Reason

__all__ = ["ArtifactUnfit", "Preprocessing", "Samples", "Synthetic", "View"]


class _Reencode(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["jpeg"]
    quality: int
    subsampling: Literal["4:2:0"]


class Preprocessing(BaseModel):
    """The card's preprocessing, as this analyzer understands it; anything else is refused rather than ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    crop: int
    colour: Literal["RGB"]
    resize: None
    reencode: _Reencode
    aggregate: Literal["mean"]
    crops: dict[Profile, int] = Field(min_length=1)

    def count(self, profile: Profile) -> int:
        """Crops of a picture in a profile; a profile that the card does not name takes the most that it does."""
        return self.crops.get(profile, max(self.crops.values()))


@dataclass(frozen=True, slots=True)
class View:
    """Crops of the exhibit as it is, or after one laundering."""

    laundering: str | None
    tier: Tier
    crops: tuple[Crop, ...]


@dataclass(frozen=True, slots=True)
class Samples:
    """Everything of a picture that the network must see; the picture itself is not needed any more.

    Attributes
    ----------
    applicability : Applicability
        When it does not apply there are no views.
    tier : TierEstimate | None
        Of the exhibit.
    views : tuple of View
        The exhibit first, then its launderings.
    """

    applicability: Applicability
    tier: TierEstimate | None = None
    views: tuple[View, ...] = ()

    def rows(self) -> Iterator[Mapping[str, NDArray[Any]]]:
        """Rows for the engine, in order."""
        for view in self.views:
            for crop in view.crops:
                yield {"pixels": crop.pixels}

    @property
    def size(self) -> int:
        """Number of rows."""
        return sum(len(view.crops) for view in self.views)


class Synthetic:
    """The trained synthetic-image probe.

    Parameters
    ----------
    engine : Engine
        Runs an artifact of task ``synthetic-image``.
    artifact : Artifact
        The same artifact: card and calibrators.
    profile : "fast" | "standard" | "full"
        Number of crops and of launderings.

    Raises
    ------
    ArtifactUnfit
        The card asks for something that is not done here.
    """

    name = "synthetic"
    proposition = Proposition.SYNTHETIC

    def __init__(self, engine: Engine, artifact: Artifact, profile: Profile = "standard") -> None:
        self._engine = engine
        self._profile: Profile = profile
        self._count = _preprocessing(artifact).count(profile)
        self._scales = Scales(artifact)

    def applies(self, exhibit: Picture) -> Applicability:
        """To pictures with room for one native crop."""
        if min(exhibit.rgb.shape[:2]) < SIDE:
            return _too_small(exhibit)
        return Applicability(True)

    def analyze(self, exhibit: Picture) -> Finding:
        """Sample, score and conclude in one go."""
        samples = self.samples(exhibit)
        return self.conclude(samples, [score.raw for score in self._engine.score(samples.rows())])

    def samples(self, exhibit: Picture) -> Samples:
        """The crops to be scored: all the work on pixels, none of the network."""
        verdict = self.applies(exhibit)
        if not verdict.applies:
            return Samples(verdict)
        coding = exhibit.facts.jpeg
        tables = None if coding is None else dict(enumerate(coding.tables))
        tier = estimate(exhibit.rgb, tables)
        views = [View(None, tier.tier, tuple(crops(exhibit.rgb, self._count)))]
        for laundering in LAUNDERINGS[self._profile]:
            laundered: Pixels = laundering.apply(exhibit.rgb)
            try:
                taken = tuple(crops(laundered, self._count))
            except PictureTooSmall:
                continue
            views.append(View(laundering.name, tier_after(tier.tier, laundering), taken))
        return Samples(verdict, tier, tuple(views))

    def conclude(self, samples: Samples, scores: Sequence[float]) -> Finding:
        """The finding, from the raw scores of all rows of the samples in order."""
        if not samples.applicability.applies or samples.tier is None:
            return Finding(self.name, self.proposition, False, why_not=samples.applicability.why_not)
        parts = list(_split(scores, [len(view.crops) for view in samples.views]))
        means = [float(np.mean(part)) for part in parts]
        sizes = [len(part) for part in parts]
        raw, ratio = means[0], self._ratio(means[0], samples.tier.tier, sizes[0])
        shaken = tuple(
            Shaken(view.laundering or "", view.tier, mean, self._ratio(mean, view.tier, size))
            for view, mean, size in zip(samples.views[1:], means[1:], sizes[1:], strict=True)
        )
        return Finding(
            self.name,
            self.proposition,
            True,
            score=raw,
            ratio=ratio,
            words=_words(ratio, samples.tier.tier, shaken),
            reasons=tuple(self._reasons(raw, ratio, samples.tier.tier, sizes[0], shaken)),
            detail=self._detail(samples, parts[0], shaken),
        )

    def _ratio(self, raw: float, tier: str, size: int) -> LikelihoodRatio:
        calibrated = self._scales.calibrator(tier, size).apply(raw)
        return LikelihoodRatio(float(calibrated.log10_lr), float(calibrated.low), float(calibrated.high))

    def _reasons(
        self, raw: float, ratio: LikelihoodRatio, tier: str, size: int, shaken: tuple[Shaken, ...]
    ) -> Iterator[Reason]:
        doubt = unstable(ratio, shaken)
        if doubt is not None:
            yield doubt
        if not LAUNDERINGS[self._profile]:
            yield Reason(
                "stability-not-tested",
                f"the profile {self._profile} does not test whether the answer survives delivery",
            )
        elif not shaken:
            yield Reason(
                "stability-not-tested",
                "the picture is too small to test whether the answer survives delivery",
            )
        point = self._scales.point(tier, size)
        if point is not None and ratio.log10 > 0 and raw < point.threshold:
            right = (
                ""
                if point.fpr is None
                else f", which {1 - point.fpr:.0%} of left-out real pictures keep below"
            )
            yield Reason(
                "below-operating-point", f"the score stays under the threshold of the artifact's card{right}"
            )

    def _detail(
        self, samples: Samples, scores: Sequence[float], shaken: tuple[Shaken, ...]
    ) -> dict[str, Any]:
        assert samples.tier is not None
        point = self._scales.point(samples.tier.tier, len(scores))
        calibrator = self._scales.calibrator(samples.tier.tier, len(scores))
        return {
            "tier": {
                "name": samples.tier.tier, "longest": samples.tier.longest, "saved_quality": samples.tier.saved_quality,
                "earlier_quality": samples.tier.earlier_quality,
            },
            "crops": [
                {"x": crop.x, "y": crop.y, "side": SIDE, "score": score}
                for crop, score in zip(samples.views[0].crops, scores, strict=True)
            ],
            "stability": [
                {"laundering": one.laundering, "tier": one.tier, "score": one.score, "log10_lr": one.ratio.log10}
                for one in shaken
            ],
            "threshold": None if point is None else point.threshold,
            "false_alarms": None
            if point is None
            else {"value": point.fpr, "low": point.fpr_low, "high": point.fpr_high},
            "bound": list(calibrator.bound),
        }  # fmt: skip


def _preprocessing(artifact: Artifact) -> Preprocessing:
    card = artifact.card
    try:
        asked = Preprocessing.model_validate(card.preprocessing)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ArtifactUnfit(
            f"{card.id} asks for preprocessing that is not known here ({where}): update assay or take another artifact"
        ) from None
    inputs = [(tensor.name, tensor.shape, tensor.dtype) for tensor in card.inputs]
    if (
        inputs != [("pixels", (SIDE, SIDE, 3), "uint8")]
        or asked.crop != SIDE
        or asked.reencode.quality != QUALITY
    ):
        raise ArtifactUnfit(
            f"{card.id} does not take uint8 crops of {SIDE} pixels saved at quality {QUALITY}: take another artifact"
        )
    return asked


def _too_small(exhibit: Picture) -> Applicability:
    height, width = exhibit.rgb.shape[:2]
    words = (
        f"the picture is {width} x {height} pixels; crops of {SIDE} are looked at without enlarging: give the "
        "original in full size"
    )
    return Applicability(False, Reason(PictureTooSmall.code, words))


def _split(scores: Iterable[float], sizes: Sequence[int]) -> Iterator[list[float]]:
    values = list(scores)
    at = 0
    for size in sizes:
        yield values[at : at + size]
        at += size


def _words(ratio: LikelihoodRatio, tier: str, shaken: tuple[Shaken, ...]) -> str:
    side = "a generated picture" if ratio.log10 > 0 else "a camera recording"
    factor = 10.0 ** abs(ratio.log10)
    told = f"What the network sees is about {factor:.2g} times as probable for {side} as for the other (tier {tier})."
    if shaken:
        low, high = min(one.ratio.log10 for one in shaken), max(one.ratio.log10 for one in shaken)
        told += (
            f" Delivered once more in {len(shaken)} ways, the log10 LR lies between {low:.2f} and {high:.2f}."
        )
    return told
