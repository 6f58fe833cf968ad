"""Which faces a video shows, when, how well each can be judged, and whether one was replaced or driven.

Question: H1, a face was replaced by another's or driven by it, against H2, all are as they were recorded. Each face
that is followed is scored in the frames in which it is fit to be judged, and its median frame is weighed by a
calibrator of frames of videos. If one of several was replaced, nobody knows which: the ratio of the video is the mean
of theirs.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...models.artifact import Artifact
from ...models.registry import Registry
from ..faces.finder import TASK, FaceFinder
from ..faces.judging import Judge, any_of
from ..faces.quality import Quality, unfit
from ..faces.scoring import FILM, FaceScorer, TrackScore
from ..faces.tracks import Track, Tracker
from ..media import Pixels
from ..values import ArtifactRef, FaceTrack, Finding, LikelihoodRatio, Profile, Proposition, Reason
from ..video.overlay import Heat
from ..video.strip import MOST, STILL, Still, strip

__all__ = ["WATCHED", "Faces"]

WATCHED: dict[Profile, int] = {"fast": 12, "standard": 48, "full": 120}
"""Frames in which faces are looked for, by profile."""

_LISTED = 100
_WHY = {
    "face-small": "too small",
    "face-blurred": "too blurred",
    "face-turned": "turned away",
    "face-cut-off": "cut off by the edge",
    "face-covered": "perhaps covered",
    "face-once": "seen in one frame only",
    "face-few-frames": "fit in too few frames",
}
_WORST = 3
_REACH = 6.0
"""Logit of a heat map at which its colour ends."""


class Faces:
    """Finds and follows faces; the network is loaded when the first video comes.

    Parameters
    ----------
    profile : "fast" | "standard" | "full"
        Number of frames.
    pictures : bool
        Draw each face at its strongest moment, or its best one where it was not scored.
    scorer : FaceScorer | None
        Scores faces; None: whether one was replaced is not assessed.
    prior : float
        Of a replaced face, for scores from 0 to 1.
    """

    name = "faces"
    proposition = Proposition.FACE_SWAP

    def __init__(
        self,
        profile: Profile = "standard",
        *,
        pictures: bool = False,
        scorer: FaceScorer | None = None,
        prior: float = 0.5,
    ) -> None:
        self.pictures = pictures
        self._scorer, self._prior = scorer, prior
        self.watched = WATCHED[profile]
        self._lock = threading.Lock()
        self._artifact: Artifact | None = None

    def finder(self) -> FaceFinder:
        """A finder for one thread."""
        return FaceFinder(self._taken())

    def judge(self) -> Judge | None:
        """A judge for one video; None without a scorer."""
        return None if self._scorer is None else Judge(self._scorer, STILL if self.pictures else 0)

    @property
    def used(self) -> tuple[ArtifactRef, ...]:
        """The artifacts that find and score faces."""
        artifacts = [self._taken(), *([] if self._scorer is None else [self._scorer.artifact])]
        return tuple(ArtifactRef(one.card.name, one.card.version, one.sha256) for one in artifacts)

    def conclude(self, tracker: Tracker, frames: int, sha256: str = "", judge: Judge | None = None) -> Finding:
        """The finding, from what was seen in that many frames of an exhibit."""
        if not tracker.tracks:
            words = f"no face was found in the {frames} frames that were looked at: one may be in others, or too small"
            return Finding(self.name, self.proposition, False, why_not=Reason("no-face", words))
        scored = {} if judge is None else _scored(tracker.tracks, judge)
        detail = {
            "frames": frames,
            "found": len(tracker.tracks),
            "left_out": tracker.left_out,
            "scored": len(scored),
            "tracks": [{**_told(track), **self._weighed(track, judge)} for track in _listed(tracker.tracks, scored)],
        }
        words, picture = _words(tracker.tracks, frames), self._drawn(tracker, sha256, judge, scored)
        if judge is None or not scored:
            # Without a scorer it tells what was seen; with one, why nothing could be said of it.
            why = None if judge is None else _why_not(tracker.tracks, judge)
            told = f"{words} Whether a face was replaced or driven was not assessed."
            return Finding(
                self.name, self.proposition, why is None, why_not=why, words=told, detail=detail, picture=picture
            )
        ratio = any_of([one.ratio for one in scored.values()])
        number, strongest = max(scored.items(), key=lambda pair: (pair[1].ratio.log10, pair[1].raw))
        return Finding(
            self.name,
            self.proposition,
            True,
            score=strongest.raw,
            ratio=ratio,
            words=f"{words} {_weight(ratio, number, scored)}",
            reasons=tuple(self._reasons(ratio, strongest)),
            detail=detail | self._point(number, strongest),
            picture=picture,
        )

    def _reasons(self, ratio: LikelihoodRatio, strongest: TrackScore) -> Iterator[Reason]:
        if ratio.log10 > 0 and not strongest.over:
            assert self._scorer is not None
            point = self._scorer.point(FILM)
            known = point is not None and point.fpr is not None
            right = f", which {1 - (point.fpr or 0):.0%} of held real faces keep below" if point and known else ""
            yield Reason("below-operating-point", f"no face passes the threshold of the artifact's card{right}")

    def _point(self, number: int, strongest: TrackScore) -> dict[str, Any]:
        assert self._scorer is not None
        point = self._scorer.point(FILM)
        return {
            "strongest": number,
            "effective_frames": strongest.effective,
            "threshold": None if point is None else point.threshold,
            "false_alarms": None
            if point is None
            else {"value": point.fpr, "low": point.fpr_low, "high": point.fpr_high},
        }

    def _drawn(
        self, tracker: Tracker, sha256: str, judge: Judge | None, scored: Mapping[int, TrackScore]
    ) -> Pixels | None:
        """Each face at its strongest or best moment; those that were seen longest, when there are many."""
        longest = sorted(tracker.tracks, key=lambda track: (track.number not in scored, -len(track.sightings)))[:MOST]
        peaks = {} if judge is None else judge.peaks
        seen = {} if judge is None else judge.glimpses
        glimpses = {(number, one.t): one for number, held in seen.items() for one in held}
        most = max(scored, key=lambda number: scored[number].raw, default=None)
        stills = []
        for track in sorted(longest, key=lambda track: track.number):
            peak = peaks.get(track.number)
            if judge is not None and track.number in scored and peak is not None:
                # On the same scale, 0..1, as everything else that is told of it.
                worth = judge.ratio(glimpses[track.number, peak.t]).probability(self._prior)
                told = f"face {track.number}, strongest at {peak.t:.2f} s ({_reach(track)}), score {worth:.2f}"
                stills.append(Still(peak.still, told, track.number == most))
            elif track.number in tracker.stills:
                told = f"face {track.number} at {track.best.t:.2f} s ({_reach(track)}), not assessed"
                stills.append(Still(tracker.stills[track.number], told))
        if not stills:
            return None
        words = "Aligned by their eyes, nose and mouth. "
        words += (
            "The face that looks most like a replaced one has a thick edge; a score of one frame answers nothing."
            if scored
            else "Whether a face was replaced or driven was not assessed."
        )
        names = ", ".join(f"{one.name}@{one.version}" for one in self.used)
        foot = f"Exhibit SHA-256 {sha256[:32]}...  Found and scored by {names}."
        return strip(stills, "Faces that were followed", words, foot)

    def tracks(self, tracker: Tracker, judge: Judge | None = None) -> tuple[FaceTrack, ...]:
        """The tracks as the verdict tells them; of many those that were scored highest, in order of appearance."""
        scored = {} if judge is None else _scored(tracker.tracks, judge)
        return tuple(
            FaceTrack(
                track.number,
                track.sightings[0].t,
                track.sightings[-1].t,
                scored[track.number].ratio.probability(self._prior) if track.number in scored else None,
                {**_told(track), **self._weighed(track, judge)},
            )
            for track in _listed(tracker.tracks, scored)
        )

    def timeline(self, judge: Judge | None) -> tuple[tuple[float, float], ...]:
        """Seconds and probability, 0..1, of a replaced face, for each frame in which one was scored: its highest."""
        found: dict[float, float] = {}
        for number, glimpses in {} if judge is None else judge.glimpses.items():
            if judge is None or judge.track(number) is None:
                continue
            for one in glimpses:
                found[one.t] = max(found.get(one.t, 0.0), judge.ratio(one).probability(self._prior))
        return tuple(sorted(found.items()))

    def heats(self, judge: Judge | None) -> dict[float, list[Heat]]:
        """Heat maps of scored faces by the time of their frame."""
        found: dict[float, list[Heat]] = {}
        for glimpses in {} if judge is None else judge.glimpses.values():
            for one in glimpses:
                found.setdefault(one.t, []).append(Heat(one.place, one.score.heat.astype(np.float64) / _REACH))
        return found

    def _weighed(self, track: Track, judge: Judge | None) -> dict[str, Any]:
        """What was said of a track, beside what was seen of it."""
        score = None if judge is None else judge.track(track.number)
        if judge is None or score is None:
            return {"score": None}
        moments = sorted(judge.glimpses[track.number], key=lambda one: -one.score.raw)[:_WORST]
        return {
            "score": score.ratio.probability(self._prior),
            "log10_lr": score.ratio.log10, "low": score.ratio.low, "high": score.ratio.high, "raw": score.raw,
            "scored": score.frames, "effective": score.effective, "over": score.over,
            "worst": [
                {"t": one.t, "score": judge.ratio(one).probability(self._prior)}
                for one in sorted(moments, key=lambda one: one.t)
            ],
        }  # fmt: skip

    def _taken(self) -> Artifact:
        with self._lock:
            if self._artifact is None:
                self._artifact = Registry().default(TASK)
            return self._artifact


def _reach(track: Track) -> str:
    return f"{track.sightings[0].t:.2f} to {track.sightings[-1].t:.2f} s"


def _told(track: Track) -> dict[str, Any]:
    best = track.best
    left, top, width, height = (round(float(value), 1) for value in best.face.box)
    return {
        "track": track.number,
        "from": track.sightings[0].t,
        "to": track.sightings[-1].t,
        "frames": len(track.sightings),
        "fit": sum(not unfit(one.quality) for one in track.sightings),
        "unfit": [*unfit(best.quality), *(["face-once"] if len(track.sightings) == 1 else [])],
        "best": {
            "t": best.t, "x": left, "y": top, "width": width, "height": height,
            "marks": [[round(float(x), 1), round(float(y), 1)] for x, y in best.face.marks],
            **_figures(best.quality),
        },
    }  # fmt: skip


def _figures(seen: Quality) -> dict[str, float]:
    return {
        "eyes": seen.eyes, "sharpness": seen.sharpness, "yaw": seen.yaw, "pitch": seen.pitch, "roll": seen.roll,
        "inside": seen.inside, "confidence": seen.confidence,
    }  # fmt: skip


def _words(tracks: Sequence[Track], frames: int) -> str:
    count = len(tracks)
    told = f"{count} face{'s' * (count != 1)} in the {frames} frames that were looked at: "
    parts = []
    for track in tracks[:4]:
        why = _told(track)["unfit"]
        how = f", at best {', '.join(_WHY[code] for code in why)}" if why else ""
        parts.append(
            f"face {track.number} from {track.sightings[0].t:.2f} to {track.sightings[-1].t:.2f} s, eyes "
            f"{track.best.quality.eyes:.0f} pixels apart{how}"
        )
    more = f"; and {count - 4} more" if count > 4 else ""
    return f"{told}{'; '.join(parts)}{more}."


def _scored(tracks: Sequence[Track], judge: Judge) -> dict[int, TrackScore]:
    scores = {track.number: judge.track(track.number) for track in tracks}
    return {number: score for number, score in scores.items() if score is not None}


def _listed(tracks: Sequence[Track], scored: Mapping[int, TrackScore]) -> list[Track]:
    """Those that are told one by one: the scored first, the highest among them; in order of appearance."""
    least = float("-inf")
    order = sorted(tracks, key=lambda one: -(scored[one.number].raw if one.number in scored else least))
    return sorted(order[:_LISTED], key=lambda one: one.number)


def _why_not(tracks: Sequence[Track], judge: Judge) -> Reason:
    """Of the track that comes nearest to being judged."""
    track = max(tracks, key=lambda one: (len(judge.glimpses.get(one.number, ())), one.best.quality.eyes))
    codes = unfit(track.best.quality) or ["face-few-frames"]
    which = "the face" if len(tracks) == 1 else f"none of the {len(tracks)} faces can be judged: the nearest to it"
    why = ", ".join(_WHY[code] for code in codes)
    return Reason(codes[0], f"{which} is {why} (eyes {track.best.quality.eyes:.0f} pixels apart)")


def _weight(ratio: LikelihoodRatio, number: int, scored: Mapping[int, TrackScore]) -> str:
    factor = 10.0 ** abs(ratio.log10)
    one, other = "a replaced or driven face", "unchanged faces"
    if ratio.log10 < 0:
        one, other = other, one
    best = scored[number]
    which = f"Face {number} looks most like a replaced one; its" if len(scored) > 1 else "Its"
    told = (
        f"What the network sees in the median frames is about {factor:.2g} times as probable for {one} as for {other}. "
        f"{which} {best.frames} scored frames are worth about {best.effective:.1f} independent ones."
    )
    if len(scored) > 1:
        told += f" Any of the {len(scored)} that could be judged could have been replaced, which the ratio allows for."
    return told
