"""Was the picture made by a generative model? A detector that others published, on the cut that its makers take.

Question: H1, wholly or mainly made by a generative model, against H2, a camera recording with ordinary processing. The
raw score is the detector's own, as a logit. A likelihood ratio belongs to it only once it was calibrated here; until
then the score is told and answers nothing, however far from the middle it lies.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from ...models.artifact import Artifact
from ...models.engine import Engine, Score
from ..crops import Crop
from ..explanation.words import side
from ..media import Picture, Pixels
from ..published.pixels import POLICY, Preprocessing, fits, taken
from ..samples import Samples, View
from ..scales import ArtifactUnfit, Scales, asked_of
from ..stability import LAUNDERINGS, Shaken, tier_after, unstable
from ..tiers import TierEstimate, estimate
from ..values import Applicability, ArtifactRef, Finding, LikelihoodRatio, Profile, Proposition, Reason
from ..video.clip import Clip, Frame
from ..video.overlay import Heat
from ..video.samples import Budget, ClipSamples

__all__ = ["UNCALIBRATED", "Published", "PublishedVideo", "is_published"]

UNCALIBRATED = "uncalibrated"
"""Code of the reason that a score has no likelihood ratio."""


def is_published(artifact: Artifact) -> bool:
    """Whether its preprocessing is that of an imported detector."""
    return artifact.card.preprocessing.get("policy") == POLICY


class Published:
    """A published detector.

    Parameters
    ----------
    engine : Engine
        Runs an artifact of task ``synthetic-image``.
    artifact : Artifact
        The same artifact: card, and calibrators where it has some.
    profile : "fast" | "standard" | "full"
        Number of launderings.

    Raises
    ------
    ArtifactUnfit
        The card asks for something that is not done here.
    """

    name = "published-detector"
    proposition = Proposition.SYNTHETIC

    def __init__(self, engine: Engine, artifact: Artifact, profile: Profile = "standard") -> None:
        card = artifact.card
        self._engine, self._id, self._profile = engine, artifact.id, profile
        self._asked = asked_of(card, Preprocessing)
        crop = self._asked.crop
        if [(t.name, t.shape, t.dtype) for t in card.inputs] != [
            ("pixels", (crop.height, crop.width, 3), "uint8")
        ]:
            raise ArtifactUnfit(
                f"{card.id} does not take the pixels that its preprocessing makes: import it again"
            )
        self._scales = Scales(artifact) if card.calibration is not None else None

    def applies(self, exhibit: Picture) -> Applicability:
        """To pictures with pixels enough for the cut, or to all where the card says that small ones are padded."""
        height, width = exhibit.rgb.shape[:2]
        if fits(self._asked, height, width):
            return Applicability(True)
        crop = self._asked.crop
        words = (
            f"the picture is {width} x {height} pixels; this detector cuts out {crop.width} x {crop.height} without "
            "enlarging: give the original in full size"
        )
        return Applicability(False, Reason("picture-too-small", words))

    def analyze(self, exhibit: Picture) -> Finding:
        """Sample, score and conclude in one go."""
        samples = self.samples(exhibit)
        return self.conclude(samples, list(self._engine.score(samples.rows())))

    def samples(self, exhibit: Picture) -> Samples:
        """The cut of the exhibit, and one of each of its launderings."""
        verdict = self.applies(exhibit)
        if not verdict.applies:
            return Samples(verdict)
        coding = exhibit.facts.jpeg
        tier = estimate(exhibit.rgb, None if coding is None else dict(enumerate(coding.tables)))
        views = [View(None, tier.tier, (self._cut(exhibit.rgb),), *exhibit.rgb.shape[:2])]
        for laundering in LAUNDERINGS[self._profile]:
            laundered = laundering.apply(exhibit.rgb)
            if fits(self._asked, *laundered.shape[:2]):
                after = tier_after(tier.tier, laundering)
                views.append(View(laundering.name, after, (self._cut(laundered),), *laundered.shape[:2]))
        return Samples(verdict, tier, tuple(views), sha256=exhibit.exhibit.sha256)

    def _cut(self, rgb: Pixels) -> Crop:
        return Crop(0, 0, taken(self._asked, rgb))

    def conclude(self, samples: Samples, scores: Sequence[Score]) -> Finding:
        """The finding, from the scores of all rows of the samples in order."""
        if not samples.applicability.applies or samples.tier is None:
            return Finding(self.name, self.proposition, False, why_not=samples.applicability.why_not)
        raws = [score.raw for score in scores]
        views = [
            {"laundering": v.laundering, "tier": v.tier, "score": r}
            for v, r in zip(samples.views, raws, strict=True)
        ]
        detail: dict[str, Any] = {
            "detector": self._id,
            "calibrated": self._scales is not None,
            "tier": {
                "name": samples.tier.tier,
                "longest": samples.tier.longest,
                "saved_quality": samples.tier.saved_quality,
                "earlier_quality": samples.tier.earlier_quality,
            },
            "stability": views[1:],
        }
        if self._scales is None:
            return self._uncalibrated(raws, detail)
        ratio = self._ratio(self._scales, raws[0], samples.tier.tier)
        shaken = tuple(
            Shaken(view.laundering or "", view.tier, raw, self._ratio(self._scales, raw, view.tier))
            for view, raw in zip(samples.views[1:], raws[1:], strict=True)
        )
        for told, one in zip(detail["stability"], shaken, strict=True):
            told["log10_lr"] = one.ratio.log10
        point = self._scales.point(samples.tier.tier, 1)
        detail["threshold"] = None if point is None else point.threshold
        detail["bound"] = list(self._scales.calibrator(samples.tier.tier, 1).bound)
        factor = 10.0 ** abs(ratio.log10)
        words = (
            f"The score {raws[0]:.2f} of {self._id} is about {factor:.2g} times as probable for "
            f"{side(ratio.log10 > 0)} as for the other (tier {samples.tier.tier})."
        )
        reasons = tuple(self._reasons(raws[0], ratio, samples.tier.tier, shaken))
        return Finding(self.name, self.proposition, True, None, raws[0], ratio, words, reasons, detail)

    def _uncalibrated(self, raws: Sequence[float], detail: dict[str, Any]) -> Finding:
        words = (
            f"{self._id}, a detector that others published, gives the score {raws[0]:.2f} (a logit by its makers' own "
            "scale: above 0 they call it generated). It was not calibrated here: how often recordings get such a score "
            "is not known, so it has no likelihood ratio."
        )
        if len(raws) > 1:
            words += f" After delivery once more the score lies between {min(raws):.2f} and {max(raws):.2f}."
        return Finding(
            self.name,
            self.proposition,
            True,
            score=raws[0],
            words=words,
            reasons=(
                Reason(
                    UNCALIBRATED,
                    f"{self._id} was imported and has no calibration: its score is told and answers nothing; calibrate "
                    "it by assay models calibrate",
                ),
            ),
            detail=detail,
        )

    def _ratio(self, scales: Scales, raw: float, tier: str) -> LikelihoodRatio:
        found = scales.calibrator(tier, 1).apply(raw)
        return LikelihoodRatio(float(found.log10_lr), float(found.low), float(found.high))

    def _reasons(
        self, raw: float, ratio: LikelihoodRatio, tier: str, shaken: tuple[Shaken, ...]
    ) -> Iterator[Reason]:
        doubt = unstable(ratio, shaken)
        if doubt is not None:
            yield doubt
        if not shaken:
            yield Reason(
                "stability-not-tested", "whether the answer survives delivery was not tested in this profile"
            )
        point = self._scales.point(tier, 1) if self._scales is not None else None
        if point is not None and ratio.log10 > 0 and raw < point.threshold:
            yield Reason(
                "below-operating-point", "the score stays under the threshold of the artifact's card"
            )


class PublishedVideo:
    """Says of videos that an imported detector does not look at them: nobody calibrated it on frames."""

    name = "published-detector"
    proposition = Proposition.SYNTHETIC
    budget = Budget(1, 1)
    used: tuple[ArtifactRef, ...] = ()

    def __init__(self, artifact: Artifact) -> None:
        words = (
            f"{artifact.id} was imported for pictures and does not look at videos: leave out --artifact, so that the "
            "artifact that ships looks at the frames"
        )
        self._no = Applicability(False, Reason("pictures-only", words))

    def applies(self, exhibit: Clip) -> Applicability:
        """To none."""
        return self._no

    def samples(self, exhibit: Clip, frames: Iterator[Frame]) -> ClipSamples:
        """No crops."""
        longest = max(exhibit.reel.width, exhibit.reel.height)
        return ClipSamples(self._no, TierEstimate("hard", longest, None, None))

    def conclude(self, samples: ClipSamples, scores: Sequence[Score]) -> Finding:
        """That it does not apply."""
        return Finding(self.name, self.proposition, False, why_not=self._no.why_not)

    def timeline(
        self, samples: ClipSamples, scores: Sequence[Score], prior: float
    ) -> tuple[tuple[float, float], ...]:
        """Of nothing."""
        return ()

    def heats(self, samples: ClipSamples, scores: Sequence[Score]) -> dict[float, list[Heat]]:
        """No maps."""
        return {}
