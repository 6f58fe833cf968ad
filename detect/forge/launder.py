"""What delivery does to a picture: resizing and JPEG, as named chains that are deterministic by seed.

The same chains launder both classes in training, in validation and in the stability test, so that no step of the
delivery can tell the classes apart.
"""

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Tier = Literal["clean", "web", "hard"]
Pixels = NDArray[np.uint8]

TIERS: tuple[Tier, ...] = ("clean", "web", "hard")

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
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", quality=quality, subsampling=0 if full_colour else 2)
    stream.seek(0)
    with Image.open(stream) as picture:
        return np.asarray(picture.convert("RGB"))


@dataclass(frozen=True, slots=True)
class Laundering:
    """One chain: shrink, then JPEG.

    Attributes
    ----------
    name
        What reports and tables call it.
    quality
        JPEG quality of the last save, 1..100.
    longest
        Pictures with a longer side are shrunk to it, in pixels; None leaves the size alone.
    scale
        Factor on both sides before `longest` is looked at, 0..1.
    smallest
        The factor never makes the shorter side smaller than this, in pixels.
    kernel
        Resampling kernel.
    full_colour
        JPEG with 4:4:4 colour instead of 4:2:0.
    """

    name: str
    quality: int
    longest: int | None = None
    scale: float = 1.0
    smallest: int = 224
    kernel: Kernel = "lanczos"
    full_colour: bool = False

    def apply(self, rgb: Pixels) -> Pixels:
        """Launder one picture, (height, width, 3), 0..255; the result may be smaller."""
        height, width = rgb.shape[:2]
        factor = min(1.0, max(self.scale, self.smallest / min(height, width)))
        if self.longest is not None:
            factor = min(factor, self.longest / max(height, width))
        if factor < 1.0:
            size = (max(1, round(width * factor)), max(1, round(height * factor)))
            rgb = np.asarray(Image.fromarray(rgb).resize(size, _KERNELS[self.kernel]))
        return reencode(rgb, self.quality, full_colour=self.full_colour)


TIER_LAUNDERINGS: dict[Tier, Laundering] = {
    "clean": Laundering("clean", quality=96),
    "web": Laundering("web", quality=60, longest=768),
    "hard": Laundering("hard", quality=40, longest=512),
}
"""How validation delivers a picture in each tier: everything is saved alike, `clean` as well."""

_QUALITIES: dict[Tier, tuple[int, int]] = {"clean": (90, 98), "web": (52, 74), "hard": (30, 50)}
_SCALES: dict[Tier, tuple[float, float]] = {"clean": (0.8, 1.0), "web": (0.6, 1.0), "hard": (0.55, 1.0)}
_SHRUNK: dict[Tier, float] = {"clean": 0.1, "web": 0.5, "hard": 0.5}


def random_laundering(tier: Tier, rng: np.random.Generator) -> Laundering:
    """Draw one chain of a tier for training.

    Half of the draws of `web` and `hard` keep the size, because delivery shrinks only pictures that are larger than its
    limit; `clean` is rarely shrunk, since shrinking wipes out what a decoder leaves in the pixels.
    """
    low, high = _QUALITIES[tier]
    quality = int(rng.integers(low, high + 1))
    scale = float(rng.uniform(*_SCALES[tier]))
    resize = bool(rng.random() < _SHRUNK[tier])
    kernels: tuple[Kernel, ...] = ("bilinear", "bicubic", "lanczos", "box")
    kernel = kernels[int(rng.integers(len(kernels)))]
    full_colour = bool(rng.random() < 0.2)
    return Laundering(tier, quality, scale=scale if resize else 1.0, kernel=kernel, full_colour=full_colour)
