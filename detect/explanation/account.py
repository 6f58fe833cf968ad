"""From the scores of all that was looked at to the explanation of a finding."""

from collections.abc import Callable, Sequence

import numpy as np

from ...models.calibration import Calibrator
from ...models.engine import Score
from ..crops import SIDE, Crop
from ..samples import Samples, View
from ..values import Explanation, Part
from .heat import PATCH, Grid, Patches, heat, patch_scores
from .reliability import Shifted, reliability, texture

__all__ = ["MAP", "explain", "neutral", "reach"]

MAP = "map"
"""Output of an artifact that says what each patch of a crop adds to its logit."""

ENOUGH = 0.95
"""Share of the bound on the log10 LR at which a score counts as having reached it."""


LEAST_REACH = 0.5
"""Smallest reach, in the unit of scores: a calibrator that knows nothing has none of its own."""


def neutral(calibrator: Calibrator) -> float:
    """Raw score whose likelihood ratio is 1; the middle of a stretch of them, 0 where the table never turns."""
    below = calibrator.raw[calibrator.log10_lr < 0]
    above = calibrator.raw[calibrator.log10_lr > 0]
    if not below.size or not above.size:
        return 0.0
    least, most = float(below[-1]), float(above[0])
    ends = np.interp([least, most], calibrator.raw, calibrator.log10_lr)
    if np.any((calibrator.raw > least) & (calibrator.raw < most)):
        return (least + most) / 2
    return least + (most - least) * float(-ends[0] / (ends[1] - ends[0]))


def reach(calibrator: Calibrator) -> float:
    """Distance from the neutral score beyond which the likelihood ratio hardly changes on either side; > 0."""
    curve = calibrator.log10_lr
    low, high = max(curve[0], curve[0] * ENOUGH), min(curve[-1], curve[-1] * ENOUGH)
    ends = calibrator.raw[curve <= low][-1], calibrator.raw[curve >= high][0]
    return max(*(abs(float(end) - neutral(calibrator)) for end in ends), LEAST_REACH)


def explain(
    samples: Samples,
    views: Sequence[Sequence[Score]],
    tiles: Sequence[Score],
    calibrator: Callable[[View], Calibrator],
    generated: bool,
) -> Explanation:
    """The explanation of a finding.

    Parameters
    ----------
    samples : Samples
        What was looked at.
    views : sequence of sequences of Score
        Of the crops of each view.
    tiles : sequence of Score
        Of the tiles.
    calibrator : callable
        The one that the mean score of a view is weighed with.
    generated : bool
        Which side the finding is on: the parts that speak most for it come first.
    """
    exhibit = samples.views[0]
    own = calibrator(exhibit)
    middle = neutral(own)
    sign = -1.0 if generated else 1.0
    parts = (
        *sorted(_parts(exhibit.crops, views[0], True), key=lambda part: sign * part.score),
        *_parts(samples.tiles, tiles, False),
    )
    looked = [*zip(exhibit.crops, views[0], strict=True), *zip(samples.tiles, tiles, strict=True)]
    if not all(MAP in score.arrays for _, score in looked):
        return Explanation(parts, middle, reach(own), PATCH)
    grid = Grid(exhibit.height, exhibit.width)
    patches = [_patches(crop, score) for crop, score in looked]
    textures = [Patches(crop.x, crop.y, PATCH, PATCH, texture(crop.pixels)) for crop, _ in looked]
    shifted = [
        Shifted(
            [
                _patches(crop, score, grid.width / view.width, grid.height / view.height)
                for crop, score in zip(view.crops, scores, strict=True)
            ],
            neutral(calibrator(view)),
        )
        for view, scores in zip(samples.views[1:], views[1:], strict=True)
    ]
    maps = {"heat": heat(grid, patches), "reliability": reliability(grid, patches, textures, shifted, middle)}
    return Explanation(parts, middle, reach(own), PATCH, maps=maps)


def _parts(crops: Sequence[Crop], scores: Sequence[Score], scored: bool) -> list[Part]:
    return [Part(crop.x, crop.y, SIDE, score.raw, scored) for crop, score in zip(crops, scores, strict=True)]


def _patches(crop: Crop, score: Score, across: float = 1.0, down: float = 1.0) -> Patches:
    values = patch_scores(score.raw, score.arrays[MAP])
    pitch = SIDE / values.shape[0]
    return Patches(crop.x * across, crop.y * down, pitch * across, pitch * down, values)
