"""What is done to a picture before it is scored: the deliveries of the tiers, and one thing at a time."""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import cv2
import numpy as np
import pillow_heif
from PIL import Image

from ..forge.launder import TIER_LAUNDERINGS, TIERS, Pixels, Tier, reencode, resaved
from ..forge.negatives import NEGATIVES

__all__ = ["AXES", "NATIVE", "Condition", "delivered", "severities"]

Change = Callable[[Pixels, np.random.Generator], Pixels]


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is done to every picture alike.

    Attributes
    ----------
    name
        ``axis-level``; what scores are remembered by.
    axis, level
        What is done, and how much of it.
    tier
        The tier whose calibrator is used; None asks the picture.
    change
        Does it; None leaves the picture as it is.
    """

    name: str
    axis: str
    level: float
    tier: Tier | None
    change: Change | None

    def apply(self, rgb: Pixels, sha256: str) -> Pixels:
        """The picture afterwards; the same for the same picture, whose hash decides what chance decides."""
        if self.change is None:
            return rgb
        seed = hashlib.sha256(f"{self.name}\0{sha256}".encode()).digest()
        return np.ascontiguousarray(self.change(rgb, np.random.default_rng(list(seed))))


NATIVE: Final = Condition("native", "native", 0.0, None, None)
"""The file as it comes: its tier is told from its pixels and tables, as `assay detect` does."""


def delivered() -> tuple[Condition, ...]:
    """The fixed delivery of each tier, which cards are measured with."""
    return tuple(
        Condition(tier, "tier", float(number), tier, _fixed(TIER_LAUNDERINGS[tier].apply))
        for number, tier in enumerate(TIERS)
    )


def severities() -> tuple[Condition, ...]:
    """One axis after the other, from mild to severe."""
    return tuple(
        Condition(f"{axis}-{level:g}", axis, level, None, partial(change, level))
        for axis, (change, levels) in AXES.items()
        for level in levels
    )


def _fixed(change: Callable[[Pixels], Pixels]) -> Change:
    return lambda rgb, rng: change(rgb)


def _jpeg(quality: float, rgb: Pixels, rng: np.random.Generator) -> Pixels:
    return reencode(rgb, int(quality))


def _webp(quality: float, rgb: Pixels, rng: np.random.Generator) -> Pixels:
    return resaved(rgb, "WEBP", quality=int(quality), method=4)


def _heic(quality: float, rgb: Pixels, rng: np.random.Generator) -> Pixels:
    stream = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(rgb)).save(stream, quality=int(quality))
    opened = pillow_heif.open_heif(stream.getvalue(), convert_hdr_to_8bit=True)
    return np.array(opened.to_pillow().convert("RGB"), dtype=np.uint8)


def _resize(factor: float, rgb: Pixels, rng: np.random.Generator) -> Pixels:
    size = (max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor)))
    kernel = Image.Resampling.LANCZOS if factor < 1 else Image.Resampling.BICUBIC
    return np.array(Image.fromarray(rgb).resize(size, kernel), dtype=np.uint8)


def _blur(sigma: float, rgb: Pixels, rng: np.random.Generator) -> Pixels:
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), sigma), dtype=np.uint8)


def _noise(sigma: float, rgb: Pixels, rng: np.random.Generator) -> Pixels:
    drawn = rng.standard_normal(rgb.shape, dtype=np.float32) * np.float32(sigma)
    return np.asarray(np.clip(np.rint(rgb + drawn), 0, 255), dtype=np.uint8)


def _crop(share: float, rgb: Pixels, rng: np.random.Generator) -> Pixels:
    height, width = (max(1, round(side * share)) for side in rgb.shape[:2])
    top, left = (rgb.shape[0] - height) // 2, (rgb.shape[1] - width) // 2
    return rgb[top : top + height, left : left + width]


def _screenshot(turns: float, rgb: Pixels, rng: np.random.Generator) -> Pixels:
    for _ in range(int(turns)):
        rgb = NEGATIVES["screenshot"].apply(rgb, rng)
    return rgb


def _resave(times: float, rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Saved again and again, each time off the grid of the last save."""
    for turn in range(int(times)):
        rgb = reencode(np.ascontiguousarray(rgb[1:, 1:] if turn else rgb), 80)
    return rgb


AXES: Final[
    Mapping[str, tuple[Callable[[float, Pixels, np.random.Generator], Pixels], tuple[float, ...]]]
] = {
    "jpeg": (_jpeg, (95, 90, 80, 70, 60, 50, 40, 30)),
    "webp": (_webp, (90, 70, 50, 30)),
    "heic": (_heic, (80, 50, 30)),
    "resize": (_resize, (0.25, 0.5, 0.75, 1.5, 2.0)),
    "blur": (_blur, (0.5, 1.0, 2.0)),
    "noise": (_noise, (2, 5, 10, 20)),
    "crop": (_crop, (0.9, 0.7, 0.5)),
    "screenshot": (_screenshot, (1, 2)),
    "re-encode": (_resave, (2, 3, 5)),
}
"""By axis: what is done, and its levels. Quality of JPEG, WebP and HEIC; factor on both sides; sigma in pixels, in grey
levels; share of both sides that is kept; number of screenshots, of saves at quality 80."""
