"""Drawn frames to a small video, by an encoder that may be had without a licence of its own."""

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av

from ..media import Pixels
from ..values import Film

__all__ = ["ENCODERS", "encoded"]

ENCODERS = (("libvpx-vp9", "webm"), ("libvpx", "webm"), ("mpeg4", "mp4"))
"""Encoders that are tried in this order, and the container of each. Those of H.264 and H.265 in the bundled FFmpeg are
of x264 and x265, which are under the GPL: not used."""

_OPTIONS = {
    "libvpx-vp9": {"crf": "32", "b": "0", "deadline": "realtime", "cpu-used": "8"},
    "libvpx": {"crf": "12", "b": "1500k", "deadline": "realtime", "cpu-used": "8"},
    "mpeg4": {"b": "3000k"},
}
_TICKS = 1000


def encoded(frames: Iterable[tuple[float, Pixels]], end: float) -> Film | None:
    """Frames as a video in which each stands until the next one.

    Parameters
    ----------
    frames : iterable of (t, rgb)
        Seconds, ascending, and uint8 (height, width, 3), all of one even size; taken one at a time.
    end : float
        When the last one ends, in seconds.

    Returns
    -------
    Film | None
        None when no encoder is at hand.
    """
    shown = [name for name in ENCODERS if _there(name[0])]
    return _coded(iter(frames), end, *shown[0]) if shown else None


def _there(encoder: str) -> bool:
    try:
        av.codec.Codec(encoder, "w")
    except av.codec.codec.UnknownCodecError:
        return False
    return True


def _coded(frames: Iterator[tuple[float, Pixels]], end: float, encoder: str, ending: str) -> Film | None:
    first = next(frames, None)
    if first is None:
        return None
    held = io.BytesIO()
    # Without the clock and the random numbers of the muxer: the same exhibit gives the same bytes.
    with av.open(held, "w", format=ending, options={"fflags": "+bitexact"}) as out:
        stream: Any = out.add_stream(encoder, rate=25, options=_OPTIONS[encoder])
        stream.height, stream.width = first[1].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        stream.codec_context.time_base = Fraction(1, _TICKS)
        last = -1
        for t, rgb in _with_end(first, frames, end):
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
            last = frame.pts = max(last + 1, round(t * _TICKS))
            frame.time_base = Fraction(1, _TICKS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return Film(held.getvalue(), ending)


def _with_end(
    first: tuple[float, Pixels], rest: Iterator[tuple[float, Pixels]], end: float
) -> Iterator[tuple[float, Pixels]]:
    """The last frame once more at the end: a player would show it for a moment only."""
    yield first
    shown = first[1]
    for t, shown in rest:
        yield t, shown
    yield end, shown
