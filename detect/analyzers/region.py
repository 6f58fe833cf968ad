"""What analyzers share that look at every pixel and claim parts of the picture."""

from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..explanation.drawing import Caption
from ..explanation.regions import draw_regions
from ..media import Picture, Pixels
from ..values import Applicability, Finding, Proposition, Reason

__all__ = ["LISTED", "RegionAnalyzer"]

LISTED = 20
"""Most parts that a finding lists; all are counted."""


class RegionAnalyzer:
    """Looks for parts of a picture that differ from the rest.

    Parameters
    ----------
    pictures : bool
        Draw where they are.

    Attributes
    ----------
    name : str
        As in findings and cards.
    least_side : int
        Pixels of the shorter side below which it does not apply.
    too_small : str
        Why not, after "the picture is W x H pixels:".
    title, method : str
        Of its drawing: the heading, and how the parts were found.
    """

    name: ClassVar[str]
    proposition: ClassVar[Proposition] = Proposition.EDITED
    least_side: ClassVar[int] = 64
    too_small: ClassVar[str]
    title: ClassVar[str]
    method: ClassVar[str]

    def __init__(self, *, pictures: bool = False) -> None:
        self._pictures = pictures

    def applies(self, exhibit: Picture) -> Applicability:
        """To pictures of at least `least_side` pixels a side; what else it needs shows when it looks."""
        height, width = exhibit.rgb.shape[:2]
        if min(height, width) < self.least_side:
            return Applicability(
                False, Reason("too-small", f"the picture is {width} x {height} pixels: {self.too_small}")
            )
        return Applicability(True)

    def silent(self, why: Reason) -> Finding:
        """A finding that says why there is none."""
        return Finding(self.name, self.proposition, False, why_not=why)

    def drawn(
        self,
        exhibit: Picture,
        mask: Callable[[], NDArray[np.bool_]],
        boxes: Sequence[tuple[int, int, int, int]],
        words: str,
    ) -> Pixels | None:
        """The picture with its parts marked; None when there are none or no pictures were asked for.

        Parameters
        ----------
        exhibit
            The picture.
        mask
            Makes [height, width] pixels of the parts, or smaller in the same proportion; asked only where one is drawn.
        boxes
            x, y, width, height of each part, in pixels of the mask.
        words
            Of the finding.
        """
        if not self._pictures or not boxes:
            return None
        foot = f"{self.method} Exhibit SHA-256 {exhibit.exhibit.sha256}"
        return draw_regions(exhibit.rgb, mask(), boxes, Caption(self.title, "", words, foot))
