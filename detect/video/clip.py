"""A video as it came out of the bounded child and was checked on arrival: its facts, and frames when asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from ...intake.child import Child
from ...intake.exhibit import Exhibit
from ...intake.frames import Reply
from ...intake.limits import DEFAULT, Limits
from ...intake.refusals import DecoderMisbehaved, ExhibitRefused
from ..credentials import Credentials
from ..media import Pixels

__all__ = ["MOST_SAMPLES", "Clip", "Frame", "Reel", "read_clip", "read_frames"]

_SURVEYOR = "assay.detect.video.decoding:survey"
_DECODER = "assay.detect.video.decoding:frames"

MOST_SAMPLES = 192
"""Most frames of a video that are looked at closely."""

_BATCH_PIXELS = 64_000_000
"""Pixels that are asked for at a time: what bounds the memory of the parent, whatever the length."""

Count = Annotated[int, Field(ge=0)]
Tick = Annotated[int, Field(ge=-(1 << 63), lt=1 << 63)]
Wanted = Annotated[list[Annotated[list[Tick], Field(min_length=2, max_length=2)]], Field(max_length=MOST_SAMPLES)]
Line = Annotated[str, Field(max_length=2000)]


class _Sheet(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sound(_Sheet):
    """A sound stream: its `codec`, samples a second (`rate`) and `seconds`, None when not stated."""

    codec: Line
    rate: Count
    seconds: float | None


class Rhythm(_Sheet):
    """How frames lie in time; see :func:`assay.detect.video.packets.rhythm`."""

    frames: Count
    seconds: Annotated[float, Field(ge=0)]
    rate: float | None
    regular: float | None
    gaps: Count
    missing: Count
    same_time: Count
    longest_gap: Annotated[float, Field(ge=0)]


class Doubled(_Sheet):
    """A rhythm in the sizes of frames; see :func:`assay.detect.video.packets.double`."""

    period: int | None
    strength: float


class Boxes(_Sheet):
    """Boxes of an MP4 or QuickTime file; see :func:`assay.detect.video.boxes.read_boxes`."""

    order: Annotated[list[Line], Field(max_length=64)]
    edits: Annotated[list[list[list[float]]], Field(max_length=16)]
    made: Line | None
    changed: Line | None
    xmp: Annotated[str, Field(max_length=300_000)]
    manifest: bool
    whole: bool
    fragments: Count


class Reel(_Sheet):
    """Everything that the file says, and what the quick look at its frames saw.

    Attributes
    ----------
    media, container, codec, profile, pixel_format : str
        Sniffed type, demuxer, coding of the pictures.
    bits : int
        A channel.
    width, height : int
        Of a frame as shown, in pixels; ``turn`` is by how many degrees, counter-clockwise, it is turned for that.
    transfer : str
        ``standard``, ``pq`` or ``hlg``.
    tick : float
        Seconds a tick; ``start`` is the tick of the first frame.
    rate_stated, rate_base : float | None
        Frames a second, as the container says on average and as its finest.
    rhythm : Rhythm
        How they really lie.
    promised, walked : int
        Frames that the index names (0 when it names none), and that are there.
    bytes : int
        Of the coded pictures.
    corrupt, damaged : int
        Packets that the demuxer calls damaged; that could not be decoded.
    trouble : str
        What ended the reading early; empty when nothing did.
    every : bool
        Whether every frame was looked at quickly; else key frames only. ``seen`` of them, until ``seen_until`` seconds.
    repeats, longest_repeat : int
        Frames that look the same as the one before, and most of them in a row.
    kinds : str
        I, P or B of the first frames as shown.
    keys : int
        Frames that need no other; ``key_steps``: distances between them in frames, ascending, thinned out to 64.
    reordered : bool
        Whether frames are coded in another order than shown.
    double : Doubled | None
        Trace of an earlier coding; None where it was not looked for.
    shots : list of float
        Seconds at which the shot changes.
    chosen, watched : list of [key, tick]
        Frames to look at closely, and frames to look for faces in.
    sound : list of Sound
        At most 8.
    streams, videos : int
        In the file.
    texts : dict
        Metadata of the file and its streams, and what encoders left in the first packets.
    boxes : Boxes | None
        For MP4 and QuickTime.
    notes : list of str
        Codes of what was done and what was left out.
    """

    media: Line
    container: Line
    codec: Line
    profile: Line
    pixel_format: Line
    bits: Annotated[int, Field(ge=1, le=64)]
    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]
    turn: int
    transfer: Line
    tick: Annotated[float, Field(gt=0)]
    start: Tick
    rate_stated: float | None
    rate_base: float | None
    rhythm: Rhythm
    promised: Count
    walked: Count
    bytes: Count
    corrupt: Count
    damaged: Count
    trouble: Line
    every: bool
    seen: Count
    seen_until: float
    repeats: Count
    longest_repeat: Count
    kinds: Annotated[str, Field(max_length=120)]
    keys: Count
    key_steps: Annotated[list[Count], Field(max_length=64)]
    reordered: bool
    double: Doubled | None
    shots: Annotated[list[float], Field(max_length=512)]
    chosen: Wanted
    watched: Wanted
    sound: Annotated[list[Sound], Field(max_length=8)]
    streams: Count
    videos: Count
    texts: Annotated[dict[str, Line], Field(max_length=64)]
    boxes: Boxes | None
    notes: Annotated[list[Line], Field(max_length=16)]

    def seconds(self, tick: int) -> float:
        """Time of a tick from the first frame on."""
        return (tick - self.start) * self.tick


class _Delivered(_Sheet):
    tick: Tick
    wanted: Tick
    kind: Annotated[str, Field(pattern="^[IPB?]$")]


class _Delivery(_Sheet):
    frames: Annotated[list[_Delivered], Field(max_length=MOST_SAMPLES)]
    damaged: Count
    short: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a video.

    Attributes
    ----------
    t : float
        Seconds from the first frame, by the time that the file states for it.
    wanted : int
        The tick that was asked for.
    kind : str
        How it was coded: ``I``, ``P``, ``B`` or ``?``.
    rgb : numpy.ndarray
        uint8 (height, width, 3), sRGB, upright.
    """

    t: float
    wanted: int
    kind: str
    rgb: Pixels


