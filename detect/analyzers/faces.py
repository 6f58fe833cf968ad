"""Which faces a video shows, when, and how well each can be judged. Whether one was replaced is not assessed yet.

The finding speaks to the proposition *face_swap* without a likelihood ratio: there is no classifier, and the verdict
says so.
"""

import threading
from collections.abc import Sequence
from typing import Any

from ...models.artifact import Artifact
from ...models.registry import Registry
from ..faces.finder import TASK, FaceFinder
from ..faces.quality import Quality, unfit
from ..faces.tracks import Track, Tracker
from ..media import Pixels
from ..values import ArtifactRef, FaceTrack, Finding, Profile, Proposition, Reason
from ..video.strip import MOST, Still, strip

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
}


class Faces:
    """Finds and follows faces; the network is loaded when the first video comes.

    Parameters
    ----------
    profile : "fast" | "standard" | "full"
        Number of frames.
    pictures : bool
        Draw each face at its best moment.
    """

    name = "faces"
    proposition = Proposition.FACE_SWAP

    def __init__(self, profile: Profile = "standard", *, pictures: bool = False) -> None:
        self.pictures = pictures
        self.watched = WATCHED[profile]
        self._lock = threading.Lock()
        self._artifact: Artifact | None = None

    def finder(self) -> FaceFinder:
        """A finder for one thread."""
        return FaceFinder(self._taken())

    @property
    def used(self) -> ArtifactRef:
        """The artifact that finds faces."""
        artifact = self._taken()
        return ArtifactRef(artifact.card.name, artifact.card.version, artifact.sha256)

    def conclude(self, tracker: Tracker, frames: int, sha256: str = "") -> Finding:
        """The finding, from what was seen in that many frames of an exhibit."""
        if not tracker.tracks:
            words = f"no face was found in the {frames} frames that were looked at: one may be in others, or too small"
            return Finding(self.name, self.proposition, False, why_not=Reason("no-face", words))
        return Finding(
            self.name,
            self.proposition,
            True,
            words=_words(tracker.tracks, frames),
            detail={
                "frames": frames,
                "found": len(tracker.tracks),
                "left_out": tracker.left_out,
                "tracks": [_told(track) for track in tracker.tracks[:_LISTED]],
            },
            picture=self._drawn(tracker, sha256),
        )

    def _drawn(self, tracker: Tracker, sha256: str) -> Pixels | None:
        """Each face at its best moment; those that were seen longest, when there are many."""
        longest = sorted(tracker.tracks, key=lambda track: -len(track.sightings))[:MOST]
        stills = [
            Still(still, f"track {track.number} at {track.best.t:.2f} s ({_reach(track)})")
            for track in sorted(longest, key=lambda track: track.number)
            if (still := tracker.stills.get(track.number)) is not None
        ]
        if not stills:
            return None
        words = "Aligned by their eyes, nose and mouth. Whether a face was replaced or driven was not assessed."
        foot = f"Exhibit SHA-256 {sha256[:32]}...  Found by {self.used.name}@{self.used.version}."
        return strip(stills, "Faces that were followed, each at its best moment", words, foot)

    def tracks(self, tracker: Tracker) -> tuple[FaceTrack, ...]:
        """The tracks as the verdict tells them."""
        return tuple(
            FaceTrack(track.number, track.sightings[0].t, track.sightings[-1].t, None, _told(track))
            for track in tracker.tracks[:_LISTED]
        )

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
        "score": None,
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
            f"track {track.number} from {track.sightings[0].t:.2f} to {track.sightings[-1].t:.2f} s, eyes "
            f"{track.best.quality.eyes:.0f} pixels apart{how}"
        )
    more = f"; and {count - 4} more" if count > 4 else ""
    return f"{told}{'; '.join(parts)}{more}. Whether a face was replaced or driven was not assessed."
