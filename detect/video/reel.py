"""What a video says of itself and what the quick look at it saw, checked on arrival from the bounded child."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["MOST_SAMPLES", "Boxes", "Count", "Reel", "Rhythm", "Sheet", "Sound", "Tick"]

MOST_SAMPLES = 192
"""Most frames of a video that are looked at closely."""

Count = Annotated[int, Field(ge=0)]
Tick = Annotated[int, Field(ge=-(1 << 63), lt=1 << 63)]
Wanted = Annotated[list[Annotated[list[Tick], Field(min_length=2, max_length=2)]], Field(max_length=MOST_SAMPLES)]
Line = Annotated[str, Field(max_length=2000)]


class Sheet(BaseModel):
    """Frozen, strict, without a key that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sound(Sheet):
    """A sound stream: its `codec`, samples a second (`rate`) and `seconds`, None when not stated."""

    codec: Line
    rate: Count
    seconds: float | None


class Rhythm(Sheet):
    """How frames lie in time; see :func:`assay.detect.video.packets.rhythm`."""

    frames: Count
    seconds: Annotated[float, Field(ge=0)]
    rate: float | None
    regular: float | None
    gaps: Count
    missing: Count
    same_time: Count
    longest_gap: Annotated[float, Field(ge=0)]


class Doubled(Sheet):
    """A rhythm in the sizes of frames; see :func:`assay.detect.video.packets.double`."""

    period: int | None
    strength: float


class Boxes(Sheet):
    """Boxes of an MP4 or QuickTime file; see :func:`assay.detect.video.boxes.read_boxes`."""

    order: Annotated[list[Line], Field(max_length=64)]
    edits: Annotated[list[list[list[float]]], Field(max_length=16)]
    made: Line | None
    changed: Line | None
    xmp: Annotated[str, Field(max_length=300_000)]
    manifest: bool
    whole: bool
    fragments: Count


class Reel(Sheet):
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
