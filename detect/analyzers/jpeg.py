"""How a JPEG was saved: tables, quality, colour sampling, coding.

Question: which kind of program saved it, and how finely? Nothing here says that a picture is generated or edited: every
picture that was ever sent is saved again. Whether it was saved before is asked by `double-jpeg`.
"""

import numpy as np

from ..coded import table_of
from ..media import JpegFacts, Picture
from ..tiers import quality_of
from ..values import Applicability, Finding, Proposition, Reason

__all__ = ["Jpeg", "standard_quality", "standard_tables"]

# ITU-T T.81 (1992), annex K, tables K.1 and K.2, in row order.
_LUMINANCE = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_CHROMINANCE = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99, *(99,) * 32,
)  # fmt: skip


class Jpeg:
    """Reads the coding of a JPEG."""

    name = "jpeg"
    proposition = Proposition.PROVENANCE

    def applies(self, exhibit: Picture) -> Applicability:
        """To JPEG files with at least one quantisation table."""
        coding = exhibit.facts.jpeg
        if coding is None:
            return Applicability(
                False,
                Reason("not-jpeg", f"the file is {exhibit.facts.media.upper()}, which has no JPEG coding"),
            )
        if not coding.tables or not coding.components:
            return Applicability(
                False, Reason("no-tables", "the file holds no quantisation table that could be read")
            )
        return Applicability(True)

    def analyze(self, exhibit: Picture) -> Finding:
        """Tables and coding."""
        verdict = self.applies(exhibit)
        coding = exhibit.facts.jpeg
        if not verdict.applies or coding is None:
            return Finding(self.name, self.proposition, False, why_not=verdict.why_not)
        table = table_of(coding, 0)
        exact = standard_quality(coding)
        quality = exact if exact is not None else quality_of(table)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=float(quality),
            words=_words(coding, exact, quality),
            reasons=(_whose(exact, quality),),
            detail={
                "quality": quality,
                "standard_tables": exact is not None,
                "tables": coding.tables,
                "subsampling": coding.subsampling,
                "progressive": coding.progressive,
                "arithmetic": coding.arithmetic,
                "precision": coding.precision,
                "scans": coding.scans,
                "markers": coding.markers,
            },
        )  # fmt: skip


def standard_tables(quality: int) -> tuple[list[int], list[int]]:
    """Luminance and chrominance table of the Independent JPEG Group's library at a quality of 1..100, in row order."""
    factor = 5000 // quality if quality < 50 else 200 - 2 * quality
    scaled = [
        np.clip((np.array(table) * factor + 50) // 100, 1, 255).tolist()
        for table in (_LUMINANCE, _CHROMINANCE)
    ]
    return scaled[0], scaled[1]


def standard_quality(coding: JpegFacts) -> int | None:
    """Quality whose standard tables these are exactly; None when they are of another maker."""
    luminance = table_of(coding, 0)
    chrominance = table_of(coding, 1) if len(coding.components) > 1 else None
    for quality in range(100, 0, -1):
        first, second = standard_tables(quality)
        if luminance == first and chrominance in (None, second, first):
            return quality
    return None


def _whose(exact: int | None, quality: int) -> Reason:
    if exact is None:
        return Reason(
            "own-tables",
            f"the tables are not the standard ones (nearest quality {quality}): cameras and large editors bring "
            "their own",
        )
    return Reason(
        "standard-tables",
        f"standard tables of quality {exact}: saved by one of the many programs that use the common library",
    )


def _words(coding: JpegFacts, exact: int | None, quality: int) -> str:
    kind = "progressive" if coding.progressive else "baseline"
    whose = "standard tables" if exact is not None else "the maker's own tables, nearest"
    return f"A {kind} JPEG with {coding.subsampling} colour and {whose} quality {quality}."