@dataclass(frozen=True, slots=True)
class Clip:
    """A video exhibit.

    Attributes
    ----------
    exhibit : Exhibit
        Where it comes from.
    reel : Reel
        What it holds.
    credentials : Credentials | None
        Content Credentials, verified; None when they were not looked for.
    """

    exhibit: Exhibit
    reel: Reel
    credentials: Credentials | None = None

    @property
    def facts(self) -> Reel:
        """The same as `reel`."""
        return self.reel


def read_clip(exhibit: Exhibit, child: Child, limits: Limits = DEFAULT, *, samples: int = 12, watched: int = 0
) -> Clip:
    """Have a child look through a video.

    Parameters
    ----------
    exhibit : Exhibit
        A video by content.
    child : Child
        The bounded process that does it.
    limits : Limits
        Those that begin with ``video_``.
    samples : int
        Frames to choose for a closer look, 1 to 64.
    watched : int
        Frames to choose to look for faces in, 0 to 128.

    Raises
    ------
    ExhibitRefused
        With the code of what went wrong; the child can be used again.
    """
    counts = {"samples": min(samples, 64), "watched": min(watched, 128)}
    reply = _call(exhibit, child, _SURVEYOR, bounds=_bounds(limits), **counts)
    try:
        return Clip(exhibit, Reel.model_validate(dict(reply.meta)))
    except ValidationError as error:
        raise _malformed(error) from None


def read_frames(
    clip: Clip, child: Child, limits: Limits = DEFAULT, *, chosen: Sequence[Sequence[int]] | None = None
) -> Iterator[Frame]:
    """The chosen frames of a video, in order, a few at a time.

    Frames that cannot be had any more (damaged, or behind a limit) are left out; every frame states its own time.

    Parameters
    ----------
    clip : Clip
        From :func:`read_clip`.
    child, limits
        As there.
    chosen : sequence of [key, tick], optional
        Others than those of the clip.

    Raises
    ------
    ExhibitRefused
        When the child died, or took too long over a batch that came first; later batches that fail end the frames.
    """
    reel = clip.reel
    wanted = list(reel.chosen if chosen is None else chosen)
    batch = max(1, min(32, _BATCH_PIXELS // (reel.width * reel.height)))
    edges = [*range(0, len(wanted), batch), len(wanted)]
    for begin, end in pairwise(edges):
        try:
            reply = _call(clip.exhibit, child, _DECODER, bounds=_bounds(limits), wanted=wanted[begin:end])
        except DecoderMisbehaved:
            raise
        except ExhibitRefused:
            if begin == 0:
                raise
            return
        yield from _checked(reply, reel)


def _checked(reply: Reply, reel: Reel) -> Iterator[Frame]:
    try:
        delivery = _Delivery.model_validate(dict(reply.meta))
    except ValidationError as error:
        raise _malformed(error) from None
    for place, told in enumerate(delivery.frames):
        rgb = reply.arrays.get(str(place))
        if rgb is None or rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not rgb.size:
            raise DecoderMisbehaved("the decoder's frames do not fit its facts: treat the file as hostile")
        yield Frame(reel.seconds(told.tick), told.wanted, told.kind, rgb)


def _call(exhibit: Exhibit, child: Child, function: str, **params: JsonValue | Any) -> Reply:
    media = exhibit.require_media()
    with exhibit.descriptor() as descriptor:
        return child.call(function, descriptor=descriptor, media=media.name, **params)


def _bounds(limits: Limits) -> dict[str, Any]:
    return {
        "streams": limits.video_streams,
        "packets": limits.video_packets,
        "frame_pixels": limits.video_frame_pixels,
        "decoded_pixels": limits.video_decoded_pixels,
        "read_bytes": limits.video_read_bytes,
        "seconds": limits.video_seconds,
    }


def _malformed(error: ValidationError) -> DecoderMisbehaved:
    first = error.errors(include_url=False, include_input=False)[0]
    return DecoderMisbehaved(
        f"the decoder's facts are malformed at {first['loc']}: treat the file as hostile"
    )
