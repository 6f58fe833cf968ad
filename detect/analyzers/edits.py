"""Was a region added, removed or repainted, and where? A trained map of what differs from the rest of its picture.

Question: H1, a region of the picture was edited, against H2, none was. The network looks at the picture in windows of
the size that it was calibrated on. Of each it gives a heat map in cells of 8 pixels, how probable it is that each cell
is right (reliability), and a score, which the calibrator of the picture's tier turns into a likelihood ratio. If a
region was edited it is in one of the windows, nobody knows which: the ratio of the picture is the mean of theirs.
Windows that are even over too large a share are not weighed: there a thing before its background looks like one that
was put there. Where the evidence is weak the ratio stays near 1, and nothing is concluded from that.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from ...models.artifact import Artifact
from ...models.calibration import Calibrator
from ...models.engine import Engine
from ..explanation.drawing import Caption
from ..explanation.edited import draw_edited
from ..explanation.spots import LEAST_SURE, Spot, spots_of
from ..media import Picture, Pixels
from ..scales import ArtifactUnfit, Scales, asked_of
from ..tiers import TierEstimate, estimate
from ..values import Applicability, Explanation, Finding, LikelihoodRatio, Proposition, Reason
from ..windows import Window, joined, windows

__all__ = ["LEAST_SIDE", "LEAST_SURE", "OUTPUTS", "TASK", "EditMap", "Preprocessing", "preprocessing_of", "ratio_of"]

TASK = "edit-map"
"""Task of the artifact that is taken from the registry."""

OUTPUTS = ("heat", "reliability")
"""What an engine must hand out beside the score."""

LEAST_SIDE = 64
"""Shorter side below which there are too few cells to differ from one another, in pixels."""

_WITH = ("", ", with what other analyzers found,")
_LISTED = 9
_REACH = 3.0


class Preprocessing(BaseModel):
    """The card's preprocessing, as this analyzer understands it; anything else is refused rather than ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    colour: Literal["RGB"]
    multiple: int = Field(ge=1, le=64)
    cell: int = Field(ge=1, le=64)
    most_pixels: int = Field(ge=65_536)
    window: int = Field(ge=64, le=4096)
    step: int = Field(ge=8, le=4096)
    least_telling: float = Field(0.25, ge=0, le=1)
    claims: dict[str, float] = {}

    def shrinkage(self, rgb: Pixels) -> int:
        """By how much both sides are shrunk so that the network looks at no more pixels than its card allows."""
        height, width = rgb.shape[:2]
        return max(1, math.ceil(math.sqrt(height * width / self.most_pixels)))

    def fitted(self, rgb: Pixels, shrink: int = 1) -> Pixels:
        """The picture as the network takes it: shrunk, and up to seven rows and columns at the ends left off."""
        step = shrink * self.multiple
        height, width = (side // step * step for side in rgb.shape[:2])
        part = rgb[:height, :width]
        if shrink > 1:
            part = np.asarray(
                cv2.resize(part, (width // shrink, height // shrink), interpolation=cv2.INTER_AREA),
                dtype=np.uint8,
            )
        return np.ascontiguousarray(part)

    def cut(self, pixels: Pixels) -> list[Window]:
        """The windows of a picture that is fitted."""
        return list(windows(pixels, self.window, self.step, self.multiple, self.least_telling))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the network saw of a picture.

    Attributes
    ----------
    telling : tuple of float
        Raw scores of the windows that are not too even.
    windows : int
        How many there were.
    maps : Mapping[str, numpy.ndarray]
        ``heat`` (logits) and ``reliability`` (0..1) of the whole, float32 (rows, columns).
    """

    telling: tuple[float, ...]
    windows: int
    maps: Mapping[str, NDArray[np.float32]]

    @property
    def score(self) -> float:
        """Mean raw score of these windows; 0 when there is none."""
        return float(np.mean(self.telling)) if self.telling else 0.0


class EditMap:
    """The trained map of edits.

    Parameters
    ----------
    engine : Engine
        Runs an artifact of task ``edit-map`` and hands out `OUTPUTS`.
    artifact : Artifact
        The same artifact: card and calibrators.
    pictures : bool
        Draw the map.

    Raises
    ------
    ArtifactUnfit
        The card asks for something that is not done here.
    """

    name = "edit-map"
    proposition = Proposition.EDITED

    def __init__(self, engine: Engine, artifact: Artifact, *, pictures: bool = False) -> None:
        self._engine = engine
        self._pictures = pictures
        self._asked = preprocessing_of(artifact)
        self._scales = Scales(artifact)
        self._name = artifact.id

    def applies(self, exhibit: Picture) -> Applicability:
        """To pictures of at least 64 pixels a side."""
        height, width = exhibit.rgb.shape[:2]
        if min(height, width) < LEAST_SIDE:
            words = f"the picture is {width} x {height} pixels: too few for a region to differ from the rest"
            return Applicability(False, Reason("too-small", words))
        return Applicability(True)

    def analyze(self, exhibit: Picture, beside: Sequence[Finding] = ()) -> Finding:
        """Score and map of the picture.

        Parameters
        ----------
        exhibit : Picture
            What to look at.
        beside : sequence of Finding
            Those of the classical analyzers; what they claim is added to the score by the weights of the card.
        """
        verdict = self.applies(exhibit)
        if not verdict.applies:
            return Finding(self.name, self.proposition, False, why_not=verdict.why_not)
        coding = exhibit.facts.jpeg
        tier = estimate(exhibit.rgb, None if coding is None else dict(enumerate(coding.tables)))
        shrink = self._asked.shrinkage(exhibit.rgb)
        seen = self.look(self._asked.fitted(exhibit.rgb, shrink))
        codes = {reason.code for finding in beside if finding.applies for reason in finding.reasons}
        claims = {code: weight for code, weight in self._asked.claims.items() if code in codes and weight > 0}
        added = sum(claims.values())
        ratio = self._ratio(seen, added, tier)
        spots = spots_of(seen.maps, self._asked.cell * shrink)
        explanation = Explanation((), 0.0, _REACH, self._asked.cell * shrink, maps=seen.maps)
        words = _words(ratio, tier, spots, shrink, len(claims))
        picture, trouble = self._drawn(exhibit, explanation, spots, words)
        reasons = (*_even(seen), *self._doubts(ratio, tier), *trouble)
        detail = self._detail(seen, tier, spots, shrink) | {"claims": claims}
        return Finding(
            self.name, self.proposition, True, score=seen.score + added, ratio=ratio, words=words, reasons=reasons,
            detail=detail, picture=picture, explanation=explanation,
        )  # fmt: skip

    def look(self, pixels: Pixels) -> Seen:
        """What the network sees of a picture that is fitted."""
        given = self._asked.cut(pixels)
        scores = list(self._engine.score({"pixels": one.pixels} for one in given))
        cell = self._asked.cell
        shape = (pixels.shape[0] // cell, pixels.shape[1] // cell)
        pairs = list(zip(given, scores, strict=True))
        maps = {
            name: joined([(one.y // cell, one.x // cell, score.arrays[name]) for one, score in pairs], shape)
            for name in OUTPUTS
        }
        # The network cannot know how it does on windows that it was not calibrated on: there no cell is to be read.
        read = [
            (one.y // cell, one.x // cell, np.full_like(score.arrays["heat"], one.telling)) for one, score in pairs
        ]
        maps["reliability"] = maps["reliability"] * joined(read, shape)
        return Seen(tuple(score.raw for one, score in pairs if one.telling), len(given), maps)

    def _ratio(self, seen: Seen, added: float, tier: TierEstimate) -> LikelihoodRatio | None:
        """Mean of the windows' ratios, in which those that are too even count as 1; None where all of them are."""
        if not seen.telling:
            return None
        return ratio_of(self._scales.calibrator(tier.tier, 1), np.array(seen.telling) + added, seen.windows)

    def _doubts(self, ratio: LikelihoodRatio | None, tier: TierEstimate) -> tuple[Reason, ...]:
        point = self._scales.point(tier.tier, 1)
        if ratio is None or point is None or ratio.log10 <= 0:
            return ()
        if ratio.log10 >= float(self._scales.calibrator(tier.tier, 1).apply(point.threshold).log10_lr):
            return ()
        right = (
            ""
            if point.fpr is None
            else f", which {1 - point.fpr:.0%} of left-out untouched pictures keep below"
        )
        words = f"the map of edits stays under the operating point of the artifact's card{right}"
        return (Reason("below-operating-point", words),)

    def _detail(
        self, seen: Seen, tier: TierEstimate, spots: tuple[Spot, ...], shrink: int
    ) -> dict[str, object]:
        point, calibrator = self._scales.point(tier.tier, 1), self._scales.calibrator(tier.tier, 1)
        heat, trust = seen.maps["heat"], seen.maps["reliability"]
        return {
            "windows": seen.windows,
            "windows_weighed": len(seen.telling),
            "highest_window": max(seen.telling, default=None),
            "tier": tier.tier,
            "threshold": None if point is None else point.threshold,
            "bound": list(calibrator.bound),
            "shrunk": shrink,
            "cell": self._asked.cell * shrink,
            "marked": round(float(np.mean((heat > 0) & (trust >= LEAST_SURE))), 5),
            "readable": round(float(np.mean(trust >= LEAST_SURE)), 5),
            "reliability": round(float(np.mean(trust)), 4),
            "regions": [
                {
                    "x": spot.x, "y": spot.y, "width": spot.width, "height": spot.height, "cells": spot.cells,
                    "heat": round(spot.heat, 4), "reliability": round(spot.reliability, 4),
                }
                for spot in spots[:_LISTED]
            ],
            "regions_found": len(spots),
        }  # fmt: skip

    def _drawn(
        self, exhibit: Picture, explanation: Explanation, spots: tuple[Spot, ...], words: str
    ) -> tuple[Pixels | None, tuple[Reason, ...]]:
        if not self._pictures:
            return None, ()
        boxes = [(spot.x, spot.y, spot.width, spot.height) for spot in spots]
        foot = f"Exhibit SHA-256 {exhibit.exhibit.sha256[:32]}...  Mapped by {self._name}."
        title = "Edited in part: where the picture differs from itself"
        try:
            return draw_edited(
                exhibit.rgb, explanation, boxes, LEAST_SURE, Caption(title, "", words, foot)
            ), ()
        except Exception as error:
            # A fault of the drawing must not cost the exhibit its answer.
            told = f"assay could not draw the picture ({type(error).__name__}: {str(error)[:200]}): please report it"
            return None, (Reason("picture-not-drawn", told),)


def ratio_of(calibrator: Calibrator, telling: NDArray[np.float64], count: int) -> LikelihoodRatio:
    """Mean of the ratios of windows, one or more; those of `count` that are too even to be weighed count as 1."""
    made = calibrator.apply_many(telling)
    middle, low, high = (
        float(np.log10((np.sum(10.0**values) + count - len(telling)) / count))
        for values in (made.log10_lr, made.low, made.high)
    )
    return LikelihoodRatio(middle, min(low, middle), max(high, middle))


def _even(seen: Seen) -> tuple[Reason, ...]:
    left = seen.windows - len(seen.telling)
    if not left:
        return ()
    which = "the picture is" if left == seen.windows else f"{left} of {seen.windows} parts of the picture are"
    words = f"{which} even over too large a share: a thing before an even ground looks much like one that was put there"
    return (Reason("too-even", words),)


def _words(
    ratio: LikelihoodRatio | None, tier: TierEstimate, spots: tuple[Spot, ...], shrink: int, claims: int
) -> str:
    if ratio is None:
        return "The picture is too even for the map of edits: it has too little texture in which a region could differ."
    factor = 10.0 ** abs(ratio.log10)
    one, other = ("a picture with an edited region", "one without")
    if ratio.log10 < 0:
        one, other = "a picture without an edited region", "one with"
    told = (
        f"What the map of edits sees{_WITH[min(claims, 1)]} is about {factor:.2g} times as probable for {one} as for "
        f"{other} (tier {tier.tier})."
    )
    if spots:
        first = spots[0]
        told += (
            f" It marks {len(spots)} region{'s' * (len(spots) != 1)} where it can be relied on: the clearest is "
            f"{first.width} x {first.height} pixels at ({first.x}, {first.y})."
        )
    else:
        told += " It marks no region where it can be relied on."
    if ratio.log10 <= 0 and spots:
        told += (
            " The score of the picture does not speak for an edit, so these marks say nothing by themselves."
        )
    if shrink > 1:
        told += f" The picture was shrunk {shrink} times before, which hides fine traces."
    return told


def preprocessing_of(artifact: Artifact) -> Preprocessing:
    """What the card asks for.

    Raises
    ------
    ArtifactUnfit
        It asks for something that is not done here.
    """
    card = artifact.card
    asked = asked_of(card, Preprocessing)
    inputs = [(tensor.name, tensor.shape, tensor.dtype) for tensor in card.inputs]
    outputs = {tensor.name for tensor in card.outputs}
    if (
        inputs != [("pixels", (None, None, 3), "uint8")]
        or not {*OUTPUTS} <= outputs
        or asked.multiple % asked.cell
    ):
        raise ArtifactUnfit(f"{card.id} is no map of edits of whole pictures: take another artifact")
    return asked
