"""Was a face of the picture replaced? A trained classifier of seams between a face and what is round it.

Question: H1, a face was replaced by another's or redrawn in part, against H2, all are as they were recorded. Faces are
found, judged for quality, and those that are fit are cropped as in training and scored. If one of several was replaced,
nobody knows which: the ratio of the picture is the mean of theirs, so that a crowd does not raise an alarm by its
number. Each face is scored again after deliveries, like the whole picture.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.artifact import Artifact
from ..explanation.swapped import FaceLook, draw_faces
from ..faces.finder import Face, FaceFinder
from ..faces.judging import any_of
from ..faces.quality import Quality, quality, unfit
from ..faces.relaundering import delivered
from ..faces.scoring import FaceScore, FaceScorer
from ..media import Picture, Pixels
from ..stability import LAUNDERINGS, Shaken, tier_after, unstable
from ..tiers import estimate
from ..values import Applicability, Explanation, Finding, LikelihoodRatio, Profile, Proposition, Reason

__all__ = ["FaceSwaps"]

MOST = 20
"""Most faces of a picture that are scored, the largest first."""

_WHY = {
    "face-small": "too small",
    "face-blurred": "too blurred",
    "face-turned": "turned too far",
    "face-cut-off": "cut off by the edge",
    "face-covered": "perhaps covered",
}
_REACH = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """One face: where, how well it can be judged, and what was said of it."""

    number: int
    face: Face
    quality: Quality
    why_not: tuple[str, ...]
    score: FaceScore | None = None
    ratio: LikelihoodRatio | None = None


class FaceSwaps:
    """The trained classifier of replaced faces, on pictures. Several threads may use it.

    Parameters
    ----------
    scorer : FaceScorer
        Scores faces.
    finder : Artifact
        Of task ``face-detection``; each thread makes a finder of its own.
    profile : "fast" | "standard" | "full"
        Number of launderings of the stability test.
    pictures : bool
        Draw the faces with their heat maps.
    """

    name = "face-swap"
    proposition = Proposition.FACE_SWAP

    def __init__(
        self, scorer: FaceScorer, finder: Artifact, profile: Profile = "standard", *, pictures: bool = False
    ) -> None:
        self._scorer, self._artifact = scorer, finder
        self._profile: Profile = profile
        self._pictures = pictures
        self._own = threading.local()

    def applies(self, exhibit: Picture) -> Applicability:
        """To pictures with a face that is large, sharp and turned enough to be judged."""
        seen = self._faces(exhibit.rgb)
        fit = any(not one.why_not for one in seen)
        return Applicability(fit, None if fit else _why_not(seen))

    def analyze(self, exhibit: Picture) -> Finding:
        """Find the faces, score those that are fit, and conclude."""
        seen = self._faces(exhibit.rgb)
        if all(one.why_not for one in seen):
            return Finding(
                self.name, self.proposition, False, why_not=_why_not(seen), detail={"faces": _listed(seen)}
            )
        coding = exhibit.facts.jpeg
        tier = estimate(exhibit.rgb, None if coding is None else dict(enumerate(coding.tables))).tier
        fit = [one for one in seen if not one.why_not]
        seen = self._scored(exhibit.rgb, fit, tier) + [one for one in seen if one.why_not]
        judged = [one for one in seen if one.score is not None and one.ratio is not None]
        strongest = max(judged, key=lambda one: (one.ratio.log10, one.score.raw))  # type: ignore[union-attr]
        assert strongest.score is not None
        ratio = any_of([one.ratio for one in judged if one.ratio is not None])
        shaken = tuple(self._shaken(exhibit.rgb, fit, tier))
        words = _words(ratio, judged, seen, strongest, tier)
        looks = [FaceLook(one.number, one.face, one.score, one is strongest) for one in judged]
        picture, trouble = self._drawn(exhibit, looks, words)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=strongest.score.raw,
            ratio=ratio,
            words=words,
            reasons=(*self._reasons(ratio, strongest.score, shaken), *trouble),
            detail=self._detail(seen, strongest, shaken, tier),
            picture=picture,
            explanation=self._explained(exhibit.rgb, judged, tier),
        )

    def _faces(self, rgb: Pixels) -> list[_Seen]:
        if not hasattr(self._own, "finder"):
            self._own.finder = FaceFinder(self._artifact)
        found: list[Face] = self._own.finder.find(rgb)[:MOST]
        looked = [(face, quality(face, rgb)) for face in found]
        return [_Seen(n, face, seen, tuple(unfit(seen))) for n, (face, seen) in enumerate(looked, start=1)]

    def _scored(self, rgb: Pixels, fit: Sequence[_Seen], tier: str) -> list[_Seen]:
        scores = self._scorer.score(
            [self._scorer.crop(rgb, one.face) for one in fit], [one.quality.eyes for one in fit], tier
        )
        return [
            _Seen(
                one.number, one.face, one.quality, (), score, self._scorer.weigh(score.raw, tier, score.eyes)
            )
            for one, score in zip(fit, scores, strict=True)
        ]

    def _shaken(self, rgb: Pixels, fit: Sequence[_Seen], tier: str) -> Iterator[Shaken]:
        """The same faces after each laundering; one that leaves no face large enough gives nothing."""
        for laundering in LAUNDERINGS[self._profile]:
            made = [each for one in fit if (each := delivered(rgb, one.face, laundering)) is not None]
            if not made:
                continue
            after = tier_after(tier, laundering)
            scores = self._scorer.score(
                [self._scorer.crop(pixels, face) for pixels, face, _ in made],
                [eyes for *_, eyes in made],
                after,
            )
            ratio = any_of([self._scorer.weigh(one.raw, after, one.eyes) for one in scores])
            yield Shaken(laundering.name, after, max(one.raw for one in scores), ratio)

    def _reasons(
        self, ratio: LikelihoodRatio, strongest: FaceScore, shaken: tuple[Shaken, ...]
    ) -> Iterator[Reason]:
        doubt = unstable(ratio, shaken)
        if doubt is not None:
            yield doubt
        if ratio.log10 > 0 and not self._scorer.over(strongest.raw, strongest.tier):
            point = self._scorer.point(strongest.tier)
            right = (
                ""
                if point is None or point.fpr is None
                else f", which {1 - point.fpr:.0%} of held real faces keep below"
            )
            yield Reason(
                "below-operating-point", f"no face passes the threshold of the artifact's card{right}"
            )

    def _detail(
        self, seen: Sequence[_Seen], strongest: _Seen, shaken: tuple[Shaken, ...], tier: str
    ) -> dict[str, Any]:
        assert strongest.score is not None
        point = self._scorer.point(tier)
        return {
            "tier": tier,
            "faces": _listed(seen),
            "scored": sum(one.score is not None for one in seen),
            "strongest": strongest.number,
            "stability": [
                {
                    "laundering": one.laundering,
                    "tier": one.tier,
                    "score": one.score,
                    "log10_lr": one.ratio.log10,
                }
                for one in shaken
            ],
            "threshold": None if point is None else point.threshold,
            "false_alarms": None
            if point is None
            else {"value": point.fpr, "low": point.fpr_low, "high": point.fpr_high},
            "bound": list(self._scorer.bound(tier, strongest.score.eyes)),
        }

    def _explained(self, rgb: Pixels, judged: Sequence[_Seen], tier: str) -> Explanation:
        """The heat maps laid on the picture in cells of the size that the strongest face has them in."""
        eyes = min(one.quality.eyes for one in judged)
        patch = max(4, round(eyes / 5))
        height, width = rgb.shape[:2]
        shape = (-(-height // patch), -(-width // patch))
        heat: NDArray[np.float32] = np.full(shape, np.nan, np.float32)
        for one in judged:
            assert one.score is not None
            small = Face(
                (one.face.box / patch).astype(np.float32),
                ((one.face.marks + 0.5) / patch - 0.5).astype(np.float32),
                1.0,
            )
            mine = self._scorer.place(one.score.heat, small, shape)
            heat = np.fmax(heat, mine)
        return Explanation(
            (), 0.0, _REACH, patch, maps={"heat": heat, "reliability": np.isfinite(heat).astype(np.float32)}
        )

    def _drawn(
        self, exhibit: Picture, looks: Sequence[FaceLook], words: str
    ) -> tuple[Pixels | None, tuple[Reason, ...]]:
        if not self._pictures:
            return None, ()
        foot = f"Exhibit SHA-256 {exhibit.exhibit.sha256[:32]}...  Scored by {self._scorer.artifact.id}."
        try:
            return draw_faces(exhibit.rgb, looks, self._scorer.crop, words, foot), ()
        except Exception as error:
            # A fault of the drawing must not cost the exhibit its answer.
            told = f"assay could not draw the picture ({type(error).__name__}: {str(error)[:200]}): please report it"
            return None, (Reason("picture-not-drawn", told),)


def _why_not(seen: Sequence[_Seen]) -> Reason:
    if not seen:
        return Reason("no-face", "no face was found: one may be too small, turned away or covered")
    first = seen[0].why_not[0]
    largest = "the face" if len(seen) == 1 else f"none of the {len(seen)} faces can be judged: the largest"
    why = ", ".join(_WHY[code] for code in seen[0].why_not)
    return Reason(first, f"{largest} is {why} (eyes {seen[0].quality.eyes:.0f} pixels apart)")


def _listed(seen: Sequence[_Seen]) -> list[dict[str, Any]]:
    told = []
    for one in sorted(seen, key=lambda each: each.number):
        left, top, width, height = (round(float(value), 1) for value in one.face.box)
        told.append(
            {
                "face": one.number, "x": left, "y": top, "width": width, "height": height,
                "eyes": one.quality.eyes, "sharpness": one.quality.sharpness, "yaw": one.quality.yaw,
                "pitch": one.quality.pitch, "confidence": one.quality.confidence, "unfit": list(one.why_not),
                "score": None if one.score is None else one.score.raw,
                "log10_lr": None if one.ratio is None else one.ratio.log10,
            }
        )  # fmt: skip
    return told


def _words(
    ratio: LikelihoodRatio, judged: Sequence[_Seen], seen: Sequence[_Seen], strongest: _Seen, tier: str
) -> str:
    factor = 10.0 ** abs(ratio.log10)
    one, other = "a replaced face", "unchanged faces"
    if ratio.log10 < 0:
        one, other = other, one
    left, top, width, height = (float(value) for value in strongest.face.box)
    many = f"Of {len(seen)} faces {len(judged)} could be judged. " if len(seen) > 1 else ""
    where = f"{width:.0f} x {height:.0f} pixels at ({left:.0f}, {top:.0f})"
    told = (
        f"{many}What the network sees is about {factor:.2g} times as probable for {one} as for {other} (tier {tier}). "
        f"Face {strongest.number}, {where}, looks most like a replaced one."
    )
    if len(judged) > 1:
        told += f" Any of the {len(judged)} could have been replaced, which the ratio allows for."
    return told
