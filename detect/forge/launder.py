"""What delivery does to a picture: resizing, JPEG and WebP, as named chains that are deterministic by seed.

The same chains launder both classes in training, in validation and in the stability test, so that no step of the
delivery can tell the classes apart.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Tier = Literal["clean", "web", "hard"]
Pixels = NDArray[np.uint8]

TIERS: tuple[Tier, ...] = ("clean", "web", "hard")

Codec = Literal["jpeg", "webp"]

LONGEST_WEBP = 16_383
"""Longest side that a WebP file can have, in pixels; longer pictures are shrunk to it."""

_STRIP_ROWS = 512

Kernel = Literal["bilinear", "bicubic", "lanczos", "box"]
_KERNELS: dict[Kernel, Image.Resampling] = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
}


def reencode(rgb: Pixels, quality: int, *, full_colour: bool = False) -> Pixels:
    """Give a picture one JPEG life.

    Parameters
    ----------
    rgb
        Picture, (height, width, 3), 0..255.
    quality
        JPEG quality in the scale of the Independent JPEG Group, 1..100.
    full_colour
        Keep the colour planes at full size (4:4:4) instead of halving them (4:2:0).

    Returns
    -------
    The decoded picture, same shape.
    """
    return resaved(rgb, "JPEG", quality=quality, subsampling=0 if full_colour else 2)


def resaved(rgb: Pixels, form: str, **options: int) -> Pixels:
    """Save a picture, (height, width, 3), 0..255, in a format of Pillow with its options, and open it again."""
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, form, **options)
    stream.seek(0)
    # The opener of the format itself: the pixels were ours before, and a warning of their number would help nobody.
    with Image.OPEN[form][0](stream, "") as picture:
        return _pixels(picture)


def sharpened(rgb: Pixels, width: float, more: float) -> Pixels:
    """Unsharp mask: what differs from the surroundings of that width (a standard deviation) counts for so much more."""
    soft = cv2.GaussianBlur(rgb, (0, 0), width)
    return np.asarray(cv2.addWeighted(rgb, 1 + more, soft, -more, 0), dtype=np.uint8)


def _pixels(picture: Image.Image) -> Pixels:
    """The pixels of a picture as RGB, strip by strip: copies of a very large one would fill the memory."""
    rgb = np.empty((picture.height, picture.width, 3), np.uint8)
    for top in range(0, picture.height, _STRIP_ROWS):
        strip = picture.crop((0, top, picture.width, min(top + _STRIP_ROWS, picture.height)))
        rgb[top : top + strip.height] = np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB"))
    return rgb


@dataclass(frozen=True, slots=True)
class Laundering:
    """One chain: what `before` does, then shrink, then save.

    Attributes
    ----------
    name
        What reports and tables call it.
    quality
        Quality of the last save in the codec's own scale, 1..100.
    longest
        Pictures with a longer side are shrunk to it, in pixels; None leaves the size alone.
    scale
        Factor on both sides before `longest` is looked at, 0..1.
    smallest
        The factor never makes the shorter side smaller than this, in pixels.
    kernel
        Resampling kernel.
    full_colour
        JPEG with 4:4:4 colour instead of 4:2:0; WebP has 4:2:0 always.
    codec
        Format of the last save.
    before
        A delivery that the picture went through earlier, None for the first.
    """

    name: str
    quality: int
    longest: int | None = None
    scale: float = 1.0
    smallest: int = 224
    kernel: Kernel = "lanczos"
    full_colour: bool = False
    codec: Codec = "jpeg"
    before: "Laundering | None" = None

    @property
    def worst(self) -> int:
        """Lowest quality of all its saves, 1..100, whatever the codec.

        The scale of WebP is near enough to that of JPEG to tell tiers by: on 24 photos its error at 60, 75 and 90 was,
        in the median, that of a JPEG at 65, 75 and 86.
        """
        return self.quality if self.before is None else min(self.quality, self.before.worst)

    def apply(self, rgb: Pixels) -> Pixels:
        """Launder one picture, (height, width, 3), 0..255; the result may be smaller."""
        if self.before is not None:
            rgb = self.before.apply(rgb)
        height, width = rgb.shape[:2]
        factor = min(1.0, max(self.scale, self.smallest / min(height, width)))
        for limit in (self.longest, LONGEST_WEBP if self.codec == "webp" else None):
            if limit is not None:
                factor = min(factor, limit / max(height, width))
        if factor < 1.0:
            size = (max(1, round(width * factor)), max(1, round(height * factor)))
            rgb = np.asarray(Image.fromarray(rgb).resize(size, _KERNELS[self.kernel]))
        if self.codec == "webp":
            return resaved(rgb, "WEBP", quality=self.quality, method=4)
        return reencode(rgb, self.quality, full_colour=self.full_colour)


TIER_LAUNDERINGS: dict[Tier, Laundering] = {
    "clean": Laundering("clean", quality=96),
    "web": Laundering("web", quality=60, longest=768),
    "hard": Laundering("hard", quality=40, longest=512),
}
"""How validation delivers a picture in each tier: everything is saved alike, `clean` as well."""

# A messenger shrinks what is larger than a screen and saves it; forwarded by another one, it is shrunk again.
_SENT = Laundering("sent", quality=80, longest=1600, kernel="bicubic")

DELIVERIES: Mapping[Tier, tuple[Laundering, ...]] = {
    "clean": (
        Laundering("resave-80", quality=80),
        Laundering("resave-92", quality=92, full_colour=True),
        Laundering("smaller-85", quality=85, scale=0.75),
        Laundering("webp-90", quality=90, codec="webp"),
        Laundering("edited-twice", quality=90, before=Laundering("edited", quality=94)),
    ),
    "web": (
        TIER_LAUNDERINGS["web"],
        Laundering("smaller-70", quality=70, scale=0.6, kernel="bilinear"),
        Laundering("webp-70", quality=70, codec="webp"),
        Laundering("messenger", quality=70, longest=1280, kernel="bilinear", before=_SENT),
        Laundering("webp-of-jpeg", quality=68, codec="webp", before=Laundering("resave-80", quality=80)),
    ),
    "hard": (
        TIER_LAUNDERINGS["hard"],
        Laundering("webp-40", quality=40, codec="webp", longest=768),
        Laundering("forwarded", quality=45, longest=800, kernel="bilinear", before=_SENT),
    ),
}
"""Named deliveries by the tier that a picture is in afterwards; the stability test uses some of them as they are."""

_QUALITIES: dict[Tier, tuple[int, int]] = {"clean": (90, 98), "web": (52, 74), "hard": (30, 50)}
_SCALES: dict[Tier, tuple[float, float]] = {"clean": (0.8, 1.0), "web": (0.6, 1.0), "hard": (0.55, 1.0)}
_SHRUNK: dict[Tier, float] = {"clean": 0.1, "web": 0.5, "hard": 0.5}
_NAMED = 0.2
_JITTER = 3


def delivery(name: str) -> Laundering:
    """The named delivery of that name; KeyError when there is none."""
    return {one.name: one for tier in TIERS for one in DELIVERIES[tier]}[name]


def random_laundering(tier: Tier, rng: np.random.Generator) -> Laundering:
    """Draw one chain of a tier for training.

    Half of the draws of `web` and `hard` keep the size, because delivery shrinks only pictures that are larger than its
    limit; `clean` is rarely shrunk, since shrinking wipes out what a decoder leaves in the pixels. One draw in five is
    near a named delivery instead: another codec, or two saves.
    """
    low, high = _QUALITIES[tier]
    quality = int(rng.integers(low, high + 1))
    scale = float(rng.uniform(*_SCALES[tier]))
    resize = bool(rng.random() < _SHRUNK[tier])
    kernels: tuple[Kernel, ...] = ("bilinear", "bicubic", "lanczos", "box")
    kernel = kernels[int(rng.integers(len(kernels)))]
    full_colour = bool(rng.random() < 0.2)
    if rng.random() < _NAMED:
        named = DELIVERIES[tier][int(rng.integers(len(DELIVERIES[tier])))]
        return replace(named, quality=named.quality + int(rng.integers(-_JITTER, _JITTER + 1)))
    return Laundering(tier, quality, scale=scale if resize else 1.0, kernel=kernel, full_colour=full_colour)
