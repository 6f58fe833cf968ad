"""Does the picture hold the invisible watermark of a generator?

Question: is a message written into its colours that Stable Diffusion, FLUX or InvokeAI write into what they save?
It is looked for with the messages that their published programs have, so a find names the program, and chance is less
than one in a million. Anyone can write the same message into a photo with the same open library, and the programs also
write it into photos that they changed; either way the file is no untouched recording.
"""

from ..media import Picture
from ..traces.watermark import CLAIMED, LEAST_PIXELS, Watermark, watermark
from ..values import Applicability, Finding, Proposition, Reason

__all__ = ["InvisibleWatermark"]


class InvisibleWatermark:
    """Reads the *dwtDct* watermark."""

    name = "watermark"
    proposition = Proposition.PROVENANCE

    def applies(self, exhibit: Picture) -> Applicability:
        """To pictures of at least 256 x 256 pixels: the programs mark no smaller ones."""
        height, width = exhibit.rgb.shape[:2]
        if height * width < LEAST_PIXELS or min(height, width) < 16:
            words = f"the picture is {width} x {height} pixels: generators mark none below 256 x 256"
            return Applicability(False, Reason("too-small", words))
        return Applicability(True)

    def analyze(self, exhibit: Picture) -> Finding:
        """The message that fits best; the score is minus the logarithm of the chance that it is there by accident."""
        verdict = self.applies(exhibit)
        best = watermark(exhibit.rgb) if verdict.applies else None
        if best is None:
            why = verdict.why_not or Reason("too-few-blocks", "the picture has too few blocks for any known message")
            return Finding(self.name, self.proposition, False, why_not=why)
        words = _words(best)
        return Finding(
            self.name,
            self.proposition,
            True,
            score=-best.log10_chance,
            words=words,
            reasons=(Reason("generator-watermark", words),) if best.found else (),
            detail={
                "found": best.found,
                "message": best.message.who,
                "bits": len(best.message.bits),
                "agreeing": best.agreeing,
                "log10_chance": round(best.log10_chance, 2),
                "claimed_from": CLAIMED,
                "votes": round(best.votes, 4),
                "blocks": best.blocks,
            },
        )


def _words(best: Watermark) -> str:
    if not best.found:
        return (
            "No invisible watermark of a known generator was found. An ordinary JPEG save, a "
            "resize and most crops destroy it, and most generators write none: this proves nothing."
        )
    return (
        f"The invisible watermark of {best.message.who} is in the picture: {best.agreeing} of {len(best.message.bits)} "
        f"bits agree, which chance does with a probability of 10^{best.log10_chance:.0f}. That program writes it into "
        "what it generates, and into photos that it changes; somebody could have written it on purpose."
    )
