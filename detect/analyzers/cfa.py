"""Does one pattern of colour filters run through the whole picture?

Question: where a picture still shows how its camera computed colours from a mosaic of filters, is there a part that has
another pattern, or none? It applies to pictures as the camera made them only: a resize or a common JPEG save wipes
the pattern out, and no generator has one to begin with, though its absence proves nothing.
"""

from ..media import Picture
from ..traces.blocks import spread
from ..traces.cfa import Filters, FiltersPart, filters
from ..values import Finding, Reason
from .region import LISTED, RegionAnalyzer

__all__ = ["ColourFilters"]


class ColourFilters(RegionAnalyzer):
    """Looks for parts that do not keep to the camera's pattern of colour filters.

    Parameters
    ----------
    pictures : bool
        Draw where they are.
    """

    name = "colour-filters"
    too_small = "too few for a pattern of colour filters to show"
    title = "Colour filters: parts that differ"
    method = (
        "Votes of blocks for the fields where green was measured, with a number of false alarms (after Ferrara 2012)."
    )

    def analyze(self, exhibit: Picture) -> Finding:
        """The pattern, and the parts that do not keep to it; the score is minus log10 NFA of the clearest, else 0."""
        if (why_not := self.applies(exhibit).why_not) is not None:
            return self.silent(why_not)
        found = filters(exhibit.rgb)
        if found.side is None:
            words = (
                "no pattern of colour filters shows: nearly every resize, save as JPEG and noise removal wipes it out"
            )
            return self.silent(Reason("no-filter-pattern", words))
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
                "parts": [_told(part) for part in found.parts[:LISTED]],
                "parts_found": len(found.parts),
            },
            picture=self.drawn(
                exhibit, lambda: spread(found.mask, *exhibit.rgb.shape[:2]), _boxes(found), words
            ),
        )


def _boxes(found: Filters) -> list[tuple[int, int, int, int]]:
    return [(part.x, part.y, part.width, part.height) for part in found.parts]


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
