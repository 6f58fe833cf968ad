"""Was the picture made by a generative model? The trained probe on native crops, calibrated for the exhibit's tier.

Question: H1, wholly or mainly made by a generative model, against H2, a camera recording with ordinary processing.
The raw score is the mean logit of the crops; its likelihood ratio comes from the calibrator of the tier that the
exhibit is in; the stability test launders it again and compares. What the patches of the crops said is kept as the
finding's explanation.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ...models.artifact import Artifact
from ...models.engine import Engine, Score
from ..crops import QUALITY, SIDE, PictureTooSmall, crops
from ..explanation.account import MAP, explain
from ..explanation.drawing import Caption, draw
from ..explanation.heat import Grid
from ..explanation.tiles import tiles
from ..explanation.words import explained, figures, side
from ..forge.launder import Laundering, Tier
from ..media import Picture, Pixels
from ..samples import Samples, View, shrunk
from ..scales import ArtifactUnfit, Scales, asked_of
from ..stability import LAUNDERINGS, Shaken, tier_after, unstable
from ..tiers import estimate
from ..values import Applicability, Explanation, Finding, LikelihoodRatio, Profile, Proposition, Reason

__all__ = ["ArtifactUnfit", "Preprocessing", "Samples", "Synthetic", "View", "outputs"]


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
    laundered: int | None = Field(None, ge=1)

    def count(self, profile: Profile) -> int:
        """Crops of a picture in a profile; a profile that the card does not name takes the most that it does."""
        return self.crops.get(profile, max(self.crops.values()))

    def shaken(self, profile: Profile) -> int:
        """Crops of each laundering in a profile; as many as of the exhibit where the card names no number."""
        return self.laundered or self.count(profile)


class Synthetic:
    """The trained synthetic-image probe.

    Parameters
    ----------
    engine : Engine
        Runs an artifact of task ``synthetic-image``.
    artifact : Artifact
        The same artifact: card and calibrators.
    profile : "fast" | "standard" | "full"
        Number of crops and of launderings; ``full`` also looks at tiles for the map.
    pictures : bool
        Draw a picture for each finding, and look at tiles for its map.

    Raises
    ------
    ArtifactUnfit
        The card asks for something that is not done here.
    """

    name = "synthetic"
    proposition = Proposition.SYNTHETIC

    def __init__(
        self, engine: Engine, artifact: Artifact, profile: Profile = "standard", *, pictures: bool = False
    ) -> None:
        self._engine = engine
        self._profile: Profile = profile
        has_map = MAP in outputs(artifact)
        self._pictures = pictures and has_map
        self._tiled = has_map and (pictures or profile == "full")
        asked = _preprocessing(artifact)
        self._count, self._shaken = asked.count(profile), asked.shaken(profile)
        self._scales = Scales(artifact)
        self._name = artifact.id

    def applies(self, exhibit: Picture) -> Applicability:
        """To pictures with room for one native crop."""
        if min(exhibit.rgb.shape[:2]) < SIDE:
            return _too_small(exhibit)
        return Applicability(True)

    def analyze(self, exhibit: Picture) -> Finding:
        """Sample, score and conclude in one go."""
        samples = self.samples(exhibit)
        return self.conclude(samples, list(self._engine.score(samples.rows())))

    def samples(self, exhibit: Picture) -> Samples:
        """The crops to be scored: all the work on pixels, none of the network."""
        verdict = self.applies(exhibit)
        if not verdict.applies:
            return Samples(verdict)
        coding = exhibit.facts.jpeg
        tables = None if coding is None else dict(enumerate(coding.tables))
        tier = estimate(exhibit.rgb, tables)
        own = tuple(crops(exhibit.rgb, self._count))
        views = [View(None, tier.tier, own, *exhibit.rgb.shape[:2])]
        for laundering in LAUNDERINGS[self._profile]:
            view = self._laundered(exhibit.rgb, laundering, tier.tier)
            if view is not None:
                views.append(view)
        return Samples(
            verdict,
            tier,
            tuple(views),
            tiles(exhibit.rgb, {(crop.x, crop.y) for crop in own}) if self._tiled else (),
            shrunk(exhibit.rgb) if self._pictures else None,
            exhibit.exhibit.sha256,
        )

    def _laundered(self, rgb: Pixels, laundering: Laundering, before: Tier) -> View | None:
        """Crops after one laundering, None when it leaves no room for one; the laundered picture is let go of here."""
        laundered = laundering.apply(rgb)
        try:
            taken = tuple(crops(laundered, self._shaken))
        except PictureTooSmall:
            return None
        return View(laundering.name, tier_after(before, laundering), taken, *laundered.shape[:2])

    def conclude(self, samples: Samples, scores: Sequence[Score]) -> Finding:
        """The finding, from the scores of all rows of the samples in order."""
        if not samples.applicability.applies or samples.tier is None:
            return Finding(self.name, self.proposition, False, why_not=samples.applicability.why_not)
        *parts, over = _split(scores, [*(len(view.crops) for view in samples.views), len(samples.tiles)])
        means = [float(np.mean([score.raw for score in part])) for part in parts]
        sizes = [len(part) for part in parts]
        raw, ratio = means[0], self._ratio(means[0], samples.tier.tier, sizes[0])
        shaken = tuple(
            Shaken(view.laundering or "", view.tier, mean, self._ratio(mean, view.tier, size))
            for view, mean, size in zip(samples.views[1:], means[1:], sizes[1:], strict=True)
        )
        generated = ratio.log10 > 0
        explanation = explain(
            samples, parts, over, lambda view: self._scales.calibrator(view.tier, len(view.crops)), generated
        )
        grid = Grid(samples.views[0].height, samples.views[0].width)
        where = explained(explanation, grid, generated)
        picture, trouble = self._drawn(samples, explanation, raw, generated, where)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=raw,
            ratio=ratio,
            words=f"{_words(ratio, samples.tier.tier, shaken)} {where}",
            reasons=(*self._reasons(raw, ratio, samples.tier.tier, sizes[0], shaken), *trouble),
            detail=self._detail(samples, parts[0], shaken) | {"map": figures(explanation, grid)},
            picture=picture,
            explanation=explanation,
        )

    def _drawn(
        self, samples: Samples, explanation: Explanation, raw: float, generated: bool, where: str
    ) -> tuple[Pixels | None, tuple[Reason, ...]]:
        """The picture, if one is asked for, and what went wrong with it."""
        if samples.shown is None:
            return None, ()
        title = f"Generated or recorded: score {raw:.2f}, where {explanation.neutral:.2f} speaks for neither"
        foot = f"Exhibit SHA-256 {samples.sha256[:32]}...  Scored by {self._name}."
        try:
            return draw(samples, explanation, Caption(title, side(generated), where, foot)), ()
        except Exception as error:
            # A fault of the drawing must not cost the exhibit its answer.
            words = f"assay could not draw the picture ({type(error).__name__}: {str(error)[:200]}): please report it"
            return None, (Reason("picture-not-drawn", words),)

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
        self, samples: Samples, scores: Sequence[Score], shaken: tuple[Shaken, ...]
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
                {"x": crop.x, "y": crop.y, "side": SIDE, "score": score.raw}
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


def outputs(artifact: Artifact) -> tuple[str, ...]:
    """Outputs that an engine should hand out beside the score: the map of patches, where the artifact has one."""
    return tuple(tensor.name for tensor in artifact.card.outputs if tensor.name == MAP)


def _preprocessing(artifact: Artifact) -> Preprocessing:
    card = artifact.card
    asked = asked_of(card, Preprocessing)
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


def _split(scores: Iterable[Score], sizes: Sequence[int]) -> Iterator[list[Score]]:
    values = list(scores)
    at = 0
    for size in sizes:
        yield values[at : at + size]
        at += size


def _words(ratio: LikelihoodRatio, tier: str, shaken: tuple[Shaken, ...]) -> str:
    factor = 10.0 ** abs(ratio.log10)
    told = (
        f"What the network sees is about {factor:.2g} times as probable for "
        f"{side(ratio.log10 > 0)} as for the other (tier {tier})."
    )
    if shaken:
        low, high = min(one.ratio.log10 for one in shaken), max(one.ratio.log10 for one in shaken)
        told += (
            f" Delivered once more in {len(shaken)} ways, the log10 LR lies between {low:.2f} and {high:.2f}."
        )
    return told
