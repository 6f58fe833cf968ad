"""How much delivery has damaged a picture: an estimate of its tier.

Error rates and calibration are stated per tier, so the tier of an exhibit must be told from the exhibit alone: from its
size, from the quantisation tables it carries, and from the traces that an earlier JPEG left in its pixels (a later,
better save hides the tables but not the traces: Farid's JPEG ghosts, IEEE TIFS 2009).
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .forge.launder import Pixels, Tier

WEB_QUALITY = 75
"""Saved at less than this quality: delivered by the web."""

HARD_QUALITY = 50
"""Saved at less than this quality: badly damaged."""

WEB_LONGEST = 400
"""A longer side below this, in pixels, is a thumbnail: `web` at best."""

WINDOW = 384
"""Traces of an earlier JPEG are looked for in a square of this side in the middle, in pixels."""

GHOST_DEPTH = 0.6
"""An earlier quality counts when saving at it changes the picture less than this share of what its neighbours say."""

_QUALITIES = tuple(range(25, 96, 5))

# The luminance table of the JPEG standard (ITU-T T.81, annex K), row by row.
_STANDARD = np.array([
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class TierEstimate:
    """The tier of an exhibit and what it was told from.

    Attributes
    ----------
    tier
        `clean`, `web` or `hard`.
    longest
        Longer side, in pixels.
    saved_quality
        Quality of the last save by its quantisation table, 1..100; None when it is no JPEG.
    earlier_quality
        Quality of an earlier, worse save by the traces in the pixels, 25..95; None when there are none.
    """

    tier: Tier
    longest: int
    saved_quality: int | None
    earlier_quality: int | None


def estimate(rgb: Pixels, tables: Mapping[int, Sequence[int]] | None = None) -> TierEstimate:
    """Tell the tier of a picture.

    Parameters
    ----------
    rgb
        Picture, (height, width, 3), 0..255.
    tables
        Quantisation tables of the file by number, 64 entries each (any order), when it is a JPEG.

    Returns
    -------
    The same estimate for the same pixels and tables, always.
    """
    longest = max(rgb.shape[:2])
    saved = quality_of(tables[0]) if tables and 0 in tables else None
    earlier = earlier_quality(rgb)
    worst = min([quality for quality in (saved, earlier) if quality is not None], default=100)
    tier: Tier = "clean"
    if worst < HARD_QUALITY:
        tier = "hard"
    elif worst < WEB_QUALITY or longest < WEB_LONGEST:
        tier = "web"
    return TierEstimate(tier, longest, saved, earlier)


def quality_of(table: Sequence[int]) -> int:
    """The quality, 1..100, whose standard luminance table is nearest to this one.

    Only the sum of the table is looked at, so that the order of its entries and small changes by other encoders do not
    matter.
    """
    total = int(sum(table))
    sums = [int(_scaled(quality).sum()) for quality in range(1, 101)]
    return 1 + int(np.argmin(np.abs(np.array(sums) - total)))


def _scaled(quality: int) -> NDArray[np.int64]:
    factor = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.asarray(np.clip((_STANDARD * factor + 50) // 100, 1, 255), dtype=np.int64)


def earlier_quality(rgb: Pixels) -> int | None:
    """Quality of an earlier save on the same grid of 8 pixels, from the pixels alone; None when no trace is found.

    The picture is saved again at every quality from 25 to 95. At the quality of an earlier save the change is smaller
    than at the neighbouring qualities on both sides; the deepest such dip wins.
    """
    height, width = rgb.shape[:2]
    top, left = (max(0, (side - WINDOW) // 2) // 8 * 8 for side in (height, width))
    part = rgb[top : top + WINDOW, left : left + WINDOW]
    luma = np.asarray(cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    if min(luma.shape) < 64:
        return None
    change = np.array([_change(luma, quality) for quality in _QUALITIES])
    best: tuple[float, int] | None = None
    for i in range(1, len(change) - 1):
        depth = float(change[i] / max(1e-6, (change[i - 1] + change[i + 1]) / 2))
        if depth < GHOST_DEPTH and (best is None or depth < best[0]):
            best = (depth, _QUALITIES[i])
    return None if best is None else best[1]


def _change(luma: NDArray[np.uint8], quality: int) -> float:
    stream = io.BytesIO()
    Image.fromarray(luma).save(stream, "JPEG", quality=quality)
    stream.seek(0)
    with Image.open(stream) as picture:
        saved = np.asarray(picture).astype(np.float32)
    return float(np.mean((saved - luma) ** 2))
