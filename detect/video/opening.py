"""A video opened so that FFmpeg reads this one file and nothing else. Runs inside the bounded child.

The demuxer is the one of the sniffed type, the decoders are those of a list, and the only bytes that can be had are
those of the descriptor: whatever else a file names (a playlist's segments, a track kept elsewhere) is refused.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from ...intake.refusals import (
    DamagedExhibit,
    NoVideoStream,
    TooManyPixels,
    TruncatedExhibit,
    UnknownMediaType,
)

__all__ = ["DECODERS", "Bounds", "Source", "Tape", "open_tape"]

_DEMUXERS = {
    "mp4": "mov", "mov": "mov", "matroska": "matroska", "webm": "matroska", "avi": "avi", "flv": "flv", "asf": "asf",
    "ogg": "ogg",
}  # fmt: skip
DECODERS = (
    "h264", "hevc", "libdav1d", "av1", "vp8", "vp9", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "prores", "h263",
    "h263p", "theora", "flv", "wmv1", "wmv2", "wmv3", "vc1", "msmpeg4", "msmpeg4v2", "dvvideo", "dnxhd", "ffv1",
    "huffyuv", "rawvideo", "vp6", "vp6f",
)  # fmt: skip
"""Decoders that may run; a file cannot choose a rarer, weaker one."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that one call may cost; see :class:`assay.intake.limits.Limits` for each by its name there."""

    streams: int
    packets: int
    frame_pixels: int
    decoded_pixels: int
    read_bytes: int
    seconds: float


class Source:
    """The bytes of one open file, as FFmpeg wants to have them; it counts what it hands out.

    Attributes
    ----------
    size : int
        Of the file, in bytes.
    spent : int
        Bytes handed out so far; beyond the bound it behaves as if the file ended.
    """

    def __init__(self, descriptor: int, most: int) -> None:
        self._descriptor = descriptor
        self._most = most
        self._at = 0
        self.size = os.fstat(descriptor).st_size
        self.spent = 0

    def read(self, count: int) -> bytes:
        """Up to `count` bytes from here on."""
        part = os.pread(self._descriptor, max(0, min(count, self._most - self.spent)), self._at)
        self._at += len(part)
        self.spent += len(part)
        return part

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to an offset, as files do."""
        place = offset + (0, self._at, self.size)[whence]
        if place < 0:
            raise OSError("before the beginning")
        self._at = place
        return place

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at


@dataclass(slots=True)
class Tape:
    """An open video and the stream of it that is looked at.

    Attributes
    ----------
    container : InputContainer
        To be closed.
    stream : VideoStream
        The first that shows more than a cover.
    source : Source
        Its bytes.
    named : list of str
        Other places that the file asked for; none of them was opened.
    """

    container: InputContainer
    stream: VideoStream
    source: Source
    named: list[str]


def open_tape(descriptor: int, media: str, bounds: Bounds) -> Tape:
    """Open a video.

    Parameters
    ----------
    descriptor : int
        Open file; its position is not touched.
    media : str
        Sniffed media type; the only demuxer that is tried.
    bounds : Bounds
        Streams, pixels of a frame, bytes.

    Raises
    ------
    UnknownMediaType, TruncatedExhibit, DamagedExhibit, NoVideoStream, TooManyPixels
        In this order.
    """
    demuxer = _mpeg(descriptor) if media == "mpeg" else _DEMUXERS.get(media)
    if demuxer is None:
        raise UnknownMediaType(f"no demuxer for {media}")
    source = Source(descriptor, bounds.read_bytes)
    named: list[str] = []

    def refuse(url: str, flags: int, options: Mapping[str, Any]) -> Any:
        named.append(url)
        raise PermissionError(url)

    av.logging.set_level(None)
    try:
        container = av.open(
            source,
            mode="r",
            format=demuxer,
            metadata_errors="replace",
            io_open=refuse,
            buffer_size=1 << 16,
            container_options={
                "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2" if demuxer == "mov" else _long_name(demuxer),
                "protocol_whitelist": "none",
                "codec_whitelist": ",".join(DECODERS),
                "enable_drefs": "0",
                "max_streams": str(bounds.streams),
                "probesize": str(4 << 20),
                "analyzeduration": "4000000",
            },
            options={"max_pixels": str(bounds.frame_pixels), "threads": "1"},
        )
    except MemoryError:
        raise
    except Exception as error:
        raise _refused(error, named) from None
    try:
        return Tape(container, _stream(container, bounds), source, named)
    except BaseException:
        container.close()
        raise


def _stream(container: InputContainer, bounds: Bounds) -> VideoStream:
    found = [one for one in container.streams.video if not _cover(one)]
    if not found:
        raise NoVideoStream(
            "the file holds no moving pictures: only sound, a cover, or nothing that is known"
        )
    stream = found[0]
    context = stream.codec_context
    if context is None or context.name not in DECODERS:
        name = "unknown" if context is None else context.name
        raise NoVideoStream(
            f"its pictures are coded as {name}, which is not decoded here: hand over a copy, say so"
        )
    width, height = context.width, context.height
    if width * height > bounds.frame_pixels:
        raise TooManyPixels(
            f"the header says {width:,} x {height:,} pixels a frame, the limit video_frame_pixels is "
            f"{bounds.frame_pixels:,}: nothing was decoded; raise the limit only if you trust the file"
        )
    context.thread_count = 1
    return stream


def _cover(stream: VideoStream) -> bool:
    return bool(int(stream.disposition) & int(av.stream.Disposition.attached_pic))


def _refused(error: Exception, named: list[str]) -> DamagedExhibit | TruncatedExhibit | TooManyPixels:
    if named:
        return DamagedExhibit(
            f"the file names others ({named[0][:80]}), which are not opened: hand over those"
        )
    words = str(error)
    if "moov" in words or isinstance(error, EOFError):
        return TruncatedExhibit(
            "the index of the video is missing, as of a recording that was cut off: ask for the whole file"
        )
    return DamagedExhibit(f"the video cannot be opened ({type(error).__name__}: {words[:160]})")


def _mpeg(descriptor: int) -> str:
    head = os.pread(descriptor, 4, 0)
    return "mpeg" if head == b"\x00\x00\x01\xba" else "mpegvideo" if head == b"\x00\x00\x01\xb3" else "mpegts"


def _long_name(demuxer: str) -> str:
    return "matroska,webm" if demuxer == "matroska" else demuxer
