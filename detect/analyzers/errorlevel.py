"""Error level, as a picture only.

Question: none that it could answer. It shows how much each pixel changes when the picture is saved once more, because
readers know such pictures and ask for them. It has no score and no reason, and enters nothing.
"""

import numpy as np

from ..explanation.beside import draw_beside
from ..explanation.drawing import Caption
from ..media import Picture
from ..traces.errorlevel import GAIN, QUALITY, error_level
from ..values import Applicability, Finding, Proposition, Reason

__all__ = ["ErrorLevel"]

_LARGEST_SIDE = 16_384
_WORDS = (
    "A picture for the eye, never scored: it is no evidence for or against an edit. Edges, fine texture and strong "
    "colours are bright whatever their past."
)


class ErrorLevel:
    """Draws the error level.

    Parameters
    ----------
    pictures : bool
        Draw it; without, there is nothing to tell.
    """

    name = "error-level"
    proposition = Proposition.PROVENANCE

    def __init__(self, *, pictures: bool = False) -> None:
        self._pictures = pictures

    def applies(self, exhibit: Picture) -> Applicability:
        """When pictures are drawn, to pictures that a JPEG can hold."""
        if not self._pictures:
            words = "it is a picture for the eye only and says nothing in numbers: ask for pictures to see it"
            return Applicability(False, Reason("drawn-only", words))
        if max(exhibit.rgb.shape[:2]) > _LARGEST_SIDE:
            words = f"a side is longer than {_LARGEST_SIDE:,} pixels"
            return Applicability(False, Reason("too-large", words))
        return Applicability(True)

    def analyze(self, exhibit: Picture) -> Finding:
        """The picture, and the words that it must not be read without."""
        verdict = self.applies(exhibit)
        if not verdict.applies:
            return Finding(self.name, self.proposition, False, why_not=verdict.why_not)
        foot = (
            f"Saved at quality {QUALITY}, differences {GAIN} times as large (after Krawetz 2007). Exhibit SHA-256 "
            f"{exhibit.exhibit.sha256}"
        )
        level = error_level(np.ascontiguousarray(exhibit.rgb))
        return Finding(
            self.name,
            self.proposition,
            True,
            words=_WORDS,
            detail={"quality": QUALITY, "gain": GAIN},
            picture=draw_beside(
                exhibit.rgb, level, "Error level", Caption("Error level: not evidence", "", _WORDS, foot)
            ),
        )
