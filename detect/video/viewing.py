"""A video made ready for the network: looked through in a child, told about, sampled frame by frame."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...intake.child import Child
from ...intake.exhibit import Exhibit
from ...intake.limits import Limits
from ..analyzers.credentials import ContentCredentials
from ..analyzers.syntheticvideo import SyntheticVideo
from ..analyzers.videofile import VideoFile
from ..credentials import read_credentials
from ..values import Finding, Reason
from .clip import Reel, read_clip, read_frames
from .samples import ClipSamples

__all__ = ["SOUND", "Viewed", "view"]

SOUND = Reason(
    "sound-not-assessed",
    "sound was not assessed: a cloned or exchanged voice over genuine pictures would not be noticed",
)
"""What every verdict on a video says."""

# What was done to a video, or left out, where it bears on the answer.
_NOTES = {
    "tone-mapped": "made for bright screens: its tones were mapped to those of a common one before it was assayed",
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
    """

    findings: tuple[Finding, ...]
    notes: tuple[Reason, ...]
    samples: ClipSamples


def view(
    exhibit: Exhibit, child: Child, limits: Limits, network: SyntheticVideo, anchors: str = ""
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
    network : SyntheticVideo
        Takes the samples.
    anchors : str
        Certificates in PEM whose signers of Content Credentials are trusted.

    Raises
    ------
    ExhibitRefused
        With the code of what went wrong.
    """
    clip = read_clip(exhibit, child, limits, samples=network.budget.frames)
    clip = replace(clip, credentials=read_credentials(exhibit, child, anchors))
    frames = read_frames(clip, child, limits) if network.applies(clip).applies else iter(())
    return Viewed(
        (VideoFile().analyze(clip), ContentCredentials().analyze(clip)),
        (SOUND, *_notes(clip.reel)),
        network.samples(clip, frames),
    )


def _notes(reel: Reel) -> Iterator[Reason]:
    for code in reel.notes:
        if code in _NOTES:
            yield Reason(code, _NOTES[code])
        elif code.startswith("from-"):
            yield Reason(code, f"{reel.bits} bits a channel were reduced to 8")
