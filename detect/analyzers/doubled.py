"""Was this JPEG saved before, and was all of it?

Question: do the coefficients show an earlier, coarser save, and is there a part that does not share it? That a picture
was saved twice is ordinary: every editor, messenger and gallery does it. A part that was saved only once while the rest
was saved twice came in, or was changed, between the saves. None of it can be seen when the last save was the coarsest.
"""

from collections.abc import Mapping

import numpy as np

from ..coded import Coded, coded, decoded
from ..explanation.drawing import Caption
from ..explanation.regions import draw_regions
from ..media import Picture, Pixels
from ..traces.coefficients import PLACES, coefficients
from ..traces.doubled import Doubled, doubled
from ..traces.parts import BLOCK, Part
from ..values import Applicability, Finding, Proposition, Reason

__all__ = ["DoubleJpeg", "told_part"]

_QUICK_SIDE = 1024
_LISTED = 20
_METHOD = "Likelihoods of once and twice rounded DCT coefficients (after Bianchi and Piva, IEEE TIFS 2012)."


class DoubleJpeg:
    """Looks for an earlier save on the same grid, and for parts without it.

    Parameters
    ----------
    whole : bool
        Look at the whole picture; else at the square of 1,024 pixels in its middle.
    pictures : bool
        Draw where the parts are.
    """

    name = "double-jpeg"
    proposition = Proposition.EDITED

    def __init__(self, *, whole: bool = False, pictures: bool = False) -> None:
        self._whole = whole
        self._pictures = pictures

    def applies(self, exhibit: Picture) -> Applicability:
        """To JPEG files with luminance and tables; looking at the whole picture, to what was a JPEG as well."""
        if exhibit.facts.jpeg is None:
            if self._whole:
                return Applicability(True)
            kind = exhibit.facts.media.upper()
            words = f"the file is {kind}; only the profile full looks for the last JPEG save of such a file"
            return Applicability(False, Reason("not-jpeg", words))
        if coded(exhibit) is None:
            words = "the coded luminance or its quantisation table could not be had from this file"
            return Applicability(False, Reason("no-tables", words))
        return Applicability(True)

    def analyze(self, exhibit: Picture) -> Finding:
        """Earlier steps, and the parts that do not share them."""
        verdict = self.applies(exhibit)
        if not verdict.applies:
            return Finding(self.name, self.proposition, False, why_not=verdict.why_not)
        plane = coded(exhibit) or decoded(exhibit)
        if not self._whole:
            plane = plane.middle(_QUICK_SIDE)
        found = _looked(plane)
        if found is None:
            return Finding(self.name, self.proposition, False, why_not=_why_not(plane))
        share = plane.luma.size / (exhibit.rgb.shape[0] * exhibit.rgb.shape[1])
        words = _words(found, plane, share)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=max((-part.log10_nfa for part in found.once.found), default=0.0),
            words=words,
            reasons=_reasons(found, words),
            detail={
                "found": found.past.found,
                "votes": found.past.votes,
                "places": found.past.places,
                "earlier_steps": {
                    f"{row},{column}": step
                    for (row, column), step in zip(PLACES, found.past.earlier, strict=True)
                    if step
                },
                "gain": round(found.past.gain, 4),
                "blocks": int(found.map.size),
                "looked_at": round(min(1.0, share), 4),
                "parts": [told_part(part, plane.x, plane.y) for part in found.once.found[:_LISTED]],
                "parts_found": len(found.once.found),
                "log10_nfa": round(found.once.least, 2),
            },
            picture=self._drawn(exhibit, plane, found, words)
            if self._pictures and found.once.found
            else None,
        )

    def _drawn(self, exhibit: Picture, plane: Coded, found: Doubled, words: str) -> Pixels:
        height, width = exhibit.rgb.shape[:2]
        mask = np.zeros((height, width), np.bool_)
        blocks = np.kron(found.once.mask, np.ones((BLOCK, BLOCK), np.bool_))
        left, top = plane.x + plane.origin[0], plane.y + plane.origin[1]
        mask[top : top + blocks.shape[0], left : left + blocks.shape[1]] = blocks
        boxes = [(part.x + plane.x, part.y + plane.y, part.width, part.height) for part in found.once.found]
        foot = f"{_METHOD} Exhibit SHA-256 {exhibit.exhibit.sha256}"
        return draw_regions(
            exhibit.rgb, mask, boxes, Caption("Double JPEG: parts saved once", "", words, foot)
        )


def _looked(plane: Coded) -> Doubled | None:
    if min(plane.luma.shape) < 24:
        return None
    return doubled(coefficients(plane.luma, plane.clipped, plane.origin), plane.table or None)


def _why_not(plane: Coded) -> Reason:
    if plane.table:
        return Reason("too-few-blocks", "too few blocks of the picture are free of clipped pixels")
    words = "no last JPEG save shows: the picture was never a JPEG, was saved too finely, or was resized since"
    return Reason("no-last-save", words)


def told_part(part: Part, x: int, y: int) -> Mapping[str, object]:
    """A part as JSON values, moved to where its plane lies in the picture."""
    return {
        "x": part.x + x, "y": part.y + y, "width": part.width, "height": part.height, "blocks": part.blocks,
        "log10_nfa": round(part.log10_nfa, 2),
    }  # fmt: skip


def _reasons(found: Doubled, words: str) -> tuple[Reason, ...]:
    reasons = []
    if found.past.found:
        told = (
            f"the coefficients show an earlier, coarser JPEG ({found.past.votes} of {found.past.places} frequencies): "
            "it was saved again, as every editor, messenger and gallery does"
        )
        reasons.append(Reason("earlier-save", told))
    if found.once.found:
        reasons.append(Reason("part-saved-once", words))
    return tuple(reasons)


def _words(found: Doubled, plane: Coded, share: float) -> str:
    where = "" if share > 0.95 else f" Only the middle, {share:.0%} of the picture, was looked at."
    if not found.past.found:
        return (
            "No sign of an earlier save on the same grid was found; one of equal or higher quality, or before a "
            f"resize, would not show.{where}"
        )
    if not found.once.found:
        return (
            "It was saved before, more coarsely: common, and no sign of editing by itself. Every part of it that can "
            f"be tested shares that earlier save.{where}"
        )
    first, number = found.once.found[0], len(found.once.found)
    chance = f"10^{first.log10_nfa:.0f}" if first.log10_nfa > -100 else "fewer than 10^-100"
    return (
        f"Most of the picture was saved twice, but {number} part{'s' * (number != 1)} only once: the clearest is "
        f"{first.width} x {first.height} pixels at ({first.x + plane.x}, {first.y + plane.y}), with {chance} false "
        "alarms expected by chance. What was pasted, painted or moved between the saves looks so; a caption or a logo "
        f"that a program laid over does too.{where}"
    )
