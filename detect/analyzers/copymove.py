"""Does a part of the picture occur in it twice, down to its grain?

Question: was something hidden, or multiplied, by copying a part of the same picture over another place? Turned and
resized copies are found as well. Things that are merely alike (chairs, windows, print) have grain of their own and are
not claimed; that no copy is found is no evidence of anything, since smooth parts have nothing to match.
"""

from ..media import Picture
from ..traces.copymove import Copies, Copy, copies
from ..traces.grid import luminance
from ..values import Finding, Reason
from .region import RegionAnalyzer

__all__ = ["CopyMove"]


class CopyMove(RegionAnalyzer):
    """Looks for parts that were copied within the picture.

    Parameters
    ----------
    pictures : bool
        Draw where they are.
    """

    name = "copy-move"
    too_small = "too small for a part to be found twice in it"
    title = "Parts that occur twice"
    method = "Matched keypoints (SIFT), then correlation of fine grain, part upon part (Amerini 2011, Christlein 2012)."

    def analyze(self, exhibit: Picture) -> Finding:
        """The parts that occur twice; the score is the correlation of the best of them, 0 when there is none."""
        if (why_not := self.applies(exhibit).why_not) is not None:
            return self.silent(why_not)
        found = copies(luminance(exhibit.rgb))
        words = _words(found)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=max((copy.correlation for copy in found.found), default=0.0),
            words=words,
            reasons=(Reason("copied-region", words),) if found.found else (),
            detail={
                "copies": [_told(copy, found.factor) for copy in found.found],
                "area": round(float(found.mask.mean()), 5),
                "worked_at": round(found.factor, 4),
            },
            picture=self.drawn(exhibit, lambda: found.mask, [box for copy in found.found for box in copy.boxes], words),
        )


def _told(copy: Copy, factor: float) -> dict[str, object]:
    return {
        "places": [
            {
                name: round(value / factor)
                for name, value in zip(("x", "y", "width", "height"), box, strict=True)
            }
            for box in copy.boxes
        ],
        "turn": round(copy.turn, 2), "scale": round(copy.scale, 4), "whole_pixel_shift": copy.shift,
        "matches": copy.matches, "correlation": round(copy.correlation, 4), "quiet_correlation": round(copy.quiet, 4),
    }  # fmt: skip


def _words(found: Copies) -> str:
    if not found.found:
        return (
            "No part was found that occurs twice down to its grain. Copies of smooth parts, small ones, and those that "
            "were blurred or saved coarsely since would not show."
        )
    first, number = found.found[0], len(found.found)
    (x, y, width, height), (x2, y2, _, _) = (
        tuple(round(value / found.factor) for value in box) for box in first.boxes
    )
    how = "shifted"
    if abs(first.turn) >= 1.0:
        how += f" and turned by {abs(first.turn):.0f} degrees"
    if abs(first.scale - 1) >= 0.03:
        how += f" and resized to {100 * first.scale:.0f} %"
    many = "A part occurs" if number == 1 else f"{number} parts occur"
    which = "it" if number == 1 else "the largest"
    return (
        f"{many} twice in the picture, down to the grain: {which} is {width} x {height} pixels at ({x}, {y}) and again "
        f"at ({x2}, {y2}), {how}; {first.matches} points agree and the grain correlates by {first.correlation:.2f}. "
        "Which of the two came first does not show. The same print, or things made from one mould and lit alike, "
        "can come near to it: compare both places by eye."
    )
