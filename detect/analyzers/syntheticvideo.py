"""Was the video made by a generative model? The probe for pictures, on native crops of sampled frames, over time.

Question: H1, wholly or mainly made by a generative model, against H2, a camera recording. The likelihood ratio is that
of the median frame, never of all frames together, by calibrators that were made of films of still pictures: what a
video codec does to frames is in them, how a camera sees a scene that moves is not. On recordings the scores lie higher
than on such films, so that the ratio answers nothing by itself.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.artifact import Artifact
from ...models.engine import Score
from ...models.metrics.series import independent
from ..crops import SIDE
from ..explanation.account import MAP, neutral, reach
from ..explanation.drawing import FULL_COLOUR
from ..explanation.heat import patch_scores
from ..explanation.words import side
from ..forge.launder import Tier
from ..media import Pixels
from ..tiers import TierEstimate
from ..values import Applicability, ArtifactRef, Finding, LikelihoodRatio, Profile, Proposition, Reason
from ..video.calibration import VideoScales
from ..video.clip import Clip, Frame
from ..video.overlay import Heat
from ..video.samples import Budget, ClipSamples, applicable, moment
from ..video.strip import Still, strip

__all__ = ["BUDGETS", "SyntheticVideo"]

BUDGETS: dict[Profile, Budget] = {"fast": Budget(6, 1), "standard": Budget(12, 2), "full": Budget(24, 4)}
"""Frames and crops of each, by profile."""

TIER: Tier = "hard"
"""The tier whose calibrators weigh frames of videos."""

_MEDIAN = 1.2533
"""Standard error of a median over that of a mean, for normal values."""


class SyntheticVideo:
    """The trained synthetic-image probe, on the frames of a video.

    Parameters
    ----------
    artifact : Artifact
        Of task ``synthetic-image``: card and calibrators.
    films : Artifact | None
        Of task ``synthetic-film``: calibrators for its scores on videos; None, or one made for another artifact: those
        of the most damaged still pictures stand in.
    profile : "fast" | "standard" | "full"
        Number of frames and crops.
    pictures : bool
        Draw the frames with their scores.
    """

    name = "synthetic-video"
    proposition = Proposition.SYNTHETIC

    def __init__(
        self,
        artifact: Artifact,
        profile: Profile = "standard",
        *,
        pictures: bool = False,
        films: Artifact | None = None,
    ) -> None:
        self._name, self._pictures = artifact.id, pictures
        self.budget = BUDGETS[profile]
        self._scales = VideoScales.of(artifact, films)

    @property
    def used(self) -> tuple[ArtifactRef, ...]:
        """The artifact of the calibrators, where there is one."""
        films = self._scales.films
        return () if films is None else (ArtifactRef(films.card.name, films.card.version, films.sha256),)

    def applies(self, exhibit: Clip) -> Applicability:
        """To videos whose frames have room for one native crop."""
        return applicable(exhibit.reel)

    def samples(self, exhibit: Clip, frames: Iterator[Frame]) -> ClipSamples:
        """The crops to be scored; frames are taken one by one and let go of."""
        tier = TierEstimate(TIER, max(exhibit.reel.width, exhibit.reel.height), None, None)
        verdict = self.applies(exhibit)
        if not verdict.applies:
            return ClipSamples(verdict, tier)
        looked = (moment(frame, self.budget.crops, shown=self._pictures) for frame in frames)
        moments = tuple(one for one in looked if one is not None)
        if not moments:
            words = "none of the frames that were chosen could be decoded"
            return ClipSamples(Applicability(False, Reason("no-frame-decoded", words)), tier)
        return ClipSamples(verdict, tier, moments, exhibit.exhibit.sha256)

    def conclude(self, samples: ClipSamples, scores: Sequence[Score]) -> Finding:
        """The finding, from the scores of all rows of the samples in order."""
        if not samples.moments:
            return Finding(self.name, self.proposition, False, why_not=samples.applicability.why_not)
        means = self.means(samples, scores)
        sizes = [len(one.crops) for one in samples.moments]
        count = int(np.median(sizes))
        middle, size = float(np.median(means)), independent(means)
        error = _MEDIAN * float(means.std(ddof=1)) / np.sqrt(size) if len(means) > 1 else 0.0
        at, under, over = (self._ratio(middle + shift * 1.96 * error, count) for shift in (0, -1, 1))
        ratio = LikelihoodRatio(at.log10, min(at.low, under.low), max(at.high, over.high))
        films = self._scales.films is not None
        reasons = tuple(_reasons(len(means), films))
        return Finding(
            self.name,
            self.proposition,
            True,
            score=middle,
            ratio=ratio,
            words=_words(ratio, means, size, films),
            reasons=reasons,
            detail=self._detail(samples, scores, means, size, count),
            picture=self._drawn(samples, means, ratio),
        )

    def _drawn(self, samples: ClipSamples, means: NDArray[np.float64], ratio: LikelihoodRatio) -> Pixels | None:
        """The frames in a row, the one with the highest score framed."""
        highest = int(np.argmax(means))
        stills = [
            Still(one.shown, f"{one.t:.2f} s, score {mean:.2f}", place == highest)
            for place, (one, mean) in enumerate(zip(samples.moments, means, strict=True))
            if one.shown is not None
        ]
        if not stills:
            return None
        words = (
            f"The median frame has a log10 LR of {ratio.log10:+.2f} by calibration; "
            "the frame with the highest score has a thick edge. Scores of single frames scatter, and answer nothing."
        )
        foot = f"Exhibit SHA-256 {samples.sha256[:32]}...  Scored by {self._name}."
        return strip(stills, "Generated or recorded: frames that were looked at, with their scores", words, foot)

    def means(self, samples: ClipSamples, scores: Sequence[Score]) -> NDArray[np.float64]:
        """Mean raw score of each moment."""
        values = iter(scores)
        return np.array([np.mean([next(values).raw for _ in one.crops]) for one in samples.moments])

    def heats(self, samples: ClipSamples, scores: Sequence[Score]) -> dict[float, list[Heat]]:
        """Maps of the crops of each moment by its time; empty where the artifact has none."""
        values = iter(scores)
        found: dict[float, list[Heat]] = {}
        for one in samples.moments:
            own = self._scales.calibrator(len(one.crops))
            middle, full = neutral(own), FULL_COLOUR * reach(own)
            for crop in one.crops:
                score = next(values)
                if MAP not in score.arrays:
                    return {}
                cells = (patch_scores(score.raw, score.arrays[MAP]) - middle) / full
                pitch = SIDE / cells.shape[0]
                corner = np.array([[pitch, 0.0, crop.x], [0.0, pitch, crop.y]])
                found.setdefault(one.t, []).append(Heat(corner, cells))
        return found

    def timeline(
        self, samples: ClipSamples, scores: Sequence[Score], prior: float
    ) -> tuple[tuple[float, float], ...]:
        """Seconds and probability, 0..1, of a generated picture at that prior, for each moment by itself."""
        if not samples.moments:
            return ()
        return tuple(
            (one.t, self._ratio(float(mean), len(one.crops)).probability(prior))
            for one, mean in zip(samples.moments, self.means(samples, scores), strict=True)
        )

    def _ratio(self, raw: float, size: int) -> LikelihoodRatio:
        calibrated = self._scales.calibrator(size).apply(raw)
        return LikelihoodRatio(float(calibrated.log10_lr), float(calibrated.low), float(calibrated.high))

    def _detail(
        self,
        samples: ClipSamples,
        scores: Sequence[Score],
        means: NDArray[np.float64],
        size: float,
        count: int,
    ) -> dict[str, Any]:
        values = iter(scores)
        point = self._scales.point(count)
        return {
            "tier": {"name": TIER, "longest": samples.tier.longest, "saved_quality": None, "earlier_quality": None},
            "frames": [
                {
                    "t": one.t, "kind": one.kind, "score": float(mean),
                    "log10_lr": self._ratio(float(mean), len(one.crops)).log10,
                    "crops": [{"x": c.x, "y": c.y, "side": SIDE, "score": next(values).raw} for c in one.crops],
                }
                for one, mean in zip(samples.moments, means, strict=True)
            ],
            "effective_frames": size,
            "calibrated_on": "still pictures" if self._scales.films is None else "films of still pictures",
            "false_alarms": None
            if point is None
            else {"value": point.fpr, "low": point.fpr_low, "high": point.fpr_high},
            "threshold": None if point is None else point.threshold,
            "bound": list(self._scales.calibrator(count).bound),
        }  # fmt: skip


def _reasons(count: int, films: bool) -> Iterator[Reason]:
    if films:
        yield Reason(
            "calibrated-on-films",
            "the likelihood ratio was calibrated on films of still pictures, and recordings of scenes that move score "
            "higher than those: it is shown with its timeline, and answers nothing by itself",
        )
    else:
        yield Reason(
            "calibrated-on-stills",
            "the likelihood ratio was calibrated on still pictures, and video coding damages frames in other ways: it "
            "is shown with its timeline, and answers nothing by itself",
        )
    if count < 3:
        yield Reason("few-frames", f"only {count} frame{'s' * (count > 1)} could be looked at closely")


def _words(ratio: LikelihoodRatio, means: NDArray[np.float64], size: float, films: bool) -> str:
    factor = 10.0 ** abs(ratio.log10)
    count = len(means)
    like = "it were a film of a still picture" if films else f"frames were still pictures of the tier {TIER}"
    return (
        f"What the network sees in the median of {count} frame{'s' * (count != 1)} would be about {factor:.2g} times "
        f"as probable for {side(ratio.log10 > 0)} as for {side(ratio.log10 <= 0)}, if {like}. "
        f"Neighbouring frames are alike: the {count} are worth about {size:.1f} independent ones."
    )
