"""How a JPEG was saved: tables, quality, colour sampling, coding, and signs of an earlier save.

Question: what does the coding tell of the file's history? Nothing here says that a picture is generated or edited:
every picture that was ever sent is saved again. It says which software family could have saved it, and how often.
"""

import numpy as np

from ..media import JpegFacts, Picture
from ..requantised import Requantised, requantised
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
    """Reads the coding of a JPEG and tests its coefficients for an earlier save."""

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
        """Tables, coding and history."""
        verdict = self.applies(exhibit)
        coding = exhibit.facts.jpeg
        if not verdict.applies or coding is None:
            return Finding(self.name, self.proposition, False, why_not=verdict.why_not)
        table = _table_of(coding, 0)
        exact = standard_quality(coding)
        quality = exact if exact is not None else quality_of(table)
        history = None if exhibit.luma is None else requantised(exhibit.luma, table)
        reasons = _reasons(exact, quality, history)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=float(quality),
            words=_words(coding, exact, quality, history),
            reasons=tuple(reasons),
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
                "earlier_save": None
                if history is None
                else {
                    "found": history.found, "votes": history.votes, "places": history.places,
                    "earlier_steps": history.earlier_steps, "blocks": history.blocks,
                },
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
    luminance = _table_of(coding, 0)
    chrominance = _table_of(coding, 1) if len(coding.components) > 1 else None
    for quality in range(100, 0, -1):
        first, second = standard_tables(quality)
        if luminance == first and chrominance in (None, second, first):
            return quality
    return None


def _table_of(coding: JpegFacts, component: int) -> list[int]:
    number = coding.components[component][2] if component < len(coding.components) else 0
    return coding.tables[number] if number < len(coding.tables) else coding.tables[0]


def _reasons(exact: int | None, quality: int, history: Requantised | None) -> list[Reason]:
    reasons = []
    if exact is None:
        reasons.append(
            Reason(
                "own-tables",
                f"the tables are not the standard ones (nearest quality {quality}): cameras and large editors "
                "bring their own",
            )
        )
    else:
        reasons.append(
            Reason(
                "standard-tables",
                f"standard tables of quality {exact}: saved by one of the many programs that use the common library",
            )
        )
    if history is not None and history.found:
        reasons.append(
            Reason(
                "earlier-save",
                f"the coefficients show signs of an earlier, coarser JPEG ({history.votes} of {history.places} "
                "frequencies): it was "
                "saved again, as every editor, messenger and gallery does",
            )
        )
    return reasons


def _words(coding: JpegFacts, exact: int | None, quality: int, history: Requantised | None) -> str:
    kind = "progressive" if coding.progressive else "baseline"
    whose = "standard tables" if exact is not None else "the maker's own tables, nearest"
    told = f"A {kind} JPEG with {coding.subsampling} colour and {whose} quality {quality}."
    if history is None:
        return f"{told} It has too few blocks to test for an earlier save."
    if history.found:
        return f"{told} It shows signs of an earlier, coarser save; that is common and no sign of editing by itself."
    return f"{told} No sign of an earlier save was found; one of equal or higher quality would not show."
