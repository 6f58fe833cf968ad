"""Short films of training pictures: a window that moves over a picture, coded as videos are, and its frames again.

A photo and a generated picture go through the same draws of movement, size, codec and quality, so that neither the
movement nor the coding can tell the classes apart. What a video codec does to a frame is in them; what a camera or a
video generator does from frame to frame is not.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import av
import cv2
import numpy as np

from .launder import Pixels

__all__ = ["CODECS", "LEAST", "Shooting", "coded", "drawn", "film"]

LEAST = 240
"""Least side of a frame, in pixels: room for a crop of 224."""

LENGTH = 12
"""Frames of a film."""

Codec = Literal["h264", "hevc", "vp9", "mpeg4"]

CODECS: dict[Codec, tuple[str, str, tuple[int, int]]] = {
    "h264": ("libx264", "mp4", (18, 36)),
    "hevc": ("libx265", "mp4", (20, 38)),
    "vp9": ("libvpx-vp9", "webm", (24, 46)),
    "mpeg4": ("mpeg4", "mp4", (3, 14)),
}
"""Encoder, container and range of the quality in the encoder's own scale, finest first."""

_SHARES: tuple[tuple[Codec, float], ...] = (("h264", 0.5), ("hevc", 0.2), ("vp9", 0.2), ("mpeg4", 0.1))
_KERNELS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
_TWICE = 0.3
_SHRUNK = 0.5
_BY_WHOLE_PIXELS = 0.5


@dataclass(frozen=True, slots=True)
class Shooting:
    """How a film is made.

    Attributes
    ----------
    codec : str
        One of :data:`CODECS`.
    quality : int
        In the scale of its encoder, lower is finer.
    scale : float
        Of the picture before it is filmed, 0..1.
    step : (float, float)
        Pixels by which the window moves from frame to frame; whole ones move without resampling.
    zoom : float
        Factor by which a frame is enlarged against the one before.
    kernel : int
        Of OpenCV, for moves by parts of a pixel.
    before : int | None
        Quality of an H.264 coding that came first, as of a camera whose film is sent on; None for none.
    """

    codec: Codec
    quality: int
    scale: float
    step: tuple[float, float]
    zoom: float
    kernel: int
    before: int | None


def drawn(name: str, seed: int) -> Shooting:
    """The shooting of that name: a photo and its twin are given one name."""
    rng = np.random.default_rng(list(hashlib.sha256(f"{seed}\0film\0{name}".encode()).digest()))
    codec = _SHARES[int(rng.choice(len(_SHARES), p=[share for _, share in _SHARES]))][0]
    low, high = CODECS[codec][2]
    step = (float(rng.uniform(-1.8, 1.8)), float(rng.uniform(-1.2, 1.2)))
    whole = bool(rng.random() < _BY_WHOLE_PIXELS)
    return Shooting(
        codec,
        int(rng.integers(low, high + 1)),
        float(rng.uniform(0.62, 1.0)) if rng.random() < _SHRUNK else 1.0,
        (float(round(step[0])), float(round(step[1]))) if whole else step,
        1.0 if whole else float(rng.uniform(0.997, 1.003)),
        int(_KERNELS[rng.integers(len(_KERNELS))]),
        int(rng.integers(17, 25)) if rng.random() < _TWICE else None,
    )


def film(rgb: Pixels, shooting: Shooting, taken: Sequence[int]) -> list[Pixels]:
    """Frames of a film of a picture, uint8 (height, width, 3), those of the numbers `taken`.

    Empty when the picture is too small for a frame.
    """
    factor = max(shooting.scale, LEAST / min(rgb.shape[:2]))
    if factor < 1.0:
        size = (round(rgb.shape[1] * factor), round(rgb.shape[0] * factor))
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if min(rgb.shape[:2]) < LEAST:
        return []
    frames = _moved(rgb, shooting)
    if shooting.before is not None:
        frames = coded(frames, "h264", shooting.before)
    shown = coded(frames, shooting.codec, shooting.quality)
    return [shown[number] for number in taken]


def _moved(rgb: Pixels, shooting: Shooting) -> list[Pixels]:
    height, width = rgb.shape[:2]
    # Even sides, as 4:2:0 wants them, and room to move where there is some.
    across, down = ((max(LEAST, side - 24) // 2) * 2 for side in (width, height))
    frames = []
    for number in range(LENGTH):
        at = number - (LENGTH - 1) / 2
        x = float(np.clip((width - across) / 2 + at * shooting.step[0], 0, width - across))
        y = float(np.clip((height - down) / 2 + at * shooting.step[1], 0, height - down))
        zoom = shooting.zoom**at
        if zoom == 1.0 and shooting.step[0].is_integer() and shooting.step[1].is_integer():
            part = rgb[int(y) : int(y) + down, int(x) : int(x) + across]
        else:
            # From the picture to a frame, about the middle of the frame.
            to = [[zoom, 0, (1 - zoom) * across / 2 - zoom * x], [0, zoom, (1 - zoom) * down / 2 - zoom * y]]
            how, edge = shooting.kernel, cv2.BORDER_REFLECT_101
            part = np.asarray(
                cv2.warpAffine(rgb, np.array(to), (across, down), flags=how, borderMode=edge), dtype=np.uint8
            )
        frames.append(np.ascontiguousarray(part))
    return frames


def coded(frames: Sequence[Pixels], codec: Codec, quality: int) -> list[Pixels]:
    """Frames after one coding."""
    encoder, container, _ = CODECS[codec]
    stream_ = io.BytesIO()
    with av.open(stream_, "w", format=container) as out:
        stream: Any = out.add_stream(encoder, rate=25, options=_options(codec, quality))
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        if codec == "mpeg4":
            stream.codec_context.qmin = stream.codec_context.qmax = quality
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    stream_.seek(0)
    with av.open(stream_, "r") as back:
        back.streams.video[0].codec_context.thread_count = 1
        return [np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8) for frame in back.decode(video=0)]


def _options(codec: Codec, quality: int) -> dict[str, str]:
    return {
        "h264": {"crf": str(quality), "preset": "veryfast"},
        "hevc": {"crf": str(quality), "preset": "ultrafast", "x265-params": "log-level=none:pools=1"},
        "vp9": {"crf": str(quality), "b": "0", "deadline": "good", "cpu-used": "5"},
        "mpeg4": {"flags": "+qscale"},
    }[codec]
