"""How a JPEG was saved: tables, quality, colour sampling, order of its parts, and the tables of its thumbnail.

Question: which kind of program saved it, and how finely? Nothing here says that a picture is generated or edited: every
picture that was ever sent is saved again. Whether it was saved before is asked by `double-jpeg`.
"""

from typing import Any

from ..encoders import Encoder, encoder_of
from ..media import JpegFacts, Picture
from ..values import Applicability, Finding, Proposition, Reason

__all__ = ["Jpeg"]


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
        """Tables, family of the program, and coding."""
        verdict = self.applies(exhibit)
        coding = exhibit.facts.jpeg
        if not verdict.applies or coding is None:
            return Finding(self.name, self.proposition, False, why_not=verdict.why_not)
        encoder = encoder_of(coding)
        small = exhibit.facts.thumbnail_jpeg
        thumbnail = None if small is None or not small.tables or not small.components else encoder_of(small)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=float(encoder.qualities[0][0]),
            words=_words(coding, encoder, thumbnail),
            reasons=_reasons(encoder, thumbnail),
            detail={
                "quality": encoder.qualities[0][0],
                "standard_tables": encoder.family == "standard",
                **_told(coding, encoder),
                "tables": coding.tables,
                "arithmetic": coding.arithmetic,
                "precision": coding.precision,
                "scans": coding.scans,
                "markers": coding.markers,
                "thumbnail": None if thumbnail is None or small is None else _told(small, thumbnail),
            },
        )


def _told(coding: JpegFacts, encoder: Encoder) -> dict[str, Any]:
    return {
        "family": encoder.family,
        "qualities": [{"nearest": quality, "exact": exact} for quality, exact in encoder.qualities],
        "library_order": encoder.library_order,
        "adobe_segment": encoder.adobe,
        "subsampling": coding.subsampling,
        "progressive": coding.progressive,
    }


def _reasons(encoder: Encoder, thumbnail: Encoder | None) -> tuple[Reason, ...]:
    if encoder.family == "standard":
        first = Reason(
            "standard-tables",
            f"tables {encoder.who}: saved by one of the many programs that use it",
        )
    else:
        first = Reason(
            "own-tables",
            f"tables {encoder.who} (nearest standard quality {encoder.qualities[0][0]}); others may share them",
        )
    if thumbnail is None or encoder.family != "standard" or thumbnail.family == "standard":
        return (first,)
    second = Reason(
        "thumbnail-of-another-program",
        f"the picture was saved by the common library, its thumbnail has tables {thumbnail.who}: a program saved the "
        "picture again and kept the thumbnail, as many do",
    )
    return (first, second)


def _words(coding: JpegFacts, encoder: Encoder, thumbnail: Encoder | None) -> str:
    kind = "progressive" if coding.progressive else "baseline"
    told = f"A {kind} JPEG with {coding.subsampling} colour and tables {encoder.who}"
    told += "." if encoder.family == "standard" else f"; nearest standard quality {encoder.qualities[0][0]}."
    if not encoder.library_order:
        told += " Its parts do not stand in the order of the common library."
    if thumbnail is not None:
        told += f" Its thumbnail has tables {thumbnail.who}."
    return told
