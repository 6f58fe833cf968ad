"""A video made ready for the network: looked through in a child, told about, sampled frame by frame."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ...intake.child import Child
from ...intake.exhibit import Exhibit
from ...intake.limits import Limits
from ..analyzers.credentials import ContentCredentials
from ..analyzers.faces import Faces
from ..analyzers.published import PublishedVideo
from ..analyzers.syntheticvideo import SyntheticVideo
from ..analyzers.videofile import VideoFile
from ..credentials import read_credentials
from ..faces.finder import FaceFinder
from ..faces.judging import Judge
from ..faces.tracks import Tracker
from ..values import ArtifactRef, FaceTrack, Finding, Reason
from .clip import Clip, Frame, read_clip, read_frames
from .gallery import Gallery
from .overlay import Kept, kept
from .reel import Reel
from .samples import ClipSamples
from .strip import STILL

__all__ = ["SOUND", "Viewed", "Watch", "view"]

Tell = Callable[[str, int, int], None]

SOUND = Reason(
    "sound-not-assessed",
    "sound was not assessed: a cloned or exchanged voice over genuine pictures would not be noticed",
)
"""What every verdict on a video says."""

# What was done to a video, or left out, where it bears on the answer.
_NOTES = {
    "tone-mapped": "made for bright screens: its tones were mapped to those of a common one before it was assayed",
    "mirrored": "its file asks for a mirror image, which is what was assayed",
    "interlaced": "frames hold two half pictures of different times, which were looked at as one",
    "pixels-not-square": "its pixels are not square: frames were looked at as stored",
    "key-frames-only": "too many frames to look at each: shots and repeats were looked for in key frames alone",
    "stopped-by-clock": "looking at frames took longer than video_seconds: the rest was not looked at",
    "packets-cut": "it holds more packets than video_packets: the rest was not looked at",
    "bytes-cut": "the demuxer read more than video_read_bytes: the rest was not looked at",
    "names-others": "it names other files or addresses: none of them was opened",
}


@dataclass(frozen=True, slots=True)
class Viewed:
    """A video before the network has seen it.

    Attributes
    ----------
    findings : tuple of Finding
        Of the analyzers that need no network.
    notes : tuple of Reason
        What was done to it; that sound was not assessed is the first.
    samples : ClipSamples
        What the network must see.
    faces : tuple of FaceTrack
        Those that were followed.
    used : tuple of ArtifactRef
        What took part beside that network.
    gallery : Gallery | None
        What an overlay is drawn of, when pictures are asked for.
    timeline : tuple of (float, float)
        Seconds and score of the faces in each frame in which one was scored.
    """

    findings: tuple[Finding, ...]
    notes: tuple[Reason, ...]
    samples: ClipSamples
    faces: tuple[FaceTrack, ...]
    used: tuple[ArtifactRef, ...]
    gallery: Gallery | None = None
    timeline: tuple[tuple[float, float], ...] = ()


def view(
    exhibit: Exhibit,
    child: Child,
    limits: Limits,
    network: SyntheticVideo | PublishedVideo,
    faces: Faces,
    anchors: str = "",
    reel: Reel | None = None,
    tell: Tell | None = None,
) -> Viewed:
    """Look through a video.

    Parameters
    ----------
    exhibit : Exhibit
        A video by content.
    child : Child
        Decodes it.
    limits : Limits
        Those that begin with ``video_``.
    network : SyntheticVideo | PublishedVideo
        Takes the samples.
    faces : Faces
        Finds and follows faces.
    anchors : str
        Certificates in PEM whose signers of Content Credentials are trusted.
    reel : Reel | None
        What it holds, where it was looked through before.
    tell : callable
        Told what is done, how much of it is, and of how much, 0 where that is not known.

    Raises
    ------
    ExhibitRefused
        With the code of what went wrong.
    """
    if tell is not None:
        tell("looking through all of it", 0, 0)
    begun = time.monotonic()
    if reel is None:
        clip = read_clip(exhibit, child, limits, samples=network.budget.frames, watched=faces.watched)
    else:
        clip = Clip(exhibit, reel)
    clip = replace(clip, credentials=read_credentials(exhibit, child, anchors))
    reel = clip.reel
    judge = faces.judge()
    watch = Watch(reel, faces.finder(), judge, pictures=faces.pictures)
    wanted = sorted({at: [key, at] for key, at in (*reel.chosen, *reel.watched)}.values(), key=lambda each: each[1])
    # Both looks together take half as long again as one may, at the most.
    left = max(limits.video_seconds / 4, 1.5 * limits.video_seconds - (time.monotonic() - begun))
    left = min(left, limits.video_seconds)
    frames = watch.through(read_frames(clip, child, limits, chosen=wanted, seconds=left), len(wanted), tell)
    samples = network.samples(clip, frames)
    # Where the network does not apply nobody has asked for the frames yet.
    for _ in frames:
        pass
    if judge is not None:
        judge.finish()
    seen = faces.conclude(watch.tracker, watch.frames, exhibit.sha256, judge)
    return Viewed(
        (seen, VideoFile().analyze(clip), ContentCredentials().analyze(clip)),
        (SOUND, *_notes(reel), *_left_out(len(wanted) - watch.delivered, len(wanted))),
        samples,
        faces.tracks(watch.tracker, judge),
        faces.used,
        Gallery.of(watch.kept, watch.tracker.tracks, reel.rhythm.seconds, faces.heats(judge))
        if faces.pictures
        else None,
        faces.timeline(judge),
    )


class Watch:
    """Looks for faces in frames as they pass by.

    Attributes
    ----------
    tracker : Tracker
        What was seen.
    frames : int
        In how many.
    delivered : int
        Frames that came, for faces or for the network.
    kept : list of Kept
        Those frames, small, when pictures are asked for.
    """

    def __init__(self, reel: Reel, finder: FaceFinder, judge: Judge | None = None, *, pictures: bool = False) -> None:
        self._judge = judge
        self._pictures = pictures
        self.kept: list[Kept] = []
        self._chosen = {at for _, at in reel.chosen}
        self._finder = finder
        times = [reel.seconds(at) for _, at in reel.watched]
        spacing = (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else 0.0
        self.tracker = Tracker(reel.shots, spacing, still=STILL if pictures else 0)
        self.frames = self.delivered = 0

    def through(self, frames: Iterator[Frame], of: int = 0, tell: Tell | None = None) -> Iterator[Frame]:
        """Hand on those that are to be looked at closely."""
        for frame in frames:
            self.delivered += 1
            if tell is not None:
                tell("frames looked at:", self.delivered, of)
            if self._pictures:
                self.kept.append(kept(frame.t, frame.kind, frame.rgb))
            self.frames += 1
            seen = self.tracker.see(frame.t, frame.rgb, self._finder.find(frame.rgb))
            if self._judge is not None:
                self._judge.see(frame.rgb, seen)
            if frame.wanted in self._chosen:
                yield frame


def _left_out(count: int, of: int) -> Iterator[Reason]:
    if count > 0:
        words = f"{count} of the {of} frames that were chosen could not be had: damaged, or video_seconds was over"
        yield Reason("frames-left-out", words)


def _notes(reel: Reel) -> Iterator[Reason]:
    for code in reel.notes:
        if code in _NOTES:
            yield Reason(code, _NOTES[code])
        elif code.startswith("from-"):
            yield Reason(code, f"{reel.bits} bits a channel were reduced to 8")
