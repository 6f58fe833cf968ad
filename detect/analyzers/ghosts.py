"""Did a part of the picture go through a JPEG save of another quality than the rest?

Question: saved again at every quality, does some part change least at another one than the rest of the picture? Such a
ghost tells of a part that was saved by itself, or never was, before it came here. It can be asked of pictures in any
format that were JPEGs once and not resized since, on the grid of their blocks; parts off the grid show as parts without
the past of the rest.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..coded import coded, decoded
from ..media import Picture, Pixels
from ..traces.coefficients import coefficients
from ..traces.ghosts import Ghosts, ghosts
from ..traces.parts import BLOCK, Part
from ..values import Finding, Reason
from .doubled import told_part
from .region import LISTED, RegionAnalyzer

__all__ = ["JpegGhosts"]


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was found, where the plane lies in the picture, and the parts that are told with their qualities."""

    found: Ghosts
    x: int
    y: int
    parts: tuple[tuple[Part, int | None], ...]
    mask: Pixels


class JpegGhosts(RegionAnalyzer):
    """Looks for parts with another JPEG past.

    Parameters
    ----------
    pictures : bool
        Draw where they are.
    """

    name = "jpeg-ghosts"
    least_side = 96
    too_small = "too few blocks for a ghost to show"
    title = "JPEG ghosts: parts with another past"
    method = "Likelihoods of standard qualities before the last save (after Farid, IEEE TIFS 2009)."

    def analyze(self, exhibit: Picture) -> Finding:
        """The past that most of the picture shares, and the parts that have another or none."""
        if (why_not := self.applies(exhibit).why_not) is not None:
            return self.silent(why_not)
        looked = _looked(exhibit)
        if looked is None:
            words = "too few blocks of the picture are free of clipped pixels"
            return self.silent(Reason("too-few-blocks", words))
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
            picture=self.drawn(exhibit, lambda: _mask(exhibit, looked), _boxes(looked), words),
        )


def _mask(exhibit: Picture, looked: _Looked) -> NDArray[np.bool_]:
    mask = np.zeros(exhibit.rgb.shape[:2], np.bool_)
    left, top = looked.x + looked.found.origin[0], looked.y + looked.found.origin[1]
    mask[top : top + looked.mask.shape[0], left : left + looked.mask.shape[1]] = looked.mask > 0
    return mask


def _boxes(looked: _Looked) -> list[tuple[int, int, int, int]]:
    return [(part.x + looked.x, part.y + looked.y, part.width, part.height) for part, _ in looked.parts]


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
            for part, quality in looked.parts[:LISTED]
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
