"""A quick look at the frames of a video, small and grey: where shots change, what repeats, how frames were coded.

Runs inside the bounded child. Every frame is decoded where the budget allows, else key frames only, evenly spread.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from .opening import Bounds, Tape
from .packets import Walk
from .sampling import cuts
from .showing import small

__all__ = ["Glance", "decoded", "glance", "go", "packets"]

_MOST_KEYS = 400
_KINDS = {1: "I", 2: "P", 3: "B"}


@dataclass(slots=True)
class Glance:
    """What the quick look saw.

    Attributes
    ----------
    every : bool
        Whether every frame was looked at; else key frames only.
    seen : int
        Frames decoded.
    pts : list of int
        Their times, in ticks.
    shots : list of int
        Times at which a shot begins, the first frame's left out.
    repeats : int
        Frames that equal the one before; ``longest`` is the longest run of them.
    kinds : str
        Letters of the first 120 frames as shown: I, P, B, or ``?``.
    damaged : int
        Packets that could not be decoded.
    late : bool
        It was ended by the clock.
    first : av.VideoFrame | None
        The first frame decoded.
    """

    every: bool
    seen: int = 0
    pts: list[int] = field(default_factory=list)
    shots: list[int] = field(default_factory=list)
    repeats: int = 0
    longest: int = 0
    kinds: str = ""
    damaged: int = 0
    late: bool = False
    first: av.VideoFrame | None = None


def glance(tape: Tape, found: Walk, bounds: Bounds, begun: float) -> Glance:
    """Look at a video that was walked through already."""
    context = tape.stream.codec_context
    pixels = max(1, context.width * context.height)
    look = Glance(len(found.pts) * pixels <= bounds.decoded_pixels)
    frames = (
        _all(tape, look) if look.every else _keys(tape, found, look, max(1, bounds.decoded_pixels // pixels))
    )
    before: NDArray[np.int16] | None = None
    changes: list[float] = []
    run = 0
    for frame in frames:
        if frame.width * frame.height > bounds.frame_pixels:
            look.damaged += 1
            continue
        if look.first is None:
            look.first = frame
        here = small(frame).astype(np.int16)
        change = 0.0 if before is None else float(np.abs(here - before).mean())
        changes.append(change)
        run = run + 1 if before is not None and change == 0.0 else 0
        look.repeats += run > 0
        look.longest = max(look.longest, run)
        look.pts.append(frame.pts if frame.pts is not None else len(look.pts))
        if len(look.kinds) < 120:
            look.kinds += _KINDS.get(int(frame.pict_type), "?")
        before = here
        look.seen += 1
        if time.monotonic() - begun > bounds.seconds:
            look.late = True
            break
    look.shots = [look.pts[i] for i in cuts(np.array(changes, np.float32))]
    return look


def decoded(tape: Tape, packet: "av.Packet[VideoStream] | None", damaged: list[int]) -> list[av.VideoFrame]:
    """Frames that one packet completes; one that cannot be decoded is counted and passed over."""
    try:
        return list(tape.stream.codec_context.decode(packet))
    except (MemoryError, av.error.MemoryError):
        raise MemoryError from None
    except Exception:
        damaged[0] += 1
        return []


def packets(tape: Tape) -> "Iterator[av.Packet[VideoStream]]":
    """Packets of the stream from here on; what the demuxer stumbles over ends them."""
    try:
        for packet in tape.container.demux(tape.stream):
            if packet.size:
                yield packet
    except MemoryError:
        raise
    except Exception:
        return


def _all(tape: Tape, look: Glance) -> Iterator[av.VideoFrame]:
    _rewind(tape)
    damaged = [0]
    for packet in packets(tape):
        yield from decoded(tape, packet, damaged)
        look.damaged = damaged[0]
    yield from decoded(tape, None, damaged)


def _keys(tape: Tape, found: Walk, look: Glance, most: int) -> Iterator[av.VideoFrame]:
    """Key frames, evenly spread where there are too many; each by itself, so that nothing between is decoded."""
    damaged = [0]
    count = min(len(found.keys), most, _MOST_KEYS)
    for place in np.unique(np.linspace(0, len(found.keys) - 1, count).round().astype(int)):
        if not go(tape, int(found.keys[place])):
            continue
        packet = next(packets(tape), None)
        if packet is None:
            continue
        frames = [*decoded(tape, packet, damaged), *decoded(tape, None, damaged)]
        # Some key frames are none: what they show needs frames before them.
        yield from [frame for frame in frames if not frame.is_corrupt][:1]
        tape.stream.codec_context.flush_buffers()
        look.damaged = damaged[0]


def go(tape: Tape, pts: int) -> bool:
    """Go to the key frame at or before a time; False where the format cannot."""
    try:
        tape.container.seek(pts, stream=tape.stream, backward=True)
    except MemoryError:
        raise
    except Exception:
        return False
    tape.stream.codec_context.flush_buffers()
    return True


def _rewind(tape: Tape) -> None:
    """Go back to the first frame."""
    if not go(tape, tape.stream.start_time or 0):
        try:
            tape.container.seek(0, any_frame=True)
        except Exception:
            return
        tape.stream.codec_context.flush_buffers()
