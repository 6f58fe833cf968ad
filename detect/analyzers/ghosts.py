"""Did a part of the picture go through a JPEG save of another quality than the rest?

Question: saved again at every quality, does some part change least at another one than the rest of the picture? Such a
ghost tells of a part that was saved by itself, or never was, before it came here. It can be asked of pictures in any
format that were JPEGs once and not resized since, on the grid of their blocks; parts off the grid show as parts without
the past of the rest.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..coded import coded, decoded
from ..explanation.drawing import Caption
from ..explanation.regions import draw_regions
from ..media import Picture, Pixels
from ..traces.coefficients import coefficients
from ..traces.ghosts import Ghosts, ghosts
from ..traces.parts import BLOCK, Part
from ..values import Applicability, Finding, Proposition, Reason
from .doubled import told_part

__all__ = ["JpegGhosts"]

_LEAST_SIDE = 96
_LISTED = 20
_METHOD = "Likelihoods of standard qualities before the last save (after Farid, IEEE TIFS 2009)."


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was found, where the plane lies in the picture, and the parts that are told with their qualities."""

    found: Ghosts
    x: int
    y: int
    parts: tuple[tuple[Part, int | None], ...]
    mask: Pixels


class JpegGhosts:
    """Looks for parts with another JPEG past.

    Parameters
    ----------
    pictures : bool
        Draw where they are.
    """

    name = "jpeg-ghosts"
    proposition = Proposition.EDITED

    def __init__(self, *, pictures: bool = False) -> None:
        self._pictures = pictures

    def applies(self, exhibit: Picture) -> Applicability:
        """To pictures of at least 96 pixels a side."""
        height, width = exhibit.rgb.shape[:2]
        if min(height, width) < _LEAST_SIDE:
            words = f"the picture is {width} x {height} pixels: too few blocks for a ghost to show"
            return Applicability(False, Reason("too-small", words))
        return Applicability(True)

    def analyze(self, exhibit: Picture) -> Finding:
        """The past that most of the picture shares, and the parts that have another or none."""
        verdict = self.applies(exhibit)
        if not verdict.applies:
            return Finding(self.name, self.proposition, False, why_not=verdict.why_not)
        looked = _looked(exhibit)
        if looked is None:
            words = "too few blocks of the picture are free of clipped pixels"
            return Finding(self.name, self.proposition, False, why_not=Reason("too-few-blocks", words))
        words = _words(looked, exhibit.facts.jpeg is not None)
        told = bool(looked.parts)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=max((-part.log10_nfa for part, _ in looked.parts), default=0.0),
            words=words,
            reasons=(Reason("part-ghost", words),) if told else (),
            detail=_detail(looked),
            picture=self._drawn(exhibit, looked, words) if self._pictures and told else None,
        )

    def _drawn(self, exhibit: Picture, looked: _Looked, words: str) -> Pixels:
        mask = np.zeros(exhibit.rgb.shape[:2], np.bool_)
        left, top = looked.x + looked.found.origin[0], looked.y + looked.found.origin[1]
        mask[top : top + looked.mask.shape[0], left : left + looked.mask.shape[1]] = looked.mask > 0
        boxes = [(part.x + looked.x, part.y + looked.y, part.width, part.height) for part, _ in looked.parts]
        foot = f"{_METHOD} Exhibit SHA-256 {exhibit.exhibit.sha256}"
        return draw_regions(
            exhibit.rgb, mask, boxes, Caption("JPEG ghosts: parts with another past", "", words, foot)
        )


def _looked(exhibit: Picture) -> _Looked | None:
    plane = coded(exhibit) or decoded(exhibit)
    table = plane.table or None
    found = ghosts(coefficients(plane.luma, plane.clipped, plane.origin), table)
    if found is None:
        return None
    parts: list[tuple[Part, int | None]] = [(ghost.part, ghost.quality) for ghost in found.own]
    mask = found.own_mask
    # Parts of a JPEG that lack its earlier save are told by `double-jpeg`, with the same numbers.
    if table is None:
        parts += [(part, None) for part in found.lacking.found]
        mask = mask | found.lacking.mask
    parts.sort(key=lambda each: each[0].log10_nfa)
    pixels = np.kron(mask, np.ones((BLOCK, BLOCK))).astype(np.uint8)
    return _Looked(found, plane.x, plane.y, tuple(parts), pixels)


def _detail(looked: _Looked) -> dict[str, Any]:
    found = looked.found
    return {
        "found": found.past.found,
        "quality": found.quality,
        "curve": {str(quality): round(height, 4) for quality, height in found.curve},
        "parts": [
            {**told_part(part, looked.x, looked.y), "quality": quality}
            for part, quality in looked.parts[:_LISTED]
        ],
        "parts_found": len(looked.parts),
        "origin": list(found.origin),
    }


def _words(looked: _Looked, is_jpeg: bool) -> str:
    found = looked.found
    if not looked.parts:
        if not found.past.found:
            return (
                "No quality of an earlier save fits the picture or a part of it. It may have been a JPEG all the same: "
                "a later save that is coarser, or a resize, hides it."
            )
        before = "an earlier save" if is_jpeg else "a JPEG save"
        lacks = " A part that lacks this save is told by double-jpeg." if found.lacking.found else ""
        return (
            f"The picture as a whole fits {before} of about quality {found.quality}, which is common. No part of it "
            f"fits another quality.{lacks}"
        )
    part, quality = looked.parts[0]
    number = len(looked.parts)
    what = (
        f"fits an earlier save of about quality {quality}, which the rest does not"
        if quality is not None
        else "does not fit the save that the rest went through"
    )
    more = f" {number - 1} more of the kind." if number > 1 else ""
    return (
        f"A part of {part.width} x {part.height} pixels at ({part.x + looked.x}, {part.y + looked.y}) {what}; "
        f"{_chance(part)} false alarms expected by chance.{more} A part from another picture, or one that was painted "
        "over, looks so; a caption, a logo or a photo in a collage does too."
    )


def _chance(part: Part) -> str:
    return f"10^{part.log10_nfa:.0f}" if part.log10_nfa > -100 else "fewer than 10^-100"
