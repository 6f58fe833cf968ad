"""Everything that an overlay is drawn of: frames that were looked at, faces on them, what the network said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..faces.tracks import Track
from ..values import FaceTrack, Film
from .overlay import Boxed, Heat, Kept, Scene, drawn

__all__ = ["Gallery"]

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Gallery:
    """What was kept of a video for people to look at.

    Attributes
    ----------
    frames : tuple of Kept
        In order of time.
    faces : Mapping[float, tuple of (int, box)]
        By the time of a frame: track, and left, top, width, height in pixels.
    seconds : float
        Length of the video.
    heats : Mapping[float, sequence of Heat]
        Maps of scored faces by the time of a frame.
    """

    frames: tuple[Kept, ...]
    faces: Mapping[float, tuple[tuple[int, Box], ...]] = field(default_factory=dict)
    seconds: float = 0.0
    heats: Mapping[float, Sequence[Heat]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        frames: Sequence[Kept],
        tracks: Sequence[Track],
        seconds: float,
        heats: Mapping[float, Sequence[Heat]] | None = None,
    ) -> "Gallery":
        """From what was kept and followed."""
        found: dict[float, tuple[tuple[int, Box], ...]] = {}
        for track in tracks:
            for one in track.sightings:
                left, top, width, height = (float(value) for value in one.face.box)
                found[one.t] = (*found.get(one.t, ()), (track.number, (left, top, width, height)))
        return cls(tuple(frames), found, seconds, heats or {})

    def scenes(
        self,
        tracks: Sequence[FaceTrack],
        heats: Mapping[float, Sequence[Heat]],
        words: Mapping[float, str],
    ) -> list[Scene]:
        """The frames with what lies on them.

        Parameters
        ----------
        tracks : sequence of FaceTrack
            Their scores stand beside the boxes.
        heats : mapping
            Maps by the time of a frame; left out where faces have maps of their own.
        words : mapping
            What is written below, by the time of a frame.
        """
        told = {track.track: track for track in tracks}
        return [
            Scene(
                frame,
                tuple(_boxed(number, box, told.get(number)) for number, box in self.faces.get(frame.t, ())),
                tuple((self.heats or heats).get(frame.t, ())),
                words.get(frame.t, ""),
            )
            for frame in self.frames
        ]

    def film(self, scenes: Sequence[Scene], timeline: Sequence[tuple[float, float]]) -> Film | None:
        """The overlay; None where there is no encoder."""
        # Here, since pictures need no video library.
        from .encoding import encoded

        return encoded(((scene.frame.t, drawn(scene, timeline, self.seconds)) for scene in scenes), self.seconds)


def _boxed(number: int, box: Box, track: FaceTrack | None) -> Boxed:
    if track is None or track.score is None:
        return Boxed(box, f"face {number}: not assessed")
    return Boxed(box, f"face {number}: {track.score:.2f}", bool(track.detail.get("over")))
