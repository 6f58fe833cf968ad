"""Does one grid of JPEG blocks run through the whole picture?

Question: is there a region whose JPEG blocks begin elsewhere than those of the rest, as when a part of another JPEG was
pasted in, or a part was moved? It can be asked of a picture in any format that was a JPEG once and was not resized
since. A region with another grid is evidence of an edit; one grid throughout is none of its absence, since one paste
in 64 falls on the grid, and a new, coarser save or a resize wipes old grids out.
"""

import numpy as np

from ..explanation.drawing import Caption
from ..explanation.regions import draw_regions
from ..media import Picture
from ..traces.grid import Grids, Region, grids, luminance
from ..values import Applicability, Finding, Proposition, Reason

__all__ = ["JpegGrid"]

_LEAST_SIDE = 64
_LISTED = 20
_METHOD = (
    "Votes of DCT zeros for the origin of the JPEG grid, with a number of false alarms (ZERO, IPOL 2021)."
)


class JpegGrid:
    """Looks for parts with a JPEG grid of their own.

    Parameters
    ----------
    pictures : bool
        Draw where they are.
    """

    name = "jpeg-grid"
    proposition = Proposition.EDITED

    def __init__(self, *, pictures: bool = False) -> None:
        self._pictures = pictures

    def applies(self, exhibit: Picture) -> Applicability:
        """To pictures of at least 64 pixels a side; whether there is a grid at all shows when it is looked for."""
        height, width = exhibit.rgb.shape[:2]
        if min(height, width) < _LEAST_SIDE:
            words = f"the picture is {width} x {height} pixels: too few blocks for a grid to show"
            return Applicability(False, Reason("too-small", words))
        return Applicability(True)

    def analyze(self, exhibit: Picture) -> Finding:
        """The main grid and the regions that do not keep to it."""
        verdict = self.applies(exhibit)
        if not verdict.applies:
            return Finding(self.name, self.proposition, False, why_not=verdict.why_not)
        found = grids(luminance(exhibit.rgb))
        if found.main is None and not found.regions:
            words = "no JPEG grid shows: the picture was never a JPEG, or was resized, denoised or saved coarsely since"
            return Finding(self.name, self.proposition, False, why_not=Reason("no-grid", words))
        words = _words(found)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=max((-region.log10_nfa for region in found.regions), default=0.0),
            words=words,
            reasons=(Reason("foreign-grid", words),) if found.regions else (),
            detail={
                "main": None if found.main is None else list(found.main),
                "log10_nfa": round(found.log10_nfa, 2),
                "share": round(found.share, 4),
                "regions": [_told(region) for region in found.regions[:_LISTED]],
                "regions_found": len(found.regions),
                "area": round(float(np.mean(found.mask)), 5),
            },
            picture=self._drawn(exhibit, found, words) if self._pictures and found.regions else None,
        )

    def _drawn(
        self, exhibit: Picture, found: Grids, words: str
    ) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
        boxes = [(region.x, region.y, region.width, region.height) for region in found.regions]
        foot = f"{_METHOD} Exhibit SHA-256 {exhibit.exhibit.sha256}"
        return draw_regions(
            exhibit.rgb, found.mask, boxes, Caption("JPEG grid: regions with another", "", words, foot)
        )


def _told(region: Region) -> dict[str, object]:
    return {
        "x": region.x, "y": region.y, "width": region.width, "height": region.height, "cut": list(region.cut),
        "votes": region.votes, "log10_nfa": round(region.log10_nfa, 2),
    }  # fmt: skip


def _words(found: Grids) -> str:
    if not found.regions:
        assert found.main is not None
        where = (
            "at the upper left corner"
            if found.main == (0, 0)
            else f"at column {found.main[0]}, row {found.main[1]}"
        )
        return (
            f"One JPEG grid runs through the picture and begins {where}; no region has another. A part pasted on the "
            "grid, or before a coarser save, would not show."
        )
    first = found.regions[0]
    number = len(found.regions)
    chance = f"10^{first.log10_nfa:.0f}" if first.log10_nfa > -100 else "fewer than 10^-100"
    rest = "the rest of the picture" if found.main is not None else "a picture without a grid"
    return (
        f"{number} region{'s' * (number != 1)} with a JPEG grid other than {rest}: the clearest is {first.width} x "
        f"{first.height} pixels at ({first.x}, {first.y}), with {chance} false alarms expected by chance. "
        "A part of another JPEG, or a moved part, leaves this; so does a picture that was put together on "
        "purpose, such as a collage or a screenshot with photos in it."
    )
