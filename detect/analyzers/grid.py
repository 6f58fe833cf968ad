"""Does one grid of JPEG blocks run through the whole picture?

Question: is there a region whose JPEG blocks begin elsewhere than those of the rest, as when a part of another JPEG was
pasted in, or a part was moved? It can be asked of a picture in any format that was a JPEG once and was not resized
since. A region with another grid is evidence of an edit; one grid throughout is none of its absence, since one paste
in 64 falls on the grid, and a new, coarser save or a resize wipes old grids out.
"""

import numpy as np

from ..media import Picture
from ..traces.grid import Grids, Region, grids, luminance
from ..values import Finding, Reason
from .region import LISTED, RegionAnalyzer

__all__ = ["JpegGrid"]


class JpegGrid(RegionAnalyzer):
    """Looks for parts with a JPEG grid of their own.

    Parameters
    ----------
    pictures : bool
        Draw where they are.
    """

    name = "jpeg-grid"
    too_small = "too few blocks for a grid to show"
    title = "JPEG grid: regions with another"
    method = "Votes of DCT zeros for the origin of the JPEG grid, with a number of false alarms (ZERO, IPOL 2021)."

    def analyze(self, exhibit: Picture) -> Finding:
        """The main grid and the regions that do not keep to it."""
        if (why_not := self.applies(exhibit).why_not) is not None:
            return self.silent(why_not)
        found = grids(luminance(exhibit.rgb))
        if found.main is None and not found.regions:
            words = "no JPEG grid shows: the picture was never a JPEG, or was resized, denoised or saved coarsely since"
            return self.silent(Reason("no-grid", words))
        words = _words(found)
        boxes = [(region.x, region.y, region.width, region.height) for region in found.regions]
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
                "regions": [_told(region) for region in found.regions[:LISTED]],
                "regions_found": len(found.regions),
                "area": round(float(np.mean(found.mask)), 5),
            },
            picture=self.drawn(exhibit, lambda: found.mask, boxes, words),
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
