"""Faces followed through the frames of a video: by where they are and by what they look like.

No face recognition: a face that leaves and comes back elsewhere, or behind a cut, begins a new track. One that stands
where another stood, and looks more like a third that is not there any more, begins one too: a cut that nobody noticed
may have made two people change places.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from ..media import Pixels
from .alignment import aligned
from .finder import Face
from .quality import Quality, quality, unfit

__all__ = ["Sighting", "Track", "Tracker", "overlap"]

MOST_TRACKS = 1000
"""Most tracks of a video; faces beyond them are counted only."""

_ALIKE = 0.6
"""Least agreement of looks, -1..1, at which a face may continue a track. Of pairs of different people among the
training faces nine in ten agree less; that it must be near as well keeps the rest apart."""
_STAYED = 0.5
_TURNING = 0.3
"""A face that stays in its place (`_STAYED`, intersection over union) may change its looks as far as this: it turns.
Not so behind a frame in which it was not seen, for another may have taken its place."""

_REACH = 2.0
"""How far a face may move between two frames that were looked at, in widths of it."""

_PLACE = 0.25
"""What its place counts for against its looks, 0..1, where a face could continue several tracks."""

_REMEMBERED = 8
"""Sightings of a track that a face is compared with, the last ones: one of them may have been half covered."""

_SEEN = 16
_STILLS = 100
_SHORT_GAP = 1.5
_FRAMES_GAP = 3


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """A face at a time.

    Attributes
    ----------
    t : float
        Seconds from the first frame.
    face : Face
        Where.
    quality : Quality
        How well it can be judged.
    look : numpy.ndarray
        float32 (768,), a small aligned crop with mean 0 and length 1: what it looks like.
    """

    t: float
    face: Face
    quality: Quality
    look: NDArray[np.float32]


@dataclass(slots=True)
class Track:
    """One face through time.

    Attributes
    ----------
    number : int
        From 0, in order of appearance.
    sightings : list of Sighting
        In order of time.
    """

    number: int
    sightings: list[Sighting] = field(default_factory=list)

    @property
    def best(self) -> Sighting:
        """The sighting that can be judged best: nothing against it, then large and sharp."""
        return min(
            self.sightings,
            key=lambda one: (len(unfit(one.quality)), -one.quality.eyes * min(one.quality.sharpness, 10.0)),
        )


class Tracker:
    """Follows faces; hand it frames in order of time.

    Parameters
    ----------
    cuts : sequence of float
        Seconds at which the shot changes: no track goes on behind one.
    spacing : float
        Seconds between frames, usually: tracks survive gaps of three of them, and of 1.5 s.
    still : int
        Side of the stills that are kept, in pixels; 0 for none.

    Attributes
    ----------
    tracks : list of Track
        All so far.
    left_out : int
        Faces beyond the most tracks.
    stills : dict of int to numpy.ndarray
        By track, the aligned crop of its best moment, uint8 (side, side, 3); for the first hundred tracks.
    """

    def __init__(self, cuts: Sequence[float] = (), spacing: float = 0.0, *, still: int = 0) -> None:
        self._still = still
        self.stills: dict[int, Pixels] = {}
        self._cuts = sorted(cuts)
        self._gap = max(_SHORT_GAP, _FRAMES_GAP * spacing)
        self.tracks: list[Track] = []
        self.left_out = 0
        self._open: list[Track] = []
        self._before = float("-inf")

    def see(self, t: float, rgb: Pixels, faces: Sequence[Face]) -> list[tuple[Track, Sighting]]:
        """Take in the faces of a frame; returns them with the tracks that they belong to, without those left out."""
        self._open = [
            track
            for track in self._open
            if t - track.sightings[-1].t <= self._gap
            and not any(track.sightings[-1].t < cut <= t for cut in self._cuts)
        ]
        new = [Sighting(t, face, quality(face, rgb), _look(rgb, face)) for face in faces]
        open_before = list(self._open)
        taken: set[int] = set()
        given: set[int] = set()
        strangers: set[int] = set()
        placed: list[tuple[Track, Sighting]] = []
        for _, i, j, near in sorted(_pairs(open_before, new, self._before), reverse=True):
            if i in taken or j in given:
                continue
            taken.add(i)
            given.add(j)
            if not near:
                # It looks most like one that it is too far from: whoever it is, it is not the one that stood here.
                strangers.add(j)
                continue
            open_before[i].sightings.append(new[j])
            placed.append((open_before[i], new[j]))
            self._keep(open_before[i], new[j], rgb)
        self._before = t
        for j, one in enumerate(new):
            if j in given - strangers:
                continue
            if len(self.tracks) >= MOST_TRACKS:
                self.left_out += 1
                continue
            track = Track(len(self.tracks), [one])
            self.tracks.append(track)
            self._open.append(track)
            placed.append((track, one))
            self._keep(track, one, rgb)
        return placed

    def _keep(self, track: Track, now: Sighting, rgb: Pixels) -> None:
        if self._still and track.number < _STILLS and track.best is now:
            self.stills[track.number] = aligned(rgb, now.face.marks, self._still)


def _pairs(
    tracks: Sequence[Track], new: Sequence[Sighting], before: float
) -> Iterator[tuple[float, int, int, bool]]:
    """Which faces may be whose: how well they fit, 0..1, the two numbers, and whether it is near enough to go on.

    `before` is the time of the frame before, in seconds.
    """
    if not new:
        return
    looks = np.stack([one.look for one in new], axis=1)
    for i, track in enumerate(tracks):
        agreed = (np.stack([one.look for one in track.sightings[-_REMEMBERED:]]) @ looks).max(axis=0)
        last = track.sightings[-1]
        for j, one in enumerate(new):
            alike, shared = float(agreed[j]), overlap(last.face.box, one.face.box)
            stayed = shared >= _STAYED and last.t >= before
            if alike >= (_TURNING if stayed else _ALIKE):
                near = shared > 0.0 or _reach(last.face.box, one.face.box) < _REACH
                yield _PLACE * shared + (1 - _PLACE) * alike, i, j, near


def _reach(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Distance of the middles in widths of the larger box."""
    apart = np.hypot(*((a[:2] + a[2:] / 2) - (b[:2] + b[2:] / 2)))
    return float(apart / max(float(a[2]), float(b[2]), 1e-6))


def overlap(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Intersection over union, 0..1, of two boxes: left, top, width and height."""
    (ax, ay, aw, ah), (bx, by, bw, bh) = ((float(value) for value in box) for box in (a, b))
    both = max(0.0, min(ax + aw, bx + bw) - max(ax, bx)) * max(0.0, min(ay + ah, by + bh) - max(ay, by))
    return both / max(aw * ah + bw * bh - both, 1e-6)


def _look(rgb: Pixels, face: Face) -> NDArray[np.float32]:
    small = cv2.resize(aligned(rgb, face.marks, 64), (_SEEN, _SEEN), interpolation=cv2.INTER_AREA)
    values = small.astype(np.float32).ravel()
    values -= values.mean()
    return np.asarray(values / max(float(np.linalg.norm(values)), 1e-6), dtype=np.float32)
