"""A video as it came out of the bounded child and was checked on arrival: its facts, and frames when asked for."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import Field, JsonValue, ValidationError

from ...intake.child import Child
from ...intake.exhibit import Exhibit
from ...intake.frames import Reply
from ...intake.limits import DEFAULT, Limits
from ...intake.refusals import DecoderMisbehaved, ExhibitRefused
from ..credentials import Credentials
from ..media import Pixels
from .reel import MOST_SAMPLES, Count, Reel, Sheet, Tick

__all__ = ["Clip", "Frame", "read_clip", "read_frames"]

_SURVEYOR = "assay.detect.video.decoding:survey"
_DECODER = "assay.detect.video.decoding:frames"

_BATCH_PIXELS = 64_000_000
"""Pixels that are asked for at a time: what bounds the memory of the parent, whatever the length."""

class _Delivered(Sheet):
    tick: Tick
    wanted: Tick
    kind: Annotated[str, Field(pattern="^[IPB?]$")]


class _Delivery(Sheet):
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
    clip: Clip,
    child: Child,
    limits: Limits = DEFAULT,
    *,
    chosen: Sequence[Sequence[int]] | None = None,
    seconds: float | None = None,
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
    seconds : float, optional
        Wall time after which what is left is left out; by default ``video_seconds``.

    Raises
    ------
    ExhibitRefused
        When the child died, or took too long over a batch that came first; later batches that fail end the frames.
    """
    reel = clip.reel
    wanted = list(reel.chosen if chosen is None else chosen)
    batch = max(1, min(32, _BATCH_PIXELS // (reel.width * reel.height)))
    edges = [*range(0, len(wanted), batch), len(wanted)]
    left = limits.video_seconds if seconds is None else seconds
    for begin, end in pairwise(edges):
        begun = time.monotonic()
        if left <= 0.0:
            return
        try:
            bounds = _bounds(limits) | {"seconds": left}
            reply = _call(clip.exhibit, child, _DECODER, bounds=bounds, wanted=wanted[begin:end])
        except DecoderMisbehaved:
            raise
        except ExhibitRefused:
            if begin == 0:
                raise
            return
        left -= time.monotonic() - begun
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
