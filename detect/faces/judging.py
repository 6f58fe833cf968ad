"""Faces of a video scored as they pass by, and what the frames of each track add up to.

Only faces that are fit to be judged are scored, the largest few of a frame; of each track its median frame is weighed,
never all frames together, since neighbouring ones are alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..media import Pixels
from ..values import LikelihoodRatio
from .alignment import NEAR, aligned, similarity
from .quality import unfit
from .scoring import FILM, FaceScore, FaceScorer, TrackScore
from .tracks import Sighting, Track

__all__ = ["MOST_A_FRAME", "Glimpse", "Judge", "Peak", "any_of"]

MOST_A_FRAME = 4
"""Most faces of a frame that are scored, the largest first: bounds the work on crowds."""

_STILLS = 100
_BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """One face that was scored.

    Attributes
    ----------
    t : float
        Seconds from the first frame.
    score : FaceScore
        What the network says.
    place : numpy.ndarray
        float64 (2, 3): from cells of its heat map to pixels of the frame.
    """

    t: float
    score: FaceScore
    place: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """When a track looks most replaced: its time, its score, and an aligned still, uint8 (side, side, 3)."""

    t: float
    raw: float
    still: Pixels


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    track: int
    sighting: Sighting
    crop: Pixels
    still: Pixels | None


@dataclass(slots=True)
class Judge:
    """Scores the faces of one video.

    Attributes
    ----------
    scorer : FaceScorer
        May be shared by several videos.
    still : int
        Side of the stills that are kept, in pixels; 0 for none.
    glimpses : dict of int to list of Glimpse
        By track, in order of time.
    peaks : dict of int to Peak
        By track, for the first hundred tracks.
    """

    scorer: FaceScorer
    still: int = 0
    glimpses: dict[int, list[Glimpse]] = field(default_factory=dict)
    peaks: dict[int, Peak] = field(default_factory=dict)
    _waiting: list[_Waiting] = field(default_factory=list)

    def see(self, rgb: Pixels, seen: Sequence[tuple[Track, Sighting]]) -> None:
        """Take in the faces of a frame, handed in with the tracks that they belong to; scored a batch at a time."""
        fit = [(track, one) for track, one in seen if not unfit(one.quality)]
        fit = sorted(fit, key=lambda pair: -pair[1].quality.eyes)[:MOST_A_FRAME]
        for track, one in fit:
            shown = None
            if self.still and track.number < _STILLS:
                shown = aligned(rgb, one.face.marks, self.still)
            self._waiting.append(_Waiting(track.number, one, self.scorer.crop(rgb, one.face), shown))
        if len(self._waiting) >= _BATCH:
            self.finish()

    def finish(self) -> None:
        """Score the faces that wait; to be called after the last frame."""
        waiting, self._waiting = self._waiting, []
        eyes = [each.sighting.quality.eyes for each in waiting]
        scores = self.scorer.score([each.crop for each in waiting], eyes, FILM)
        for each, score in zip(waiting, scores, strict=True):
            t, place = each.sighting.t, self._place(each.sighting, score)
            self.glimpses.setdefault(each.track, []).append(Glimpse(t, score, place))
            best = self.peaks.get(each.track)
            if each.still is not None and (best is None or score.raw > best.raw):
                self.peaks[each.track] = Peak(t, score.raw, each.still)

    def track(self, number: int) -> TrackScore | None:
        """What a track adds up to; None when too few of its frames could be judged."""
        return self.scorer.track([one.score for one in self.glimpses.get(number, ())])

    def ratio(self, glimpse: Glimpse) -> LikelihoodRatio:
        """What one face is worth by itself."""
        return self.scorer.weigh(glimpse.score.raw, glimpse.score.tier, glimpse.score.eyes)

    def _place(self, one: Sighting, score: FaceScore) -> NDArray[np.float64]:
        back = np.linalg.inv(np.vstack([similarity(one.face.marks, self.scorer.side, NEAR), [0.0, 0.0, 1.0]]))
        return np.asarray(back[:2] @ np.diag([*(self.scorer.side / side for side in score.heat.shape[::-1]), 1.0]))


def any_of(ratios: Sequence[LikelihoodRatio]) -> LikelihoodRatio:
    """That one of several faces was replaced, any of them alike: the mean of their ratios."""
    middle, low, high = (
        float(np.log10(np.mean([10.0 ** getattr(one, name) for one in ratios]))) for name in ("log10", "low", "high")
    )
    return LikelihoodRatio(middle, min(low, middle), max(high, middle))
