"""Does one pattern of colour filters run through the whole picture?

Question: where a picture still shows how its camera computed colours from a mosaic of filters, is there a part that has
another pattern, or none? It applies to pictures as the camera made them only: a resize or a common JPEG save wipes
the pattern out, and no generator has one to begin with, though its absence proves nothing.
"""

from ..explanation.drawing import Caption
from ..explanation.regions import draw_regions
from ..media import Picture, Pixels
from ..traces.blocks import spread
from ..traces.cfa import Filters, FiltersPart, filters
from ..values import Applicability, Finding, Proposition, Reason

__all__ = ["ColourFilters"]

_LEAST_SIDE = 64
_LISTED = 20
_METHOD = "Votes of blocks for the fields where green was measured, with a number of false alarms (after Ferrara 2012)."


class ColourFilters:
    """Looks for parts that do not keep to the camera's pattern of colour filters.

    Parameters
    ----------
    pictures : bool
        Draw where they are.
    """

    name = "colour-filters"
    proposition = Proposition.EDITED

    def __init__(self, *, pictures: bool = False) -> None:
        self._pictures = pictures

    def applies(self, exhibit: Picture) -> Applicability:
        """To pictures of at least 64 pixels a side; whether there is a pattern at all shows when it is looked for."""
        height, width = exhibit.rgb.shape[:2]
        if min(height, width) < _LEAST_SIDE:
            words = f"the picture is {width} x {height} pixels: too few for a pattern of colour filters to show"
            return Applicability(False, Reason("too-small", words))
        return Applicability(True)

    def analyze(self, exhibit: Picture) -> Finding:
        """The pattern, and the parts that do not keep to it; the score is minus log10 NFA of the clearest, else 0."""
        verdict = self.applies(exhibit)
        if not verdict.applies:
            return Finding(self.name, self.proposition, False, why_not=verdict.why_not)
        found = filters(exhibit.rgb)
        if found.side is None:
            words = (
                "no pattern of colour filters shows: nearly every resize, save as JPEG and noise removal wipes it out"
            )
            return Finding(self.name, self.proposition, False, why_not=Reason("no-filter-pattern", words))
        words = _words(found)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=max((-part.log10_nfa for part in found.parts), default=0.0),
            words=words,
            reasons=(Reason("filters-differ", words),) if found.parts else (),
            detail={
                "side": found.side,
                "share": round(found.share, 4),
                "log10_nfa": round(found.log10_nfa, 2),
                "parts": [_told(part) for part in found.parts[:_LISTED]],
                "parts_found": len(found.parts),
            },
            picture=self._drawn(exhibit, found, words) if self._pictures and found.parts else None,
        )

    def _drawn(self, exhibit: Picture, found: Filters, words: str) -> Pixels:
        mask = spread(found.mask, *exhibit.rgb.shape[:2])
        boxes = [(part.x, part.y, part.width, part.height) for part in found.parts]
        foot = f"{_METHOD} Exhibit SHA-256 {exhibit.exhibit.sha256}"
        caption = Caption("Colour filters: parts that differ", "", words, foot)
        return draw_regions(exhibit.rgb, mask, boxes, caption)


def _told(part: FiltersPart) -> dict[str, object]:
    return {
        "x": part.x, "y": part.y, "width": part.width, "height": part.height, "kind": part.kind,
        "votes": part.votes, "dissent": part.dissent, "log10_nfa": round(part.log10_nfa, 2),
    }  # fmt: skip


def _words(found: Filters) -> str:
    pattern = f"The pattern of a camera's colour filters shows: {found.share:.0%} of the blocks agree on it"
    if not found.parts:
        return (
            f"{pattern}, and no part has another. A part that was moved by an even number of pixels would not show, "
            "and where the pattern is weak no part is told."
        )
    first, number = found.parts[0], len(found.parts)
    how = "the opposite pattern" if first.kind == "other" else "no pattern"
    many = "parts do" if number != 1 else "part does"
    return (
        f"{pattern}, but {number} {many} not keep to it: the clearest is {first.width} x {first.height} pixels at "
        f"({first.x}, {first.y}) and shows {how}, with 10^{max(first.log10_nfa, -99):.0f} false alarms expected by "
        "chance. A part from elsewhere, or one that was moved, smoothed or repainted, leaves this; so do parts "
        "where the camera itself repaired or sharpened the picture."
    )
