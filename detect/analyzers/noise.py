"""Is there a part of the picture that is noisier, or smoother, than the rest lets expect?

Question: was a part brought in from a picture with another noise, smoothed, or sprinkled with noise? The level is
compared among blocks of like brightness and like coarser detail, yet fine cloth, fur or gravel beside smooth things can
still look like another noise, and so can a sharp thing before a soft background: a finding is a hint of where to look,
no more.
"""

import numpy as np

from ..media import Picture
from ..traces.blocks import spread
from ..traces.grid import luminance
from ..traces.noise import LEAST_BLOCKS, Noise, NoisePart, noise
from ..values import Finding, Reason
from .region import LISTED, RegionAnalyzer

__all__ = ["NoiseLevel"]


class NoiseLevel(RegionAnalyzer):
    """Looks for parts with a noise of their own.

    Parameters
    ----------
    pictures : bool
        Draw where they are.
    """

    name = "noise-level"
    too_small = "too small to compare the noise of its parts"
    title = "Noise: parts that differ"
    method = "Finest diagonal detail by block of 16 pixels, against brightness and coarser detail (after Mahdian 2009)."

    def analyze(self, exhibit: Picture) -> Finding:
        """The parts that differ; the score is the distance of the farthest, in spreads, 0 when there is none."""
        if (why_not := self.applies(exhibit).why_not) is not None:
            return self.silent(why_not)
        found = noise(luminance(exhibit.rgb))
        if np.isnan(found.spread):
            words = (
                f"noise can be read in {int(found.readable.sum())} blocks of 16 pixels only, fewer than {LEAST_BLOCKS}"
                ": the picture is small, or mostly black or white"
            )
            return self.silent(Reason("too-few-blocks", words))
        words = _words(found)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=max((part.distance for part in found.parts), default=0.0),
            words=words,
            reasons=(Reason("noise-differs", words),) if found.parts else (),
            detail={
                "level": round(float(np.median(found.level[found.readable])), 3),
                "spread": round(found.spread, 4),
                "even_blocks": found.even,
                "readable": round(float(found.readable.mean()), 4),
                "parts": [_told(part) for part in found.parts[:LISTED]],
                "parts_found": len(found.parts),
            },
            picture=self.drawn(
                exhibit, lambda: spread(found.mask, *exhibit.rgb.shape[:2]), _boxes(found), words
            ),
        )


def _boxes(found: Noise) -> list[tuple[int, int, int, int]]:
    return [(part.x, part.y, part.width, part.height) for part in found.parts]


def _told(part: NoisePart) -> dict[str, object]:
    return {
        "x": part.x, "y": part.y, "width": part.width, "height": part.height, "blocks": part.blocks,
        "ratio": round(part.ratio, 3), "distance": round(part.distance, 2),
    }  # fmt: skip


def _words(found: Noise) -> str:
    if not found.parts:
        return (
            "No part is clearly noisier or smoother than its brightness and its detail let expect. Few pasted parts "
            "differ enough to show, fewer still after a coarse save."
        )
    first, number = found.parts[0], len(found.parts)
    how = (
        f"{first.ratio:.1f} times as noisy as"
        if first.ratio > 1
        else f"{100 * first.ratio:.0f} % as noisy as"
    )
    return (
        f"{number} part{'s' * (number != 1)} with another noise than the rest: the farthest is {first.width} x "
        f"{first.height} pixels at ({first.x}, {first.y}) and {how} blocks of such brightness and detail are elsewhere "
        "in the picture. A part from another picture, smoothing or added noise leaves this; so do fine textures, sharp "
        "things before a soft background, and a camera's own noise removal."
    )
