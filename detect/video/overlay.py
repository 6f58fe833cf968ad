"""The frames of a video that were looked at, as a video for people: faces boxed, heat map blended, time code.

It shows what was looked at and nothing between: each frame stands until the next one, at its true time. The heat map
lies on those frames that the network has seen.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ..explanation.page import INK, PAPER, font
from ..explanation.palette import diverging
from ..media import Pixels

__all__ = ["Boxed", "Heat", "Kept", "Scene", "code", "drawn", "kept"]

LONGEST = 854
"""Longer side of an overlay's picture, in pixels; a larger frame is shrunk, a small one enlarged threefold at most."""

LEAST_WIDTH = 320
"""Least width of an overlay, so that its time code can be read."""

_QUALITY = 88
_STRIP = 46
_BLEND = 0.42


@dataclass(frozen=True, slots=True)
class Kept:
    """A frame that was looked at, as JPEG: all frames of a video stay in memory until the network has spoken.

    Attributes
    ----------
    t : float
        Seconds from the first frame.
    kind : str
        ``I``, ``P``, ``B`` or ``?``.
    jpeg : bytes
        At the size of the overlay.
    factor : float
        Size of it over that of the frame.
    """

    t: float
    kind: str
    jpeg: bytes
    factor: float


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """A map over a part of a frame.

    Attributes
    ----------
    corner : numpy.ndarray
        float64 (2, 3): from the pixels of `values`, each a unit square, to pixels of the frame.
    values : numpy.ndarray
        float64 (rows, columns), -1 (blue) to 1 (orange).
    """

    corner: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Boxed:
    """A face in a frame: left, top, width, height in pixels of it, and what is written beside it."""

    box: tuple[float, float, float, float]
    words: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What lies on one frame."""

    frame: Kept
    faces: tuple[Boxed, ...] = ()
    heats: tuple[Heat, ...] = ()
    words: str = ""


def kept(t: float, kind: str, rgb: Pixels) -> Kept:
    """A frame at the size of the overlay."""
    height, width = rgb.shape[:2]
    factor = min(LONGEST / max(height, width), 3.0)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    stream = io.BytesIO()
    Image.fromarray(np.asarray(small, dtype=np.uint8)).save(stream, "JPEG", quality=_QUALITY)
    return Kept(t, kind, stream.getvalue(), factor)


def drawn(scene: Scene, timeline: Sequence[tuple[float, float]] = (), end: float = 0.0) -> Pixels:
    """One frame of the overlay, uint8 (height, width, 3), both even.

    Parameters
    ----------
    scene : Scene
        The frame and what lies on it.
    timeline : sequence of (t, score)
        Drawn below it, 0..1 over the time.
    end : float
        Of the video, in seconds.
    """
    with Image.open(io.BytesIO(scene.frame.jpeg)) as stored:
        rgb = np.asarray(stored.convert("RGB"))
    for heat in scene.heats:
        rgb = _blended(rgb, heat, scene.frame.factor)
    height, width = rgb.shape[:2]
    across = -(-max(width, LEAST_WIDTH) // 2) * 2
    sheet = Image.new("RGB", (across, -(-height // 2) * 2 + _STRIP), INK)
    sheet.paste(Image.fromarray(rgb), ((across - width) // 2, 0))
    draw = ImageDraw.Draw(sheet)
    for face in scene.faces:
        _face(draw, face, scene.frame.factor, ((across - width) // 2, 0, (across + width) // 2, height))
    _strip(draw, sheet.height - _STRIP, across, scene, timeline, end)
    return np.asarray(sheet)


def _blended(rgb: Pixels, heat: Heat, factor: float) -> Pixels:
    """Colours of a map laid over a frame, square by square; what it does not cover stays."""
    height, width = rgb.shape[:2]
    matrix = factor * heat.corner
    # From corners, which the map is told in, to the middles of pixels, which OpenCV counts in.
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    size = (width, height)
    colours = diverging(np.nan_to_num(heat.values)).astype(np.float32)
    laid = cv2.warpAffine(colours, matrix, size, flags=cv2.INTER_NEAREST)
    there = cv2.warpAffine(np.isfinite(heat.values).astype(np.float32), matrix, size, flags=cv2.INTER_NEAREST)
    mixed = rgb * (1 - _BLEND * there[..., None]) + laid * (_BLEND * there[..., None])
    return np.asarray(np.clip(np.rint(mixed), 0, 255), dtype=np.uint8)


def _face(draw: ImageDraw.ImageDraw, face: Boxed, factor: float, within: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = within
    x, y, w, h = (value * factor for value in face.box)
    x0, y0 = max(left, round(left + x)), max(top, round(top + y))
    x1, y1 = min(right - 1, round(left + x + w)), min(bottom - 1, round(top + y + h))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    # Dark and light, so that it can be seen on any ground; thick is strong, told without colour.
    draw.rectangle((x0, y0, x1, y1), outline=INK, width=5 if face.strong else 3)
    draw.rectangle((x0 + 1, y0 + 1, x1 - 1, y1 - 1), outline=PAPER, width=3 if face.strong else 1)
    long = round(draw.textlength(face.words, font=font(14))) + 8
    bx = max(left, min(x0, right - long))
    by = y0 - 20 if y0 - 20 >= top else min(y1 + 1, bottom - 20)
    draw.rectangle((bx, by, bx + long, by + 19), fill=PAPER, outline=INK)
    draw.text((bx + 4, by + 10), face.words, fill=INK, font=font(14), anchor="lm")


def _strip(
    draw: ImageDraw.ImageDraw, top: int, width: int, scene: Scene, timeline: Sequence[tuple[float, float]], end: float
) -> None:
    """Time code and words, and the scores over time with a mark where one is."""
    told = f"{code(scene.frame.t)}  frame {scene.frame.kind}"
    draw.text((8, top + 4), told, fill=PAPER, font=font(15))
    if scene.words:
        draw.text((width - 8, top + 4), scene.words, fill=PAPER, font=font(15), anchor="ra")
    base, high, long = top + _STRIP - 4, 16, width - 16
    draw.line((8, base, width - 8, base), fill=(120, 120, 128))
    over = max(end, scene.frame.t, 1e-3)
    for t, score in timeline:
        x = 8 + round(long * min(t / over, 1.0))
        draw.line((x, base, x, base - max(1, round(high * score))), fill=(240, 134, 48), width=3)
    x = 8 + round(long * scene.frame.t / over)
    draw.line((x, base - high - 2, x, base + 3), fill=PAPER, width=1)


def code(t: float) -> str:
    """Time as hours, minutes, seconds and thousandths."""
    ticks = max(0, round(t * 1000))
    return f"{ticks // 3_600_000}:{ticks // 60_000 % 60:02}:{ticks // 1000 % 60:02}.{ticks % 1000:03}"
