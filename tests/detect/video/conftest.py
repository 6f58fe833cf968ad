"""Clips that PyAV makes from a photo that moves, and a child that reads them."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from assay.intake.child import Child

CODECS = {".mp4": "libx264", ".mov": "libx264", ".mkv": "libx264", ".webm": "libvpx-vp9", ".avi": "mpeg4"}


@pytest.fixture(scope="session")
def scene(photo: Image.Image) -> Callable[[int], np.ndarray]:
    """The frame of that number: a window of 256 x 240 that moves over the photo."""
    pixels = np.asarray(photo)

    def frame(number: int) -> np.ndarray:
        x, y = 2 * number % 300, number % 150
        return np.ascontiguousarray(pixels[y : y + 240, x : x + 256])

    return frame


@pytest.fixture(scope="session")
def make_clip(tmp_path_factory: pytest.TempPathFactory, scene: Callable[[int], np.ndarray]) -> Callable[..., Path]:
    """Write a clip; times are in hundredths of a second."""

    def write(
        name: str = "clip.mp4",
        *,
        pictures: list[np.ndarray] | None = None,
        times: list[int] | None = None,
        count: int = 30,
        options: dict[str, str] | None = None,
        metadata: dict[str, str] | None = None,
        container: dict[str, str] | None = None,
        turn: int = 0,
        form: str = "yuv420p",
        codec: str | None = None,
        tags: dict[str, int] | None = None,
    ) -> Path:
        path = tmp_path_factory.mktemp("clips") / name
        shown = [scene(number) for number in range(count)] if pictures is None else pictures
        at = times or [4 * number for number in range(len(shown))]
        with av.open(str(path), "w", options=container or {}) as out:
            out.metadata.update(metadata or {})
            stream: Any = out.add_stream(codec or CODECS[path.suffix], rate=25, options=options or {})
            stream.height, stream.width = shown[0].shape[:2]
            stream.pix_fmt = form
            if turn:
                stream.set_display_rotation(turn)
            stream.codec_context.time_base = Fraction(1, 100)
            for tag, value in (tags or {}).items():
                setattr(stream.codec_context, tag, value)
            for picture, time in zip(shown, at, strict=True):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=form)
                for tag, value in (tags or {}).items():
                    setattr(frame, tag, value)
                frame.pts, frame.time_base = time, Fraction(1, 100)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        return path

    return write


@pytest.fixture(scope="session")
def clip_file(make_clip: Callable[..., Path]) -> Path:
    """Thirty even frames in MP4, its index in front."""
    return make_clip(container={"movflags": "faststart"}, options={"g": "10"})


@pytest.fixture(scope="session")
def child() -> Iterator[Child]:
    """One bounded process for all tests of the session."""
    with Child() as one:
        yield one
