"""Was a part of the picture enlarged or shrunk, and the rest not?

Question: does one part have the period that interpolation leaves, while the rest has not? What is pasted in is nearly
always made to fit. That the *whole* picture was resized is ordinary (galleries, messengers and digital zoom do it); it
is told and claims nothing.
"""

import numpy as np
from numpy.typing import NDArray

from ..media import Picture
from ..traces.grid import luminance
from ..traces.resampling import Resampled, Resampling, resampling
from ..values import Finding, Reason
from .region import LISTED, RegionAnalyzer

__all__ = ["Resizing"]


class Resizing(RegionAnalyzer):
    """Looks for parts that were resized on their own.

    Parameters
    ----------
    pictures : bool
        Draw where they are.
    """

    name = "resampling"
    least_side = 128
    too_small = "too few for the period of an interpolation to show"
    title = "Parts resized on their own"
    method = "Period of the second derivative, in step along rows and columns (after Gallagher 2005, Kirchner 2008)."

    def analyze(self, exhibit: Picture) -> Finding:
        """The parts; the score is the strength of the clearest, 0 when there is none."""
        if (why_not := self.applies(exhibit).why_not) is not None:
            return self.silent(why_not)
        found = resampling(luminance(exhibit.rgb))
        words = _words(found)
        boxes = [(part.x, part.y, part.width, part.height) for part in found.parts]
        reasons = [Reason("resampled-region", words)] if found.parts else []
        if found.frequency is not None:
            reasons.append(Reason("resampled-picture", _whole_words(found)))
        return Finding(
            self.name,
            self.proposition,
            True,
            score=max((part.strength for part in found.parts), default=0.0),
            words=words,
            reasons=tuple(reasons),
            detail={
                "frequency": None if found.frequency is None else round(found.frequency, 4),
                "strength": round(found.strength, 2),
                "factors": [round(factor, 3) for factor in found.factors],
                "window": found.side,
                "parts": [_told(part) for part in found.parts[:LISTED]],
                "parts_found": len(found.parts),
            },
            picture=self.drawn(exhibit, lambda: _mask(exhibit, boxes), boxes, words),
        )


def _mask(exhibit: Picture, boxes: list[tuple[int, int, int, int]]) -> NDArray[np.bool_]:
    mask = np.zeros(exhibit.rgb.shape[:2], np.bool_)
    for x, y, width, height in boxes:
        mask[y : y + height, x : x + width] = True
    return mask


def _told(part: Resampled) -> dict[str, object]:
    return {
        "x": part.x, "y": part.y, "width": part.width, "height": part.height, "frequency": round(part.frequency, 4),
        "factors": [round(factor, 3) for factor in part.factors], "strength": round(part.strength, 2),
        "windows": part.windows,
    }  # fmt: skip


def _percents(found: tuple[float, ...]) -> str:
    *first, last = (f"{100 * factor:.0f}" for factor in found)
    return f"{', '.join(first)} or {last} %"


def _whole_words(found: Resampling) -> str:
    return (
        f"the whole picture was resized, for instance to {_percents(found.factors)}, as galleries, messengers and "
        "digital zoom do; that is no sign of an edit"
    )


def _words(found: Resampling) -> str:
    if not found.parts:
        start = "No part has the period of an interpolation that the rest has not."
        if found.frequency is not None:
            start = f"{_whole_words(found)[:1].upper()}{_whole_words(found)[1:]}. {start}"
        return f"{start} Shrinking, turning, small parts and coarse saves leave none that could be read."
    first, number = found.parts[0], len(found.parts)
    return (
        f"{number} part{'s' * (number != 1)} with the period of an interpolation that the rest has not: the clearest "
        f"lies in {first.width} x {first.height} pixels at ({first.x}, {first.y}), and was resized to "
        f"{_percents(first.factors)} if it was. A part that was made to fit leaves this; so do patterns with the same "
        "period both ways, such as a weave or a screen, and a collage."
    )
